"""An authenticated POST of a message (all checks, transaction, outbox, idempotency record) beside a bare route that commits
one transaction of the same document sizes: throughput and p99 at 8 connections, in turns, in one run. Then a buyer's and a
seller's messages with all detectors on, beside messaging with detectors that find nothing, in turns too.

Usage: python tests/bench/post_message.py [--rounds N] [--seconds S] [--json FILE]; needs OMBUD_KAFKA and OMBUD_MONGO.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import bson
import httpx
from keep_alive_client import Answered, closed_loop, percentile, prepared
from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from ombud_contracts.events.ticketing import CaseOpened
from ombud_local.infrastructure import start_infrastructure
from ombud_local.issuer import Role
from ombud_local.ports import free_port
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace

CONNECTIONS = 8
CASES = 64
WORDS = ("Paldies", "Gaidu", "Lūdzu", "Sveicieni", "Vai tā", "Ar cieņu", "Labdien")
CHECKS_BAR = 1.25
"""How many times longer a message may take with all detectors than without."""
TEXTS = (
    "Vai varat pateikt, kad telefons tiks nosūtīts? Es to gaidu jau nedēļu.",
    "Paldies, sapratu. Vai komplektā būs arī lādētājs un kabelis?",
    "Ekrāns ir saskrāpēts augšējā labajā stūrī, pievienoju aprakstu.",
    "Labi, tad gaidīšu līdz piektdienai. IMEI ir 490154203237518.",
)


async def open_conversations(stack: Stack, marketplace: Marketplace) -> None:
    """Let messaging know of the cases, as ticketing would."""
    for n in range(CASES):
        now = datetime.now(UTC)
        opened = CaseOpened(
            case_id=f"cas_{n}",
            number=f"LV-{n}",
            market="lv",
            buyer_id="buy_1",
            seller_id="sel_1",
            order_id=f"ord_{n}",
            line_id="lin_1",
            reason="LATE",
            family="DELIVERY",
            phase="after",
            priority=3,
            priority_reasons=("standard",),
            draft_id="drf_none",
            opened_by="buyer",
            opened_at=now,
        )
        await marketplace.tell(opened, f"cas_{n}", "lv", f"cas_{n}")
    headers = {"Authorization": f"Bearer {stack.token('buyer', 'buy_1')}"}
    async with httpx.AsyncClient() as http:
        for n in range(CASES):
            while (await http.get(f"{stack.process('messaging').url}/conversations/cas_{n}", headers=headers)).is_error:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


def document_sizes(stack: Stack) -> dict[str, int]:
    """Return the mean size of what one POST writes, by collection."""
    names = {"conversations": "conversations", "messages": "messages", "answers": "answers"}
    with MongoClient[dict[str, object]](stack.infrastructure.mongo) as client:
        database = client[f"{stack.namespace}-messaging"]
        sizes = {
            n: int(statistics.mean(len(bson.encode(d)) for d in database[c].find().limit(200)))
            for n, c in names.items()
        }
    return {**sizes, "outbox": 1_900}


def requests_of_messaging(stack: Stack, role: Role = "buyer") -> Callable[[int, int], bytes]:
    """Return the maker of authenticated messages of a party with fresh keys."""
    token = stack.token(role, {"buyer": "buy_1", "seller": "sel_1"}[role])

    def make(connection: int, n: int) -> bytes:
        body = json.dumps({"text": f"{TEXTS[(n + n // CONNECTIONS) % len(TEXTS)]} {WORDS[n % len(WORDS)]}."}).encode()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        case = (connection + n * CONNECTIONS) % CASES
        return prepared(f"/conversations/cas_{case}/messages", headers, body)

    return make


def bare_request(connection: int, n: int) -> bytes:
    """Return a message for the bare route."""
    body = json.dumps({"text": f"{TEXTS[(n + n // CONNECTIONS) % len(TEXTS)]} {WORDS[n % len(WORDS)]}."}).encode()
    return prepared(f"/cas_{(connection + n * CONNECTIONS) % CASES}", {}, body)


def summary(answers: list[Answered], seconds: float) -> dict[str, float]:
    """Return throughput and latency of one turn."""
    assert all(a.status < 300 for a in answers), {a.status for a in answers}
    taken = [a.seconds for a in answers]
    return {
        "per_second": len(answers) / seconds,
        "p50_ms": 1000 * percentile(taken, 0.5),
        "p99_ms": 1000 * percentile(taken, 0.99),
        "n": len(answers),
    }


async def measure(stack: Stack, rounds: int, seconds: float) -> list[dict[str, dict[str, float]]]:
    """Measure both in turns."""
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        await open_conversations(stack, marketplace)
    port = int(stack.process("messaging").url.rpartition(":")[2])
    make = requests_of_messaging(stack)
    await closed_loop(port, CONNECTIONS, 3, make)
    bare_port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("bare_route.py")), str(bare_port)]
    command += [stack.infrastructure.mongo, f"{stack.namespace}-bare", json.dumps(document_sizes(stack))]
    bare = subprocess.Popen(command)  # noqa: ASYNC220 - before anything is measured
    try:
        await _answering(bare_port)
        await closed_loop(bare_port, CONNECTIONS, 3, bare_request)
        results = []
        for _ in range(rounds):
            turn = {"bare": summary(await closed_loop(bare_port, CONNECTIONS, seconds, bare_request), seconds)}
            turn["messaging"] = summary(await closed_loop(port, CONNECTIONS, seconds, make), seconds)
            results.append(turn)
        return results
    finally:
        bare.terminate()
        bare.wait(10)


async def measure_checks(stack: Stack, rounds: int, seconds: float) -> list[dict[str, dict[str, float]]]:
    """Measure messages with all detectors, and with detectors that find nothing, in turns."""
    ports = {"on": int(stack.process("messaging").url.rpartition(":")[2]), "off": free_port()}
    command = [sys.executable, str(Path(__file__).with_name("messaging_without_checks.py"))]
    told = {"OMBUD_HTTP_PORT": str(ports["off"]), "OMBUD_LOG_LEVEL": "WARNING", "OMBUD_RATE_PER_PERSON": "off"}
    environment = {**os.environ, **stack.environment(), **told}
    without = subprocess.Popen(command, env=environment)  # noqa: ASYNC220 - before anything is measured
    makers: dict[str, Callable[[int, int], bytes]] = {
        "buyer": requests_of_messaging(stack, "buyer"),
        "seller": requests_of_messaging(stack, "seller"),
    }
    try:
        await _answering(ports["off"])
        for make in makers.values():
            await closed_loop(ports["off"], CONNECTIONS, 3, make)
        results = []
        for number in range(rounds):
            turn = {}
            for role, make in makers.items():
                for checks in ("on", "off") if number % 2 else ("off", "on"):
                    answers = await closed_loop(ports[checks], CONNECTIONS, seconds, make)
                    turn[f"{role}, checks {checks}"] = summary(answers, seconds)
            results.append(turn)
        return results
    finally:
        without.terminate()
        without.wait(30)


async def _answering(port: int) -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the bare route does not answer")


def show(results: list[dict[str, dict[str, float]]]) -> None:
    """Print the medians and the ratios."""
    table = Table(title=f"POST of a message, {CONNECTIONS} connections", title_justify="left")
    for column in ("way", "per second", "p50 ms", "p99 ms"):
        table.add_column(column, justify="right")
    medians = {
        way: {k: statistics.median(r[way][k] for r in results) for k in ("per_second", "p50_ms", "p99_ms")}
        for way in ("bare", "messaging")
    }
    for way, m in medians.items():
        table.add_row(way, *(f"{m[k]:,.1f}" for k in ("per_second", "p50_ms", "p99_ms")))
    ours, bare = medians["messaging"], medians["bare"]
    ratios = [ours[k] / bare[k] for k in ("per_second", "p50_ms", "p99_ms")]
    table.add_row("ratio", *(f"{r:.2f}" for r in ratios))
    table.add_row("bar", "≥ 0.6", "", "≤ 1.5")
    Console().print(table)


def show_checks(results: list[dict[str, dict[str, float]]]) -> None:
    """Print the medians with and without the checks, and how many times longer a message takes with them."""
    table = Table(title="All detectors on and off", title_justify="left")
    for column in ("way", "per second", "p50 ms", "p99 ms"):
        table.add_column(column, justify="right")
    for role in ("buyer", "seller"):
        on, off = (
            {k: statistics.median(r[f"{role}, checks {checks}"][k] for r in results) for k in _FIGURES}
            for checks in ("on", "off")
        )
        for checks, m in (("on", on), ("off", off)):
            table.add_row(f"{role}, checks {checks}", *(f"{m[k]:,.1f}" for k in _FIGURES))
        longer = [off["per_second"] / on["per_second"], on["p50_ms"] / off["p50_ms"], on["p99_ms"] / off["p99_ms"]]
        table.add_row("times longer", *(f"{r:.2f}" for r in longer))
    table.add_row("bar", f"≤ {CHECKS_BAR}", "", "")
    Console().print(table)


_FIGURES = ("per_second", "p50_ms", "p99_ms")


def main(rounds: int, seconds: float, json_file: Path | None) -> None:
    """Start messaging alone, measure, stop."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_infrastructure(Path(folder), lambda _line: None) as infrastructure,
        Stack(infrastructure, Path(folder)) as stack,
    ):
        stack.prepare()
        stack.start("messaging", OMBUD_LOG_LEVEL="WARNING", OMBUD_RATE_PER_PERSON="off").wait_ready()
        results = asyncio.run(measure(stack, rounds, seconds))
        checks = asyncio.run(measure_checks(stack, rounds, seconds))
    show(results)
    show_checks(checks)
    if json_file:
        json_file.write_text(json.dumps({"bare": results, "checks": checks}, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.rounds, given.seconds, given.json)
