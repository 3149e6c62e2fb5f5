"""What the doctor makes of what it saw: late records, and plans of topics. Needs nothing."""

import math

import pytest
from aiokafka import TopicPartition

from chassis.doctor.events import LATE_SECONDS, Unread, of_plan, of_unread
from chassis.doctor.findings import Verdict
from chassis.topic_plan import Growth, Plan


def unread(seconds: float | None, at: int = 7) -> Unread:
    return Unread("billing.money", TopicPartition("disputes.disputes.v1", 3), at, 12, seconds)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(1.0, Verdict.FINE), (LATE_SECONDS / 2, Verdict.WARNING), (LATE_SECONDS, Verdict.FAULT)],
)
def test_records_are_late_by_the_age_of_the_oldest(seconds: float, verdict: Verdict) -> None:
    (found,) = of_unread([unread(seconds)], [unread(seconds, at=9)])
    assert found.verdict == verdict
    assert ("is late" in found.said) == (verdict != Verdict.FINE)


def test_a_partition_that_did_not_move_between_two_looks_stands() -> None:
    (found,) = of_unread([unread(LATE_SECONDS)], [unread(LATE_SECONDS + 5)])
    assert "partition 3 of disputes.disputes.v1 does not move, 12 records" in found.said
    assert "OmbudBatchRepeats" in found.todo


def test_records_that_are_gone_or_that_cannot_be_read_are_not_passed_over() -> None:
    """INVARIANT: would break if a group that stands because retention took its records were called fine."""
    unknown, gone = sorted(of_unread([], [unread(None), unread(math.inf)]), key=lambda found: found.verdict)
    assert (gone.verdict, "deleted unread" in gone.said, "OmbudRecordsLost" in gone.todo) == (Verdict.FAULT, True, True)
    assert (unknown.verdict, "could not be read" in unknown.said) == (Verdict.WARNING, True)


def test_the_longest_wait_is_said_first() -> None:
    found = of_unread([], [unread(LATE_SECONDS), unread(LATE_SECONDS * 2)])
    assert [f"{LATE_SECONDS * times:.0f} s" in one.said for times, one in zip((2, 1), found, strict=True)] == [
        True,
        True,
    ]


def test_topics_are_judged_by_their_plan() -> None:
    assert [one.verdict for one in of_plan(Plan())] == [Verdict.FINE]
    grown = Plan(grow=(Growth("a", "retention.ms", "1", "2"),), faults=("topic b: wrong",))
    assert [(one.verdict, one.about) for one in of_plan(grown)] == [
        (Verdict.FAULT, "topics"),
        (Verdict.WARNING, "topics"),
    ]
