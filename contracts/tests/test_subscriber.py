"""The example of a team that only subscribes, run as its own process against real Kafka."""

import ast
import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from chassis.kafka_access import KafkaAccess
from chassis.topics import provision
from ombud_contracts import Metadata, to_headers, topics
from ombud_contracts.event import REGISTRY

EXAMPLE = Path(__file__).parents[1] / "examples" / "subscribe.py"
README = Path(__file__).parents[1] / "README.md"
NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
READ_SECONDS = 60
"""A new group joins, and a busy machine starts a Python: far above what both need."""


@pytest.fixture
async def namespace() -> str:
    """A namespace whose topics exist."""
    name = f"s{uuid.uuid4().hex[:8]}"
    await provision(KafkaAccess(os.environ["OMBUD_KAFKA"]), name, 1)
    return name


@asynccontextmanager
async def running(namespace: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The example, as a team would start it; ended by its own id."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLE),
        env={**os.environ, "OMBUD_NAMESPACE": namespace},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(READ_SECONDS):
        return (await process.stdout.readline()).decode().strip()


async def send(namespace: str, topic: str, value: bytes, headers: list[tuple[str, bytes]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=os.environ["OMBUD_KAFKA"], enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(f"{namespace}.{topic}", value, key=b"cas_1", headers=headers)
    finally:
        await producer.stop()


def record_of(breach: dict[str, Any], id: str) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return the breach of the golden example as a record with an id of its own."""
    event = REGISTRY[breach["type"]](**breach["data"])
    metadata = Metadata(
        id=id,
        subject="clk_1",
        sequence=1,
        key="cas_1",
        occurred_at=NOON,
        recorded_at=NOON,
        correlation_id="req_1",
        causation_id="req_1",
    )
    return event.to_bytes(), to_headers(event, metadata)


async def test_the_example_prints_a_breach_and_goes_on_where_it_stopped(namespace: str, breach: dict[str, Any]) -> None:
    """The first event is on the topic before the example starts: it reads from the beginning. A bad record and an
    unknown type stop nothing. Started again, it prints no event a second time."""
    await send(namespace, topics.CLOCKS, *record_of(breach, "clk_1:1"))
    async with running(namespace) as process:
        assert (await line_of(process)).startswith("clk_1:1: seller missed 2026-03-17 08:00 in cas_")
        await send(namespace, topics.CLOCKS, b"{", [])
        assert (await line_of(process)).endswith("the attribute specversion is missing")
        value, headers = record_of(breach, "clk_1:2")
        newer = [(n, b"sla-monitor.clock_dreamt" if n == "ce_type" else v) for n, v in headers]
        await send(namespace, topics.CLOCKS, value, newer)
        await send(namespace, topics.CLOCKS, *record_of(breach, "clk_1:3"))
        assert (await line_of(process)).startswith("clk_1:3:")
        await send(namespace, topics.CLOCKS, *record_of(breach, "clk_1:4"))
        assert (await line_of(process)).startswith("clk_1:4:")  # printed after the commit of what came before
    async with running(namespace) as process:
        await send(namespace, topics.CLOCKS, *record_of(breach, "clk_1:5"))
        seen = [await line_of(process)]
        if not seen[-1].startswith("clk_1:5:"):
            seen.append(await line_of(process))
    assert [line.partition(": ")[0] for line in seen][-1] == "clk_1:5"
    assert {line.partition(": ")[0] for line in seen} <= {
        "clk_1:4",
        "clk_1:5",
    }  # 4 was killed before or after its commit


def test_the_example_needs_nothing_of_ombud_but_its_contracts() -> None:
    tree = ast.parse(EXAMPLE.read_text())
    modules = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    modules += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert {m.partition(".")[0] for m in modules} == {"asyncio", "os", "aiokafka", "ombud_contracts"}


def test_the_readme_shows_the_example_as_it_is() -> None:
    assert EXAMPLE.read_text().strip() in README.read_text()
