"""Creating a matter and following up, beside a helpdesk that a user might pick: django-helpdesk under gunicorn with two
workers, on a database on disk with durability on. Requests per second, and matters per second of processor, in turns.

Ours counts one creation as two requests (the draft and the case) and the processor time of MongoDB as well.

Usage: python tests/bench/helpdesk_peer.py [--rounds N] [--seconds S] [--json FILE]; needs OMBUD_KAFKA, OMBUD_MONGO and a
package registry: the peer gets an environment of its own in run/helpdesk.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keep_alive_client import Connection, closed_loop, prepared
from post_message import CASES, CONNECTIONS, TEXTS, _answering, open_conversations, requests_of_messaging
from rich.console import Console
from rich.table import Table

from ombud_local.infrastructure import start_infrastructure
from ombud_local.ports import free_port
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace

HERE = Path(__file__).parent / "helpdesk"
PEER = Path("run/helpdesk")
BAR = 5
ORDERS = 1_500
_TICK = os.sysconf("SC_CLK_TCK")
_SETUP = """
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from helpdesk.models import Queue, Ticket
user = User.objects.create_superuser("agent", "agent@example.test", "agent")
queue = Queue.objects.create(title="Support", slug="support")
for n in range({cases}):
    Ticket.objects.create(title=f"Order {{n}}", queue=queue, submitter_email="buyer@example.test", description="Late")
print(Token.objects.create(user=user).key, queue.id)
"""


@dataclass(frozen=True)
class Way:
    """A system at work at one thing: where it is asked, how, how many requests are one matter, and who works for it."""

    port: int
    make: Callable[[int, int], bytes]
    requests: int
    processes: tuple[int, ...]


def processor_seconds(pids: tuple[int, ...]) -> float:
    """Return what these processes and their children have used so far."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended
                continue
            if int(entry.name) in pids or int(fields[1]) in pids:
                total += int(fields[11]) + int(fields[12])
    return total / _TICK


def pid_listening(port: int) -> int:
    """Return the process that listens on a port of this machine."""
    inode = next(
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    )
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if any(f"socket:[{inode}]" == os.readlink(link) for link in (entry / "fd").iterdir()):
                    return int(entry.name)
            except OSError:
                continue
    raise LookupError(f"nobody listens on {port}")


def peer_environment(folder: Path) -> dict[str, str]:
    """Return what the peer's commands need, and put it there."""
    python = PEER / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEER], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
    return {
        **os.environ,
        "HELPDESK_FOLDER": str(folder),
        "DJANGO_SETTINGS_MODULE": "site_settings",
        "PYTHONPATH": str(HERE),
    }


def start_peer(folder: Path) -> tuple[subprocess.Popen[bytes], int, str, int]:
    """Start the helpdesk with as many tickets as we have conversations; return it, its port, a token and the queue."""
    environment, python, port = peer_environment(folder), str(PEER / "bin/python"), free_port()
    subprocess.run([python, "-m", "django", "migrate", "-v0"], env=environment, check=True)
    script = _SETUP.format(cases=CASES)
    done = subprocess.run(
        [python, "-m", "django", "shell", "-v0", "-c", script],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    token, queue = done.stdout.split()[-2:]
    command = [str(PEER / "bin/gunicorn"), "-w", "2", "-b", f"127.0.0.1:{port}", "--keep-alive", "30", "-k", "gthread"]
    command += ["--threads", "4", "--log-level", "error", "site_wsgi"]
    return subprocess.Popen(command, env=environment), port, token, int(queue)


def ways_of_peer(process: int, port: int, token: str, queue: int) -> dict[str, Way]:
    """Return how a ticket is created and followed up."""
    headers = {"Authorization": f"Token {token}"}

    def create(connection: int, n: int) -> bytes:
        text = TEXTS[n % len(TEXTS)]
        ticket = {"queue": queue, "title": f"Order {connection}-{n}", "description": text, "priority": 3}
        body = json.dumps(ticket | {"submitter_email": "buyer@example.test"}).encode()
        return prepared("/api/tickets/", headers, body)

    def follow_up(connection: int, n: int) -> bytes:
        ticket = (connection + n * CONNECTIONS) % CASES + 1
        body = json.dumps(
            {"ticket": ticket, "comment": TEXTS[n % len(TEXTS)], "public": True, "title": "Comment"}
        ).encode()
        return prepared("/api/followups/", headers, body)

    return {"create": Way(port, create, 1, (process,)), "follow up": Way(port, follow_up, 1, (process,))}


async def place_orders(stack: Stack) -> list[str]:
    """Let ticketing know of orders to complain about."""
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        await marketplace.register_seller("sel_1", "lv", ("lv",))
        await open_conversations(stack, marketplace)
        return [(await marketplace.sell("lv", f"buy_{n}", "sel_1", "Telefons")).order_id for n in range(ORDERS)]


def ways_of_ours(stack: Stack, orders: list[str], mongo: int) -> dict[str, Way]:
    """Return how a case is opened with its first message, and how a message is written in a case."""
    ports = {s: int(stack.process(s).url.rpartition(":")[2]) for s in ("messaging", "ticketing")}
    token = stack.token("agent", "agt_1")
    left = iter(orders)

    def open_case(connection: int, n: int) -> bytes:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        body = {"order_id": next(left), "line_id": "lin_1", "reason": "LATE", "draft_id": "drf_1"}
        return prepared("/cases", headers, json.dumps(body).encode())

    def keep_draft(connection: int, n: int) -> bytes:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        return prepared("/drafts", headers, json.dumps({"text": TEXTS[n % len(TEXTS)], "market": "lv"}).encode())

    ticketing, messaging = (pid_listening(ports[s]) for s in ("ticketing", "messaging"))
    return {
        "create: case": Way(ports["ticketing"], open_case, 1, (ticketing, mongo)),
        "create: draft": Way(ports["messaging"], keep_draft, 1, (messaging, mongo)),
        "follow up": Way(ports["messaging"], requests_of_messaging(stack), 1, (messaging, mongo)),
    }


async def turn(way: Way, seconds: float) -> dict[str, float]:
    """Measure one thing for some seconds: how many a second, and how many a second of processor."""
    before = processor_seconds(way.processes)
    answers = await closed_loop(way.port, CONNECTIONS, seconds, way.make)
    used = processor_seconds(way.processes) - before
    assert all(a.status < 300 for a in answers), {a.status for a in answers}
    return {"per_second": len(answers) / seconds, "per_processor_second": len(answers) / used}


def _together(parts: list[dict[str, float]]) -> dict[str, float]:
    """Return what comes of things that are done one after the other for one matter."""
    return {name: 1 / sum(1 / part[name] for part in parts) for name in parts[0]}


async def measure(
    ours: dict[str, Way], peer: dict[str, Way], rounds: int, seconds: float
) -> list[dict[str, dict[str, float]]]:
    """Measure all in turns, after one of warming up."""
    results = []
    for number in range(rounds + 1):
        found = {f"helpdesk, {name}": await turn(way, seconds) for name, way in peer.items()}
        parts = {name: await turn(way, seconds / 2 if "create" in name else seconds) for name, way in ours.items()}
        found["ombud, create"] = _together([part for name, part in parts.items() if "create" in name])
        found["ombud, follow up"] = parts["follow up"]
        if number:
            results.append(found)
    return results


def show(results: list[dict[str, dict[str, float]]]) -> None:
    """Print medians and ratios."""
    table = Table(title=f"Ombud beside django-helpdesk, {CONNECTIONS} connections", title_justify="left")
    for column in ("what", "per second", "per second of processor"):
        table.add_column(column, justify="right")
    names = ("per_second", "per_processor_second")
    medians = {way: [statistics.median(r[way][n] for r in results) for n in names] for way in results[0]}
    for what in ("create", "follow up"):
        for who in ("helpdesk", "ombud"):
            table.add_row(f"{who}, {what}", *(f"{value:,.1f}" for value in medians[f"{who}, {what}"]))
        ratios = [o / h for o, h in zip(medians[f"ombud, {what}"], medians[f"helpdesk, {what}"], strict=True)]
        table.add_row("ratio", *(f"{r:.1f}" for r in ratios))
    table.add_row("bar", f"≥ {BAR}", f"≥ {BAR}")
    Console().print(table)


def main(rounds: int, seconds: float, json_file: Path | None) -> None:
    """Start both, measure in turns, stop both."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_infrastructure(Path(folder), lambda _line: None) as infrastructure,
        Stack(infrastructure, Path(folder)) as stack,
    ):
        (Path(folder) / "helpdesk").mkdir()
        process, port, token, queue = start_peer(Path(folder) / "helpdesk")
        try:
            stack.prepare()
            for service in ("messaging", "ticketing"):
                limits = {
                    "cases": [{"times": 10_000, "within_seconds": 60}],
                    "drafts": [{"times": 10_000, "within_seconds": 60}],
                }
                stack.start(service, OMBUD_LOG_LEVEL="WARNING", OMBUD_LIMITS=json.dumps(limits)).wait_ready()
            results = asyncio.run(_measured(stack, process.pid, port, token, queue, rounds, seconds))
        finally:
            process.terminate()
            process.wait(20)
    show(results)
    if json_file:
        json_file.write_text(json.dumps(results, indent=1))


async def _measured(
    stack: Stack, process: int, port: int, token: str, queue: int, rounds: int, seconds: float
) -> list[dict[str, dict[str, float]]]:
    orders = await place_orders(stack)
    await _answering(port)
    await _known(stack, orders[-1])
    mongo = pid_listening(int(stack.infrastructure.mongo.partition("://")[2].partition("/")[0].rpartition(":")[2]))
    return await measure(ways_of_ours(stack, orders, mongo), ways_of_peer(process, port, token, queue), rounds, seconds)


async def _known(stack: Stack, order: str) -> None:
    """Wait until ticketing knows the last order: a case of it can be opened."""
    ticketing = Connection(int(stack.process("ticketing").url.rpartition(":")[2]))
    headers = {"Authorization": f"Bearer {stack.token('agent', 'agt_1')}"}
    body = json.dumps({"order_id": order, "line_id": "lin_1", "reason": "DAMAGED", "draft_id": "drf_1"}).encode()
    request = headers | {"Idempotency-Key": uuid.uuid4().hex}
    while (await ticketing.send(prepared("/cases", request, body))).status >= 300:
        await asyncio.sleep(0.2)
        request["Idempotency-Key"] = uuid.uuid4().hex
    ticketing.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.rounds, given.seconds, given.json)
