"""Who owes what after a takeover and after a hand-back (R-34): the platform owns every clock of the contact, and what nobody
waits for is owed by nobody."""

from typing import Any

import pytest

from sla_monitor.clocks.domain.clock_event import ClockOwnerMoved
from sla_monitor.rules.domain.signal import Signal

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = ("2026-09-14", "2026-09-15", "2026-09-16", "2026-09-17")
RESOLUTIONS = ("first_resolution", "total_resolution")


def taken_over(story: Any) -> Any:
    story.tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00").fire(f"{WEDNESDAY} 10:00:01")
    return story.tell(Signal.TAKEOVER_ACTIVATED, f"{WEDNESDAY} 10:00:02")


def test_a_hand_back_of_an_answered_contact_starts_nothing(story: Any) -> None:
    taken_over(story).tell(Signal.PLATFORM_REPLY, f"{WEDNESDAY} 12:00").tell(Signal.HANDED_BACK, f"{WEDNESDAY} 13:00")
    assert (story.names, story.verdicts, story.clock.next_at) == ([], ["BREACHED"], None)
    assert story.tell(Signal.BUYER_MESSAGE, f"{WEDNESDAY} 14:00").names == ["ClockStarted"]


def test_a_hand_back_of_a_contact_in_which_nobody_asked_anything_starts_nothing(story: Any) -> None:
    assert story.tell(Signal.HANDED_BACK, f"{WEDNESDAY} 13:00").names == []


def test_what_somebody_waits_for_is_owed_with_full_time_from_the_hand_back(story: Any) -> None:
    taken_over(story).tell(Signal.HANDED_BACK, f"{WEDNESDAY} 13:00")
    assert (story.names, story.due) == (["ClockStarted"], f"{THURSDAY} 13:00")


def test_a_question_that_came_meanwhile_is_owed(story: Any) -> None:
    taken_over(story).tell(Signal.PLATFORM_REPLY, f"{WEDNESDAY} 12:00").tell(Signal.BUYER_MESSAGE, f"{WEDNESDAY} 12:30")
    story.tell(Signal.HANDED_BACK, f"{WEDNESDAY} 13:00")
    assert (story.names, story.due) == (["ClockStarted"], f"{THURSDAY} 13:00")


@pytest.mark.parametrize("settled", [Signal.QUALIFYING_REPLY, Signal.NO_REPLY_NEEDED])
def test_nothing_is_owed_by_a_contact_that_was_settled_before_its_takeover(story: Any, settled: Signal) -> None:
    story.tell(Signal.BUYER_MESSAGE, f"{TUESDAY} 10:00").tell(settled, f"{TUESDAY} 11:00")
    story.tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 12:00").tell(Signal.HANDED_BACK, f"{TUESDAY} 13:00")
    assert (story.names, story.clock.next_at) == ([], None)


def test_a_waiver_that_is_revoked_meanwhile_is_owed_again(story: Any) -> None:
    taken_over(story).tell(Signal.NO_REPLY_NEEDED, f"{WEDNESDAY} 11:00").tell(
        Signal.WAIVER_REVOKED, f"{WEDNESDAY} 12:00"
    )
    assert story.tell(Signal.HANDED_BACK, f"{WEDNESDAY} 13:00").names == ["ClockStarted"]


@pytest.mark.rule("R-34")
@pytest.mark.parametrize("kind", RESOLUTIONS)
def test_after_a_takeover_the_resolution_is_the_platforms_until_it_gives_the_contact_back(
    story_of: Any, kind: str
) -> None:
    """R-34."""
    story = story_of(kind).tell(Signal.CASE_OPENED, f"{MONDAY} 10:00")
    due = story.due
    story.tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 10:00")
    (moved,) = story.said
    assert isinstance(moved, ClockOwnerMoved)
    assert (moved.owner, story.due) == ("platform", due)
    story.tell(Signal.HANDED_BACK, f"{WEDNESDAY} 10:00")
    assert story.clock.rounds[-1].owner == "seller"


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("kind", RESOLUTIONS)
def test_a_reversed_takeover_gives_the_resolution_back_to_the_seller(story_of: Any, kind: str) -> None:
    story = story_of(kind).tell(Signal.CASE_OPENED, f"{MONDAY} 10:00")
    story.tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 10:00").tell(Signal.TAKEOVER_REVERSED, f"{TUESDAY} 11:00")
    assert story.clock.rounds[-1].owner == "seller"
    assert story.fire("2026-10-30 10:00").names[-1] == "ClockBreached"


@pytest.mark.rule("R-34")
def test_what_is_resolved_by_the_platform_and_reopened_is_owed_by_whoever_has_the_contact(story_of: Any) -> None:
    story = story_of("total_resolution").tell(Signal.CASE_OPENED, f"{MONDAY} 10:00")
    story.tell(Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 10:00").tell(Signal.CASE_RESOLVED, f"{TUESDAY} 12:00")
    story.tell(Signal.CASE_REOPENED, f"{TUESDAY} 13:00")
    assert story.clock.rounds[-1].owner == "platform"
    story.tell(Signal.CASE_RESOLVED, f"{TUESDAY} 14:00").tell(Signal.TAKEOVER_CONCLUDED, f"{TUESDAY} 15:00")
    story.tell(Signal.CASE_REOPENED, f"{TUESDAY} 16:00")
    assert story.clock.rounds[-1].owner == "seller"


@pytest.mark.parametrize("kind", RESOLUTIONS)
def test_the_order_in_which_facts_arrive_does_not_matter(story_of: Any, kind: str) -> None:
    """INVARIANT: who owes what follows from event times."""
    facts = [
        (Signal.CASE_OPENED, f"{MONDAY} 10:00"),
        (Signal.TAKEOVER_ACTIVATED, f"{TUESDAY} 10:00"),
        (Signal.TAKEOVER_REVERSED, f"{TUESDAY} 11:00"),
        (Signal.TAKEOVER_ACTIVATED, f"{WEDNESDAY} 11:00"),
    ]
    in_order, backwards = story_of(kind), story_of(kind)
    for story, told in ((in_order, facts), (backwards, facts[::-1])):
        for signal, at in told:
            story.tell(signal, at, now=f"{THURSDAY} 10:00")
    owners = [story.clock.rounds[-1].owner for story in (in_order, backwards)]
    assert owners == ["platform", "platform"]
