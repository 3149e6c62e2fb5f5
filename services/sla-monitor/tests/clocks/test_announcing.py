"""Announcements: once per obligation and deadline version, never early, late ones marked, pointless ones left out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sla_monitor.clocks.domain.clock import AnotherClock, FactTooOld, RecordFact, decide
from sla_monitor.clocks.domain.clock_event import (
    BreachWithdrawn,
    ClockBreached,
    ClockRef,
    ClockWarned,
    FactsFolded,
    GraceEnded,
)
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.folding import FOLD_AFTER, MOST_FACTS
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.signal import Signal

MONDAY, TUESDAY, WEDNESDAY, FRIDAY = ("2026-09-14", "2026-09-15", "2026-09-16", "2026-09-18")


@pytest.fixture
def owed(story: Any) -> Any:
    """An obligation that runs: a message on Monday at 10:00, due on Tuesday at 10:00."""
    return story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")


@pytest.mark.parametrize(("percent", "at"), [(50, "22:00"), (75, "2026-09-15 04:00"), (90, "2026-09-15 07:36")])
def test_warnings_at_50_75_and_90_percent_of_the_counted_time(owed: Any, percent: int, at: str) -> None:
    reached = at if " " in at else f"{MONDAY} {at}"
    while not (owed.said and getattr(owed.said[-1], "percent", 0) == percent):
        look = owed.clock.next_at
        assert owed.fire(look - timedelta(milliseconds=1)).said == []
        owed.fire(look)
    (warned,) = owed.said
    assert isinstance(warned, ClockWarned)
    assert owed.fire(reached).said == []
    assert (warned.late, warned.version) == (False, 1)


def test_nothing_is_announced_twice(owed: Any) -> None:
    assert owed.fire(f"{MONDAY} 22:00").names == ["ClockWarned"]
    assert owed.fire(f"{MONDAY} 22:00").said == []
    assert owed.fire(f"{TUESDAY} 10:01").names == ["ClockBreached"]
    assert owed.fire(f"{TUESDAY} 10:01").said == []
    assert owed.clock.next_at is None


def test_a_breach_is_announced_in_the_first_millisecond_after_the_deadline(owed: Any) -> None:
    owed.fire(f"{TUESDAY} 10:00")
    assert owed.clock.next_at == owed.clock.rounds[0].due_by + timedelta(milliseconds=1)
    assert owed.fire(owed.clock.next_at).names == ["ClockBreached"]
    assert owed.said[0].late is False


def test_late_announcements_say_so(owed: Any) -> None:
    assert [event.late for event in owed.fire(f"{TUESDAY} 04:00:30").said] == [True, True]
    assert owed.fire(f"{TUESDAY} 12:00").said[0].late is True


def test_warnings_made_pointless_by_an_overdue_breach_are_left_out(owed: Any) -> None:
    assert owed.fire(f"{FRIDAY} 10:00").names == ["ClockBreached"]


def test_a_clock_that_jumps_back_announces_nothing_early(owed: Any) -> None:
    """INVARIANT: an announcement carries a server time not before its own."""
    owed.fire(f"{TUESDAY} 04:00")
    assert owed.fire(f"{MONDAY} 04:00").said == []
    assert owed.fire(f"{TUESDAY} 03:59").said == []


def test_an_answer_stamped_in_the_future_is_judged_by_its_time_and_its_breach_waits_for_ours(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 10:03", now=f"{TUESDAY} 09:58")
    assert owed.names == ["ClockSatisfied"]
    assert owed.verdicts == ["MET_LATE"]
    assert owed.fire(f"{TUESDAY} 09:59").said == []
    assert owed.fire(f"{TUESDAY} 10:01").names == ["ClockBreached"]


def test_a_reply_in_time_that_arrives_after_the_breach_withdraws_it(owed: Any) -> None:
    owed.fire(f"{TUESDAY} 10:01").tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 09:00", now=f"{TUESDAY} 11:00")
    assert owed.names == ["BreachWithdrawn", "ClockSatisfied"]
    assert owed.verdicts == ["MET"]
    assert owed.clock.told[0].breached is False


def test_an_earlier_message_that_arrives_late_moves_the_start_and_keeps_the_round(owed: Any) -> None:
    owed.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 08:00", now=f"{MONDAY} 11:00")
    assert owed.names == ["DeadlineMoved"]
    assert owed.due == f"{TUESDAY} 08:00"
    assert [told.number for told in owed.clock.told] == [1]
    assert owed.clock.told[0].version == 2


def test_an_earlier_start_that_reveals_a_pause_keeps_the_round(story_of: Callable[..., Any]) -> None:
    clock = story_of("total_resolution").tell(Signal.INFORMATION_REQUESTED, f"{TUESDAY} 10:00")
    clock.tell(Signal.CASE_OPENED, f"{WEDNESDAY} 10:00")
    clock.tell(Signal.CASE_OPENED, f"{MONDAY} 10:00", now=f"{WEDNESDAY} 11:00")
    assert clock.names == ["ClockPaused", "DeadlineMoved"]
    assert [told.number for told, _ in clock.clock.told_rounds] == [1]
    assert clock.clock.next_at is not None


def test_a_warning_told_for_an_earlier_deadline_is_told_again_for_a_later_one(story_of: Callable[..., Any]) -> None:
    clock = story_of("first_resolution").tell(Signal.CASE_OPENED, f"{MONDAY} 10:00").fire("2026-09-21 10:00")
    assert clock.names == ["ClockWarned"]
    clock.tell(Signal.INFORMATION_REQUESTED, f"{FRIDAY} 10:00", now="2026-09-21 12:00")
    clock.tell(Signal.INFORMATION_RECEIVED, "2026-09-22 10:00")
    assert clock.fire("2026-09-22 10:00").said == []
    clock.fire("2026-09-23 10:00")
    (warned,) = clock.said
    assert (warned.percent, warned.version) == (50, 3)


def test_a_warning_is_told_once_of_a_version_even_if_its_time_moves(story_of: Callable[..., Any]) -> None:
    clock = story_of("total_resolution").tell(Signal.CASE_OPENED, f"{MONDAY} 10:00")
    clock.tell(Signal.INFORMATION_REQUESTED, "2026-09-23 22:00").fire("2026-09-23 22:00")
    assert clock.names == ["ClockWarned"]
    clock.tell(Signal.INFORMATION_REQUESTED, f"{MONDAY} 10:00", now="2026-09-23 22:00")
    assert clock.fire("2026-10-01 10:00").said == []


def test_a_held_reply_that_arrives_after_the_breach_opens_another_version(owed: Any) -> None:
    owed.fire(f"{TUESDAY} 10:01").tell(Signal.REPLY_HELD, f"{TUESDAY} 09:00", now=f"{TUESDAY} 11:00", ref="msg_2")
    assert owed.names == ["BreachWithdrawn", "ReplyHeld"]
    assert owed.said[1].message_id == "msg_2"
    owed.tell(Signal.REPLY_BLOCKED, f"{TUESDAY} 12:00", ref="msg_2").fire(f"{TUESDAY} 12:00")
    assert (owed.names, owed.said[0].version) == (["ClockBreached"], 2)


def test_what_a_late_message_settles_otherwise_is_told_otherwise(story: Any) -> None:
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00").tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 11:00")
    story.tell(Signal.REPLY_CONTESTED, f"{MONDAY} 12:00").tell(Signal.TAKEOVER_ACTIVATED, f"{MONDAY} 12:00")
    assert story.verdicts == ["VOID"]
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 12:00")
    assert story.verdicts == ["MET", "VOID"]
    assert [told.verdict for told in story.clock.told] == ["MET", "VOID"]


def test_a_reply_between_two_messages_that_arrives_last_splits_the_obligation(owed: Any) -> None:
    owed.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 15:00")
    owed.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 12:00", now=f"{MONDAY} 16:00")
    assert sorted(owed.names) == ["ClockSatisfied", "ClockStarted"]
    assert owed.verdicts == ["MET", "RUNNING"]
    assert owed.due == f"{TUESDAY} 15:00"


def test_a_round_that_an_earlier_takeover_forbids_is_superseded(owed: Any) -> None:
    owed.fire(f"{TUESDAY} 10:01")
    owed.tell(Signal.TAKEOVER_ACTIVATED, f"{MONDAY} 09:00", now=f"{TUESDAY} 11:00")
    assert owed.names == ["BreachWithdrawn", "RoundSuperseded"]
    assert isinstance(owed.said[0], BreachWithdrawn)
    assert (owed.clock.told, owed.clock.next_at) == ((), None)


def test_a_later_round_never_takes_the_number_of_a_superseded_one(owed: Any) -> None:
    owed.tell(Signal.TAKEOVER_ACTIVATED, f"{MONDAY} 09:00", now=f"{TUESDAY} 11:00")
    owed.tell(Signal.HANDED_BACK, f"{WEDNESDAY} 09:00")
    assert [told.number for told in owed.clock.told] == [2]


def test_catching_up_after_hours_of_lag_warns_nobody_about_what_is_over(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 09:00", now=f"{FRIDAY} 10:00")
    owed.tell(Signal.CASE_CLOSED, f"{WEDNESDAY} 09:00", now=f"{FRIDAY} 10:00")
    assert owed.fire(f"{FRIDAY} 10:00").said == []


def test_a_breach_found_after_the_case_was_closed_says_that_nothing_is_owed(owed: Any) -> None:
    owed.tell(Signal.CASE_CLOSED, f"{WEDNESDAY} 09:00", now=f"{FRIDAY} 10:00")
    breach = owed.said[0]
    assert isinstance(breach, ClockBreached)
    assert breach.still_owed is False


def test_grace_ends_once_in_counted_time_after_the_breach(make_rules: Any, riga: Any, story_of: Any) -> None:
    rows = [row | {"grace_seconds": 3600} for row in default_rows("lv", "desk", "2020-01-01T00:00:00Z")]
    story = story_of("reply", make_rules(riga, rows=rows)).tell(Signal.BUYER_MESSAGE, f"{FRIDAY} 23:30")
    story.fire("2026-09-21 23:30:00.001")
    assert story.names == ["ClockBreached"]
    assert story.fire("2026-09-22 00:29").said == []
    assert story.fire("2026-09-22 00:30").names == ["GraceEnded"]
    assert story.fire("2026-09-22 00:30").said == []


def test_the_end_of_grace_names_its_round(make_rules: Any, riga: Any, story_of: Any) -> None:
    rows = [row | {"grace_seconds": 3600} for row in default_rows("lv", "desk", "2020-01-01T00:00:00Z")]
    story = story_of("reply", make_rules(riga, rows=rows)).tell(Signal.BUYER_MESSAGE, f"{FRIDAY} 10:00")
    story.tell(Signal.QUALIFYING_REPLY, f"{FRIDAY} 11:00").tell(Signal.BUYER_MESSAGE, f"{FRIDAY} 23:30")
    (ended,) = story.fire("2026-09-21 23:31").fire("2026-09-22 00:30").said
    assert isinstance(ended, GraceEnded)
    assert (ended.number, ended.version) == (2, 1)


def test_grace_does_not_end_for_what_was_answered(make_rules: Any, riga: Any, story_of: Any) -> None:
    rows = [row | {"grace_seconds": 3600} for row in default_rows("lv", "desk", "2020-01-01T00:00:00Z")]
    story = story_of("reply", make_rules(riga, rows=rows)).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    story.fire(f"{TUESDAY} 10:01").tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 10:30")
    assert (story.names, story.clock.next_at) == (["ClockSatisfied"], None)


def test_a_repeated_fact_changes_nothing(owed: Any) -> None:
    again = owed.clock.facts[0]
    assert decide(RecordFact(owed.ref, again, again.at, owed.rules), owed.clock) == []


def test_a_fact_for_another_clock_is_refused(owed: Any) -> None:
    other = ClockRef("cas_2", ClockKind("reply"), "", "lv")
    with pytest.raises(AnotherClock):
        decide(RecordFact(other, owed.clock.facts[0], owed.clock.facts[0].at, owed.rules), owed.clock)


def test_the_facts_of_a_long_conversation_stay_bounded(owed: Any) -> None:
    """INVARIANT: a clock's document does not grow with its history; what was folded away cannot be reopened."""
    began, widest = owed.clock.facts[0].at, 0
    for day in range(1, 400):
        for signal, hour in ((Signal.QUALIFYING_REPLY, 0), (Signal.BUYER_MESSAGE, 1)):
            at = began + timedelta(days=day, hours=hour)
            owed.take(Fact(f"{signal}_{day}", signal, at), at)
            widest = max(widest, len(owed.clock.facts))
    assert widest <= MOST_FACTS
    assert len(owed.clock.rounds) == len(owed.clock.told)
    assert owed.clock.last_number == 400
    assert owed.verdicts[-1] == "RUNNING"
    with pytest.raises(FactTooOld):
        owed.tell(Signal.QUALIFYING_REPLY, f"{WEDNESDAY} 10:00")


def test_a_burst_of_messages_stays_bounded_and_keeps_the_oldest_start(owed: Any) -> None:
    due = owed.due
    for number in range(1000):
        at = owed.clock.facts[0].at + timedelta(seconds=number + 1)
        owed.take(Fact(f"burst_{number}", Signal.BUYER_MESSAGE, at), at)
    assert len(owed.clock.facts) <= MOST_FACTS
    assert owed.due == due
    assert owed.clock.facts[0].id == "evt_1"


def test_what_is_thinned_out_keeps_the_newest_of_a_burst(owed: Any) -> None:
    began, times = owed.clock.facts[0].at, []
    while len(owed.clock.facts) == len(times) + 1:
        times.append(began + timedelta(seconds=len(times) + 1))
        owed.take(Fact(f"burst_{len(times)}", Signal.BUYER_MESSAGE, times[-1]), times[-1])
    assert len(times) == MOST_FACTS
    assert [fact.at for fact in owed.clock.facts] == [began, *times[-32:]]


def test_only_a_credit_that_reaches_into_what_is_kept_stays_when_its_round_is_folded_away(owed: Any) -> None:
    later = owed.clock.facts[0].at + FOLD_AFTER + timedelta(days=3)
    for until in (owed.clock.facts[0].at + timedelta(hours=1), later, later + timedelta(hours=1)):
        credit = {"counts_from": owed.clock.facts[0].at, "until": until}
        owed.tell(Signal.TIME_CREDITED, f"{MONDAY} 11:00", **credit)
    owed.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 11:30", until=later + timedelta(hours=1))
    owed.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 12:00").tell(Signal.BUYER_MESSAGE, later)
    assert [fact.id for fact in owed.clock.facts] == ["evt_4", "evt_7"]


def test_what_was_folded_away_leaves_gates_as_they_were(story_of: Callable[..., Any]) -> None:
    desk = story_of("platform_reply").tell(Signal.TAKEOVER_ACTIVATED, f"{MONDAY} 10:00")
    began = desk.clock.facts[0].at
    for day in (0, FOLD_AFTER.days + 1, FOLD_AFTER.days + 2):
        for signal in (Signal.BUYER_MESSAGE, Signal.PLATFORM_REPLY):
            at = began + timedelta(days=day, minutes=1 + (signal is Signal.PLATFORM_REPLY))
            desk.take(Fact(f"{signal}_{day}", signal, at), at)
    assert desk.clock.folded_before is not None
    assert Signal.TAKEOVER_ACTIVATED not in {fact.signal for fact in desk.clock.facts}
    assert set(desk.verdicts) == {"MET"}
    assert desk.clock.last_number == 3


def test_folding_is_told_after_everything_else(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 12:00")
    at = owed.clock.facts[0].at + FOLD_AFTER + timedelta(days=3)
    events = decide(RecordFact(owed.ref, Fact("late", Signal.BUYER_MESSAGE, at), at, owed.rules), owed.clock)
    assert isinstance(events[-1], FactsFolded)
    assert [fact.id for fact in events[-1].facts] == ["late"]
    assert [round_.start_id for round_ in events[-1].rounds] == ["late"]


@pytest.mark.parametrize(("short_of", "kept"), [(timedelta(0), 1), (timedelta(microseconds=1), 2)])
def test_a_round_is_folded_away_once_it_has_been_settled_for_the_whole_time(
    owed: Any, short_of: timedelta, kept: int
) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 12:00")
    at = owed.clock.facts[-1].at + FOLD_AFTER - short_of
    owed.take(Fact("late", Signal.BUYER_MESSAGE, at), at)
    assert len(owed.clock.rounds) == kept
