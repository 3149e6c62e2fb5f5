"""Records that wait for what they need, on real MongoDB: the oldest of each key first, each key in its turn."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from counters import Add, kind_for

from chassis import early_records
from chassis.aggregate import Cause, Session, Unit
from chassis.consuming import BatchHandler, Consumer, NotYet
from chassis.early_records import WAITING, WAITING_INDEXES
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.store import Conflict, Unavailable
from chassis.testing import NOON, FixedClock
from ombud_contracts import Event, Metadata, Received, to_headers, topics
from ombud_contracts.events.ticketing import CaseClosed, TakeoverDeclined
from ombud_contracts.groups import Group

GROUP = Group("ticketing.casework", (topics.CASES,))
LONG = 60.0
Handle = Callable[[Received, Unit], Any]


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Mongo]:
    opened = Mongo(settings.mongo.get_secret_value(), settings.database("early"))
    await opened.ensure({"parked": [], "counters": [], **WAITING_INDEXES})
    yield opened
    await opened.drop()
    await opened.close()


def handler_of(store: Mongo, settings: Settings, handle: Handle) -> BatchHandler:
    handler = BatchHandler(Consumer(GROUP, handle), store, settings, FixedClock())
    store.after_commit = handler.note
    return handler


def declined(case_id: str) -> TakeoverDeclined:
    """An event of a case on the topic of takeovers."""
    return TakeoverDeclined(
        takeover_id="tko_1", case_id=case_id, reason="answered", declined_by="agent", declined_at=datetime.now(UTC)
    )


def record(
    case_id: str, n: int, partition: int, offset: int, at: float, event: Event | None = None
) -> ConsumerRecord[Any, Any]:
    """The n-th event of a case, its closing unless given; `at` is the record's timestamp in seconds."""
    now = datetime.now(UTC)
    metadata = Metadata(
        id=f"{case_id}:{n}",
        subject=case_id,
        sequence=n,
        key=case_id,
        occurred_at=now,
        recorded_at=now,
        correlation_id="test",
        causation_id="test",
    )
    event = event or CaseClosed(case_id=case_id, closed_at=now)
    headers = tuple(to_headers(event, metadata))
    stamp = int(1_700_000_000_000 + 1000 * at)
    return ConsumerRecord(
        event.topic, partition, offset, stamp, 0, case_id.encode(), event.to_bytes(), None, 0, 0, headers
    )


class Gate:
    """A handler that needs something until it is there, and keeps what it handled."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.handled: list[str] = []
        self.looks = 0

    async def __call__(self, received: Received, _unit: Unit) -> None:
        self.looks += 1
        need = f"need_of_{received.metadata.subject}"
        if need not in self.there:
            raise NotYet(need)
        self.handled.append(received.metadata.id)


ORDERS = {
    "one partition": [(1, 3, 10, 0.0), (2, 3, 11, 1.0), (3, 3, 12, 2.0)],
    "a later partition first": [(1, 11, 900, 0.0), (2, 2, 800, 60.0)],
    "higher offsets first": [(1, 11, 9, 0.0), (2, 11, 12, 60.0), (3, 2, 1, 90.0)],
    "three partitions": [(1, 7, 50, 0.0), (2, 4, 60, 1.0), (3, 9, 40, 2.0)],
    "stamps that run backwards in a partition": [(1, 5, 1, 60.0), (2, 5, 2, 0.0), (3, 5, 3, 30.0)],
}


@pytest.mark.parametrize("waiting", ORDERS.values(), ids=ORDERS.keys())
async def test_waiting_records_of_a_key_are_handled_in_their_order(
    store: Mongo, settings: Settings, waiting: list[tuple[int, int, int, float]]
) -> None:
    """INVARIANT: breaks when records are sorted by anything but their time, and their place within a partition."""
    gate = Gate()
    handler = handler_of(store, settings, gate)
    for n, partition, offset, at in waiting:
        await handler.handle([record("cas_1", n, partition, offset, at)])
    gate.there.add("need_of_cas_1")
    assert await handler.retry_waiting(LONG, all_of_them=True) == len(waiting)
    assert gate.handled == [f"cas_1:{n}" for n, *_ in waiting]
    assert await store.count(WAITING, {}, limit=1) == 0


async def test_a_record_that_is_delivered_again_does_not_wait_behind_itself(store: Mongo, settings: Settings) -> None:
    """INVARIANT: would break if a rebalance while a record waits made it, and its key, wait for ten minutes."""
    gate = Gate()
    handler = handler_of(store, settings, gate)
    for _ in range(2):
        await handler.handle([record("cas_1", 1, 3, 10, 0.0)])
    gate.there.add("need_of_cas_1")
    assert await handler.retry_waiting(LONG, all_of_them=True) == 1
    assert gate.handled == ["cas_1:1"]


async def test_what_a_record_needs_may_stand_behind_it_by_a_brokers_clock(store: Mongo, settings: Settings) -> None:
    """INVARIANT: breaks when an opening waits behind the clock event that waits for it, until both are parked."""
    there: list[str] = []

    async def handle(received: Received, _unit: Unit) -> None:
        if received.metadata.sequence == 1 and not there:
            raise NotYet("cas_1")
        there.append(received.metadata.id)

    handler = handler_of(store, settings, handle)
    await handler.handle([record("cas_1", 1, 3, 10, 5.0)])
    await handler.handle([record("cas_1", 2, 3, 11, 9.0, declined("cas_1"))])
    await handler.retry_waiting(LONG, all_of_them=True)
    assert there == [], "for ten seconds the older one holds the other up"
    await store.change(WAITING, {}, [{"$set": {"since": {"$subtract": ["$since", 11_000]}}}])
    await handler.retry_waiting(LONG, all_of_them=True)
    await handler.retry_waiting(LONG)
    assert there == ["cas_1:2", "cas_1:1"]
    assert await store.count(WAITING, {}, limit=1) == 0


async def test_a_record_goes_on_waiting_behind_an_earlier_one_of_its_key(store: Mongo, settings: Settings) -> None:
    """INVARIANT: order per key; breaks when a record passes an earlier one that still waits for its turn."""
    gate = Gate()
    handler = handler_of(store, settings, gate)
    await handler.handle([record("cas_1", 1, 3, 10, 0.0)])
    gate.there.add("need_of_cas_1")
    await handler.handle([record("cas_1", 2, 3, 11, 1.0)])
    await handler.handle([record("cas_1", n, 3, 9 + n, n) for n in (3, 4)])
    assert gate.handled == []
    assert await handler.retry_waiting(LONG, all_of_them=True) == 4
    assert gate.handled == [f"cas_1:{n}" for n in range(1, 5)]


async def test_those_that_wait_in_vain_do_not_keep_one_that_is_ready_from_its_turn(
    store: Mongo, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INVARIANT: breaks when a look always begins with the same records."""
    monkeypatch.setattr(early_records, "KEYS_PER_LOOK", 10)
    gate = Gate()
    handler = handler_of(store, settings, gate)
    await handler.handle([record(f"cas_{n}", 1, n % 12, n, n) for n in range(52)])
    await handler.handle([record("cas_ready", 1, 1, 999, 999.0)])
    gate.there.add("need_of_cas_ready")
    for _look in range(10):
        gate.looks = 0
        await handler.retry_waiting(LONG)
        assert gate.looks <= 10, "a look is bounded"
        if gate.handled:
            break
    assert gate.handled == ["cas_ready:1"]


async def test_what_is_written_here_wakes_what_needs_it_and_nothing_else(store: Mongo, settings: Settings) -> None:
    """INVARIANT: breaks when a record waits for the next interval although what it needs exists."""
    needed: set[str] = set()
    tried: list[str] = []

    async def handle(received: Received, _unit: Unit) -> None:
        tried.append(received.metadata.subject)
        need = received.metadata.subject.replace("cas", "ctr")
        if need not in needed:
            raise NotYet(need)

    handler = handler_of(store, settings, handle)
    await handler.handle([record(f"cas_{n}", 1, n, n, n) for n in range(3)])
    for _look in range(12):  # the intervals grow: after these nobody's turn comes for a long time
        await store.change(WAITING, {}, [{"$set": {"try_at": "$$NOW"}}])
        await handler.retry_waiting(LONG)
    tried.clear()
    assert await handler.retry_waiting(LONG) == 0
    assert tried == []
    needed.add("ctr_1")
    session = Session(store, FixedClock())
    await session.unit(Cause("t", "t")).execute(kind_for("ctr_1"), "ctr_1", Add(1, NOON))
    await session.commit()
    assert await handler.retry_waiting(LONG) == 1
    assert tried == ["cas_1"]


async def test_a_record_that_waited_too_long_is_parked_and_the_next_of_its_key_goes_on(
    store: Mongo, settings: Settings
) -> None:
    gate = Gate()
    handler = handler_of(store, settings, gate)
    await handler.handle([record("cas_1", 1, 3, 1, 0.0)])
    await handler.handle([record("cas_1", 2, 3, 2, 1.0)])
    assert await handler.retry_waiting(-1.0, all_of_them=True) == 2
    parked = await store.find("parked", {}, limit=5, sort=[("offset", 1)])
    assert [p["reason"] for p in parked] == ["gave up waiting: waits for need_of_cas_1"] * 2
    assert await store.count(WAITING, {}, limit=1) == 0


async def test_a_locked_document_is_nobodys_fault_however_long_a_record_has_waited(
    store: Mongo, settings: Settings
) -> None:
    """INVARIANT: would break if a record whose need came at last were parked because it met a conflict."""
    handled: list[str] = []
    trouble: list[Exception] = [NotYet("ctr_1")]

    async def handle(received: Received, _unit: Unit) -> None:
        if trouble:
            raise trouble[0]
        handled.append(received.metadata.id)

    handler = handler_of(store, settings, handle)
    await handler.handle([record("cas_1", 1, 3, 1, 0.0)])
    trouble[:] = [Conflict("somebody holds this document")]
    assert await handler.retry_waiting(-1.0, all_of_them=True) == 0
    assert await store.count("parked", {}, limit=1) == 0
    trouble.clear()
    assert await handler.retry_waiting(-1.0, all_of_them=True) == 1
    assert handled == ["cas_1:1"]


async def test_a_record_that_the_database_does_not_take_leaves_the_others_their_turn(
    store: Mongo, settings: Settings
) -> None:
    """INVARIANT: would break if one whose transaction never ends in time were the first to be tried, for ever."""
    handled: list[str] = []
    refused: dict[str, Exception] = {"cas_1": NotYet("ctr_1"), "cas_2": NotYet("ctr_2")}

    async def handle(received: Received, _unit: Unit) -> None:
        if trouble := refused.get(received.metadata.key):
            raise trouble
        handled.append(received.metadata.id)

    handler = handler_of(store, settings, handle)
    await handler.handle([record("cas_1", 1, 3, 1, 0.0), record("cas_2", 1, 3, 2, 1.0)])
    refused.clear()
    refused["cas_1"] = Unavailable("the transaction did not end in time")
    assert await handler.retry_waiting(-1.0, all_of_them=True) == 1
    assert handled == ["cas_2:1"]
    assert await store.count("parked", {}, limit=1) == 0
    refused.clear()
    assert await handler.retry_waiting(-1.0, all_of_them=True) == 1
    assert handled == ["cas_2:1", "cas_1:1"]


@pytest.mark.parametrize("trouble", [Unavailable("the transaction did not end"), Conflict("somebody holds this")])
async def test_the_next_of_a_key_that_the_database_does_not_take_has_its_turn_soon(
    store: Mongo, settings: Settings, trouble: Exception
) -> None:
    """INVARIANT: would break if it still counted as one behind another, of which there is none any more."""
    handled: list[str] = []
    refused: dict[str, Exception] = {"cas_1:1": NotYet("ctr_1")}

    async def handle(received: Received, _unit: Unit) -> None:
        if found := refused.get(received.metadata.id):
            raise found
        handled.append(received.metadata.id)

    handler = handler_of(store, settings, handle)
    await handler.handle([record("cas_1", 1, 3, 1, 0.0), record("cas_1", 2, 3, 2, 1.0)])
    refused.clear()
    refused["cas_1:2"] = trouble
    assert await handler.retry_waiting(-1.0, all_of_them=True) == 1
    (left,) = await store.find(WAITING, {}, limit=2)
    assert left["try_at"] < await store.server_time() + timedelta(minutes=1)
    assert handled == ["cas_1:1"]


async def test_every_query_of_a_look_has_an_index(store: Mongo, settings: Settings) -> None:
    """INVARIANT: a look costs the same whether ten records wait or a hundred thousand."""
    handler = handler_of(store, settings, Gate())
    await handler.handle([record(f"cas_{n}", 1, n % 12, n, n) for n in range(300)])
    group = {"group": GROUP.name}
    now = await store.server_time()
    queries: list[tuple[dict[str, Any], list[tuple[str, int]], int]] = [
        (group, [("try_at", 1)], 1),
        ({**group, "try_at": {"$lte": now}}, [("try_at", 1)], 20),
        ({**group, "key": "cas_7"}, [("order_at", 1), ("offset", 1)], 1),
        ({**group, "needs": {"$in": ["need_of_cas_7"]}}, [("_id", 1)], 10),
    ]
    for where, sort, limit in queries:
        cursor = store.database[WAITING].find(where).sort(sort).limit(limit)
        plan = await cursor.explain()
        read = plan["executionStats"]["totalDocsExamined"]
        assert read <= limit, f"{where} reads {read} documents to find {limit}"
