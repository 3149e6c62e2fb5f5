"""A thousand streams of live updates on one conversation: how soon an update is heard, how often the database is asked, and
what memory a stream takes. Listeners at the process that writes, and as many at another one.

Usage: python tests/bench/live_updates.py [--streams N] [--json FILE]; needs OMBUD_KAFKA and OMBUD_MONGO.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from pathlib import Path

import httpx
from post_message import open_conversations
from rich.console import Console
from rich.table import Table

from ombud_local.infrastructure import start_infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace

UPDATES = 20
PATH = "/conversations/cas_0/events"


class Listener:
    """One stream, read by hand: a client library would take more memory and time than what is measured."""

    def __init__(self) -> None:
        self.heard_at: list[float] = []

    async def listen(self, port: int, token: str, opened: asyncio.Event) -> None:
        """Read until cancelled; note when each update comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {PATH} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"event: open"):
                    opened.set()
                elif line.startswith(b"event: changes"):
                    self.heard_at.append(time.perf_counter())
        finally:
            writer.close()


def resident_bytes(process: ServiceProcess) -> int:
    """Return the memory that a process has now (Linux)."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def looks(process: ServiceProcess) -> float:
    """Return how often the process asked how far conversations are."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"{process.admin_url}/metrics")).text
    name = 'ombud_live_looks_total{stream="conversation"} '
    return next((float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name)), 0.0)


async def measure(stack: Stack, streams: int) -> dict[str, dict[str, float]]:
    """Measure at the process that writes, then at the other one."""
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        await open_conversations(stack, marketplace)
    return {
        "at the process that writes": await listened(stack, 1, streams),
        "at another process": await listened(stack, 2, streams),
    }


async def listened(stack: Stack, replica: int, streams: int) -> dict[str, float]:
    """Open the streams at one process, write at the first, and return what was seen."""
    process = stack.process("messaging", replica)
    port = int(process.url.rpartition(":")[2])
    before = resident_bytes(process)
    listeners, tasks = [Listener() for _ in range(streams)], []
    for number, listener in enumerate(listeners):
        opened = asyncio.Event()
        token = stack.token("agent", f"agt_{number}")
        tasks.append(asyncio.create_task(listener.listen(port, token, opened)))
        await opened.wait()
    grown, asked, began = resident_bytes(process) - before, await looks(process), time.perf_counter()
    late = await written(stack, listeners)
    took = time.perf_counter() - began
    asked = await looks(process) - asked
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "p50_ms": 1000 * statistics.median(late),
        "max_ms": 1000 * max(late),
        "looks_per_second": asked / took,
        "kilobytes_per_stream": grown / streams / 1024,
        "grown_megabytes_after": (resident_bytes(process) - before) / 1_048_576,
    }


async def written(stack: Stack, listeners: list[Listener]) -> list[float]:
    """Write messages one after the other; return how late each listener heard of each, in seconds after its answer."""
    headers = {"Authorization": f"Bearer {stack.token('buyer', 'buy_1')}"}
    late = []
    async with httpx.AsyncClient(base_url=stack.process("messaging").url, timeout=30) as http:
        for n in range(1, UPDATES + 1):
            headers["Idempotency-Key"] = uuid.uuid4().hex
            answer = await http.post("/conversations/cas_0/messages", headers=headers, json={"text": "Labdien, gaidu."})
            answer.raise_for_status()
            committed = time.perf_counter()
            while not all(len(one.heard_at) >= n for one in listeners):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            late += [max(0.0, one.heard_at[n - 1] - committed) for one in listeners]
    return late


def show(results: dict[str, dict[str, float]], streams: int) -> None:
    """Print what was seen."""
    table = Table(title=f"{streams:,} streams on one conversation, {UPDATES} updates each", title_justify="left")
    for column in ("listening", "heard after: median ms", "last ms", "looks a second", "KB a stream", "grown MB"):
        table.add_column(column, justify="right")
    for where, r in results.items():
        table.add_row(where, *(f"{value:,.1f}" for value in r.values()))
    Console().print(table)


def main(streams: int, json_file: Path | None) -> None:
    """Start two processes of messaging, measure, stop."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_infrastructure(Path(folder), lambda _line: None) as infrastructure,
        Stack(infrastructure, Path(folder)) as stack,
    ):
        stack.prepare()
        for process in [stack.start("messaging", replica, OMBUD_LOG_LEVEL="WARNING") for replica in (1, 2)]:
            process.wait_ready()
        results = asyncio.run(measure(stack, streams))
    show(results, streams)
    if json_file:
        json_file.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.streams, given.json)
