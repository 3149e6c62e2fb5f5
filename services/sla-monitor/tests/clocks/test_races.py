"""What is told to a clock while it fires, on real MongoDB (S-9): both decide on one state, and whoever is second decides
again. A consumer sees what stands in its own transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from marketplace_of_clocks import Monitor, a_monitor

from chassis.aggregate import Cause, Session, Unit
from chassis.store import Conflict
from chassis.testing import FixedClock
from ombud_contracts.events.ticketing import CaseClosed, TakeoverProposed
from sla_monitor.adjustments.applying import tell
from sla_monitor.adjustments.domain import Adjustment, AdjustmentSort, Credit
from sla_monitor.clocks.domain.by_staff import DeadlineHasPassed, Pause
from sla_monitor.clocks.domain.clock import Clock, Fire, OrderByStaff
from sla_monitor.clocks.domain.clock_event import ClockRef
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CLOCKS, clocks_of_case
from sla_monitor.rules.domain import ClockKind

pytestmark = pytest.mark.rule("S-9")

MONDAY = datetime(2026, 9, 14, 7, tzinfo=UTC)
"""10:00 in Riga."""
MINUTE = timedelta(minutes=1)
Effect = Callable[[Unit], Awaitable[object]]


@pytest.fixture
async def monitor() -> AsyncIterator[Monitor]:
    async with a_monitor() as made:
        made.now.at = MONDAY
        await made.open("cas_1", "sel_2", MONDAY)
        await made.say("cas_1", "buyer", MONDAY)
        yield made


def of(kind: str) -> str:
    return clock_id(ClockRef("cas_1", ClockKind(kind), "", "lv"))


def fired(monitor: Monitor, kind: str) -> Effect:
    return lambda unit: unit.execute(CLOCKS, of(kind), Fire(unit.now, monitor.rules["lv"]))


def paused(monitor: Monitor, kind: str) -> Effect:
    order = Pause("parts_on_order")
    return lambda unit: unit.execute(CLOCKS, of(kind), OrderByStaff(order, "ord_1", unit.now, monitor.rules["lv"]))


def credited(monitor: Monitor, kind: str, until: datetime) -> Effect:
    credit = Adjustment(
        id="adj_1",
        market="lv",
        sort=AdjustmentSort.OUTAGE_CREDIT,
        order=Credit(MONDAY, until),
        cause="outage",
        by_kind="supervisor",
        by="sup_1",
        ordered_at=until,
    )
    return lambda unit: tell(credit, of(kind), monitor.rules["lv"], unit)


async def clock_of(monitor: Monitor, kind: str) -> Clock:
    clock = await Session(monitor.mongo, monitor.now).unit(Cause("test", "test")).read(CLOCKS, of(kind))
    assert clock is not None
    return clock


async def race(monitor: Monitor, first: tuple[datetime, Effect], second: tuple[datetime, Effect]) -> None:
    """Let both decide, each at its own time, and commit in order; the second decides again once both times have come."""
    sessions = [Session(monitor.mongo, FixedClock(at)) for at, _ in (first, second)]
    for session, (_, effect) in zip(sessions, (first, second), strict=True):
        await effect(session.unit(Cause("test", "test")))
    await sessions[0].commit()
    with pytest.raises(Conflict):
        await sessions[1].commit()
    again = Session(monitor.mongo, FixedClock(max(first[0], second[0])))
    await second[1](again.unit(Cause("test", "test")))
    await again.commit()


async def test_a_clock_fires_while_a_pause_is_ordered(monitor: Monitor) -> None:
    """INVARIANT: a pause never hides a breach (product rules, section 8); would break if the order did not conflict."""
    due = (await clock_of(monitor, "first_resolution")).rounds[-1].due_by
    pause, fire = (
        (due - MINUTE, paused(monitor, "first_resolution")),
        (due + MINUTE, fired(monitor, "first_resolution")),
    )
    with pytest.raises(DeadlineHasPassed):
        await race(monitor, fire, pause)
    assert [told.breached for told in (await clock_of(monitor, "first_resolution")).told] == [True]


async def test_a_pause_is_ordered_while_a_clock_fires(monitor: Monitor) -> None:
    """INVARIANT: a clock that stands still is not breached; would break if the sweep did not decide again."""
    due = (await clock_of(monitor, "first_resolution")).rounds[-1].due_by
    pause, fire = (
        (due - MINUTE, paused(monitor, "first_resolution")),
        (due + MINUTE, fired(monitor, "first_resolution")),
    )
    await race(monitor, pause, fire)
    clock = await clock_of(monitor, "first_resolution")
    assert [(told.breached, told.paused_at) for told in clock.told] == [(False, due - MINUTE)]


@pytest.mark.parametrize("fires_first", [True, False])
async def test_time_is_credited_while_a_clock_fires(monitor: Monitor, fires_first: bool) -> None:
    """INVARIANT: would break if a credit were reckoned on a clock that had not fired: the breach would stand unmoved."""
    due = (await clock_of(monitor, "reply")).rounds[-1].due_by
    pair = [(due + MINUTE, fired(monitor, "reply")), (due + MINUTE, credited(monitor, "reply", due))]
    await race(monitor, *(pair if fires_first else pair[::-1]))
    clock = await clock_of(monitor, "reply")
    assert [told.breached for told in clock.told] == [False]
    assert clock.rounds[-1].due_by > due


async def test_a_proposal_and_the_end_of_its_case_in_one_transaction(monitor: Monitor) -> None:
    """INVARIANT: would break if the subjects of a case were read beside the transaction that makes their clocks."""
    proposed = TakeoverProposed.model_construct(takeover_id="tko_1", case_id="cas_1", proposed_at=MONDAY)
    closed = CaseClosed(case_id="cas_1", closed_at=MONDAY + timedelta(hours=1))
    monitor.now.at = MONDAY + timedelta(hours=1)
    await monitor.take(
        monitor.received(proposed, "cas_1", MONDAY), monitor.received(closed, "cas_1", MONDAY + timedelta(hours=1))
    )
    (clock,) = [c for c in await clocks_of_case(monitor.mongo, "cas_1") if c.ref.kind == "takeover_decision"]
    assert [r.verdict.value for r in clock.rounds] == ["VOID"]
