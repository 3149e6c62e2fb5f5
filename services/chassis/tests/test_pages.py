"""Pages of a list: every document once, in order, whatever two of them have in common."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chassis.memory import MemoryStore
from chassis.pages import Sorting, page_of, sorted_by
from chassis.store import Upsert, Writes
from chassis.testing import NOON

ROWS = [("d", 1, 2), ("a", 2, 1), ("c", 1, 1), ("b", 1, 1), ("e", 2, 1)]
"""Id, rank, and the hour."""
BY_RANK = sorted_by(("of.rank", 1), ("due_by", 1), instants=["due_by"])
NEWEST = sorted_by(("due_by", -1), instants=["due_by"])


@pytest.fixture
async def store() -> MemoryStore:
    made = MemoryStore()
    rows = [
        Upsert("rows", id, {"of": {"rank": rank}, "due_by": NOON + timedelta(hours=hour)}) for id, rank, hour in ROWS
    ]
    await made.commit(Writes(inserted=rows))
    return made


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 9])
@pytest.mark.parametrize(("sorting", "expected"), [(BY_RANK, "bcdae"), (NEWEST, "decba")])
async def test_pages_hold_each_document_once_in_order(
    store: MemoryStore, sorting: Sorting, expected: str, limit: int
) -> None:
    seen, position = "", None
    for _ in range(0, len(ROWS), limit):
        found, following = await page_of(store, "rows", {}, sorting, position, limit)
        seen += "".join(d["_id"] for d in found)
        position = json.loads(json.dumps(following))
    assert (seen, position) == (expected, None)


async def test_the_last_page_says_that_nothing_follows(store: MemoryStore) -> None:
    found, following = await page_of(store, "rows", {"of.rank": 2}, BY_RANK, None, 2)
    assert [d["_id"] for d in found] == ["a", "e"]
    assert following is None


async def test_a_page_stays_within_its_filter(store: MemoryStore) -> None:
    where: dict[str, Any] = {"of.rank": 1}
    _, following = await page_of(store, "rows", where, BY_RANK, None, 1)
    found, _ = await page_of(store, "rows", where, BY_RANK, following, 9)
    assert [d["_id"] for d in found] == ["c", "d"]
