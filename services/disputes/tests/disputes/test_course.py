"""A dispute and its slot: opening occupies it and an end frees it, in the same transaction."""

from dataclasses import replace

import pytest
from disputes_situations import (
    ACCEPT,
    ADMITTED,
    DECIDE,
    DECIDE_NOTHING,
    EXECUTE,
    EXECUTE_SETTLEMENT,
    FAST,
    LADDER,
    LAPSE,
    LATER,
    MONEY,
    NOON,
    OFFER,
    OPEN,
    REFUND_CANCELLED,
    REFUND_FAILS,
    REFUND_ORDERED,
    REPAIR_OFFER,
    WITHDRAW,
)

from chassis.aggregate import Cause
from chassis.testing import Bench
from disputes.cases.domain import NoteLine, Paid, RecordRefundPaid, RefundFact
from disputes.cases.store import LINES
from disputes.disputes.course import act, open_dispute
from disputes.disputes.domain import AcceptOffer, Admission, Decide, Stage
from disputes.disputes.domain.commands import Command, OpenDispute
from disputes.disputes.store import DISPUTES, SLOTS, slot_of
from disputes.refusals import AmountAboveLeft, DisputeAlreadyLive, EscalationNotOpen

PAID = Paid(paid_minor=12_990, shipping_minor=490, currency="EUR")
SLOT = slot_of(OPEN)


class Mediation(Bench[None]):
    """Disputes in the memory store."""

    async def open(self, command: OpenDispute = OPEN, admission: Admission = ADMITTED) -> list[str]:
        await self.execute(LINES, "ord_3|lin_4", NoteLine(PAID, NOON))
        session = self.session()
        await open_dispute(command, admission, MONEY.paid_minor, session.unit(Cause("test", "test")))
        await session.commit()
        return sorted({collection for collection, _ in session.writes.saved})

    async def act(self, command: Command, dispute_id: str = "dsp_1") -> list[str]:
        """Act on a dispute; return the collections that one transaction wrote."""
        session = self.session()
        await act(dispute_id, command, LATER, session.unit(Cause("test", "test")))
        await session.commit()
        return sorted({collection for collection, _ in session.writes.saved})

    async def left(self) -> int:
        line = await self.session().unit(Cause("test", "test")).read(LINES, "ord_3|lin_4")
        assert line is not None
        return line.left_minor

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
        written = await mediation.act(step)
        assert set(written) <= {"bought_lines", "disputes", "known_cases"}
        assert ("bought_lines" in written) is isinstance(step, AcceptOffer | Decide)
        assert await mediation.live() == "dsp_1"
    noted = ["known_cases"] if isinstance(steps[-1], Decide) else []
    paid = ["bought_lines"] if isinstance(steps[-1], RecordRefundPaid) else []
    assert await mediation.act(steps[-1]) == [*paid, "disputes", *noted, "slots"]
    assert await mediation.live() is None
    again = replace(ADMITTED, new_fact="expert_notice")
    assert await mediation.open(replace(OPEN, dispute_id="dsp_2"), again) == ["disputes", "slots"]


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
        "due_by": None,
        "breached": False,
    }
    assert DISPUTES.decode(DISPUTES.encode(state)) == state


@pytest.mark.rule("S-10")
async def test_an_outcome_orders_its_refund_from_what_is_left_in_one_transaction() -> None:
    """INVARIANT: S-10; two transactions would let two outcomes give the same money back."""
    mediation = Mediation()
    await mediation.open(FAST)
    assert await mediation.act(DECIDE) == ["bought_lines", "disputes", "known_cases"]
    line = await mediation.session().unit(Cause("test", "test")).read(LINES, "ord_3|lin_4")
    assert line is not None
    assert (line.left_minor, [o.decision_id for o in line.ordered]) == (0, ["dec_2"])
    delivery = replace(FAST, dispute_id="dsp_2", family="DELIVERY")
    await mediation.open(delivery)
    with pytest.raises(AmountAboveLeft):
        await mediation.act(replace(DECIDE, decision_id="dec_9"), "dsp_2")


async def test_goodwill_leaves_the_line_as_it_is() -> None:
    mediation = Mediation()
    await mediation.open(FAST)
    gift = replace(DECIDE, remedy="GOODWILL", amount_minor=2_000)
    assert await mediation.act(gift) == ["disputes", "goodwill", "known_cases"]


@pytest.mark.rule("S-10")
async def test_a_refused_refund_is_left_of_the_line_until_it_is_ordered_anew() -> None:
    """INVARIANT: two decisions never give back more than was paid, and none waits for money that nobody got."""
    mediation = Mediation()
    await mediation.open(FAST)
    await mediation.act(DECIDE)
    assert await mediation.left() == 0
    await mediation.act(REFUND_FAILS)
    assert await mediation.left() == 12_990
    await mediation.act(REFUND_ORDERED)
    assert await mediation.left() == 0
    assert await mediation.act(REFUND_ORDERED) == []
    await mediation.act(EXECUTE)
    assert await mediation.left() == 0


@pytest.mark.parametrize("paid_after_all", [False, True])
async def test_a_refund_that_was_given_up_ends_its_dispute_and_leaves_the_line_to_others(paid_after_all: bool) -> None:
    mediation = Mediation()
    await mediation.open(FAST)
    await mediation.act(DECIDE)
    await mediation.act(REFUND_FAILS)
    await mediation.act(REFUND_CANCELLED)
    assert (await mediation.live(), await mediation.left()) == (None, 12_990)
    if paid_after_all:
        await mediation.act(EXECUTE)
        assert await mediation.left() == 0


@pytest.mark.rule("S-10")
@pytest.mark.parametrize("later", [(REFUND_FAILS,), (REFUND_CANCELLED,), (REFUND_FAILS, REFUND_CANCELLED), (EXECUTE,)])
@pytest.mark.parametrize("before", [(), (REFUND_FAILS, REFUND_ORDERED), (REFUND_FAILS, REFUND_CANCELLED)])
async def test_what_was_paid_is_not_left_of_the_line_whatever_becomes_of_another_order(
    before: tuple[RefundFact, ...], later: tuple[RefundFact, ...]
) -> None:
    """INVARIANT: a further decision never promises what the buyer has; one payment ends what refusals give back."""
    mediation = Mediation()
    await mediation.open(FAST)
    await mediation.act(DECIDE)
    for fact in (*before, EXECUTE, *later):
        await mediation.act(fact)
    assert await mediation.left() == 0


@pytest.mark.rule("S-10")
@pytest.mark.parametrize("facts", [(REFUND_FAILS,), (REFUND_FAILS, REFUND_ORDERED, REFUND_FAILS), (REFUND_CANCELLED,)])
async def test_an_answer_that_is_sent_again_orders_nothing_again(facts: tuple[RefundFact, ...]) -> None:
    """INVARIANT: what nobody ordered is left of the line; a repeat that ordered it once more would hide it from the buyer."""
    mediation = Mediation()
    await mediation.open(OPEN)
    for step in (OFFER, ACCEPT, *(replace(fact, decision_id=ACCEPT.decision_id) for fact in facts)):
        await mediation.act(step)
    assert await mediation.left() == 12_990
    assert await mediation.act(ACCEPT) == []
    assert await mediation.left() == 12_990


async def test_a_refused_refund_of_goodwill_changes_nothing_of_the_line() -> None:
    mediation = Mediation()
    await mediation.open(FAST)
    await mediation.act(replace(DECIDE, remedy="GOODWILL", amount_minor=2_000))
    for fact in (REFUND_FAILS, REFUND_ORDERED, EXECUTE):
        await mediation.act(fact)
        assert await mediation.left() == 12_990
