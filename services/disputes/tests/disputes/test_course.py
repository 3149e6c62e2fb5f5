"""A dispute and its slot: opening occupies it and an end frees it, in the same transaction."""

from dataclasses import replace

import pytest
from disputes_situations import (
    ACCEPT,
    DECIDE,
    DECIDE_NOTHING,
    EXECUTE,
    EXECUTE_SETTLEMENT,
    FAST,
    LADDER,
    LAPSE,
    LATER,
    OFFER,
    OPEN,
    REPAIR_OFFER,
    WITHDRAW,
)

from chassis.aggregate import Cause
from chassis.testing import Bench
from disputes.domain.dispute import Stage
from disputes.domain.dispute_command import Command, OpenDispute
from disputes.domain.refusals import DisputeAlreadyLive, EscalationNotOpen
from disputes.processes import act, open_dispute
from disputes.store import DISPUTES, SLOTS, slot_id

SLOT = slot_id("ord_1", "lin_1", "CONFORMITY")


class Mediation(Bench[None]):
    """Disputes in the memory store."""

    async def open(self, command: OpenDispute = OPEN) -> list[str]:
        session = self.session()
        await open_dispute(command, session.unit(Cause("test", "test")))
        await session.commit()
        return sorted({collection for collection, _ in session.writes.saved})

    async def act(self, command: Command, dispute_id: str = "dsp_1") -> list[str]:
        """Act on a dispute; return the collections that one transaction wrote."""
        session = self.session()
        await act(dispute_id, command, LATER, session.unit(Cause("test", "test")))
        await session.commit()
        return sorted({collection for collection, _ in session.writes.saved})

    async def live(self) -> str | None:
        state = await self.session().unit(Cause("test", "test")).read(SLOTS, SLOT)
        return state.dispute_id if state else None


async def test_opening_occupies_the_slot_in_one_transaction() -> None:
    """INVARIANT: no dispute without its slot; two transactions would let two disputes live at once."""
    mediation = Mediation()
    assert await mediation.open() == ["disputes", "slots"]
    assert await mediation.live() == "dsp_1"
    assert await mediation.open() == []


async def test_a_second_dispute_about_the_same_problem_is_refused_and_nothing_is_written() -> None:
    mediation = Mediation()
    await mediation.open()
    with pytest.raises(DisputeAlreadyLive):
        await mediation.open(replace(OPEN, dispute_id="dsp_2"))
    assert ("disputes", "dsp_2") not in mediation.store.aggregates


@pytest.mark.parametrize("change", [{"family": "DELIVERY"}, {"line_id": "lin_2"}, {"order_id": "ord_2"}])
async def test_another_line_or_another_kind_of_problem_has_its_own_slot(change: dict[str, str]) -> None:
    mediation = Mediation()
    await mediation.open()
    assert await mediation.open(replace(OPEN, dispute_id="dsp_2", **change)) == ["disputes", "slots"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("opening", "steps", "stage"),
    [
        (OPEN, [WITHDRAW], Stage.WITHDRAWN),
        (OPEN, [LAPSE], Stage.LAPSED),
        (FAST, [DECIDE_NOTHING], Stage.CLOSED),
        (FAST, [DECIDE, EXECUTE], Stage.CLOSED),
        (OPEN, [REPAIR_OFFER, ACCEPT], Stage.CLOSED),
        (OPEN, [OFFER, ACCEPT, EXECUTE_SETTLEMENT], Stage.CLOSED),
    ],
)
async def test_an_end_frees_the_slot_in_one_transaction(
    opening: OpenDispute, steps: list[Command], stage: Stage
) -> None:
    mediation = Mediation()
    await mediation.open(opening)
    for step in steps[:-1]:
        assert await mediation.act(step) == ["disputes"]
        assert await mediation.live() == "dsp_1"
    assert await mediation.act(steps[-1]) == ["disputes", "slots"]
    assert await mediation.live() is None
    assert await mediation.open(replace(OPEN, dispute_id="dsp_2")) == ["disputes", "slots"]


async def test_a_repeated_end_leaves_the_slot_to_the_next_dispute() -> None:
    mediation = Mediation()
    await mediation.open()
    await mediation.act(WITHDRAW)
    await mediation.open(replace(OPEN, dispute_id="dsp_2"))
    assert await mediation.act(WITHDRAW) == []
    assert await mediation.live() == "dsp_2"


async def test_a_refused_step_writes_nothing() -> None:
    mediation = Mediation()
    await mediation.open()
    before = dict(mediation.store.aggregates)
    with pytest.raises(EscalationNotOpen):
        await mediation.act(LADDER["escalated"][-1])
    assert mediation.store.aggregates == before


async def test_the_query_fields_follow_the_state() -> None:
    mediation = Mediation()
    await mediation.open()
    state = await mediation.session().unit(Cause("test", "test")).read(DISPUTES, "dsp_1")
    assert state is not None
    assert DISPUTES.fields(state) == {
        "case_id": "cas_1",
        "opened_at": OPEN.at,
        "stage": "NEGOTIATION",
        "next_at": OPEN.lapses_at,
    }
    assert DISPUTES.decode(DISPUTES.encode(state)) == state
