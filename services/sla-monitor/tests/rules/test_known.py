"""What a replica knows of the rules: it sees what others publish, and decides nothing when it may have missed something."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rule_desk import SOON, RuleDesk, a_rule_desk, row

from chassis.aggregate import Cause, Session
from chassis.store import Unavailable
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain.clock import Fire, RecordFact
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CLOCKS
from sla_monitor.rules.domain.policy import BeforeAnyPolicy, ClockKind, UnknownVersion
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.known import KnownRules, UnknownMarket


@pytest.fixture
async def desk() -> AsyncIterator[RuleDesk]:
    async with a_rule_desk() as made:
        yield made


class Elapsed:
    """A monotonic clock that stands still until moved."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def another_replica(desk: RuleDesk, elapsed: Elapsed) -> RuleDesk:
    return replace(desk, book=KnownRules(30, elapsed))


async def test_a_replica_sees_what_another_published(desk: RuleDesk) -> None:
    replica = another_replica(desk, Elapsed())
    await replica.refresh()
    rules = replica.book["lv"]
    await desk.publish(row(target_seconds=43_200), SOON)
    assert await replica.refresh()
    assert replica.book["lv"].policies.version(ClockKind("reply"), 3).target_seconds == 43_200
    assert not await replica.refresh(), "nothing new"
    with pytest.raises(UnknownVersion):
        rules.policies.version(ClockKind("reply"), 3)


async def test_a_replica_that_may_have_missed_a_publication_decides_nothing(desk: RuleDesk) -> None:
    """INVARIANT: by the time a version is in force every replica knows it or waits; would break if rules did not age."""
    elapsed = Elapsed()
    replica = another_replica(desk, elapsed)
    with pytest.raises(Unavailable):
        replica.book["lv"]
    await replica.refresh()
    elapsed.at = 30.0
    assert replica.book["lv"]
    elapsed.at = 30.1
    consumer = clocks(replica.book, replica.refresh)
    session = Session(desk.mongo, desk.now)
    with pytest.raises(Unavailable):
        await consumer.handle(desk.message("cas_1", "buyer", SOON), session.unit(Cause("evt", "req")))
    with pytest.raises(Unavailable):
        list(consumer.touches(desk.message("cas_1", "buyer", SOON)))
    await replica.refresh()
    await consumer.handle(desk.message("cas_1", "buyer", SOON), session.unit(Cause("evt", "req")))


async def test_a_version_that_this_replica_has_not_read_yet_is_read_and_the_event_comes_again(desk: RuleDesk) -> None:
    """INVARIANT: being behind parks nothing."""
    replica = another_replica(desk, Elapsed())
    await replica.refresh()
    at = SOON + timedelta(hours=1)
    await desk.publish(row(target_seconds=43_200), SOON)
    await desk.say("cas_1", "buyer", at)
    clock = (await desk.clocks(kind="reply"))[0]
    migrated = Fact("adj_1", Signal.POLICY_MIGRATED, at, version=3)
    session = Session(desk.mongo, desk.now)
    unit = session.unit(Cause("adj_1", "adj_1"))
    await unit.execute(CLOCKS, clock_id(clock.ref), RecordFact(clock.ref, migrated, at, desk.book["lv"]))
    await session.commit()
    consumer, message = clocks(replica.book, replica.refresh), desk.message("cas_1", "buyer", at)
    with pytest.raises(Unavailable):
        await consumer.handle(message, Session(desk.mongo, desk.now).unit(Cause("evt", "req")))
    await consumer.handle(message, Session(desk.mongo, desk.now).unit(Cause("evt", "req")))


async def test_a_market_that_is_gone_is_a_refusal_and_no_crash(desk: RuleDesk) -> None:
    assert "xx" not in desk.book
    assert list(desk.book) == ["lv"]
    with pytest.raises(UnknownMarket):
        desk.book["xx"]
    await desk.say("cas_1", "buyer", SOON)
    clock = (await desk.clocks(kind="reply"))[0]
    session = Session(desk.mongo, desk.now)
    with pytest.raises(UnknownMarket):
        await session.unit(Cause("t", "t")).execute(CLOCKS, clock_id(clock.ref), Fire(SOON, desk.book["xx"]))


async def test_an_event_from_before_any_policy_is_refused_and_so_parked_with_its_reason(desk: RuleDesk) -> None:
    """INVARIANT: I8, nothing is dropped silently; what a policy does not listen to is another matter."""
    with pytest.raises(BeforeAnyPolicy):
        await desk.say("cas_1", "buyer", datetime(2024, 12, 31, tzinfo=UTC))
    assert await desk.clocks() == []
    await desk.say("cas_1", "buyer", datetime(2025, 1, 1, tzinfo=UTC))
    assert [c.ref.kind for c in await desk.clocks(kind="reply")] == ["reply"]


async def test_a_round_hears_what_ends_it_though_a_later_version_no_longer_listens(desk: RuleDesk) -> None:
    """INVARIANT: the pinned version continues; would break if only the newest row said who hears a signal."""
    satisfies = ["reply_released", "information_requested"]
    await desk.publish(row(satisfies=satisfies, not_counted=["other_reply"], continues=["reply_contested"]), SOON)
    await desk.say("cas_1", "buyer", SOON - timedelta(minutes=5))
    await desk.say("cas_1", "seller", SOON + timedelta(minutes=5))
    assert [r.verdict for c in await desk.clocks(kind="reply") for r in c.rounds] == ["MET"]
