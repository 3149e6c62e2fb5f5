"""An event is published at least once, with the same id and bytes each time, in order per key, by a lease holder (guarantee 2)."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from aiokafka.errors import KafkaError
from counting import ALL_SHARDS, Crash, execute, open_store
from kafka_reading import read_topic

from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.outbox import Relay
from chassis.settings import Settings
from chassis.store import OUTBOX_SHARDS, Fences, OutboxRow
from ombud_contracts import topics


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
