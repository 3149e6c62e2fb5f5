"""A thread of 10,000 messages beside one of 10: opening it, reading its first and a middle page, and posting the next message.

Usage: python tests/bench/long_thread.py [--rounds N] [--json FILE]; needs OMBUD_KAFKA and OMBUD_MONGO. In turns, in one run.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
from post_message import TEXTS, open_conversations
from rich.console import Console
from rich.table import Table

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.sealing import Sealer, sealed
from messaging.conversations.domain.command import PostMessage
from messaging.conversations.domain.event import Checked, Letter, Verdict
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace

LENGTHS = {"cas_0": 10, "cas_1": 10_000}
AT_ONCE = 500
ROLES = ("buyer", "seller")


async def fill(stack: Stack) -> None:
    """Write the threads through messaging's own commands, many in one transaction."""
    mongo = Mongo(stack.infrastructure.mongo, f"{stack.namespace}-messaging")
    sealer = Sealer(mongo, "")
    for case_id, length in LENGTHS.items():
        key = await sealer.key(case_id)
        for begin in range(0, length, AT_ONCE):
            session = Session(mongo, lambda: datetime.now(UTC))
            unit = session.unit(Cause("bench", "bench"))
            for n in range(begin, min(begin + AT_ONCE, length)):
                text, role, at = f"{TEXTS[n % len(TEXTS)]} {n}", ROLES[n % 2], datetime.now(UTC)
                body = sealed(key, text)
                checked = Checked(verdict=Verdict.DELIVER, sha256="0" * 64, characters=len(text))
                letter = Letter(
                    message_id=f"msg_{case_id}_{n}",
                    author_role=role,
                    author_id=f"{role[:3]}_1",
                    audience="thread",
                    original=body,
                    shown=body,
                    checked=checked,
                    submitted_at=at,
                )
                await unit.execute(CONVERSATIONS, conversation_id(case_id), PostMessage(letter, at))
            await session.commit()
    await mongo.close()


async def milliseconds(ask: Callable[[], Awaitable[httpx.Response]]) -> float:
    """Return how long one request takes."""
    begin = time.perf_counter()
    answer = await ask()
    taken = 1000 * (time.perf_counter() - begin)
    assert answer.is_success, answer.text
    return taken


async def measure(stack: Stack, rounds: int) -> dict[str, dict[str, float]]:
    """Return the medians, by what was asked and by case; both cases take turns."""
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        await open_conversations(stack, marketplace)
    await fill(stack)
    headers = {r: {"Authorization": f"Bearer {stack.token(r, f'{r[:3]}_1')}"} for r in ROLES}  # type: ignore[arg-type]
    taken: dict[str, dict[str, list[float]]] = {}
    async with httpx.AsyncClient(base_url=stack.process("messaging").url, timeout=30) as http:

        def page(case_id: str, cursor: str = "") -> Callable[[], Awaitable[httpx.Response]]:
            path = f"/conversations/{case_id}/messages?limit=5{cursor}"
            return lambda: http.get(path, headers=headers["seller"])

        def post(case_id: str, text: str) -> Callable[[], Awaitable[httpx.Response]]:
            asked = {**headers["buyer"], "Idempotency-Key": uuid.uuid4().hex}
            return lambda: http.post(f"/conversations/{case_id}/messages", headers=asked, json={"text": text})

        middle = {c: f"&cursor={(await page(c)()).json()['next_cursor']}" for c in LENGTHS}
        for number in range(rounds + 20):
            for case_id in sorted(LENGTHS, reverse=bool(number % 2)):
                asked = {
                    "open": lambda case_id=case_id: http.get(f"/conversations/{case_id}", headers=headers["seller"]),
                    "first page": page(case_id),
                    "next page": page(case_id, middle[case_id]),
                    "post": post(case_id, TEXTS[number % len(TEXTS)]),
                }
                for what, ask in asked.items():
                    one = await milliseconds(ask)
                    if number >= 20:  # the first ones warm up
                        taken.setdefault(what, {}).setdefault(case_id, []).append(one)
    return {what: {c: statistics.median(t) for c, t in by_case.items()} for what, by_case in taken.items()}


def show(medians: dict[str, dict[str, float]]) -> None:
    """Print the medians and their ratio."""
    table = Table(title="A thread of 10,000 messages beside one of 10 (median, ms)", title_justify="left")
    for column in ("what", *(f"{n:,}" for n in LENGTHS.values()), "ratio"):
        table.add_column(column, justify="right")
    for what, by_case in medians.items():
        short, long = (by_case[c] for c in LENGTHS)
        table.add_row(what, f"{short:.2f}", f"{long:.2f}", f"{long / short:.2f}")
    Console().print(table)


def main(rounds: int, json_file: Path | None) -> None:
    """Start messaging alone, measure, stop."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_infrastructure(Path(folder), lambda _line: None) as infrastructure,
        Stack(infrastructure, Path(folder)) as stack,
    ):
        stack.prepare()
        stack.start("messaging", OMBUD_LOG_LEVEL="WARNING", OMBUD_RATE_PER_PERSON="off").wait_ready()
        medians = asyncio.run(measure(stack, rounds))
    show(medians)
    if json_file:
        json_file.write_text(json.dumps(medians, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.rounds, given.json)
