"""What follows from a breach is undone when the breach is withdrawn (S-3): once, in whatever state it finds the case."""

from dataclasses import replace

import pytest
from casework import ruling
from casework_desk import BREACHED, GRACE_ENDED, IN_GRACE, Desk, on_clock
from ticketing_situations import CLOSE, GROUNDS, LATER, NOON, OPEN, RESOLVE

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.testing import FixedClock
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events import ticketing
from ombud_contracts.market import load_markets
from ombud_words import Role, Trigger
from ticketing.consumers import casework
from ticketing.takeovers.deciding import activate, hand_back
from ticketing.takeovers.domain.state import Status
from ticketing.takeovers.store import list_takeovers

pytestmark = pytest.mark.rule("S-3")

WITHDRAWN = on_clock(clocks.BreachWithdrawn, cause="time_credited", withdrawn_at=LATER)
MARKETS = load_markets()


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    made = Desk(mongo)
    await made.given(OPEN)
    return made


async def statuses(desk: Desk) -> list[Status]:
    """The takeovers of the case, in the order in which they came about."""
    return [
        t.status for t in sorted(await list_takeovers(desk.mongo, "cas_1"), key=lambda t: t.grounds.facts[0].event_id)
    ]


async def told(desk: Desk, type: str) -> list[dict[str, object]]:
    rows = await desk.mongo.pending(range(8), 100)
    events = [ticketing.TakeoverReversed.read(r.value) for r in rows if dict(r.headers)["ce_type"].decode() == type]
    return [event.model_dump() for event in events]


async def test_the_takeover_is_reversed_and_both_sides_are_told(desk: Desk) -> None:
    await desk.hear(BREACHED, WITHDRAWN)
    case = await desk.case()
    assert (case.taken_over, await statuses(desk)) == (False, [Status.REVERSED])
    templates = [(n.template, n.recipients) for n in case.notices]
    both = ("buyer", "seller")
    assert templates[1:] == [
        ("takeover_activated", both),
        ("takeover_reversed", both),
        ("contact_handed_back", both),
    ]
    (reversed_,) = await told(desk, "ticketing.takeover_reversed")
    assert (reversed_["withdrawn_by"], reversed_["contact_returned"]) == ("event:2", True)
    assert reversed_["charges_announced"] == ("HANDLING_FEE",)


@pytest.mark.rule("S-3")
async def test_a_withdrawal_told_twice_and_a_breach_told_again_change_nothing(desk: Desk) -> None:
    """INVARIANT: once (S-3); would break if the withdrawn breach could take the contact over again."""
    await desk.hear(BREACHED, WITHDRAWN)
    before = await desk.case()
    await desk.hear(WITHDRAWN)
    desk.heard = 0  # the same event once more
    await desk.hear(BREACHED)
    assert (await desk.case(), await statuses(desk)) == (before, [Status.REVERSED])


async def test_a_later_breach_of_the_same_round_takes_over_again(desk: Desk) -> None:
    """As without the withdrawn one: the deadline moved, and then it was missed after all."""
    await desk.hear(BREACHED, WITHDRAWN, BREACHED)
    assert ((await desk.case()).taken_over, await statuses(desk)) == (True, [Status.REVERSED, Status.ACTIVE])
    await desk.hear(WITHDRAWN)
    assert ((await desk.case()).taken_over, await statuses(desk)) == (False, [Status.REVERSED, Status.REVERSED])


async def test_a_breach_and_its_withdrawal_in_one_transaction_leave_no_takeover(desk: Desk) -> None:
    session = Session(desk.mongo, FixedClock(LATER))
    for number, event in enumerate((BREACHED, WITHDRAWN), 1):
        await casework(MARKETS).handle(received(event, number), session.unit(Cause(f"e{number}", "test")))
    await session.commit()
    assert ((await desk.case()).taken_over, await statuses(desk)) == (False, [Status.REVERSED])


async def test_a_breach_withdrawn_during_its_grace_never_takes_over(desk: Desk) -> None:
    await desk.hear(IN_GRACE, WITHDRAWN, GRACE_ENDED)
    assert (await statuses(desk), (await desk.case()).taken_over) == ([], False)


async def test_a_proposal_is_declined(mongo: Mongo) -> None:
    desk = Desk(mongo)
    asks = MARKETS["lv"].model_copy(
        update={
            "takeovers": {k: r.model_copy(update={"mode": "recommend"}) for k, r in MARKETS["lv"].takeovers.items()}
        }
    )
    desk.consumer = casework({"lv": asks})
    await desk.given(OPEN)
    await desk.hear(BREACHED)
    assert await statuses(desk) == [Status.PROPOSED]
    await desk.hear(WITHDRAWN)
    assert await statuses(desk) == [Status.DECLINED]
    assert [n.template for n in (await desk.case()).notices] == ["registered_with_seller"]


async def test_after_a_hand_back_the_cost_is_undone_and_a_later_takeover_stays(desk: Desk) -> None:
    await desk.hear(BREACHED)
    (first,) = await list_takeovers(desk.mongo, "cas_1")
    session = Session(desk.mongo, FixedClock(LATER))
    unit = session.unit(Cause("agent", "test"))
    await hand_back(first.id, "cooperates", Role.AGENT, LATER, unit)
    quality = replace(first.grounds, trigger=Trigger.QUALITY_CONFORMITY)
    case = await desk.case()
    await activate("tko_2", case, ruling(quality), unit)
    await session.commit()
    await desk.hear(WITHDRAWN)
    assert (await desk.case()).takeover_id == "tko_2"
    (reversed_,) = await told(desk, "ticketing.takeover_reversed")
    assert (reversed_["takeover_id"], reversed_["contact_returned"]) == (first.id, False)


@pytest.mark.rule("S-3")
async def test_a_withdrawal_that_is_heard_late_leaves_the_takeover_for_a_later_breach(desk: Desk) -> None:
    """INVARIANT: S-3; would break if a withdrawal that was parked, and replayed, undid what followed a breach that stands."""
    await desk.hear(BREACHED)
    (first,) = await list_takeovers(desk.mongo, "cas_1")
    session = Session(desk.mongo, FixedClock(LATER))
    await hand_back(first.id, "cooperates", Role.AGENT, LATER, session.unit(Cause("agent", "test")))
    await session.commit()
    desk.heard = 2  # the second event, which withdraws the breach, is not heard yet
    await desk.hear(BREACHED)
    assert await statuses(desk) == [Status.HANDED_BACK, Status.ACTIVE]
    desk.heard = 1
    await desk.hear(WITHDRAWN)
    assert ((await desk.case()).taken_over, await statuses(desk)) == (True, [Status.REVERSED, Status.ACTIVE])
    (reversed_,) = await told(desk, "ticketing.takeover_reversed")
    assert (reversed_["takeover_id"], reversed_["contact_returned"]) == (first.id, False)


@pytest.mark.rule("S-3")
async def test_a_withdrawal_that_is_heard_late_makes_way_for_the_takeover_of_a_later_breach(desk: Desk) -> None:
    """INVARIANT: S-3; the end is that of a world in which everything was heard in its order."""
    await desk.hear(BREACHED)
    desk.heard = 2  # the second event, which withdraws the breach, is not heard yet
    await desk.hear(BREACHED)
    assert await statuses(desk) == [Status.ACTIVE]
    desk.heard = 1
    await desk.hear(WITHDRAWN)
    (first, second) = sorted(await list_takeovers(desk.mongo, "cas_1"), key=lambda t: t.status)
    assert [first.status, second.status] == [Status.ACTIVE, Status.REVERSED]
    assert [fact.event_id for fact in first.grounds.facts] == ["event:3"]
    assert (await desk.case()).takeover_id == first.id


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"still_owed": False}, [Status.REVERSED]), ({"on_silence": "supervisor_alarm"}, [Status.REVERSED])],
)
async def test_a_later_breach_that_asks_for_no_takeover_gets_none(
    desk: Desk, change: dict[str, object], expected: list[Status]
) -> None:
    await desk.hear(BREACHED)
    desk.heard = 2
    await desk.hear(BREACHED.model_copy(update=change))
    desk.heard = 1
    await desk.hear(WITHDRAWN)
    assert await statuses(desk) == expected


async def test_after_the_case_was_closed_the_cost_is_undone(desk: Desk) -> None:
    await desk.hear(BREACHED)
    await desk.given(RESOLVE, CLOSE)
    await desk.hear(WITHDRAWN)
    assert await statuses(desk) == [Status.REVERSED]
    assert (await desk.case()).notices[-1].template == "takeover_reversed"


@pytest.mark.parametrize("change", [{"clock_id": "clk_2"}, {"round": 2}])
async def test_another_clocks_withdrawal_touches_nothing(desk: Desk, change: dict[str, object]) -> None:
    await desk.hear(BREACHED, WITHDRAWN.model_copy(update=change))
    assert ((await desk.case()).taken_over, await statuses(desk)) == (True, [Status.ACTIVE])


async def test_a_takeover_for_another_reason_is_left_alone(desk: Desk) -> None:
    session = Session(desk.mongo, FixedClock(NOON))
    unit, case = session.unit(Cause("agent", "test")), await desk.case()
    await activate("tko_2", case, ruling(GROUNDS, NOON), unit)
    await session.commit()
    await desk.hear(BREACHED, WITHDRAWN)
    assert ((await desk.case()).takeover_id, await statuses(desk)) == ("tko_2", [Status.ACTIVE])


def received(event: Event, number: int) -> Received:
    metadata = Metadata(
        id=f"event:{number}",
        subject="clk_1",
        sequence=number,
        key="cas_1",
        occurred_at=LATER,
        recorded_at=LATER,
        case_id="cas_1",
        correlation_id="test",
        causation_id="test",
    )
    return Received(metadata=metadata, event=event, type=event.type)
