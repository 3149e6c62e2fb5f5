"""When a consumer counts as behind, and when as stalled: bookkeeping over two counts per partition, without a clock."""

from itertools import accumulate

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from chassis.backlog import BEHIND_SECONDS, Backlog

ONE = TopicPartition("ticketing.cases.v1", 0)
TWO = TopicPartition("ticketing.cases.v1", 1)


def seen(*looks: tuple[float, int, int]) -> Backlog:
    """What (at, end, handled) of one partition looked like."""
    backlog = Backlog()
    for at, end, handled in looks:
        backlog.observe(at, {ONE: end}, {ONE: handled})
    return backlog


def test_what_waits_when_a_partition_comes_may_have_waited_for_long() -> None:
    assert seen((100.0, 5, 3)).is_behind(100.0)
    assert not seen((100.0, 5, 5)).is_behind(100.0)


def test_one_record_that_waits_longer_than_a_second_makes_its_consumer_behind() -> None:
    """INVARIANT: an answer that waits behind a locked document is heard before its clock announces a breach."""
    looks = [(100.0, 5, 5), (100.5, 6, 5)]
    assert not seen(*looks).is_behind(100.5 + BEHIND_SECONDS - 0.01)
    assert seen(*looks).is_behind(100.5 + BEHIND_SECONDS)


def test_a_consumer_that_moves_and_never_catches_up_is_behind() -> None:
    looks = [(100.0 + n / 2, 500 * n, 500 * max(0, n - 3)) for n in range(20)]
    assert seen(*looks).is_behind(looks[-1][0])
    assert not any(True for _ in seen(*looks).stalled(looks[-1][0], 5.0))


def test_a_consumer_that_keeps_up_is_not_behind_however_busy() -> None:
    looks = [(100.0 + n / 2, 500 * (n + 1), 500 * n) for n in range(20)]
    assert not seen((99.5, 0, 0), *looks).is_behind(looks[-1][0])


def test_a_partition_that_stands_while_another_moves_is_stalled() -> None:
    backlog = Backlog()
    for n in range(70):
        backlog.observe(float(n), {ONE: 10, TWO: n}, {ONE: 9, TWO: n})
    assert list(backlog.stalled(69.0, 60.0)) == [ONE]
    backlog.observe(70.0, {ONE: 10, TWO: 70}, {ONE: 10, TWO: 70})
    assert not list(backlog.stalled(70.0, 60.0))


def test_a_partition_that_was_empty_for_long_is_not_stalled_by_its_first_record() -> None:
    backlog = seen((0.0, 5, 5), (1000.0, 5, 5), (1000.5, 6, 5))
    assert not list(backlog.stalled(1001.0, 60.0))
    assert list(backlog.stalled(1061.0, 60.0)) == [ONE]


def test_a_partition_that_went_to_another_replica_is_forgotten() -> None:
    backlog = seen((0.0, 5, 3))
    backlog.observe(1.0, {TWO: 1}, {TWO: 1})
    assert backlog.waiting_seconds(1.0) == {TWO: 0.0}


@given(st.lists(st.tuples(st.floats(0.01, 2.0), st.integers(0, 40), st.integers(0, 60)), min_size=1, max_size=1_200))
def test_the_age_is_never_less_than_the_truth_known_at_a_look(steps: list[tuple[float, int, int]]) -> None:
    """The oldest look at which the partition was longer than what is handled now gives the age, however many looks."""
    backlog = Backlog()
    backlog.observe(0.0, {ONE: 0}, {ONE: 0})
    at, end, handled = 0.0, 0, 0
    looks: list[tuple[float, int]] = []
    for pause, added, read in steps:
        at, end = at + pause, end + added
        handled = min(end, handled + read)
        looks.append((at, end))
        backlog.observe(at, {ONE: end}, {ONE: handled})
    longest = list(accumulate((e for _, e in looks), max))
    waiting = [seen_at for (seen_at, _), e in zip(looks, longest, strict=True) if e > handled]
    truth = at - waiting[0] if waiting else 0.0
    assert backlog.waiting_seconds(at)[ONE] >= truth - 1e-9
    assert bool(waiting) == bool(backlog.waiting_seconds(at)[ONE]) or truth == 0.0
