"""Adjustments: explicit, reported, told once to every clock they concern."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from riga_rules import HOLIDAYS, local, riga_calendar

from chassis.aggregate import Kind, Origin
from chassis.testing import Situations
from sla_monitor.adjustments import domain as adjustment
from sla_monitor.adjustments.domain import (
    LONGEST_CREDIT,
    Adjustment,
    AdjustmentApplied,
    AdjustmentOrdered,
    AdjustmentSort,
    AdjustmentUnknown,
    Correction,
    CountTold,
    Credit,
    CreditRefused,
    FinishAdjustment,
    Migration,
    NothingToCorrect,
    Order,
    OrderAdjustment,
    Standing,
    VersionNotInForce,
    concerns,
    fact_of,
)
from sla_monitor.clocks.domain.clock_event import BreachWithdrawn, DeadlineMoved
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import PolicyTable, UnknownVersion
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rules import CalendarBook, PublishedCalendar, Rules
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.working_time.domain.refusal import SlaRefused

TUESDAY = "2026-09-15"
NOW = local(f"{TUESDAY} 18:00")
KIND: Kind[Any, Any, Adjustment] = Kind(
    "adjustments", Adjustment, adjustment.decide, adjustment.evolve, lambda _e, _s: None, lambda s: Origin(s.market)
)
given = Situations(SlaRefused).given


def rules_with_second_versions() -> Rules:
    """A reply row of 36 hours and a calendar with one holiday more, both in force since Tuesday noon; and later ones."""
    since = [datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in ("2025-01-01", "2026-09-14", "2026-12-01")]
    rows = default_rows("lv", "desk", since[0].isoformat())
    reply = next(r for r in rows if r["kind"] == "reply")
    rows += [
        {**reply, "version": n + 2, "effective_from": since[n].isoformat(), "target_seconds": 129_600} for n in (1, 2)
    ]
    days = [HOLIDAYS, [*HOLIDAYS, "2026-09-16"], HOLIDAYS]
    calendars = [PublishedCalendar(riga_calendar(n + 1, days[n]), since[n]) for n in range(3)]
    return Rules(PolicyTable(map(read_policy, rows)), CalendarBook(calendars))


RULES = rules_with_second_versions()


def ordered(order: Order, at: datetime = NOW) -> OrderAdjustment:
    return OrderAdjustment("adj_1", "lv", order, "outage", "administrator", "adm_1", at, RULES)


CREDIT = Credit(local(f"{TUESDAY} 12:00"), local(f"{TUESDAY} 15:00"))
MIGRATION, CORRECTION = Migration("reply", 3), Correction("lv", 2)


def made(order: Order, at: datetime = NOW) -> Adjustment:
    state = given(KIND, ordered(order, at)).state
    assert state is not None
    return state


def test_an_order_names_what_is_told_by_whom_and_is_applied_once() -> None:
    state = (
        given(KIND)
        .when(ordered(CREDIT))
        .then(
            AdjustmentOrdered(NOW, "adj_1", "lv", CREDIT, "outage", "administrator", "adm_1"),
            sort=AdjustmentSort.OUTAGE_CREDIT,
            ordered_at=NOW,
            applied_at=None,
        )
    )
    assert state.effect == (CREDIT.from_at, CREDIT.until)
    assert made(MIGRATION).effect == (NOW, NOW)
    paged = given(KIND, ordered(CREDIT), CountTold("clk_5", 3, NOW))
    assert (paged.state.cursor, paged.state.clocks) == ("clk_5", 3)  # type: ignore[union-attr]
    paged.when(FinishAdjustment(3, 2, 1, NOW)).then(AdjustmentApplied(NOW, 3, 2, 1), applied_at=NOW)
    over = given(KIND, ordered(CREDIT), FinishAdjustment(3, 2, 1, NOW))
    over.when(CountTold("clk_9", 1, NOW)).then_nothing()
    over.when(ordered(CREDIT)).then_nothing()


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (Migration("reply", 9), UnknownVersion),
        (Migration("no_such", 1), UnknownVersion),
        (Migration("reply", 2), None),
        (Migration("reply", 4), VersionNotInForce),
        (Correction("lv", 9), UnknownVersion),
        (Correction("lv", 1), NothingToCorrect),
        (Correction("lv", 3), VersionNotInForce),
        (Credit(CREDIT.until, CREDIT.from_at), CreditRefused),
        (Credit(CREDIT.from_at, NOW + timedelta(seconds=1)), CreditRefused),
        (Credit(NOW - timedelta(days=32), NOW), CreditRefused),
        (Credit(NOW - LONGEST_CREDIT, NOW), None),
        (Credit(NOW - LONGEST_CREDIT - timedelta(microseconds=1), NOW), CreditRefused),
        (Credit(NOW, NOW), CreditRefused),
    ],
)
def test_what_is_not_founded_is_refused(order: Order, refusal: type[SlaRefused] | None) -> None:
    outcome = given(KIND).when(ordered(order))
    if refusal is None:
        assert outcome.refusal is None
    else:
        outcome.then_refused(refusal)
    given(KIND).when(CountTold("", 1, NOW)).then_refused(AdjustmentUnknown)


def told(story: Any, order: Order, at: datetime = NOW) -> Any:
    one = made(order, at)
    assert concerns(one, story.clock)
    story.take(fact_of(one), at)
    assert not concerns(one, story.clock), "a clock takes it once"
    return story


@pytest.fixture
def owed(story_of: Any) -> Any:
    """A reply that is owed since Friday by the first versions of both; with the rules of today."""
    story = story_of("reply", RULES)
    return story.tell(Signal.BUYER_MESSAGE, "2026-09-11 10:00")


def test_a_credit_concerns_what_ran_within_it_up_to_its_last_instant_and_nothing_that_ended_as_it_began(
    story_of: Any,
) -> None:
    began, ended = local("2026-09-11 10:00"), local(f"{TUESDAY} 14:00")
    story = story_of("total_resolution", RULES).tell(Signal.CASE_OPENED, "2026-09-11 10:00")
    story.tell(Signal.CASE_RESOLVED, f"{TUESDAY} 14:00")

    def concerned(start: datetime, end: datetime) -> bool:
        return concerns(replace(made(CREDIT), order=Credit(start, end)), story.clock)

    assert concerned(began - timedelta(hours=1), began)
    assert not concerned(began - timedelta(hours=1), began - timedelta(microseconds=1))
    assert concerned(ended - timedelta(microseconds=1), ended + timedelta(hours=1))
    assert not concerned(ended, ended + timedelta(hours=1))


def test_a_credit_that_ended_before_what_a_clock_still_knows_concerns_it_no_more(owed: Any) -> None:
    at_its_end = replace(owed.clock, folded_before=CREDIT.until)
    after_it = replace(owed.clock, folded_before=CREDIT.until + timedelta(microseconds=1))
    assert concerns(made(CREDIT), at_its_end)
    assert not concerns(made(CREDIT), after_it)


def test_a_migration_moves_what_runs_and_says_so(story_of: Any) -> None:
    asked = "2026-09-13 23:00"
    story = story_of("reply", RULES).tell(Signal.BUYER_MESSAGE, asked)
    assert story.clock.rounds[-1].policy_version == 2
    moved = told(story, MIGRATION, local("2026-09-14 12:00"))
    assert moved.names == ["DeadlineMoved"]
    assert (moved.clock.rounds[-1].policy_version, moved.clock.rounds[-1].target_seconds) == (3, 129_600)


def test_a_corrected_calendar_moves_an_open_deadline_later_with_both_traces(story_of: Any) -> None:
    story = story_of("first_resolution", RULES).tell(Signal.CASE_OPENED, "2026-09-11 10:00")
    before = story.clock.rounds[-1].due_by
    event = told(story, CORRECTION).said[0]
    assert isinstance(event, DeadlineMoved)
    assert event.due_by - before == timedelta(days=3), "a working day later, over a weekend"
    assert event.trace_before is not None
    assert (event.trace_before.calendar_version, event.trace_after.calendar_version) == (1, 2)
    assert made(Correction("lv", 2)).sort is AdjustmentSort.CALENDAR_CORRECTION


def test_a_credit_reaches_what_was_breached_or_settled_in_its_span(story_of: Any) -> None:
    """R section 3: our outage is credited as its overlap with counted time."""
    late = story_of("total_resolution", RULES).tell(Signal.CASE_OPENED, "2026-08-25 14:00")
    late.tell(Signal.CASE_RESOLVED, f"{TUESDAY} 14:30")
    assert late.verdicts == ["MET_LATE"]
    assert told(late, CREDIT).verdicts == ["MET"]


def test_a_breach_that_the_credit_undoes_is_withdrawn(owed: Any) -> None:
    owed.fire("2026-09-14 12:00")
    assert owed.names == ["ClockBreached"]
    credit = Credit(local("2026-09-11 12:00"), local("2026-09-14 20:00"))
    one = replace(made(CREDIT), order=credit)
    owed.take(fact_of(one), local("2026-09-14 21:00"))
    assert any(isinstance(event, BreachWithdrawn) for event in owed.said)


def test_what_ended_before_or_began_after_is_not_concerned(story_of: Any) -> None:
    answered = story_of("reply", RULES).tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 09:00")
    answered.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 11:00")
    later = story_of("reply", RULES).tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 15:30")
    other = story_of("first_resolution", RULES).tell(Signal.CASE_OPENED, f"{TUESDAY} 09:00")
    assert not concerns(made(CREDIT), answered.clock)
    assert not concerns(made(CREDIT), later.clock)
    assert concerns(made(CREDIT), other.clock)
    assert not concerns(made(MIGRATION), other.clock), "another kind"
    assert not concerns(made(Correction("lv", 2)), answered.clock)


def test_what_stands_is_known_by_its_end() -> None:
    credit, migration = made(CREDIT), made(MIGRATION)
    assert Standing.of((credit, migration)).until == NOW
    assert Standing.of(()).until is None


def test_a_credit_from_before_the_clock_existed_is_taken(story_of: Any) -> None:
    """A span may begin before the first policy of a kind; what counts is its overlap with counted time."""
    story = story_of("reply", RULES).tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00")
    credit = Credit(datetime.fromisoformat("2024-12-20T00:00:00+00:00"), local(f"{TUESDAY} 12:00"))
    story.take(fact_of(replace(made(CREDIT), order=credit)), NOW)
    assert story.names == ["DeadlineMoved"]
