"""What staff may do to one clock (product rules, section 8): pause with cause and cap, extend, let it run again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from riga_rules import local, riga_calendar, rules_of

from sla_monitor.clocks.domain.by_staff import (
    AlreadyPaused,
    DeadlineHasPassed,
    Extension,
    ExtensionTooLong,
    NothingOwed,
    NotPaused,
    Pause,
    PauseCapUsedUp,
    PauseIsOver,
    PauseNotForeseen,
    Resumption,
    StaffOrder,
)
from sla_monitor.clocks.domain.clock import Clock, ClockUnknown, OrderByStaff, decide, evolve
from sla_monitor.clocks.domain.clock_event import ClockPaused, ClockResumed
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.working_time.domain.refusal import SlaRefused

RULES = rules_of(riga_calendar())
TUESDAY, WEDNESDAY = "2026-09-15", "2026-09-16"
DAY = 86_400


@pytest.fixture
def resolving(story_of: Any) -> Any:
    """A resolution clock that runs since Tuesday 10:00; its policy lets staff pause it for five working days."""
    return story_of("first_resolution").tell(Signal.CASE_OPENED, f"{TUESDAY} 10:00")


def order(clock: Clock | None, what: StaffOrder, at: str) -> tuple[list[Any], Clock | None]:
    events = decide(OrderByStaff(what, f"ord_{at}", local(at), RULES), clock)
    for event in events:
        clock = evolve(clock, event)
    return [e for e in events if isinstance(e, ClockPaused | ClockResumed)], clock


def due_of(clock: Clock | None) -> datetime:
    assert clock is not None
    return clock.rounds[-1].due_by


def test_a_pause_has_a_cause_and_a_cap_and_ends_when_staff_say_so(resolving: Any) -> None:
    due_before = due_of(resolving.clock)
    said, paused = order(resolving.clock, Pause("parts_on_order"), f"{WEDNESDAY} 10:00")
    assert [(e.cause, e.until_at_most) for e in said] == [("parts_on_order", local("2026-09-23 10:00"))]
    assert paused is not None
    assert paused.rounds[-1].pause_cause == "parts_on_order"
    said, running = order(paused, Resumption(), f"{WEDNESDAY} 16:00")
    assert [type(e) for e in said] == [ClockResumed]
    assert due_of(running) - due_before == timedelta(hours=6)


def test_a_planned_end_is_kept_and_an_extension_follows_it(resolving: Any) -> None:
    _, paused = order(resolving.clock, Pause("parts_on_order", local(f"{WEDNESDAY} 14:00")), f"{WEDNESDAY} 10:00")
    assert paused is not None
    assert paused.rounds[-1].pause_ends_by == local(f"{WEDNESDAY} 14:00")
    _, longer = order(paused, Extension(3600), f"{WEDNESDAY} 11:00")
    assert longer is not None
    assert longer.rounds[-1].pause_ends_by == local(f"{WEDNESDAY} 15:00")


def test_extensions_together_are_at_most_the_cap_once_more(resolving: Any) -> None:
    _, paused = order(resolving.clock, Pause("parts_on_order"), f"{WEDNESDAY} 10:00")
    _, paused = order(paused, Extension(4 * DAY), f"{WEDNESDAY} 11:00")
    with pytest.raises(ExtensionTooLong):
        order(paused, Extension(DAY + 1), f"{WEDNESDAY} 12:00")
    _, paused = order(paused, Extension(DAY), f"{WEDNESDAY} 12:00")
    assert paused is not None
    assert paused.rounds[-1].pause_ends_by == local("2026-09-30 10:00")


def refused(clock: Clock | None, what: StaffOrder, at: str) -> type[SlaRefused]:
    with pytest.raises(SlaRefused) as caught:
        order(clock, what, at)
    return type(caught.value)


def test_every_rule_about_pauses_is_a_refusal(resolving: Any, story_of: Any) -> None:
    at = f"{WEDNESDAY} 10:00"
    clock = resolving.clock
    owed = story_of("reply").tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00").clock
    _, paused = order(clock, Pause("parts_on_order"), at)
    done = resolving.tell(Signal.CASE_RESOLVED, f"{WEDNESDAY} 09:00").clock
    assert refused(None, Pause("x"), at) is ClockUnknown
    assert refused(owed, Pause("x"), at) is PauseNotForeseen
    assert refused(done, Pause("x"), at) is NothingOwed
    assert refused(clock, Pause("x"), "2026-12-01 10:00") is DeadlineHasPassed
    assert refused(paused, Pause("x"), f"{WEDNESDAY} 11:00") is AlreadyPaused
    assert refused(clock, Pause("x", local(at)), at) is PauseIsOver
    assert refused(clock, Resumption(), at) is NotPaused
    assert refused(clock, Extension(60), at) is NotPaused
    assert refused(paused, Pause("x"), "2026-09-24 10:00") is PauseCapUsedUp
    assert refused(paused, Extension(60), "2026-09-24 10:00") is NotPaused
