"""Both stores keep the same contract; Mongo keeps it on both drivers."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from counters import Add, kind_for

from chassis.aggregate import Among, Cause, NothingToGuard, Session
from chassis.memory import MemoryStore
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.store import LEASES, OUTBOX_SHARDS, AlreadyHandled, Answer, Conflict, Document, LeaseLost, Store, Writes
from chassis.testing import FixedClock

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
CAUSE = Cause("req_1", "req_1")
ALL_SHARDS = range(OUTBOX_SHARDS)


@pytest.fixture(params=["memory", "motor", "pymongo"])
async def store(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    mongo = Mongo(settings.mongo.get_secret_value(), settings.database("conformance"), request.param)
    await mongo.ensure({"counters": []})
    yield mongo
    await mongo.drop()
    await mongo.close()


def session(store: Store) -> Session:
    return Session(store, FixedClock(NOW))


async def add(store: Store, id: str, amount: int, handled: str | None = None) -> Session:
    s = session(store)
    unit = s.unit(CAUSE)
    if handled:
        unit.handled(handled)
    await unit.execute(kind_for(id), id, Add(amount, NOW))
    await s.commit()
    return s


async def test_state_and_event_are_written_together(store: Store) -> None:
    await add(store, "cas_1", 2)
    await add(store, "cas_1", 3)
    stored = (await store.load("counters", ["cas_1", "cas_none"]))["cas_1"]
    assert (stored.version, stored.sequence, stored.state) == (2, 2, {"total": 5, "times": 2})
    assert [row.id for row in await store.pending(ALL_SHARDS, 10)] == ["cas_1:1", "cas_1:2"]


async def test_a_command_that_changes_nothing_writes_nothing(store: Store) -> None:
    await add(store, "cas_1", 0)
    assert await store.load("counters", ["cas_1"]) == {}
    assert await store.pending(ALL_SHARDS, 10) == []


@pytest.mark.parametrize("told", [True, False], ids=["with events", "without events"])
async def test_a_stale_writer_conflicts_and_leaves_no_trace(store: Store, told: bool) -> None:
    """INVARIANT: two writers on one state cannot both win; would break if the version were not compared.

    The ids of events would meet in the outbox as well, as long as it holds the other's: without events nothing else helps.
    """
    await add(store, "cas_1", 1)
    first, second = session(store), session(store)
    for s in (first, second):
        await s.unit(CAUSE).execute(kind_for("cas_1", told=told), "cas_1", Add(10, NOW))
    await first.commit()
    with pytest.raises(Conflict):
        await second.commit()
    assert (await store.load("counters", ["cas_1"]))["cas_1"].state["total"] == 11
    assert len(await store.pending(ALL_SHARDS, 10)) == 1 + told


async def test_a_guarded_aggregate_that_was_changed_conflicts(store: Store) -> None:
    """INVARIANT: what a decision rests on holds at commit; would break if the guard were not compared."""
    await add(store, "cas_1", 1)
    deciding = session(store)
    unit = deciding.unit(CAUSE)
    assert (await unit.guard(kind_for("cas_1"), "cas_1")).total == 1
    await unit.execute(kind_for("cas_2"), "cas_2", Add(1, NOW))
    await add(store, "cas_1", 1)
    with pytest.raises(Conflict):
        await deciding.commit()
    assert await store.load("counters", ["cas_2"]) == {}


async def test_who_decided_on_an_aggregate_is_noticed_by_its_next_writer(store: Store) -> None:
    """INVARIANT: the other order of the same race; would break if a guard left no trace on what it guards."""
    await add(store, "cas_1", 1)
    writing = session(store)
    await writing.unit(CAUSE).execute(kind_for("cas_1"), "cas_1", Add(1, NOW))
    deciding = session(store)
    await deciding.unit(CAUSE).guard(kind_for("cas_1"), "cas_1")
    await deciding.unit(CAUSE).execute(kind_for("cas_2"), "cas_2", Add(1, NOW))
    await deciding.commit()
    with pytest.raises(Conflict):
        await writing.commit()
    await add(store, "cas_1", 1)
    assert (await store.load("counters", ["cas_1"]))["cas_1"].state["total"] == 2


async def test_guards_do_not_disturb_each_other(store: Store) -> None:
    await add(store, "cas_1", 1)
    sessions = [session(store) for _ in range(3)]
    for n, s in enumerate(sessions):
        await s.unit(CAUSE).guard(kind_for("cas_1"), "cas_1")
        await s.unit(CAUSE).execute(kind_for(f"own_{n}"), f"own_{n}", Add(1, NOW))
    for s in sessions:
        await s.commit()
    assert len(await store.load("counters", ["own_0", "own_1", "own_2"])) == 3


async def test_what_does_not_exist_cannot_be_guarded(store: Store) -> None:
    with pytest.raises(NothingToGuard):
        await session(store).unit(CAUSE).guard(kind_for("cas_1"), "cas_1")


async def test_a_unit_finds_what_will_stand_after_its_writes(store: Store) -> None:
    """INVARIANT: two events of one transaction; would break if the second did not see what the first did."""
    await add(store, "cas_1", 1)
    before = session(store).unit(CAUSE)
    for name, case in (("stays", "cas_1"), ("moves", "cas_1"), ("goes", "cas_1")):
        before.insert("notes", name, {"case": case, "kept": True})
    await before.session.commit()
    unit = session(store).unit(CAUSE)
    unit.upsert("notes", "moves", {"case": "cas_2"})
    unit.delete("notes", "goes")
    unit.insert("notes", "comes", {"case": "cas_1"})
    unit.upsert("notes", "is_made", {"case": "cas_1"})
    await unit.execute(kind_for("cas_1"), "cas_1", Add(4, NOW))
    await unit.execute(kind_for("cas_2"), "cas_2", Add(4, NOW))
    found = await unit.find("notes", {"case": "cas_1"}, sort=[("_id", -1)], limit=9)
    assert [d["_id"] for d in found] == ["stays", "is_made", "comes"]
    assert await unit.find("notes", {"case": "cas_2"}, limit=9) == [{"_id": "moves", "case": "cas_2", "kept": True}]
    assert [d["_id"] for d in await unit.find("notes", {"case": "cas_1"}, sort=[("_id", 1)], limit=2)] == [
        "comes",
        "is_made",
    ]
    assert await unit.count("counters", {"state.total": {"$gte": 4}}, limit=9) == 2
    assert await unit.find_one("counters", {"state.total": 1}) is None
    await unit.session.commit()
    assert await store.count("notes", {"case": "cas_1"}, limit=9) == 3
    assert await store.count("counters", {"state.total": {"$gte": 4}}, limit=9) == 2


async def test_what_is_rewritten_does_not_take_the_place_of_what_else_is_found(store: Store) -> None:
    """INVARIANT: would break if the rows that a transaction changes were taken out of what a limit had already cut."""
    before = session(store).unit(CAUSE)
    for n in range(6):
        before.insert("notes", f"n{n}", {"case": "cas_1"})
    await before.session.commit()
    unit = session(store).unit(CAUSE)
    for n in range(5):
        unit.upsert("notes", f"n{n}", {"case": "cas_2"})
    assert await unit.find("notes", {"case": "cas_1"}, sort=[("_id", 1)], limit=1) == [{"_id": "n5", "case": "cas_1"}]


async def test_what_is_read_beforehand_for_several_is_found_as_it_will_stand(store: Store) -> None:
    """INVARIANT: would break if what was read for a batch hid what its records write, or the rows of another owner."""
    before = session(store).unit(CAUSE)
    for name, case, kind in (
        ("one", "cas_1", "a"),
        ("gone", "cas_1", "b"),
        ("else", "cas_1", "c"),
        ("far", "cas_2", "a"),
    ):
        before.insert("notes", name, {"case": case, "kind": kind})
    await before.session.commit()
    unit = session(store).unit(CAUSE)
    first, second, third = (Among("notes", ("case", f"cas_{n}"), ("kind", ("a", "b")), (), 9) for n in (1, 2, 3))
    await unit.session.preload_among([first, second])
    unit.delete("notes", "gone")
    unit.upsert("notes", "far", {"kind": "b"})
    unit.insert("notes", "new", {"case": "cas_1", "kind": "b"})
    found = [{d["_id"]: d["kind"] for d in await unit.among(among)} for among in (first, second, third)]
    assert found == [{"one": "a", "new": "b"}, {"far": "b"}, {}]


async def test_two_births_of_one_aggregate_conflict(store: Store) -> None:
    first, second = session(store), session(store)
    for s in (first, second):
        await s.unit(CAUSE).execute(kind_for("cas_1", told=False), "cas_1", Add(1, NOW))
    await first.commit()
    with pytest.raises(Conflict):
        await second.commit()


async def test_a_handled_event_takes_no_second_effect(store: Store) -> None:
    """INVARIANT: effect once; would break if the inbox were written apart from the effect."""
    await add(store, "cas_1", 1, handled="evt:1")
    with pytest.raises(AlreadyHandled):
        await add(store, "cas_1", 1, handled="evt:1")
    assert await store.handled(["evt:1", "evt:2"]) == {"evt:1"}
    assert (await store.load("counters", ["cas_1"]))["cas_1"].state["total"] == 1


async def test_an_answer_is_kept_with_its_effect_and_only_once(store: Store) -> None:
    answer = Answer("key", "print", 201, b"{}", NOW)
    s = session(store)
    s.unit(CAUSE).answered(answer)
    await s.commit()
    assert await store.answer("key") == answer
    assert await store.answer("other") is None
    again = session(store)
    again.unit(CAUSE).answered(answer)
    with pytest.raises(AlreadyHandled):
        await again.commit()


async def test_one_refused_row_takes_the_whole_transaction_with_it(store: Store) -> None:
    """INVARIANT: all or nothing; would break if rows were written outside the transaction."""
    s = session(store)
    s.unit(CAUSE).insert("notes", "n1", {"a": 1})
    await s.commit()
    s = session(store)
    unit = s.unit(CAUSE)
    unit.handled("evt:9")
    await unit.execute(kind_for("cas_2"), "cas_2", Add(1, NOW))
    unit.insert("notes", "n1", {"a": 2})
    with pytest.raises(Conflict):
        await s.commit()
    assert await store.load("counters", ["cas_2"]) == {}
    assert await store.handled(["evt:9"]) == set()
    assert await store.pending(ALL_SHARDS, 10) == []


async def row(store: Store, collection: str, id: str) -> Document | None:
    """Return a row as it is kept, without its id."""
    if isinstance(store, MemoryStore):
        return store.rows.get(collection, {}).get(id)
    assert isinstance(store, Mongo)
    found = await store.find_one(collection, {"_id": id})
    return {name: value for name, value in found.items() if name != "_id"} if found else None


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        (("upsert", "delete"), None),
        (("insert", "delete"), None),
        (("delete", "upsert"), {"b": 2}),
        (("delete", "insert"), {"b": 2}),
        (("upsert", "delete", "upsert"), {"b": 2}),
    ],
)
@pytest.mark.parametrize("known", [True, False])
async def test_the_last_word_about_a_row_in_one_transaction_stands(
    store: Store, steps: tuple[str, ...], kept: Document | None, known: bool
) -> None:
    """INVARIANT: rows are written in call order; grouping the writes by their kind alone would break it."""
    if known and steps[0] != "insert":
        s = session(store)
        s.unit(CAUSE).upsert("notes", "n1", {"a": 1})
        await s.commit()
    s = session(store)
    unit = s.unit(CAUSE)
    for step in steps:
        match step:
            case "delete":
                unit.delete("notes", "n1")
            case "insert":
                unit.insert("notes", "n1", {"b": 2})
            case _:
                unit.upsert("notes", "n1", {"b": 2})
    await s.commit()
    assert await row(store, "notes", "n1") == kept


async def lease(store: Store, token: int) -> None:
    """Somebody took the lease of a work, for long."""
    s = session(store)
    s.unit(CAUSE).upsert(LEASES, "work:0", {"token": token, "expires_at": NOW + timedelta(days=36_500)})
    await s.commit()


async def test_what_is_written_under_a_lease_is_kept_only_with_its_newest_token(store: Store) -> None:
    """INVARIANT: a holder that overslept writes nothing; would break if the token were not compared at the write."""
    await lease(store, 2)
    for stale in ({"work:0": 1}, {"work:0": 2, "work:1": 1}):
        with pytest.raises(LeaseLost):
            await store.commit(Writes(fences=stale, handled=["evt:1"]))
    await store.commit(Writes(fences={"work:0": 2}, handled=["evt:1"]))
    assert await store.handled(["evt:1"]) == {"evt:1"}


async def test_published_events_are_forgotten_by_the_holder_alone(store: Store) -> None:
    await lease(store, 2)
    await add(store, "cas_1", 1)
    with pytest.raises(LeaseLost):
        await store.published(["cas_1:1"], {"work:0": 1})
    assert len(await store.pending(ALL_SHARDS, 10)) == 1
    await store.published(["cas_1:1"], {"work:0": 2})
    assert await store.pending(ALL_SHARDS, 10) == []


async def test_published_events_are_forgotten(store: Store) -> None:
    await add(store, "cas_1", 1)
    await store.published(["cas_1:1"], {})
    assert await store.pending(ALL_SHARDS, 10) == []


async def test_pending_events_keep_value_headers_and_commit_order(store: Store) -> None:
    for n in range(5):
        await add(store, "cas_1", n + 1)
    rows = await store.pending(ALL_SHARDS, 3)
    assert [r.id for r in rows] == ["cas_1:1", "cas_1:2", "cas_1:3"]
    assert dict(rows[0].headers)["ce_id"] == b"cas_1:1"
    assert rows[0].value == b'{"case_id":"cas_1","closed_at":"2026-09-15T12:00:00Z"}'


# -- What consumers look up, and what the relay sets aside ------------------------------------------------------------


FILTERS: list[Document] = [
    {},
    {"case": "cas_1"},
    {"case": {"$in": ["cas_1", "cas_3"]}, "amount": {"$gte": 2}},
    {"amount": {"$lt": 3}},
    {"amount": {"$gt": 1, "$lte": 3}},
    {"amount": {"$ne": 2}},
    {"amount": {"$nin": [1, 2]}},
    {"amount": None},
    {"amount": {"$exists": False}},
    {"inner.kind": "a"},
    {"tags": "x"},
    {"case": {"$regex": "^cas_[12]$"}},
    {"$or": [{"case": "cas_2"}, {"$and": [{"case": "cas_1"}, {"amount": 1}]}]},
]


@pytest.mark.parametrize("where", FILTERS, ids=str)
async def test_a_filter_finds_the_same_in_both_stores(store: Store, where: Document) -> None:
    """INVARIANT: a fake that answers otherwise than the real store proves nothing about what stands on it."""
    rows: list[Document] = [
        {"case": "cas_1", "amount": 1, "inner": {"kind": "a"}, "tags": ["x", "y"]},
        {"case": "cas_1", "amount": 2, "inner": {"kind": "b"}},
        {"case": "cas_2", "amount": 3, "tags": []},
        {"case": "cas_3"},
    ]
    s = session(store)
    for n, row in enumerate(rows):
        s.unit(CAUSE).insert("notes", f"row_{n}", row)
    await s.commit()
    assert isinstance(store, Mongo | MemoryStore)
    expected = [n for n, row in enumerate(rows) if _by_hand(row, FILTERS.index(where))]
    found = await store.find("notes", where, sort=[("_id", 1)], limit=9, only=["case"])
    assert [d["_id"] for d in found] == [f"row_{n}" for n in expected]
    assert all(set(d) == {"_id", "case"} for d in found)
    assert await store.count("notes", where, limit=2) == min(2, len(expected))
    latest = await store.find_one("notes", where, sort=[("amount", -1), ("_id", 1)])
    by_amount = sorted(expected, key=lambda n: (-rows[n].get("amount", 0), n))
    assert latest is None if not expected else latest is not None and latest["_id"] == f"row_{by_amount[0]}"


def _by_hand(row: Document, number: int) -> bool:
    """What each filter means, said without the query language."""
    amount, case = row.get("amount"), row["case"]
    return [
        True,
        case == "cas_1",
        case in ("cas_1", "cas_3") and amount is not None and amount >= 2,
        amount is not None and amount < 3,
        amount is not None and 1 < amount <= 3,
        amount != 2,
        amount not in (1, 2),
        amount is None,
        "amount" not in row,
        row.get("inner", {}).get("kind") == "a",
        "x" in row.get("tags", []),
        case in ("cas_1", "cas_2"),
        case == "cas_2" or (case == "cas_1" and amount == 1),
    ][number]


async def test_an_aggregate_is_found_by_its_fields_and_its_state(store: Store) -> None:
    await add(store, "cas_1", 2)
    assert isinstance(store, Mongo | MemoryStore)
    found = await store.find_one("counters", {"state.total": 2})
    assert found is not None
    assert (found["_id"], found["version"], found["sequence"]) == ("cas_1", 1, 1)


async def test_events_behind_a_refused_one_wait_until_its_key_is_resumed(store: Store) -> None:
    for case in ("cas_1", "cas_2"):
        await add(store, case, 1)
    (first, _) = await store.pending(ALL_SHARDS, 10)
    await store.set_aside(first, "too large")
    await store.set_aside(first, "too large")
    assert await store.keys_set_aside(ALL_SHARDS, 10) == ["cas_1"]
    assert [row.id for row in await store.pending(ALL_SHARDS, 10, without=["cas_1"])] == ["cas_2:1"]
    await store.resume(["cas_1"])
    assert await store.keys_set_aside(ALL_SHARDS, 10) == []
    assert len(await store.pending(ALL_SHARDS, 10)) == 2


async def test_what_one_owner_has_too_much_of_hides_nothing_of_another(store: Store) -> None:
    """INVARIANT: would break if a batch found less than each of its records alone."""
    before = session(store).unit(CAUSE)
    for n in range(9):
        before.insert("notes", f"a{n}", {"case": "cas_1", "kind": "a"})
    before.insert("notes", "z", {"case": "cas_2", "kind": "a"})
    await before.session.commit()
    one, other = (Among("notes", ("case", f"cas_{n}"), ("kind", ("a",)), (), 3) for n in (1, 2))
    batch = session(store).unit(CAUSE)
    await batch.session.preload_among([one, other])
    assert [d["_id"] for d in await batch.among(other)] == ["z"]
    assert len(await batch.among(one)) == 3


async def test_a_large_number_is_found_beside_what_is_written(store: Store) -> None:
    """INVARIANT: would break if a number of 64 bits, which a driver gives a type of its own, were compared with no other."""
    before = session(store).unit(CAUSE)
    before.insert("notes", "a", {"micros": 2**41})
    await before.session.commit()
    unit = session(store).unit(CAUSE)
    unit.insert("notes", "b", {"micros": 1, "is": True})
    unit.insert("notes", "c", {"micros": 1.5 * 2**41})
    found = await unit.find("notes", {"micros": {"$gte": 2**40}}, limit=3)
    assert {d["_id"] for d in found} == {"a", "c"}
    assert await unit.find("notes", {"is": {"$gte": 0}}, limit=3) == []
