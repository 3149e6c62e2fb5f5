"""A takeover whose breach was withdrawn counts as if it had not been (S-3): the seller owes what is still open, with the time
that was left, and the platform's clocks are void."""

from typing import Any

import pytest
from riga_rules import local

from sla_monitor.clocks.domain.clock_event import BreachWithdrawn, ClockContinued, ClockVoided
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.working_time.domain.microseconds import instant

pytestmark = pytest.mark.rule("S-3")

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = ("2026-09-15", "2026-09-16", "2026-09-17", "2026-09-18")


def credited(story: Any) -> Any:
    """A message of Tuesday 10:00, taken over after its breach; then six hours of Wednesday are credited to our outage."""
    story.tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00").fire(f"{WEDNESDAY} 10:00:01")
    story.tell(Signal.TAKEOVER_ACTIVATED, f"{WEDNESDAY} 10:00:02")
    since, until = local(f"{WEDNESDAY} 05:00"), local(f"{WEDNESDAY} 11:00")
    return story.tell(Signal.TIME_CREDITED, f"{WEDNESDAY} 11:00", counts_from=since, until=until)


def test_what_is_still_owed_goes_on_with_the_time_that_was_left(story: Any) -> None:
    credited(story)
    assert story.names == ["DeadlineMoved", "BreachWithdrawn", "ClockVoided"]
    story.tell(Signal.TAKEOVER_REVERSED, f"{WEDNESDAY} 13:00")
    (continued,) = story.said
    assert isinstance(continued, ClockContinued)
    assert (continued.cause, story.due) == ("takeover_reversed", f"{WEDNESDAY} 18:00")
    assert story.fire(f"{WEDNESDAY} 18:00:01").names == ["ClockBreached"]


def test_what_the_platform_answered_meanwhile_is_not_owed_by_the_seller(story: Any) -> None:
    credited(story).tell(Signal.PLATFORM_REPLY, f"{WEDNESDAY} 12:00").tell(
        Signal.TAKEOVER_REVERSED, f"{WEDNESDAY} 13:00"
    )
    assert (story.names, story.verdicts, story.clock.next_at) == ([], ["VOID"], None)


def test_a_question_after_the_platforms_answer_is_owed_again(story: Any) -> None:
    credited(story).tell(Signal.PLATFORM_REPLY, f"{WEDNESDAY} 12:00")
    story.tell(Signal.BUYER_MESSAGE, f"{WEDNESDAY} 12:30").tell(Signal.TAKEOVER_REVERSED, f"{WEDNESDAY} 13:00")
    assert (story.names, story.verdicts) == (["ClockContinued"], ["RUNNING"])


def released(story: Any) -> Any:
    """An answer in time, held by moderation until after the breach and the takeover."""
    story.tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00")
    story.tell(Signal.REPLY_HELD, f"{TUESDAY} 11:00", ref="msg_1").fire(f"{THURSDAY} 10:00:01")
    story.tell(Signal.TAKEOVER_ACTIVATED, f"{THURSDAY} 10:00:02")
    answered = local(f"{TUESDAY} 11:00")
    return story.tell(Signal.REPLY_RELEASED, f"{THURSDAY} 12:00", ref="msg_1", counts_from=answered)


def test_an_answer_in_time_keeps_its_corrected_verdict_and_nothing_is_owed(story: Any) -> None:
    released(story)
    assert story.names == ["BreachWithdrawn", "ClockSatisfied"]
    story.tell(Signal.TAKEOVER_REVERSED, f"{THURSDAY} 12:00:01")
    assert (story.names, story.verdicts) == ([], ["MET"])


def test_a_question_that_came_meanwhile_is_owed_with_full_time_from_the_reversal(story: Any) -> None:
    released(story).tell(Signal.BUYER_MESSAGE, f"{THURSDAY} 13:00").tell(Signal.TAKEOVER_REVERSED, f"{THURSDAY} 14:00")
    assert (story.names, story.due) == (["ClockStarted"], f"{FRIDAY} 14:00")


@pytest.mark.parametrize("answer", [Signal.PLATFORM_REPLY, Signal.NO_REPLY_NEEDED, Signal.CASE_CLOSED])
def test_a_question_that_was_settled_meanwhile_is_not_owed(story: Any, answer: Signal) -> None:
    released(story).tell(Signal.BUYER_MESSAGE, f"{THURSDAY} 13:00").tell(answer, f"{THURSDAY} 13:30")
    story.tell(Signal.TAKEOVER_REVERSED, f"{THURSDAY} 14:00")
    assert (story.names, story.verdicts) == ([], ["MET"])


def test_the_seller_owes_messages_after_the_reversal_as_before(story: Any) -> None:
    released(story).tell(Signal.TAKEOVER_REVERSED, f"{THURSDAY} 12:30").tell(Signal.BUYER_MESSAGE, f"{THURSDAY} 15:00")
    assert (story.names, story.due) == (["ClockStarted"], f"{FRIDAY} 15:00")


def test_the_order_in_which_facts_arrive_does_not_matter(story_of: Any) -> None:
    """INVARIANT: rounds follow from event times; would break if a reversal were judged by what was told before it."""
    facts = [
        (Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00", {}),
        (Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 11:00", {}),
        (Signal.PLATFORM_REPLY, f"{TUESDAY} 12:00", {}),
        (Signal.BUYER_MESSAGE, f"{TUESDAY} 13:00", {}),
        (Signal.TAKEOVER_REVERSED, f"{TUESDAY} 14:00", {}),
    ]
    for kind in ("reply", "platform_reply"):
        in_order, backwards = story_of(kind), story_of(kind)
        for signal, at, about in facts:
            in_order.tell(signal, at, now=f"{FRIDAY} 10:00", **about)
        for signal, at, about in reversed(facts):
            backwards.tell(signal, at, now=f"{FRIDAY} 10:00", **about)
        ends = [[(r.verdict, r.start_at, r.due_by) for r in one.clock.rounds] for one in (in_order, backwards)]
        assert ends[0] == ends[1], kind


@pytest.mark.parametrize("late", [False, True])
def test_the_platforms_clock_is_void_also_after_its_deadline(story_of: Any, late: bool) -> None:
    story = story_of("platform_reply").tell(Signal.TAKEOVER_ACTIVATED, f"{WEDNESDAY} 10:00")
    story.fire(f"{WEDNESDAY} {'20:00' if late else '11:00'}")
    story.tell(Signal.TAKEOVER_REVERSED, f"{WEDNESDAY} 21:00" if late else f"{WEDNESDAY} 12:00")
    assert (story.verdicts, story.clock.next_at) == (["VOID"], None)
    withdrawn = [event for event in story.said if isinstance(event, BreachWithdrawn)]
    (voided,) = [event for event in story.said if isinstance(event, ClockVoided)]
    assert (voided.cause, len(withdrawn)) == ("takeover_reversed", int(late))
    story.tell(Signal.BUYER_MESSAGE, f"{THURSDAY} 10:00")
    assert story.verdicts == ["VOID"], "the platform owes nothing after the reversal"


def test_what_the_platform_answered_stays_answered(story_of: Any) -> None:
    story = story_of("platform_reply").tell(Signal.TAKEOVER_ACTIVATED, f"{WEDNESDAY} 10:00")
    story.tell(Signal.PLATFORM_REPLY, f"{WEDNESDAY} 11:00").tell(Signal.TAKEOVER_REVERSED, f"{WEDNESDAY} 12:00")
    assert (story.names, story.verdicts) == ([], ["MET"])


def test_the_time_to_contest_a_charge_that_was_taken_back_ends_without_a_verdict(story_of: Any) -> None:
    story = story_of("contest_window").tell(Signal.CHARGE_NOTIFIED, f"{TUESDAY} 10:00")
    story.tell(Signal.CHARGE_TAKEN_BACK, f"{WEDNESDAY} 10:00")
    assert (story.names, story.verdicts, story.clock.next_at) == (["ClockVoided"], ["VOID"], None)


def test_a_charge_that_is_told_anew_gives_the_whole_time_to_contest_it(story_of: Any) -> None:
    """The refund that it recovers was refused, and is ordered again."""
    story = story_of("contest_window").tell(Signal.CHARGE_NOTIFIED, f"{TUESDAY} 10:00")
    story.tell(Signal.CHARGE_TAKEN_BACK, f"{WEDNESDAY} 10:00").tell(Signal.CHARGE_NOTIFIED, f"{THURSDAY} 10:00")
    assert story.verdicts[0] == "VOID"
    assert story.clock.next_at is not None


@pytest.mark.parametrize(
    ("kind", "begins", "ends", "verdict"),
    [
        ("charge_approval", Signal.CHARGE_PROPOSED, Signal.CHARGE_DECIDED, "MET"),
        ("refund_payment", Signal.REFUND_ORDERED, Signal.REFUND_PAID, "MET"),
        ("refund_payment", Signal.REFUND_REFUSED, Signal.REFUND_GIVEN_UP, "VOID"),
    ],
)
def test_what_waits_for_money_or_for_a_person_has_a_clock(
    story_of: Any, kind: str, begins: Signal, ends: Signal, verdict: str
) -> None:
    story = story_of(kind).tell(begins, f"{TUESDAY} 10:00")
    assert story.clock.next_at is not None
    story.tell(ends, f"{WEDNESDAY} 10:00")
    assert (story.verdicts, story.clock.next_at) == ([verdict], None)


def test_a_refund_that_is_refused_is_still_outstanding(story_of: Any) -> None:
    story = story_of("refund_payment").tell(Signal.REFUND_ORDERED, f"{TUESDAY} 10:00")
    due = story.clock.next_at
    story.tell(Signal.REFUND_REFUSED, f"{WEDNESDAY} 10:00")
    assert (story.verdicts, story.clock.next_at) == (["RUNNING"], due)


def test_a_long_conversation_of_the_platform_stays_bounded(story: Any) -> None:
    """INVARIANT: the facts of a clock are bounded (ADR 8); would break if what is only noted were kept for ever."""
    story.tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00").tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 11:00")
    for minute in range(400):
        at = instant(int(local(f"{TUESDAY} 12:00").timestamp() + minute * 60) * 1_000_000)
        story.tell((Signal.PLATFORM_REPLY, Signal.BUYER_MESSAGE)[minute % 2], at)
    assert len(story.clock.facts) < 200
