"""A dispute lapsed by a deadline that had not passed: it stays ended, says so, and can be opened again (S-3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from disputes_desk import AGENT, BUYER, CLAIM, CLOSED, SELLER, a_dispute

from chassis.testing import told
from chassis.testing.desk import Desk
from ombud_contracts.events.sla_monitor import BreachClosed, BreachWithdrawn, ClockBreached, ClockEvent, ClockVoided

pytestmark = pytest.mark.rule("S-3")


def head(dispute_id: str, **changed: Any) -> dict[str, Any]:
    of_window = {"clock_id": f"clk_{dispute_id}", "kind": "escalation_window", "owner": "buyer", "round": 1}
    return {**of_window, "case_id": "cas_1", "subject": dispute_id, "about": "dispute", **changed}


def breach(dispute_id: str, at: datetime) -> ClockBreached:
    return ClockBreached(
        **head(dispute_id),
        due_by=at,
        emitted_late=False,
        still_owed=True,
        on_silence="dispute_lapses",
        policy_version="2",
        calendar_version="1",
        trace=(),
    )


def withdrawal(dispute_id: str, at: datetime, **changed: Any) -> BreachWithdrawn:
    return BreachWithdrawn(**head(dispute_id, **changed), cause="time_credited", withdrawn_at=at)


async def hears(desk: Desk, event: ClockEvent, sequence: int) -> None:
    await desk.hears(told(event, event.clock_id, sequence, case_id="cas_1", at=desk.clock()))


async def shown(desk: Desk, id: str, who: str = BUYER) -> Any:
    return (await desk.get(who, f"/disputes/{id}")).json()


async def a_lapsed_dispute(desk: Desk, **claim: object) -> str:
    id = await a_dispute(desk, **claim)
    await hears(desk, breach(id, desk.clock()), 2)
    assert (await shown(desk, id))["stage"] == "LAPSED"
    return id


async def opens_again(desk: Desk, **claim: object) -> tuple[int, str]:
    answer = await desk.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, **claim})
    return answer.status_code, str(answer.json().get("type", "")).rpartition("/")[2].rpartition(":")[2]


async def test_a_dispute_that_lapsed_in_time_is_not_opened_again(casework: Desk) -> None:
    await a_lapsed_dispute(casework)
    assert await opens_again(casework) == (409, "dispute_ended_before")


async def test_a_lapse_whose_breach_is_withdrawn_says_so_and_lets_the_buyer_open_again(casework: Desk) -> None:
    id = await a_lapsed_dispute(casework)
    await hears(casework, withdrawal(id, casework.clock()), 3)
    for who in (BUYER, SELLER, AGENT):
        view = await shown(casework, id, who)
        assert (view["stage"], view["lapse_withdrawn"]) == ("LAPSED", True)
    assert (await casework.told())[-1] == "disputes.lapse_withdrawn"
    assert (await opens_again(casework))[0] == 201
    assert await opens_again(casework) == (409, "dispute_already_live")


async def test_it_is_opened_again_although_its_window_has_closed_meanwhile(casework: Desk) -> None:
    """The buyer could have gone on in time, and must not lose the right by our mistake."""
    late: dict[str, object] = {"reason": "LATE", "remedy": "SHIPPING_REFUND"}
    id = await a_lapsed_dispute(casework, **late)
    casework.clock.advance(days=61)
    assert await opens_again(casework, **late) == (409, "dispute_window_closed")
    await hears(casework, withdrawal(id, casework.clock()), 3)
    assert (await opens_again(casework, **late))[0] == 201


async def test_a_withdrawal_opens_once_and_a_later_lapse_counts(casework: Desk) -> None:
    """INVARIANT: once; would break if an event that is delivered again forgot the end of another dispute."""
    first = await a_lapsed_dispute(casework)
    await hears(casework, withdrawal(first, casework.clock()), 3)
    second = str((await casework.done(BUYER, "/cases/cas_1/disputes", CLAIM))["dispute_id"])
    await hears(casework, breach(second, casework.clock()), 2)
    await hears(casework, withdrawal(first, casework.clock()), 3)
    assert await opens_again(casework) == (409, "dispute_ended_before")
    assert (await casework.told()).count("disputes.lapse_withdrawn") == 1


async def test_a_withdrawal_that_is_heard_before_its_breach_keeps_the_dispute_alive(casework: Desk) -> None:
    id = await a_dispute(casework)
    await hears(casework, withdrawal(id, casework.clock()), 3)
    await hears(casework, breach(id, casework.clock()), 2)
    view = await shown(casework, id)
    assert (view["stage"], view["lapse_withdrawn"]) == ("NEGOTIATION", False)


async def test_a_withdrawal_of_an_earlier_breach_says_nothing_of_the_breach_that_followed(casework: Desk) -> None:
    id = await a_dispute(casework)
    await hears(casework, breach(id, casework.clock()), 4)
    await hears(casework, withdrawal(id, casework.clock()), 3)
    view = await shown(casework, id)
    assert (view["stage"], view["lapse_withdrawn"]) == ("LAPSED", False)


@pytest.mark.parametrize("changed", [{"kind": "negotiation"}, {"subject": "dsp_9"}, {"about": "offer"}])
async def test_another_clock_withdraws_no_lapse(casework: Desk, changed: dict[str, str]) -> None:
    id = await a_lapsed_dispute(casework)
    await hears(casework, withdrawal(id, casework.clock(), clock_id="clk_9", **changed), 3)
    assert not (await shown(casework, id))["lapse_withdrawn"]


async def test_in_a_closed_case_the_refusal_says_what_opens_it(casework: Desk) -> None:
    id = await a_lapsed_dispute(casework)
    await casework.hears(CLOSED)
    casework.clock.at += timedelta(days=1)
    await hears(casework, withdrawal(id, casework.clock()), 3)
    answer = await casework.post(BUYER, "/cases/cas_1/disputes", CLAIM)
    assert (answer.status_code, "reopens" in answer.json()["detail"]) == (409, True)
    assert (await shown(casework, id))["lapse_withdrawn"]


@pytest.mark.parametrize("order", [(5, 6), (6, 5)], ids=["in order", "replayed"])
async def test_a_withdrawal_that_is_replayed_after_its_round_was_voided_gives_the_right_back(
    casework: Desk, order: tuple[int, int]
) -> None:
    """INVARIANT: would break if a parked withdrawal were lost because of what its clock said along with it."""
    id = await a_lapsed_dispute(casework)
    at = casework.clock()
    await hears(casework, BreachClosed(**head(id), cause="dispute_ended", closed_at=at), 3)
    told_by = {5: withdrawal(id, at), 6: ClockVoided(**head(id), cause="dispute_ended", voided_at=at)}
    for place in order:
        await hears(casework, told_by[place], place)
    assert (await shown(casework, id))["lapse_withdrawn"]
    assert (await opens_again(casework))[0] == 201
