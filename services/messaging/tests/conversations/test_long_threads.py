"""A long thread costs what a short one costs: every query of it looks at what it returns, by index, and at no more."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from messaging_threads import CASE, a_message, a_thread, find_conversation, profiled, tell

from chassis.mongo import Mongo
from chassis.store import Document
from chassis.testing.databases import a_database
from messaging.app import SERVICE
from messaging.conversations.domain import conversation as domain
from messaging.conversations.store import (
    CONVERSATIONS_COLLECTION,
    MESSAGES,
    conversation_id,
    page_of_messages,
    reader,
    recent_thread,
)
from messaging.discussions.store import place_read, unread_messages
from messaging.live.store import changed_messages, standings

LENGTH, LIMIT = 2_000, 31
READERS = [("buyer", "buy_1", False), ("seller", "sel_1", False), ("agent", "agt_1", True)]


@pytest.fixture(scope="module")
async def long() -> AsyncIterator[Mongo]:
    """A thread that is written once, and read by every test."""
    async with a_database(SERVICE) as made:
        await a_thread(made, LENGTH)
        yield made


def visible(n: int, role: str) -> bool:
    """The rule in other words: staff see all; a party what was delivered in the thread, and what they wrote."""
    posted = a_message(n).letter
    delivered = posted.audience == "thread" and posted.checked.verdict == "deliver"
    return role == "agent" or delivered or posted.author_role == role


@pytest.mark.parametrize(("role", "person", "staff"), READERS)
async def test_every_page_is_read_by_index_and_looks_at_nothing_that_is_not_on_it(
    long: Mongo, role: str, person: str, staff: bool
) -> None:
    """INVARIANT: would break if who may see a message were tested after it was fetched."""
    expected = [n for n in reversed(range(LENGTH)) if visible(n, role)]
    for before in (LENGTH + 1, LENGTH // 2, 20):
        async with profiled(long, MESSAGES) as queries:
            page = await page_of_messages(long, CASE, role, person, before, LIMIT)
        (query,) = queries
        assert query["planSummary"].startswith("IXSCAN"), query["planSummary"]
        assert query["docsExamined"] == len(page) <= LIMIT
        assert query["keysExamined"] <= LIMIT + 1
        assert [m["position"] - 1 for m in page] == [n for n in expected if n + 1 < before][:LIMIT]


Query = Callable[[Mongo], Awaitable[object]]
BOUNDED: dict[str, tuple[Query, int]] = {
    "the window of the checks": (lambda m: recent_thread(m, CASE, 8), 8),
    "what changed": (lambda m: changed_messages(m, CASE, reader("seller", "sel_1"), LENGTH - 50, LENGTH + 1), 50),
    "where somebody has read to": (lambda m: place_read(m, CASE, "seller", "sel_1", LENGTH // 2), 1),
    "what is unread": (lambda m: unread_messages(m, CASE, "seller", "sel_1", 10), 0),
}


@pytest.mark.parametrize("name", BOUNDED)
async def test_what_is_asked_beside_the_pages_is_bounded_too(long: Mongo, name: str) -> None:
    ask, most = BOUNDED[name]
    async with profiled(long, MESSAGES) as queries:
        await ask(long)
    (query,) = queries
    assert "COLLSCAN" not in query["planSummary"]
    assert query["docsExamined"] <= most
    assert query["keysExamined"] <= 400


async def test_how_far_many_conversations_are_is_one_query_by_id(long: Mongo) -> None:
    async with profiled(long, CONVERSATIONS_COLLECTION) as queries:
        found = await standings(long, [CASE, *(f"cas_none_{n}" for n in range(300))])
    (query,) = queries
    assert query["planSummary"] == "IXSCAN { _id: 1 }"
    assert list(found) == [CASE]
    assert found[CASE].changes == LENGTH + 1 + sum(a_message(n).letter.checked.pure_thanks for n in range(LENGTH))


async def test_the_state_of_a_long_conversation_is_as_small_as_that_of_a_short_one(long: Mongo) -> None:
    """INVARIANT: each message rewrites the state; would break if anything in it grew with the thread.

    Last in this module: it goes on writing.
    """
    conversation = await find_conversation(long, CASE)
    assert conversation is not None
    assert conversation.positions == LENGTH
    assert len(conversation.recent) <= 20 + domain.MOST_WAITING
    sizes = []
    for n in range(LENGTH, LENGTH + 40, 20):
        await tell(long, *(a_message(k) for k in range(n, n + 20)))
        sizes.append(await _bytes(long))
    assert abs(sizes[1] - sizes[0]) < 1_000


async def _bytes(mongo: Mongo) -> int:
    pipeline: list[Document] = [
        {"$match": {"_id": conversation_id(CASE)}},
        {"$project": {"n": {"$bsonSize": "$$ROOT"}}},
    ]
    (row,) = await mongo.aggregate(CONVERSATIONS_COLLECTION, pipeline)
    size: int = row["n"]
    return size
