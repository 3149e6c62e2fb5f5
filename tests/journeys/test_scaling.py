"""The SLA monitor scaled by roles: consuming, announcing and answering as processes of their own, one of them killed."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from chassis.testing import eventually
from ombud_contracts import Event, Metadata, to_headers, topics
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_contracts.events.ticketing import CaseOpened
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack

pytestmark = pytest.mark.long

CASES, OTHER_CASES = 60, 300
LATER_CASES = range(10_000, 10_040)
"""Opened after the first replica was killed."""
MARKET, OTHER_MARKET = "demo-de", "lv"
"""Replies are due within seconds in the one, and within a day in the other."""
CONSUME, FIRE, OTHER_FIRE, SERVE = 1, 2, 3, 4


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("scaling")
    with (
        as_file(files("ombud_local").joinpath("markets")) as markets,
        start_infrastructure(folder, lambda _line: None) as infrastructure,
        Stack(infrastructure, folder, markets=markets) as prepared,
    ):
        prepared.prepare()
        yield prepared


async def start(stack: Stack, replica: int, role: str, **environment: str) -> None:
    process = stack.start("sla-monitor", replica, OMBUD_ROLES=role, **environment)
    await asyncio.to_thread(process.wait_ready)


async def metric(stack: Stack, replica: int, name: str) -> float:
    """The sum of a metric over its labels; 0 when there is none."""
    async with httpx.AsyncClient(timeout=10) as http:
        answer = await http.get(f"{stack.process('sla-monitor', replica).admin_url}/metrics")
    answer.raise_for_status()
    lines = [line for line in answer.text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def opened(n: int, at: datetime, market: str = MARKET) -> tuple[Event, Metadata]:
    """A case of a buyer and a seller."""
    event = CaseOpened(
        case_id=f"cas_{n}",
        number=f"DE-26-{n}",
        market=market,
        buyer_id="buy_1",
        seller_id="sel_1",
        order_id=f"ord_{n}",
        line_id=f"lin_{n}",
        reason="DAMAGED",
        family="PRODUCT",
        phase="after",
        priority=2,
        priority_reasons=("deadline",),
        draft_id=f"dra_{n}",
        opened_by="buyer",
        opened_at=at,
    )
    return event, metadata_of(f"cas_{n}", f"cas_{n}", at, market)


def asked(n: int, at: datetime) -> tuple[Event, Metadata]:
    """A message of the buyer, to which the seller owes a reply."""
    event = MessageDelivered(
        case_id=f"cas_{n}",
        message_id=f"msg_{n}",
        author_role="buyer",
        audience="thread",
        sha256="0" * 64,
        characters=40,
        first=True,
        classification=Classification(language="de"),
        qualifies=False,
        submitted_at=at,
        delivered_at=at,
    )
    return event, metadata_of(f"cnv_{n}", f"cas_{n}", at, MARKET)


def metadata_of(subject: str, case_id: str, at: datetime, market: str) -> Metadata:
    return Metadata(
        id=f"{subject}:1",
        subject=subject,
        sequence=1,
        key=case_id,
        occurred_at=at,
        recorded_at=at,
        case_id=case_id,
        market=market,
        correlation_id="req",
        causation_id="req",
    )


async def tell(stack: Stack, events: list[tuple[Event, Metadata]]) -> None:
    """Put events on their topics."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.infrastructure.kafka, enable_idempotence=True)
    await producer.start()
    for event, metadata in events:
        headers = to_headers(event, metadata)
        topic, key = f"{stack.namespace}.{event.topic}", metadata.key.encode()
        await producer.send(topic, event.to_bytes(), key=key, headers=headers)
    await producer.stop()


@asynccontextmanager
async def breaches(stack: Stack) -> AsyncIterator[dict[str, str]]:
    """Breaches of replies on the topic as they come: event id → case."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.infrastructure.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign([TopicPartition(f"{stack.namespace}.{topics.CLOCKS}", partition) for partition in range(12)])
    seen: dict[str, str] = {}

    async def read() -> None:
        async for record in consumer:
            headers, value = dict(record.headers), json.loads(record.value)
            if headers["ce_type"] == b"sla-monitor.clock_breached" and value["kind"] == "reply":
                seen[headers["ce_id"].decode()] = value["case_id"]

    reading = asyncio.create_task(read())
    try:
        yield seen
    finally:
        reading.cancel()
        await consumer.stop()


async def test_roles_as_deployments_of_their_own_announce_each_breach_once_though_one_is_killed(stack: Stack) -> None:
    """INVARIANT: would break if a role needed another one in its process, if shards of a killed replica stayed unswept, or if
    its announcements were made twice. Every figure that an autoscaler reads moves."""
    one_by_one = {"OMBUD_CONSUME_BATCH_RECORDS": "1"}  # so that they wait for a while
    await asyncio.gather(start(stack, CONSUME, "consume", **one_by_one), start(stack, FIRE, "fire"))
    await start(stack, SERVE, "api,relay")
    at = datetime.now(UTC)
    cases = range(CASES)
    async with breaches(stack) as told:
        others = [opened(CASES + n, at, OTHER_MARKET) for n in range(OTHER_CASES)]
        await tell(stack, [opened(n, at) for n in cases] + [asked(n, at) for n in cases] + others)

        async def lags() -> bool:
            return await metric(stack, CONSUME, "ombud_consumer_lag_seconds") > 0

        async def caught_up() -> bool:
            return await metric(stack, CONSUME, "ombud_consumer_lag_seconds") == 0

        async def due_soon() -> bool:
            return await metric(stack, FIRE, "ombud_sla_due_next_minute") >= 1

        await eventually("the lag of the consumer", lags, 60)
        await eventually("clocks that are due soon", due_soon, 60)
        await eventually("the consumer to catch up", caught_up, 60)
        await start(stack, OTHER_FIRE, "fire")

        async def first_breaches() -> bool:
            return len(told) >= 1

        await eventually("the first breach", first_breaches, 60)
        stack.process("sla-monitor", FIRE).kill9()

        async def all_breaches() -> bool:
            return len(told) >= CASES

        await eventually("every breach", all_breaches, 90)

        async def holds_all() -> bool:
            return await metric(stack, OTHER_FIRE, "ombud_sla_shards_held") == 256

        await eventually("the other replica to hold every shard", holds_all, 60)
        again = datetime.now(UTC)
        await tell(stack, [opened(n, again) for n in LATER_CASES] + [asked(n, again) for n in LATER_CASES])

        async def later_breaches() -> bool:
            return len(told) >= CASES + len(LATER_CASES)

        await eventually("the breaches that only the other replica can announce", later_breaches, 90)
    assert Counter(told.values()) == Counter({f"cas_{n}": 1 for n in (*cases, *LATER_CASES)})
    assert await metric(stack, OTHER_FIRE, "ombud_sla_fire_delay_seconds_count") >= 1
    assert await metric(stack, OTHER_FIRE, "ombud_consumer_handled_total") == 0
    assert await metric(stack, CONSUME, "ombud_sla_fired_total") == 0
    await each_role_answers_its_own(stack)


async def each_role_answers_its_own(stack: Stack) -> None:
    """Only the process that serves listens on its public port."""
    headers = {"Authorization": f"Bearer {stack.token('agent', 'agt_1')}"}
    async with httpx.AsyncClient(timeout=20, headers=headers) as http:
        served = await http.get(f"{stack.process('sla-monitor', SERVE).url}/cases/cas_0/clocks")
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{stack.process('sla-monitor', CONSUME).url}/cases/cas_0/clocks")
    assert served.status_code == httpx.codes.OK
    replies = [clock for clock in served.json()["clocks"] if clock["kind"] == "reply"]
    assert replies[0]["rounds"][0]["verdict"] == "BREACHED"
