"""Buckets of requests, and whom an address stands for. Time passes when it is told to. Needs nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.limits import Rate
from chassis.throttle import Buckets, network_of


class Watch:
    """Seconds since some moment."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def test_as_many_as_the_rate_names_at_once_and_then_one_by_one() -> None:
    watch = Watch()
    buckets = Buckets(Rate(10, 20), watch)
    assert [buckets.take("a") for _ in range(10)] == [0.0] * 10
    assert buckets.take("a") == pytest.approx(2.0)
    watch.at += 1.5
    assert buckets.take("a") == pytest.approx(0.5), "what was refused is not counted"
    watch.at += 0.5
    assert buckets.take("a") == 0.0
    assert buckets.take("a") == pytest.approx(2.0)


def test_one_does_not_take_from_another() -> None:
    buckets = Buckets(Rate(1, 60), Watch())
    assert [buckets.take(who) for who in ("a", "b", "c")] == [0.0] * 3
    assert buckets.take("a") > 0


def test_a_bucket_that_was_left_alone_is_full_and_no_fuller() -> None:
    watch = Watch()
    buckets = Buckets(Rate(3, 3), watch)
    buckets.take("a")
    watch.at += 1_000
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, pytest.approx(1.0)]


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 8), st.integers(1, 30))
def test_never_more_than_twice_the_rate_in_its_time(pauses: list[float], times: int, within: int) -> None:
    """INVARIANT: would break if a bucket gained more than its time brings: what it holds, and what flows in meanwhile."""
    watch, taken = Watch(), list[float]()
    buckets = Buckets(Rate(times, within), watch)
    for pause in pauses:
        watch.at += pause
        if buckets.take("a") == 0.0:
            taken.append(watch.at)
    for first in taken:
        assert len([at for at in taken if first <= at < first + within]) <= 2 * times


def test_who_waits_as_long_as_was_said_is_let_in() -> None:
    watch = Watch()
    buckets = Buckets(Rate(7, 11), watch)
    for _ in range(200):
        watch.at += buckets.take("a")
        assert buckets.take("a") == 0.0 or buckets.take("a") <= 11 / 7 + 1e-6


def test_memory_is_bounded_whoever_asks() -> None:
    buckets = Buckets(Rate(10, 60), Watch(), most_known=1_000)
    for number in range(10_000):
        assert buckets.take(f"a{number}") == 0.0
    assert len(buckets._full_at) <= 1_000


def test_who_asks_most_is_remembered_when_others_are_forgotten() -> None:
    """INVARIANT: would break if a flood of new names emptied the memory of the one who floods."""
    buckets = Buckets(Rate(2, 60), Watch(), most_known=100)
    let_in = 0
    for number in range(400):
        let_in += buckets.take("loud") == 0.0
        buckets.take(f"a{number}")
    assert let_in == 2


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::"),
        (("2001:db8:1:2:ffff::1", 1), "2001:db8:1:2::"),
        (("fe80::1%eth0", 1), "fe80::"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("testclient", 1), "testclient"),
        (None, ""),
    ],
)
def test_whom_an_address_stands_for(client: tuple[str, int] | None, network: str) -> None:
    assert network_of(client) == network
