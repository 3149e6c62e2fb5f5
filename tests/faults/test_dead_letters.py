"""A dead letter whose broker is away when it is to be published (F16)."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from fault_stack import asleep
from movement import movement_in
from pymongo import MongoClient

from chassis.dead_letters import facts_of, read_all
from chassis.kafka_access import KafkaAccess
from chassis.testing import eventually
from ombud_contracts import topics
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack


@pytest.mark.long
async def test_a_dead_letter_outlives_a_broker_that_is_away(tmp_path: Path) -> None:
    """INVARIANT: F16 and I8; would break if a record were forgotten before its dead letter was acknowledged.

    The service stands still with the dead letter in its hands, and the broker dies; both come back.
    """
    with start_infrastructure(tmp_path / "own", lambda _line: None, provider="native") as own:
        with Stack(own, tmp_path) as stack:
            stack.prepare()
            billing = stack.start("billing", OMBUD_FAILPOINT="outbox.before_publish=stop@1")
            await asyncio.to_thread(billing.wait_ready)
            producer = AIOKafkaProducer(bootstrap_servers=own.kafka)
            await producer.start()
            await producer.send_and_wait(f"{stack.namespace}.{topics.ORDERS}", b"not json", key=b"ord_broken")
            await producer.stop()
            await asleep(billing)
            own.kill_kafka()
            billing.resume()
            with MongoClient[dict[str, object]](own.mongo) as client:
                database = client[f"{stack.namespace}-billing"]

                async def refused() -> bool:
                    return "outbox not published, trying again" in billing.log.read_text()

                await eventually("the relay to find the broker gone", refused, 90)
                assert database["outbox"].count_documents({}) == database["parked"].count_documents({}) == 1
                own.restart_kafka()

                async def published() -> bool:
                    return database["outbox"].count_documents({}) == 0

                moving = movement_in(own, stack.namespace)
                await eventually("the dead letter to be published", published, 90, moving=moving)
                letters = {
                    facts_of(r)["id"]: facts_of(r)
                    for r in await read_all(KafkaAccess(own.kafka), stack.namespace, "billing")
                }
                (parked,) = database["parked"].find()
    assert len(letters) == 1
    (letter,) = letters.values()
    assert letter["reason"] == parked["reason"]
