"""The chassis' guarantees on real Kafka and MongoDB, each beside a control: the same check against a chassis from which the
guarantee was taken out must fail. A control that passes means that the check is blind."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from counters import Add, kind_for
from faststream import Context
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from kafka_reading import closing, producing, read_topic
from prometheus_client import REGISTRY

from chassis.aggregate import Cause, Session, Unit
from chassis.consuming import BatchHandler, Consumer, NotYet
from chassis.dead_letters import facts_of, publish_without_outbox, read_all
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.outbox import Relay
from chassis.settings import Settings
from chassis.store import OUTBOX_SHARDS, Conflict, Fences, OutboxRow, Writes
from chassis.subscription import SharedGroup, Subscription, broker_of, refuse_shared_groups
from chassis.testing import NOON, FixedClock, eventually, told
from chassis.transaction import Step
from ombud_contracts import Received, to_headers, topics
from ombud_contracts.events.marketplace import OrderDelivered
from ombud_contracts.events.ticketing import CaseClosed
from ombud_contracts.groups import Group

GROUP = Group("ticketing.casework", (topics.CASES,))
CAUSE = Cause("req_1", "req_1")
ALL_SHARDS = list(range(OUTBOX_SHARDS))
PARTITIONS = topics.Topic(topics.CASES).partitions


async def execute(mongo: Mongo, case_id: str, amount: int) -> None:
    session = Session(mongo, FixedClock())
    await session.unit(CAUSE).execute(kind_for(case_id), case_id, Add(amount, NOON))
    await session.commit()


async def total(mongo: Mongo, case_id: str) -> int:
    stored = (await mongo.load("counters", [case_id])).get(case_id)
    return stored.state["total"] if stored else 0


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    opened = await open_store(settings, Mongo)
    yield opened
    await opened.drop()
    await opened.close()


async def open_store(settings: Settings, kind: type[Mongo]) -> Mongo:
    mongo = kind(settings.mongo.get_secret_value(), settings.database("guarantees"))
    await mongo.ensure({"counters": [], "parked": [], "waiting": []})
    return mongo


# 1. A command's effect, its events and the record of its cause are written atomically or not at all.


async def check_atomic(mongo: Mongo) -> None:
    session = Session(mongo, FixedClock())
    unit = session.unit(CAUSE)
    unit.handled("evt:1")
    await unit.execute(kind_for("cas_1"), "cas_1", Add(1, NOON))
    too_large = OutboxRow("cas_1:2", topics.CASES, "cas_1", b"x" * 17_000_000, ())
    session.writes.outbox.append(too_large)  # more than a document may hold: the last of the writes fails
    with pytest.raises(Exception, match=r"too large|BSONObj size"):
        await session.commit()
    assert await total(mongo, "cas_1") == 0, "the effect stands although its events were not written"
    assert await mongo.handled(["evt:1"]) == set(), "the cause counts as handled although nothing stands"


class WithoutTransaction(Mongo):
    """Control: the same writes, one after the other."""

    async def _transact(self, steps: list[Step]) -> None:
        for step in steps:
            await getattr(self._db[step.collection], step.method)(step.documents)


async def test_effect_events_and_cause_are_written_together_or_not_at_all(store: Mongo) -> None:
    """INVARIANT: would break if one of the writes were made outside the transaction."""
    await check_atomic(store)


async def test_control_without_a_transaction_the_check_fails(settings: Settings) -> None:
    mongo = await open_store(settings, WithoutTransaction)
    with pytest.raises(AssertionError, match="the effect stands"):
        await check_atomic(mongo)
    await mongo.drop()
    await mongo.close()


# 2. An event is published at least once, with the same id and bytes each time, in order per key, by a lease holder.


class Crash(Exception):
    """The process ends here."""


class DyingBetween(Mongo):
    """The store of a relay that dies once, when it has done one of publishing and forgetting and not yet the other."""

    steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == 2:
            raise Crash

    async def published(self, ids: Iterable[str], fences: Fences) -> None:
        self.step()
        await super().published(ids, fences)


def dying(relay_of: type[Relay]) -> type[Relay]:
    """Return a relay that tells such a store when it publishes."""

    class Dying(relay_of):  # type: ignore[misc, valid-type]
        async def _publish(self, rows: list[OutboxRow]) -> list[OutboxRow]:
            self._store.step()
            return await super()._publish(rows)

    return Dying


class ForgettingFirst(Relay):
    """Control: forgets the rows before they are published."""

    async def drain(self, shards: Iterable[int]) -> int:
        rows = await self._store.pending(shards, 500)
        await self._store.published([r.id for r in rows], {})
        return len(await self._publish(rows))


class MintingIds(Relay):
    """Control: gives events an id when they are published."""

    async def _publish(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        renamed = [
            OutboxRow(r.id, r.topic, r.key, r.value, (("ce_id", f"{id(rows)}:{n}".encode()),))
            for n, r in enumerate(rows)
        ]
        return await super()._publish(renamed)


async def check_publishing(settings: Settings, relay_of: type[Relay]) -> None:
    mongo = await open_store(settings, DyingBetween)
    crashes = 0
    try:
        for n in range(30):
            await execute(mongo, f"cas_{n % 3}", n + 1)
        for _life in range(2):  # the second relay is the first one's successor after the crash
            leases = Leases(mongo, "outbox", OUTBOX_SHARDS, f"owner-{_life}")
            await leases.refresh()
            relay = dying(relay_of)(mongo, leases, settings)
            try:
                await relay.drain(leases.owned)
            except Crash:
                crashes += 1
                await leases.release()
            await relay._close_producer()
        assert crashes == 1, "the relay did not die between its two steps"
        expect_all_in_order(await read_topic(settings, topics.CASES))
    finally:
        await mongo.drop()
        await mongo.close()


def expect_all_in_order(records: list[Any]) -> None:
    values: dict[str, bytes] = {}
    first_seen: dict[str, list[int]] = {}
    for record in records:
        id = dict(record.headers)["ce_id"].decode()
        if id in values:
            assert values[id] == record.value, "a repeat has other bytes"
            continue
        values[id] = record.value
        key, _, sequence = id.partition(":")
        first_seen.setdefault(key, []).append(int(sequence))
    expected = {f"cas_{k}": list(range(1, 11)) for k in range(3)}
    assert first_seen == expected, "an event is missing, out of order, or has a new id"


async def test_a_crash_after_publishing_repeats_events_and_loses_none(broker_topics: Settings) -> None:
    """INVARIANT: would break if rows were forgotten before Kafka acknowledged them, or ids were not the rows' own."""
    await check_publishing(broker_topics, Relay)


@pytest.mark.parametrize("relay", [ForgettingFirst, MintingIds])
async def test_control_forgetting_first_or_minting_ids_fails_the_check(
    broker_topics: Settings, relay: type[Relay]
) -> None:
    with pytest.raises((AssertionError, ValueError), match=r"missing, out of order|invalid literal"):
        await check_publishing(broker_topics, relay)


async def test_what_cannot_be_published_stays_in_the_outbox(settings: Settings, store: Mongo) -> None:
    """INVARIANT: would break if rows were forgotten before the broker, which is away here, acknowledged them."""
    for n in range(3):
        await execute(store, "cas_1", n + 1)
    leases = Leases(store, "outbox", OUTBOX_SHARDS, "owner")
    await leases.refresh()
    with pytest.raises((KafkaError, OSError)):
        await Relay(store, leases, settings.model_copy(update={"kafka": "127.0.0.1:1"})).drain(leases.owned)
    assert [row.id for row in await store.pending(ALL_SHARDS, 10)] == ["cas_1:1", "cas_1:2", "cas_1:3"]


async def test_a_shard_has_one_lease_holder_and_a_new_token_for_each(store: Mongo) -> None:
    """INVARIANT: would break if taking a lease did not depend on the server's time and the present holder."""
    first, second = (Leases(store, "outbox", OUTBOX_SHARDS, name) for name in ("a", "b"))
    await first.refresh()
    assert first.owned == ALL_SHARDS
    await second.refresh()
    assert second.owned == []
    await first.refresh()  # two members now: a fair share each
    await second.refresh()
    assert sorted([*first.owned, *second.owned]) == ALL_SHARDS
    assert not set(first.owned) & set(second.owned)
    before = dict(second.held)
    await second.release()
    await first.refresh()
    assert all(first.held[shard] > token for shard, token in before.items())


async def test_more_replicas_than_shards_leave_every_shard_with_one_holder(store: Mongo) -> None:
    """INVARIANT: would break if shards taken side by side could have two holders, or if one that leaves kept its own."""
    replicas = [Leases(store, "outbox", OUTBOX_SHARDS, f"r{n}") for n in range(OUTBOX_SHARDS + 3)]
    for _ in range(OUTBOX_SHARDS):  # in each round at least one more shard finds its holder
        await asyncio.gather(*(replica.refresh() for replica in replicas))
    assert sorted(shard for replica in replicas for shard in replica.owned) == ALL_SHARDS
    for leaving in replicas[1:]:
        await leaving.release()
    await replicas[0].refresh()
    assert sorted(replicas[0].owned) == ALL_SHARDS


# 3. A consumed event takes effect once, however often and however late it is delivered.


async def count_closings(received: Received, unit: Unit) -> None:
    case_id = received.metadata.subject
    await unit.execute(kind_for(case_id), case_id, Add(1, received.at))


class WithoutInbox(Mongo):
    """Control: does not look at, and does not keep, what was handled."""

    async def handled(self, ids: Iterable[str]) -> set[str]:  # noqa: ARG002 - the contract's signature
        return set()

    async def commit(self, writes: Writes) -> None:
        writes.handled.clear()
        await super().commit(writes)


@asynccontextmanager
async def consuming(
    settings: Settings, mongo: Mongo, consumer: Consumer, kind: type[Subscription] = Subscription
) -> AsyncIterator[BatchHandler]:
    broker: KafkaBroker = broker_of(settings)
    handler = BatchHandler(consumer, mongo, settings, FixedClock())
    subscription = kind(broker, consumer, handler, settings)
    await broker.connect()
    await subscription.start()
    try:
        yield handler
    finally:
        await subscription.stop()
        await broker.stop()


async def check_effect_once(settings: Settings, mongo: Mongo) -> None:
    settings = settings.model_copy(update={"consume_batch_records": 7})  # repeats come in later batches
    async with producing(settings) as producer:
        topic = settings.prefixed(topics.CASES)
        for _delivery in range(3):
            for case in range(5):
                for n in range(1, 5):
                    key, value, headers = closing(f"cas_{case}", n, NOON)
                    await producer.send_and_wait(topic, value, key=key, headers=headers)
        async with consuming(settings, mongo, Consumer(GROUP, count_closings)) as handler:
            key, value, headers = closing("cas_last", 1, NOON)
            for partition in range(12):  # behind everything else in its partition
                await producer.send_and_wait(topic, value, key=key, headers=headers, partition=partition)
            await _caught_up(settings, handler)
    totals = {case: await total(mongo, f"cas_{case}") for case in range(5)}
    assert totals == dict.fromkeys(range(5), 4), "an event took effect more or less than once"


async def _caught_up(settings: Settings, _handler: BatchHandler) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()

    async def no_lag() -> bool:
        committed = await admin.list_consumer_group_offsets(settings.prefixed(GROUP.name))
        return sum(o.offset for o in committed.values()) == len(await read_topic(settings, topics.CASES))

    try:
        await eventually("the group to commit everything", no_lag, 30)
    finally:
        await admin.close()


async def test_an_event_delivered_three_times_takes_effect_once(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if the inbox were not written in the transaction of the effect."""
    await check_effect_once(broker_topics, store)


async def test_events_of_two_sources_with_one_id_both_take_effect(settings: Settings, store: Mongo) -> None:
    """INVARIANT: CloudEvents 1.0, 3.1.1; would break if an id of one service could make another's event seem a repeat."""
    heard: list[str] = []

    async def handle(received: Received, _unit: Unit) -> None:
        heard.append(received.source)

    delivered = told(OrderDelivered(order_id="ord_1", line_id="lin_1", delivered_at=NOON), "cas_1", 1)
    assert delivered.event is not None
    key, value, headers = closing("cas_1", 1, NOON)
    theirs = to_headers(delivered.event, delivered.metadata)
    records = [
        record_of(settings.prefixed(topics.ORDERS), key, delivered.event.to_bytes(), theirs),
        record_of(settings.prefixed(topics.CASES), key, value, headers),
    ]
    handler = BatchHandler(Consumer(GROUP, handle), store, settings, FixedClock())
    for one in [*records, *records]:
        await handler.handle([one])
    assert heard == [OrderDelivered.source(), CaseClosed.source()], "each takes effect, and once"


def record_of(topic: str, key: bytes, value: bytes, headers: Any) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(topic, 0, 0, 1_700_000_000_000, 0, key, value, None, 0, 0, tuple(headers))


async def test_control_without_the_inbox_the_check_fails(broker_topics: Settings) -> None:
    mongo = await open_store(broker_topics, WithoutInbox)
    with pytest.raises(AssertionError, match="more or less than once"):
        await check_effect_once(broker_topics, mongo)
    await mongo.drop()
    await mongo.close()


class DyingBeforeTheOffset(Subscription):
    """Its process ends when the effect of a batch is committed and its offset is not, as often as it tries."""

    async def _commit(self, message: KafkaAckableMessage) -> None:  # noqa: ARG002 - the contract's signature
        raise Crash


class OffsetsFirst(Subscription):
    """Control: commits the offsets of a batch, and its process ends before there is an effect."""

    async def _on_batch(self, message: Annotated[KafkaAckableMessage, Context("message")]) -> None:
        await self._commit(message)
        await self._before_repeating(message.raw_message[0], Crash())
        raise Crash


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def check_order_of_commits(settings: Settings, mongo: Mongo, first_life: type[Subscription]) -> None:
    """Let a consumer die between the two commits of a batch; its successor meets the records again, and skips them."""

    async def died() -> bool:
        return counted("ombud_consumer_batches_repeated_total", group=GROUP.name, error="Crash") > deaths

    deaths = counted("ombud_consumer_batches_repeated_total", group=GROUP.name, error="Crash")
    async with producing(settings) as producer:
        for n in range(1, 6):
            key, value, headers = closing("cas_1", n, NOON)
            await producer.send_and_wait(settings.prefixed(topics.CASES), value, key=key, headers=headers)
    async with consuming(settings, mongo, Consumer(GROUP, count_closings), first_life):
        await eventually("the consumer to die between the commits", died)
    taken = await total(mongo, "cas_1")
    skipped = counted("ombud_consumer_skipped_total", group=GROUP.name)
    async with consuming(settings, mongo, Consumer(GROUP, count_closings)) as successor:
        await _caught_up(settings, successor)
    assert await total(mongo, "cas_1") == 5, "an event took effect more or less than once"
    skipped = counted("ombud_consumer_skipped_total", group=GROUP.name) - skipped
    assert skipped == taken > 0, "what had taken effect did not come again, to be skipped by the inbox"


async def test_what_took_effect_before_its_offset_was_committed_comes_again_and_is_skipped(
    broker_topics: Settings, store: Mongo
) -> None:
    """INVARIANT: would break if offsets were committed before the effect, or the inbox did not know the effect."""
    await check_order_of_commits(broker_topics, store, DyingBeforeTheOffset)


async def test_control_with_offsets_first_the_check_fails(broker_topics: Settings, store: Mongo) -> None:
    with pytest.raises(AssertionError, match="more or less than once"):
        await check_order_of_commits(broker_topics, store, OffsetsFirst)


# 4. A record that cannot be handled is parked with its reason, others flow, and a tool replays it with the same id.


class BrokenRule(Exception):
    """The handler always fails on this one."""


def refusing(case_id: str, mended: Callable[[], bool]) -> Consumer:
    async def handle(received: Received, unit: Unit) -> None:
        if received.metadata.subject == case_id and not mended():
            raise BrokenRule("this case cannot be counted")
        await count_closings(received, unit)

    return Consumer(GROUP, handle)


def swallowing(case_id: str, _mended: Callable[[], bool]) -> Consumer:
    """Control: errors are swallowed and the record is forgotten."""

    async def handle(received: Received, unit: Unit) -> None:
        if received.metadata.subject != case_id:
            await count_closings(received, unit)

    return Consumer(GROUP, handle)


async def check_parking(settings: Settings, mongo: Mongo, consumer_of: Any) -> None:
    mended = False
    settings = settings.model_copy(update={"attempts": 2})
    async with producing(settings) as producer:
        topic = settings.prefixed(topics.CASES)
        for n in range(40):
            key, value, headers = closing("cas_bad" if n == 7 else f"cas_{n}", 1, NOON)
            await producer.send_and_wait(topic, value, key=key, headers=headers)
        bad_bytes = ((b"not json", []), (None, []), (b"{}", [("ce_id", b"\xff")]), (b"x" * 5_000_000, []))
        for broken, headers in bad_bytes:
            try:
                await producer.send_and_wait(topic, broken, key=b"cas_broken", headers=headers)
            except Exception as refused:  # the broker takes no 5 MB on our own topics
                assert "MessageSizeTooLarge" in type(refused).__name__  # noqa: PT017
    async with consuming(settings, mongo, consumer_of("cas_bad", lambda: mended)) as handler:
        await _caught_up(settings, handler)
        leases = Leases(mongo, "outbox", OUTBOX_SHARDS, "owner")
        await leases.refresh()
        relay = Relay(mongo, leases, settings)
        await relay.drain(leases.owned)
        others = [await total(mongo, f"cas_{n}") for n in range(40) if n != 7]
        assert others == [1] * 39, "the others did not flow"
        dead = await read_all(settings.kafka_access, settings.namespace, "ticketing")
        reasons = Counter(facts_of(r)["reason"].split(":")[0] for r in dead)
        assert reasons["BrokenRule"] == 1, f"{reasons}: the record that cannot be handled was not parked"
        assert len(dead) == 4, "an unreadable record was dropped"
        mended = True
        again = [r for r in dead if facts_of(r)["id"] == "cas_bad:1"]
        await publish_without_outbox(settings.kafka_access, settings.namespace, again)

        async def handled() -> bool:
            return await total(mongo, "cas_bad") == 1

        await eventually("the replayed record to take effect", handled)
        await relay._close_producer()


async def test_a_poison_record_is_parked_with_its_reason_and_replayed(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if errors were swallowed, or one record could stop the others."""
    await check_parking(broker_topics, store, refusing)


async def test_control_swallowing_errors_fails_the_check(broker_topics: Settings, store: Mongo) -> None:
    with pytest.raises(AssertionError, match="was not parked"):
        await check_parking(broker_topics, store, swallowing)


# Records that come before what they need wait for it.


async def test_a_record_waits_for_what_it_needs_and_later_ones_of_its_key_wait_behind_it(
    broker_topics: Settings, store: Mongo
) -> None:
    born = False
    order: list[str] = []

    async def handle(received: Received, unit: Unit) -> None:
        if not born:
            raise NotYet("cas_1")
        order.append(received.metadata.id)
        await count_closings(received, unit)

    async with producing(broker_topics) as producer:
        for n in range(1, 4):
            key, value, headers = closing("cas_1", n, NOON)
            await producer.send_and_wait(broker_topics.prefixed(topics.CASES), value, key=key, headers=headers)
    async with consuming(broker_topics, store, Consumer(GROUP, handle)) as handler:
        await _caught_up(broker_topics, handler)
        assert await total(store, "cas_1") == 0
        born = True
        assert await handler.retry_waiting(60) == 3
    assert order == ["cas_1:1", "cas_1:2", "cas_1:3"]
    assert await total(store, "cas_1") == 3


# 5. A rebalance drains what is in flight (SIGTERM under load is shown on real processes, in the fault tests).


async def test_a_rebalance_under_load_loses_and_repeats_nothing(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if partitions were given away while a batch from them is in flight."""
    seen: Counter[str] = Counter()

    async def handle(received: Received, unit: Unit) -> None:
        seen[received.metadata.id] += 1
        await count_closings(received, unit)

    settings = broker_topics.model_copy(update={"consume_batch_records": 20})
    async with producing(settings) as producer, consuming(settings, store, Consumer(GROUP, handle)) as first:
        await _send_many(producer, settings, range(1, 6))
        async with consuming(settings, store, Consumer(GROUP, handle)):
            await _send_many(producer, settings, range(6, 11))
        await _send_many(producer, settings, range(11, 16))
        await _caught_up(settings, first)
    assert [await total(store, f"cas_{c}") for c in range(20)] == [15] * 20
    assert set(seen.values()) == {1}, "an event was handled twice"


async def test_partitions_are_given_away_only_when_the_batch_in_flight_has_ended(
    broker_topics: Settings, store: Mongo
) -> None:
    """INVARIANT: would break if a rebalance went on while a batch runs: another replica would do its work once more."""
    order: list[str] = []
    may_end = asyncio.Event()

    async def handle(_received: Received, _unit: Unit) -> None:
        order.append("begun")
        await may_end.wait()
        order.append("ended")

    async def begun() -> bool:
        return bool(order)

    async def revoke() -> None:
        await subscription.on_partitions_revoked(set())
        order.append("given away")

    broker, consumer = broker_of(broker_topics), Consumer(GROUP, handle)
    subscription = Subscription(
        broker, consumer, BatchHandler(consumer, store, broker_topics, FixedClock()), broker_topics
    )
    await broker.connect()
    await subscription.start()
    async with producing(broker_topics) as producer:
        key, value, headers = closing("cas_1", 1, NOON)
        await producer.send_and_wait(broker_topics.prefixed(topics.CASES), value, key=key, headers=headers)
    await eventually("a batch to be in flight", begun)
    revoking = asyncio.create_task(revoke())
    for _ in range(100):  # every chance to go on without the batch
        await asyncio.sleep(0)
    may_end.set()
    await revoking
    await subscription.stop()
    await broker.stop()
    assert order == ["begun", "ended", "given away"]


async def test_the_same_records_at_two_replicas_at_once_take_effect_once(settings: Settings, store: Mongo) -> None:
    """INVARIANT: F24; would break if the inbox were looked at and not written in the transaction of the effect."""
    records = [record_of(settings.prefixed(topics.CASES), *closing(f"cas_{n}", 1, NOON)) for n in range(10)]
    other = Mongo(settings.mongo.get_secret_value(), settings.database("guarantees"))
    consumer = Consumer(GROUP, count_closings)
    replicas = [BatchHandler(consumer, mongo, settings, FixedClock()) for mongo in (store, other)]
    await asyncio.gather(*(replica.handle(records) for replica in replicas for _ in range(3)))
    await other.close()
    assert [await total(store, f"cas_{n}") for n in range(10)] == [1] * 10


async def test_a_hundred_writers_on_one_case_are_all_kept_in_order(settings: Settings, store: Mongo) -> None:
    """INVARIANT: F28, I4; would break if a conflict were not done again from what stands then, or did its work twice."""
    other = Mongo(settings.mongo.get_secret_value(), settings.database("guarantees"))

    async def write(mongo: Mongo) -> None:
        for attempt in range(200):
            try:
                return await execute(mongo, "cas_1", 1)
            except Conflict:
                await asyncio.sleep(random.uniform(0, 0.01 * min(attempt + 1, 50)))
        raise AssertionError("a writer was refused two hundred times")

    await asyncio.gather(*(write(mongo) for mongo in (store, other) for _ in range(50)))
    await other.close()
    assert await total(store, "cas_1") == 100
    rows = await store.pending(ALL_SHARDS, 200)
    assert [row.id for row in rows] == [f"cas_1:{n}" for n in range(1, 101)]


async def test_more_consumers_than_partitions_lose_and_repeat_nothing(broker_topics: Settings, store: Mongo) -> None:
    """INVARIANT: would break if a replica without partitions held the others up, or did not take over from one that left."""
    seen: Counter[str] = Counter()

    async def handle(received: Received, unit: Unit) -> None:
        seen[received.metadata.id] += 1
        await count_closings(received, unit)

    handler = BatchHandler(Consumer(GROUP, handle), store, broker_topics, FixedClock())
    brokers = [broker_of(broker_topics) for _ in range(PARTITIONS + 2)]
    all_of_them = [Subscription(broker, Consumer(GROUP, handle), handler, broker_topics) for broker in brokers]
    await asyncio.gather(*(broker.connect() for broker in brokers))
    await asyncio.gather(*(subscription.start() for subscription in all_of_them))
    leavers, stayers = all_of_them[:PARTITIONS], all_of_them[PARTITIONS:]
    async with producing(broker_topics) as producer:
        await _send_many(producer, broker_topics, range(1, 6))
        await _caught_up(broker_topics, handler)
        await asyncio.gather(*(subscription.stop() for subscription in leavers))
        await _send_many(producer, broker_topics, range(6, 11))
        await _caught_up(broker_topics, handler)
        await eventually("nobody to be behind", lambda: _none_is_behind(stayers))
    await asyncio.gather(*(subscription.stop() for subscription in stayers))
    await asyncio.gather(*(broker.stop() for broker in brokers))
    assert [await total(store, f"cas_{c}") for c in range(20)] == [10] * 20
    assert set(seen.values()) == {1}, "an event was handled twice"


async def _none_is_behind(subscriptions: Iterable[Subscription]) -> bool:
    return not any([await subscription.is_behind() for subscription in subscriptions])


async def _send_many(producer: Any, settings: Settings, numbers: range) -> None:
    topic = settings.prefixed(topics.CASES)
    for n in numbers:
        sent = []
        for case in range(20):
            key, value, headers = closing(f"cas_{case}", n, NOON)
            sent.append(await producer.send(topic, value, key=key, headers=headers))
        await asyncio.gather(*sent)


# 6. Every setting that could lose data is refused at start.

UNSAFE = {
    "consumer_auto_offset_reset": "latest",
    "consumer_auto_commit": "true",
    "producer_acks": "1",
    "mongo": "mongodb://127.0.0.1/?replicaSet=rs0&w=1",
}


def check_refused(settings_of: type[Settings], name: str, value: str) -> None:
    safe = {"kafka": "127.0.0.1:1", "mongo": "mongodb://127.0.0.1/?replicaSet=rs0", "oidc_issuer": "http://127.0.0.1:1"}
    with pytest.raises(ValueError):
        settings_of(**{**safe, "env": "test", name: value})


class Careless(Settings):
    """Control: checks nothing."""

    def _unsafe_kafka(self) -> list[str]:
        return []

    def _unsafe_mongo(self) -> list[str]:
        return []


@pytest.mark.parametrize(("name", "value"), UNSAFE.items())
def test_a_setting_that_could_lose_data_is_refused(name: str, value: str) -> None:
    check_refused(Settings, name, value)
    with pytest.raises(pytest.fail.Exception):
        check_refused(Careless, name, value)


@pytest.mark.parametrize("option", ["journal=false", "retryWrites=false", "w=0"])
def test_a_database_address_that_weakens_durability_is_refused(option: str) -> None:
    check_refused(Settings, "mongo", f"mongodb://127.0.0.1/?replicaSet=rs0&{option}")


def test_failpoints_and_unsigned_cursors_are_refused_in_production() -> None:
    address = {"kafka": "k:1", "mongo": "mongodb://m/", "oidc_issuer": "http://i"}
    with pytest.raises(ValueError, match="failpoint is set in production"):
        Settings(env="production", cursor_key="x" * 32, failpoint="commit.after=kill", **address)
    with pytest.raises(ValueError, match="cursor_key"):
        Settings(env="production", **address)


def test_two_consumers_sharing_a_group_are_refused() -> None:
    one = Consumer(GROUP, count_closings)
    refuse_shared_groups([one])
    with pytest.raises(SharedGroup):
        refuse_shared_groups([one, one])
