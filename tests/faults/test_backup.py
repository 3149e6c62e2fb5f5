"""A database that is lost with all its data and comes back from a backup, while Kafka kept everything."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from backups import back_up, lose, restore
from checker import i1_every_committed_event_is_published_and_no_other as i1_conserved
from deployment import Deployment, deployed
from evidence import SERVICES, Evidence, collect
from pymongo import MongoClient
from workload import work

from ombud_local.infrastructure import Infrastructure
from ombud_local.kafka_native import NativeKafka
from ombud_local.mongo_native import NativeMongo

CASES = 5
Sound = Callable[[Evidence], None]
pytestmark = pytest.mark.long


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[NativeKafka]:
    """A broker of this test alone."""
    broker = NativeKafka(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def mongo(tmp_path: Path) -> Iterator[NativeMongo]:
    """A database of this test alone."""
    server = NativeMongo(tmp_path / "mongo")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own(kafka: NativeKafka, mongo: NativeMongo) -> Infrastructure:
    """Both, as a stack takes them."""
    return Infrastructure("native", kafka.address, mongo.address, {"kafka": kafka, "mongo": mongo})


async def answers(deployment: Deployment) -> list[tuple[int, bytes]]:
    """Repeat every request that opened a case with its key, and return what is answered."""
    for intent in deployment.client.opened:
        await deployment.client.repeat("buyer", "ticketing", intent)
    return [answer for intent in deployment.client.opened for answer in set(intent.answers)]


def outboxes(deployment: Deployment) -> int:
    """Return how many events wait to be told."""
    with MongoClient[dict[str, object]](deployment.stack.infrastructure.mongo) as client:
        namespace = deployment.stack.namespace
        return sum(client[f"{namespace}-{service}"]["outbox"].count_documents({}) for service in SERVICES)


async def test_a_backup_with_its_oplog_brings_everything_back_and_nothing_is_told_twice(
    kafka: NativeKafka, mongo: NativeMongo, own: Infrastructure, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: I1 to I9; would break if outbox, inbox and effect were not of one moment. Events wait in outboxes when
    the copy is made, since the broker is away, and traffic goes on before and after."""
    async with deployed(own, tmp_path) as deployment:
        first = await work(deployment, 0, CASES)
        kafka.kill()
        drafts = {"text": "Kur ir mans telefons?", "market": "lv"}
        for n in range(CASES):
            await deployment.client.post("buyer", f"buy_x{n}", "messaging", "/drafts", drafts)
        for number, case in enumerate(first):
            path, text = f"/conversations/{case}/messages", {"text": "Paldies par pacietību, mēs to noskaidrosim."}
            await deployment.client.post("seller", f"sel_{number % 3}", "messaging", path, text)
        assert outboxes(deployment), "nothing waited to be told when the copy was made"
        backup = await asyncio.to_thread(back_up, mongo, tmp_path / "backup")
        kafka.start()
        second = await work(deployment, CASES, CASES)

        kept = await asyncio.to_thread(lose, mongo, backup)
        await deployment.stop()
        await asyncio.to_thread(restore, mongo, backup, kept)
        await deployment.start()

        third = await work(deployment, 2 * CASES, CASES)
        evidence = await deployment.at_rest()
        heard = await answers(deployment)
    assert len({*first, *second, *third}) == len(heard) == 3 * CASES, "a repeated request heard another answer"
    expect_sound(evidence)


@pytest.mark.on_demand
async def test_a_backup_without_its_oplog_has_forgotten_what_was_told(
    mongo: NativeMongo, own: Infrastructure, tmp_path: Path
) -> None:
    """The control: what services told after the copy is on the topics, and they know nothing of it."""
    async with deployed(own, tmp_path) as deployment:
        await work(deployment, 0, 1)
        await deployment.at_rest()
        backup = await asyncio.to_thread(back_up, mongo, tmp_path / "backup")
        [case] = await work(deployment, 1, 1)
        before = await deployment.at_rest()
        await deployment.stop()
        await asyncio.to_thread(lose, mongo, backup)
        await asyncio.to_thread(restore, mongo, backup, [])
        after = await collect(own.kafka, own.mongo, deployment.stack.namespace)
    forgotten = [line for line in i1_conserved(after) if line.startswith("published and not committed")]
    assert list(i1_conserved(before)) == []
    assert any(case in line for line in forgotten)
