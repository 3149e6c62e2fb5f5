"""Conversations on MongoDB for tests: sealed letters that are nobody's words, and what a query looked at."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from messaging_situations import EMPTY, FINE, HELD, LEAK, NOON, letter

from chassis.aggregate import C, Cause, E, Kind, S, Session
from chassis.mongo import Mongo
from chassis.testing import FixedClock
from messaging.conversations.domain import Command, Conversation, PostMessage
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_words import CaseId

CASE = CaseId("cas_1")


async def stored(mongo: Mongo, kind: Kind[C, E, S], id: str) -> S | None:
    """Return the state of an aggregate as it is kept, or None."""
    return await Session(mongo, FixedClock()).unit(Cause("test", "test")).read(kind, id)


async def find_conversation(mongo: Mongo, case_id: CaseId) -> Conversation | None:
    """Return a case's conversation, or None."""
    return await stored(mongo, CONVERSATIONS, conversation_id(case_id))


async def tell(mongo: Mongo, *commands: Command) -> None:
    """Do all of it in one transaction."""
    session = Session(mongo, FixedClock())
    unit = session.unit(Cause("test", "test"))
    for command in commands:
        await unit.execute(CONVERSATIONS, conversation_id(CASE), command)
    await session.commit()


def a_message(n: int) -> PostMessage:
    """One of every kind in turns: most are in the thread, some are notes, some are blocked or wait."""
    checked = LEAK if n % 7 == 3 else HELD if n % 301 == 5 else FINE
    author, audience = (("buyer", "thread"), ("seller", "thread"), ("agent", "internal"))[n % 3]
    return PostMessage(letter(f"msg_{n:05}", author, checked, audience), NOON)


async def a_thread(mongo: Mongo, length: int) -> None:
    """A conversation with so many messages of every kind."""
    await tell(mongo, EMPTY)
    for begin in range(0, length, 1000):
        await tell(mongo, *(a_message(n) for n in range(begin, min(begin + 1000, length))))


@asynccontextmanager
async def profiled(mongo: Mongo, *collections: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield a list that is filled, at the end, with what the server says of each query of these collections."""
    seen: list[dict[str, Any]] = []
    await mongo.database.command("profile", 2)
    try:
        yield seen
    finally:
        await mongo.database.command("profile", 0)
    seen += await _queries(mongo, collections)
    await mongo.database.drop_collection("system.profile")


async def _queries(mongo: Mongo, collections: Sequence[str]) -> list[dict[str, Any]]:
    where = {"op": {"$in": ["query", "command"]}, "ns": {"$in": [f"{mongo.name}.{c}" for c in collections]}}
    return await mongo.find("system.profile", where, limit=1000)
