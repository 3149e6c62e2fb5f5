"""The second table of product section 3, row by row: what each event does to a clock."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sla_monitor.clocks.domain.clock import ClockUnknown, Fire, decide, verdict_at
from sla_monitor.clocks.domain.clock_event import (
    ClockBreached,
    ClockPaused,
    ClockResumed,
    ClockSatisfied,
    ClockStarted,
    ClockVoided,
    DeadlineMoved,
    ReplyNotCounted,
)
from sla_monitor.clocks.domain.round import Verdict
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import NoPolicyInForce
from sla_monitor.rules.domain.signal import Signal

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = ("2026-09-14", "2026-09-15", "2026-09-16", "2026-09-17", "2026-09-18")

StoryOf = Callable[..., Any]


@pytest.fixture
def owed(story: Any) -> Any:
    """An obligation that runs: a message on Monday at 10:00, due on Tuesday at 10:00."""
    return story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")


@pytest.fixture
def resolving(story_of: StoryOf) -> Any:
    """A resolution clock that runs: opened on Monday at 10:00, due ten working days later."""
    return story_of("first_resolution").tell(Signal.CASE_OPENED, f"{MONDAY} 10:00")


def test_buyer_message_when_nothing_is_owed_opens_an_obligation_with_pinned_versions(owed: Any) -> None:
    (started,) = owed.said
    assert isinstance(started, ClockStarted)
    assert (started.owner, started.policy_version, started.calendar_version) == ("seller", 2, 1)
    assert started.on_silence == "takeover_missed_deadline"
    assert owed.due == f"{TUESDAY} 10:00"
    assert owed.clock.owed is owed.clock.rounds[0]


def test_an_obligation_begins_when_it_was_asked_for_whatever_else_the_message_names(story: Any) -> None:
    earlier = story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00").clock.facts[0].at - timedelta(hours=2)
    story.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 11:00")
    assert story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 12:00", counts_from=earlier).due == f"{TUESDAY} 12:00"


def test_further_buyer_messages_join_and_the_start_stays_at_the_oldest_unanswered_one(owed: Any) -> None:
    owed.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 15:00")
    assert owed.names == ["ClockJoined"]
    assert owed.due == f"{TUESDAY} 10:00"


def test_qualifying_reply_satisfies_at_its_event_time(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 09:00", now=f"{FRIDAY} 09:00")
    assert owed.names == ["ClockSatisfied"]
    assert owed.verdicts == ["MET"]
    assert owed.clock.next_at is None


def test_answer_exactly_at_the_deadline_is_in_time(owed: Any) -> None:
    owed.fire(f"{TUESDAY} 10:00")
    assert "ClockBreached" not in owed.names
    owed.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 10:00")
    assert owed.verdicts == ["MET"]


def test_answer_a_millisecond_after_the_deadline_is_late(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 10:00:00.001")
    assert owed.verdicts == ["MET_LATE"]


def test_late_answer_during_an_outage_of_the_scheduler_is_still_a_breach(owed: Any) -> None:
    """INVARIANT: a breach is a function of event times; the scheduler only announces it."""
    owed.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 10:30")
    assert owed.names == ["ClockBreached", "ClockSatisfied"]
    breach, satisfied = owed.said
    assert isinstance(breach, ClockBreached)
    assert (breach.late, breach.still_owed) == (True, False)
    assert isinstance(satisfied, ClockSatisfied)
    assert satisfied.verdict is Verdict.MET_LATE
    assert sum(segment.seconds for segment in breach.trace.segments if segment.counted) == 86_400
    assert owed.fire(f"{FRIDAY} 10:00").said == []


def test_any_other_reply_has_no_effect_and_its_reason_is_recorded(owed: Any) -> None:
    owed.tell(Signal.OTHER_REPLY, f"{MONDAY} 11:00", ref="msg_2", reasons=("automated",))
    (not_counted,) = owed.said
    assert isinstance(not_counted, ReplyNotCounted)
    assert (not_counted.message_id, not_counted.reasons) == ("msg_2", ("automated",))
    assert owed.verdicts == ["RUNNING"]


def test_another_reply_when_nothing_is_owed_says_nothing(story: Any) -> None:
    assert story.tell(Signal.OTHER_REPLY, f"{MONDAY} 11:00").said == []
    assert story.clock.next_at is None


def test_reply_held_and_then_released_counts_from_its_submit_time(owed: Any) -> None:
    owed.tell(Signal.REPLY_HELD, f"{TUESDAY} 09:00", ref="msg_2")
    assert owed.names == ["ReplyHeld"]
    assert owed.clock.owed.pending_check
    assert "ClockBreached" not in owed.fire(f"{TUESDAY} 12:00").names
    owed.tell(Signal.REPLY_RELEASED, f"{TUESDAY} 13:00", ref="msg_2", counts_from=owed.clock.facts[1].at)
    assert owed.names == ["ClockSatisfied"]
    assert owed.verdicts == ["MET"]


def test_reply_held_and_then_blocked_leaves_the_breach_to_be_announced(owed: Any) -> None:
    owed.tell(Signal.REPLY_HELD, f"{TUESDAY} 09:00", ref="msg_2").fire(f"{TUESDAY} 12:00")
    owed.tell(Signal.REPLY_BLOCKED, f"{TUESDAY} 13:00", ref="msg_2", reasons=("contact_data",))
    assert owed.names == ["ReplyNotCounted"]
    assert not owed.clock.owed.pending_check
    assert owed.fire(f"{TUESDAY} 13:01").names == ["ClockBreached"]


def test_reply_held_after_the_deadline_hides_nothing(owed: Any) -> None:
    owed.tell(Signal.REPLY_HELD, f"{TUESDAY} 11:00", ref="msg_2")
    assert owed.fire(f"{TUESDAY} 11:01").names == ["ClockBreached"]


def test_reply_held_for_ever_is_announced_as_a_breach_in_the_end(owed: Any) -> None:
    owed.tell(Signal.REPLY_HELD, f"{TUESDAY} 09:00", ref="msg_2").fire(f"{TUESDAY} 12:00")
    assert owed.fire(f"{WEDNESDAY} 10:01").names == ["ClockBreached"]


def test_no_reply_needed_waives_the_obligation(owed: Any) -> None:
    owed.tell(Signal.NO_REPLY_NEEDED, f"{MONDAY} 16:00")
    assert owed.names == ["ClockWaived"]
    assert owed.verdicts == ["WAIVED"]
    assert owed.fire(f"{FRIDAY} 10:00").said == []


def test_waiver_after_the_deadline_leaves_the_breach(owed: Any) -> None:
    owed.tell(Signal.NO_REPLY_NEEDED, f"{TUESDAY} 16:00")
    assert owed.names == ["ClockBreached", "BreachClosed"]
    assert owed.verdicts == ["BREACHED"]


def test_waiver_revoked_continues_with_the_remaining_time(owed: Any) -> None:
    owed.tell(Signal.NO_REPLY_NEEDED, f"{MONDAY} 16:00").tell(Signal.WAIVER_REVOKED, f"{WEDNESDAY} 12:00")
    assert owed.names == ["ClockContinued"]
    assert owed.due == f"{THURSDAY} 06:00"
    assert owed.verdicts == ["RUNNING"]


def test_waiver_revoked_never_leaves_less_than_the_floor(owed: Any) -> None:
    owed.tell(Signal.NO_REPLY_NEEDED, f"{TUESDAY} 09:59").tell(Signal.WAIVER_REVOKED, f"{WEDNESDAY} 12:00")
    assert owed.due == f"{WEDNESDAY} 16:00"
    owed.fire(f"{WEDNESDAY} 16:01")
    (breach,) = [event for event in owed.said if isinstance(event, ClockBreached)]
    assert sum(s.seconds for s in breach.trace.segments if s.counted) == breach.trace.target_seconds
    assert "no_reply_needed" in {segment.cause for segment in breach.trace.segments}


def test_a_revocation_without_a_waiver_does_not_reopen_what_was_answered(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 16:00").tell(Signal.WAIVER_REVOKED, f"{MONDAY} 17:00")
    assert (owed.said, owed.verdicts) == ([], ["MET"])


def test_typed_request_for_information_satisfies_the_reply_obligation(owed: Any) -> None:
    assert owed.tell(Signal.INFORMATION_REQUESTED, f"{MONDAY} 16:00").names == ["ClockSatisfied"]


def test_typed_request_for_information_pauses_the_resolution_clock(resolving: Any) -> None:
    before = resolving.due
    resolving.tell(Signal.INFORMATION_REQUESTED, f"{TUESDAY} 10:00")
    assert resolving.names == ["ClockPaused"]
    assert resolving.verdicts == ["PAUSED"]
    resolving.tell(Signal.INFORMATION_RECEIVED, f"{WEDNESDAY} 10:00")
    assert resolving.names == ["ClockResumed"]
    assert (before, resolving.due) == ("2026-09-28 10:00", "2026-09-29 10:00")


def test_a_pause_ends_at_its_cap(resolving: Any) -> None:
    resolving.tell(Signal.INFORMATION_REQUESTED, f"{TUESDAY} 10:00")
    (paused,) = resolving.said
    assert isinstance(paused, ClockPaused)
    assert resolving.due == "2026-10-05 10:00"
    assert resolving.fire("2026-09-22 10:00").names == ["ClockResumed"]
    (resumed,) = resolving.said
    assert isinstance(resumed, ClockResumed)
    assert (resumed.cause, resumed.at) == ("pause_cap_reached", paused.until_at_most)
    assert resolving.tell(Signal.OWNER_MOVED, "2026-09-22 11:00", owner="substitute").names == ["ClockOwnerMoved"]
    resolving.tell(Signal.INFORMATION_RECEIVED, "2026-09-25 10:00")
    assert resolving.due == "2026-10-05 10:00"
    resolving.tell(Signal.INFORMATION_REQUESTED, "2026-09-28 10:00")
    assert (resolving.names, resolving.verdicts) == ([], ["RUNNING"])


def test_a_supervisor_extends_the_cap(resolving: Any) -> None:
    resolving.tell(Signal.PAUSED_BY_STAFF, f"{TUESDAY} 10:00", reasons=("courier_strike",))
    assert resolving.said[0].cause == "courier_strike"
    resolving.tell(Signal.PAUSE_EXTENDED, f"{WEDNESDAY} 10:00", seconds=86_400)
    assert resolving.due == "2026-10-06 10:00"
    assert resolving.names == ["DeadlineMoved"]


def test_a_pause_by_staff_ends_when_planned(resolving: Any) -> None:
    resolving.tell(Signal.PAUSED_BY_STAFF, f"{TUESDAY} 10:00", until=resolving.clock.facts[0].at.replace(day=16))
    assert resolving.due == "2026-09-29 10:00"


def test_a_pause_never_hides_a_breach(resolving: Any) -> None:
    resolving.tell(Signal.INFORMATION_REQUESTED, "2026-09-28 10:01")
    assert resolving.names == []
    assert resolving.fire("2026-09-28 10:02").names == ["ClockBreached"]


def test_takeover_voids_a_running_obligation_of_the_seller(owed: Any) -> None:
    owed.tell(Signal.TAKEOVER_ACTIVATED, f"{MONDAY} 16:00")
    (voided,) = owed.said
    assert isinstance(voided, ClockVoided)
    assert voided.cause == "takeover_activated"
    assert owed.tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 16:00").said == []


def test_takeover_keeps_the_verdict_of_an_obligation_that_was_breached_or_met(story: Any) -> None:
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00").tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 11:00")
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 12:00").fire(f"{TUESDAY} 12:01")
    story.tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 12:02")
    assert story.names == ["BreachClosed"]
    assert story.verdicts == ["MET", "BREACHED"]


def test_takeover_starts_the_obligation_of_the_platform(story_of: StoryOf) -> None:
    desk = story_of("platform_reply")
    assert desk.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00").said == []
    desk.tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 22:00")
    (started,) = desk.said
    assert isinstance(started, ClockStarted)
    assert (started.owner, desk.due) == ("platform", f"{WEDNESDAY} 06:00")
    desk.tell(Signal.PLATFORM_REPLY, f"{WEDNESDAY} 05:00").tell(Signal.BUYER_MESSAGE, f"{WEDNESDAY} 06:00")
    assert desk.verdicts == ["MET", "RUNNING"]
    assert desk.tell(Signal.HANDED_BACK, f"{WEDNESDAY} 07:00").names == ["ClockVoided"]


def test_hand_back_opens_a_new_obligation_with_full_time(owed: Any) -> None:
    owed.tell(Signal.TAKEOVER_ACTIVATED, f"{MONDAY} 16:00").tell(Signal.HANDED_BACK, f"{WEDNESDAY} 11:00")
    assert owed.names == ["ClockStarted"]
    assert owed.due == f"{THURSDAY} 11:00"
    assert owed.verdicts == ["VOID", "RUNNING"]


def test_merge_lets_the_earliest_start_win(owed: Any) -> None:
    earlier = owed.clock.facts[0].at.replace(hour=5)
    owed.tell(Signal.CASES_MERGED, f"{MONDAY} 15:00", counts_from=earlier)
    assert owed.names == ["DeadlineMoved"]
    assert owed.due == f"{TUESDAY} 08:00"
    later = owed.clock.facts[0].at.replace(hour=9)
    owed.tell(Signal.CASES_MERGED, f"{MONDAY} 16:00", counts_from=later)
    assert (owed.names, owed.due) == ([], f"{TUESDAY} 08:00")


def test_merge_brings_what_the_other_case_owed(story: Any) -> None:
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 09:00").tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 09:30")
    story.tell(Signal.CASES_MERGED, f"{MONDAY} 15:00", counts_from=story.clock.facts[0].at.replace(hour=5))
    assert story.verdicts == ["MET", "RUNNING"]
    assert story.due == f"{TUESDAY} 08:00"


def test_a_case_merged_away_owes_nothing_more(owed: Any) -> None:
    assert owed.tell(Signal.CASE_MERGED_AWAY, f"{MONDAY} 15:00").names == ["ClockVoided"]


def test_reopening_opens_a_new_reply_obligation(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 11:00").tell(Signal.CASE_CLOSED, f"{TUESDAY} 11:00")
    assert owed.tell(Signal.BUYER_MESSAGE, f"{WEDNESDAY} 11:00").said == []
    owed.tell(Signal.CASE_REOPENED, f"{WEDNESDAY} 12:00")
    assert owed.verdicts == ["MET", "RUNNING"]
    assert owed.due == f"{THURSDAY} 12:00"


def test_reopening_resumes_total_resolution_and_not_first_resolution(story_of: StoryOf) -> None:
    for kind, verdict, due in (
        ("total_resolution", "RUNNING", "2026-10-07 10:00"),
        ("first_resolution", "MET", "2026-09-28 10:00"),
    ):
        clock = story_of(kind).tell(Signal.CASE_OPENED, f"{MONDAY} 10:00")
        clock.tell(Signal.CASE_RESOLVED, f"{TUESDAY} 10:00").tell(Signal.CASE_REOPENED, f"{THURSDAY} 10:00")
        assert (clock.verdicts, clock.due) == ([verdict], due)


def test_a_contested_reply_reopens_the_obligation_with_what_was_left(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 22:00").tell(Signal.REPLY_CONTESTED, f"{TUESDAY} 22:00")
    assert owed.verdicts == ["RUNNING"]
    assert owed.due == f"{WEDNESDAY} 10:00"


def test_a_contested_late_reply_opens_a_new_obligation(owed: Any) -> None:
    owed.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 12:00").tell(Signal.REPLY_CONTESTED, f"{TUESDAY} 13:00")
    assert owed.verdicts == ["MET_LATE", "RUNNING"]


def policy_change(make_rules: Any, riga: Any) -> Any:
    rows = default_rows("lv", "desk", "2020-01-01T00:00:00Z")
    second = next(row for row in rows if row["kind"] == "reply") | {
        "version": 3,
        "effective_from": "2026-09-14T12:00:00Z",
        "target_seconds": 12 * 3600,
    }
    return make_rules(riga, rows=[*rows, second])


def test_policy_change_leaves_a_running_clock_on_its_pinned_version(
    make_rules: Any, riga: Any, story_of: StoryOf
) -> None:
    story = story_of("reply", policy_change(make_rules, riga)).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 16:00")
    assert story.due == f"{TUESDAY} 10:00"
    story.tell(Signal.QUALIFYING_REPLY, f"{MONDAY} 17:00").tell(Signal.BUYER_MESSAGE, f"{MONDAY} 18:00")
    assert [round_.policy_version for round_ in story.clock.rounds] == [2, 3]
    assert story.due == f"{TUESDAY} 06:00"


def test_a_gate_that_a_later_policy_brings_is_closed_for_clocks_that_were_begun_without_it(
    make_rules: Any, riga: Any, story_of: StoryOf
) -> None:
    rows = default_rows("lv", "desk", "2020-01-01T00:00:00Z")
    gated = next(row for row in rows if row["kind"] == "platform_reply")
    later = gated | {"version": 9, "effective_from": "2026-09-14T12:00:00Z"}
    rules = make_rules(riga, rows=[row for row in rows if row is not gated] + [gated | {"gates": []}, later])
    story = story_of("platform_reply", rules).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    assert story.tell(Signal.PLATFORM_REPLY, f"{MONDAY} 11:00").verdicts == ["MET"]
    assert story.tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00").names == []
    assert story.tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 11:00").names == ["ClockStarted"]


def test_policy_migration_is_explicit_and_shows_both_traces(make_rules: Any, riga: Any, story_of: StoryOf) -> None:
    story = story_of("reply", policy_change(make_rules, riga)).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    story.tell(Signal.POLICY_MIGRATED, f"{MONDAY} 16:00", version=3)
    (moved,) = story.said
    assert isinstance(moved, DeadlineMoved)
    assert story.due == f"{MONDAY} 22:00"
    assert moved.trace_before is not None
    assert [trace.target_seconds for trace in (moved.trace_before, moved.trace_after)] == [86_400, 43_200]


def test_policy_migration_leaves_at_least_the_floor(make_rules: Any, riga: Any, story_of: StoryOf) -> None:
    story = story_of("reply", policy_change(make_rules, riga)).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    story.tell(Signal.POLICY_MIGRATED, f"{TUESDAY} 00:00", version=3)
    assert story.due == f"{TUESDAY} 04:00"


def test_calendar_corrected_to_later_moves_the_deadline_with_both_traces(
    make_rules: Any, riga_versions: Any, story_of: StoryOf
) -> None:
    rules = make_rules(riga_versions(1), riga_versions(2, [TUESDAY]))
    story = story_of("reply", rules).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    story.tell(Signal.CALENDAR_CORRECTED, f"{MONDAY} 16:00", version=2)
    (moved,) = story.said
    assert isinstance(moved, DeadlineMoved)
    assert story.due == f"{WEDNESDAY} 10:00"
    assert moved.trace_before is not None
    for trace, version, due in ((moved.trace_before, 1, moved.was_due_by), (moved.trace_after, 2, moved.due_by)):
        assert (trace.calendar_version, trace.due_by, trace.target_seconds) == (version, due, 86_400)
        assert sum(segment.seconds for segment in trace.segments if segment.counted) == 86_400


def test_calendar_corrected_to_earlier_changes_nothing(make_rules: Any, riga_versions: Any, story_of: StoryOf) -> None:
    rules = make_rules(riga_versions(1, [TUESDAY]), riga_versions(2, []))
    story = story_of("reply", rules).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    story.tell(Signal.CALENDAR_CORRECTED, f"{MONDAY} 16:00", version=2)
    assert story.said == []
    assert (story.due, story.clock.rounds[0].calendar_version) == (f"{WEDNESDAY} 10:00", 1)


def test_calendar_correction_withdraws_a_breach_that_was_none(
    make_rules: Any, riga_versions: Any, story_of: StoryOf
) -> None:
    rules = make_rules(riga_versions(1), riga_versions(2, [TUESDAY]))
    story = story_of("reply", rules).tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00").fire(f"{TUESDAY} 10:01")
    story.tell(Signal.CALENDAR_CORRECTED, f"{TUESDAY} 11:00", version=2)
    assert story.names == ["DeadlineMoved", "BreachWithdrawn"]
    assert story.fire(f"{WEDNESDAY} 10:01").names == ["ClockBreached"]


def test_our_outage_gives_credit_for_its_overlap_with_counted_time(story: Any) -> None:
    story.tell(Signal.BUYER_MESSAGE, f"{FRIDAY} 10:00")
    friday = story.clock.facts[0].at
    story.tell(
        Signal.TIME_CREDITED,
        "2026-09-19 06:00",
        counts_from=friday.replace(hour=19),
        until=friday.replace(day=19, hour=3),
        reasons=("outage",),
    )
    (moved,) = story.said
    assert isinstance(moved, DeadlineMoved)
    assert (moved.cause, story.due) == ("outage", "2026-09-21 12:00")


def test_credit_that_is_given_after_a_late_answer_makes_it_one_in_time(story: Any) -> None:
    """R-09: whatever was settled before the credit was given is judged anew."""
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00").fire(f"{TUESDAY} 10:01")
    began = story.clock.facts[0].at
    story.tell(Signal.QUALIFYING_REPLY, f"{TUESDAY} 12:00")
    assert story.verdicts == ["MET_LATE"]
    outage = {"counts_from": began, "until": began + timedelta(hours=3), "reasons": ("outage",)}
    story.tell(Signal.TIME_CREDITED, f"{WEDNESDAY} 09:00", **outage)
    assert story.verdicts == ["MET"]
    assert "BreachWithdrawn" in story.names


def test_credit_for_what_came_after_the_deadline_changes_nothing(owed: Any) -> None:
    began = owed.clock.facts[0].at
    after = began.replace(day=16)
    owed.tell(Signal.TIME_CREDITED, f"{FRIDAY} 10:00", counts_from=after, until=after.replace(hour=20))
    assert owed.due == f"{TUESDAY} 10:00"


def test_an_offer_is_owed_an_answer_by_the_one_it_was_made_to(story_of: StoryOf) -> None:
    offer = story_of("offer_answer").tell(Signal.OFFER_MADE, f"{MONDAY} 10:00", owner="buyer")
    assert (offer.said[0].owner, offer.said[0].on_silence) == ("buyer", "offer_expires")


def test_late_notification_gives_credit_from_before_the_obligation_began(story: Any) -> None:
    story.tell(Signal.BUYER_MESSAGE, f"{MONDAY} 10:00")
    began = story.clock.facts[0].at
    story.tell(
        Signal.TIME_CREDITED,
        f"{MONDAY} 12:00",
        counts_from=began.replace(hour=5),
        until=began.replace(hour=9),
        reasons=("late_notification",),
    )
    assert story.due == f"{TUESDAY} 12:00"


def test_credit_and_pause_for_the_same_stretch_count_once(resolving: Any) -> None:
    resolving.tell(Signal.INFORMATION_REQUESTED, f"{TUESDAY} 10:00").tell(
        Signal.INFORMATION_RECEIVED, f"{WEDNESDAY} 10:00"
    )
    began = resolving.clock.facts[0].at
    resolving.tell(
        Signal.TIME_CREDITED,
        f"{THURSDAY} 10:00",
        counts_from=began.replace(day=15, hour=12),
        until=began.replace(day=16, hour=9),
    )
    assert resolving.due == "2026-09-29 12:00"


def test_an_approved_absence_moves_the_obligation_to_the_cover_and_not_the_deadline(owed: Any) -> None:
    owed.tell(Signal.OWNER_MOVED, f"{MONDAY} 12:00", owner="substitute")
    assert owed.names == ["ClockOwnerMoved"]
    assert (owed.clock.owed.owner, owed.due) == ("substitute", f"{TUESDAY} 10:00")
    owed.fire(f"{TUESDAY} 10:01")
    assert owed.said[0].owner == "substitute"


def test_a_promise_names_its_own_deadline(story_of: StoryOf) -> None:
    promise = story_of("promise")
    promise.tell(Signal.PROMISE_MADE, f"{MONDAY} 10:00", until=promise_until(FRIDAY))
    assert promise.due == f"{FRIDAY} 15:00"
    promise.fire(f"{FRIDAY} 15:01")
    (breach,) = promise.said
    assert breach.on_silence == "promise_marked_broken_and_buyer_told"
    assert sum(segment.seconds for segment in breach.trace.segments) == breach.trace.target_seconds


def promise_until(day: str) -> Any:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(f"{day} 15:00").replace(tzinfo=ZoneInfo("Europe/Riga"))


def test_inactivity_starts_over_each_time_the_seller_is_seen(story_of: StoryOf) -> None:
    clock = story_of("inactivity").tell(Signal.SELLER_REGISTERED, f"{MONDAY} 10:00")
    clock.tell(Signal.SELLER_SEEN, f"{TUESDAY} 10:00")
    assert clock.names == ["ClockStarted", "ClockSatisfied"] or clock.names == ["ClockSatisfied", "ClockStarted"]
    assert (clock.verdicts, clock.due) == (["MET", "RUNNING"], f"{FRIDAY} 10:00")


def test_the_verdict_can_be_read_for_any_instant_whatever_was_announced(owed: Any, resolving: Any) -> None:
    running = owed.clock.rounds[0]
    assert verdict_at(running, running.due_by) is Verdict.RUNNING
    assert verdict_at(running, running.breach_at) is Verdict.BREACHED
    resolving.tell(Signal.INFORMATION_REQUESTED, f"{TUESDAY} 10:00")
    paused = resolving.clock.rounds[0]
    assert verdict_at(paused, paused.paused_at) is Verdict.PAUSED
    assert verdict_at(paused, paused.pause_ends_by) is Verdict.RUNNING


def test_an_event_from_before_the_clock_existed_is_refused_and_nothing_is_lost(owed: Any) -> None:
    before = owed.clock
    with pytest.raises(NoPolicyInForce):
        owed.tell(Signal.BUYER_MESSAGE, "2019-01-01 10:00")
    assert owed.clock is before


def test_a_clock_that_was_told_nothing_cannot_fire(rules: Any, story: Any) -> None:
    with pytest.raises(ClockUnknown):
        decide(Fire(promise_until(MONDAY), rules), None)
    assert story.state is None


@pytest.mark.rule("S-7")
@pytest.mark.parametrize("ending", [Signal.DISPUTE_ESCALATED, Signal.DISPUTE_ENDED])
def test_a_window_that_ends_at_the_instant_at_which_it_begins_does_not_run_on(
    story_of: StoryOf, ending: Signal
) -> None:
    """INVARIANT: would break if the end counted first: the window would run for a dispute that is with the mediator."""
    window = story_of("escalation_window").tell(ending, f"{MONDAY} 10:00")
    window.tell(Signal.ESCALATION_OPENED, f"{MONDAY} 10:00")
    assert window.clock.owed is None
