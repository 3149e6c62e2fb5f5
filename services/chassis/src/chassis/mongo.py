"""The store on MongoDB, and with `grid_files` the only importer of a driver: Motor, or PyMongo's async client by a setting.

Durability is not a choice here: every write is w=majority with journal, every transaction reads a snapshot.
"""

import asyncio
import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Literal

from bson import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import (
    ASCENDING,
    AsyncMongoClient,
    IndexModel,
    ReadPreference,
    ReturnDocument,
)
from pymongo.errors import (
    ConfigurationError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern

from chassis.mongo_access import UnusableDatabase, refuse_later_form, refuse_unusable
from chassis.store import (
    Answer,
    Conflict,
    Document,
    Fences,
    Filter,
    OutboxRow,
    Sort,
    Stored,
    Unavailable,
    Writes,
    outbox_shard,
)
from chassis.transaction import (
    ANSWERS,
    COMMIT_PAUSES,
    INBOX,
    JOURNALED,
    OUTBOX,
    TRANSACTION,
    ConnectionBroke,
    Step,
    expect_unknown_outcome,
    fenced,
    is_committed,
    outbox_row,
    steps_of,
    translated,
)

Driver = Literal["motor", "pymongo"]

_ANSWERS_KEPT_SECONDS = 30 * 86_400
"""A client that retries a request after so long is a new request; clients give up within hours."""
SET_ASIDE = "outbox_set_aside"
"""A row for each key whose oldest event the broker refuses."""

_TRANSACTION_ATTEMPTS = 8
_TRANSACTION_SECONDS = 10.0
"""A transaction that fails is not tried again after so long: a database that accepts and does not end is an outage too."""
_TRANSACTION_THREADS = 32
"""Transactions of one process at a time; below the pool's 50 connections."""
_STORED = {"version": 1, "sequence": 1, "state": 1, "guards": 1}
_SERVER_SELECTION_MS = 5_000
"""An election takes 2 to 3 s; longer than this is an outage."""


class Index:
    """One index of a collection; keys are (field, 1 or -1). With `kept_seconds` the server deletes what is older."""

    def __init__(
        self,
        *keys: tuple[str, int],
        unique: bool = False,
        partial: Filter | None = None,
        kept_seconds: int | None = None,
    ) -> None:
        self.keys = list(keys)
        self.options: dict[str, Any] = {"unique": unique}
        if kept_seconds is not None:
            self.options["expireAfterSeconds"] = kept_seconds
        if partial:
            self.options["partialFilterExpression"] = dict(partial)


Indexes = Mapping[str, Sequence[Index]]


class Mongo:
    """A service's own database. Implements `chassis.store.Store`, and the read queries of views."""

    def __init__(self, uri: str, database: str, driver: Driver = "motor") -> None:
        options: dict[str, Any] = {
            "tz_aware": True,
            "serverSelectionTimeoutMS": _SERVER_SELECTION_MS,
            "connectTimeoutMS": 5_000,
            "socketTimeoutMS": 20_000,
            "maxPoolSize": 50,
            "waitQueueTimeoutMS": 5_000,
            "retryWrites": True,
        }
        self.driver: Driver = driver
        self._motor = driver == "motor"
        self._client: Any = self._connected(uri, options)
        self._threads = ThreadPoolExecutor(_TRANSACTION_THREADS, "transaction")
        self.name = database
        self._db: Any = self._client.get_database(
            database,
            codec_options=CodecOptions(tz_aware=True),
            write_concern=JOURNALED,
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self.after_commit: Callable[[Writes], None] = lambda _writes: None
        """Called after a commit in this process: the local bell of relay and timers."""

    def _connected(self, uri: str, options: Mapping[str, Any]) -> Any:
        try:
            return AsyncIOMotorClient(uri, **options) if self._motor else AsyncMongoClient(uri, **options)
        except (ConfigurationError, InvalidURI, ValueError) as error:
            raise UnusableDatabase(f"OMBUD_MONGO cannot be used ({type(error).__name__})") from None
        except OSError as error:
            raise UnusableDatabase(f"a file that OMBUD_MONGO names cannot be read ({error.strerror})") from None

    @property
    def database(self) -> Any:
        """The driver's database, for `chassis.grid_files` alone."""
        return self._db

    async def close(self) -> None:
        """Close all connections."""
        self._threads.shutdown(wait=False)
        if self._motor:
            self._client.close()
        else:
            await self._client.close()

    async def ping(self) -> None:
        """Raise Unavailable when no primary answers."""
        with translated():
            await self._db.command("ping")

    async def server_time(self) -> datetime:
        """Return the primary's time: one source for all replicas, whatever their own clocks say."""
        with translated():
            hello = await self._db.command("hello")
        at: datetime = hello["localTime"]
        return at.replace(tzinfo=UTC)  # commands answer without a zone, in UTC

    async def members(self) -> dict[str, bool]:
        """Return whether each member of the replica set is up; nothing without one. Raises Unavailable.

        A user who may not ask for their states learns of those that the primary lists.
        """
        with translated():
            hello = await self._db.command("hello")
            try:
                status = await self._client.admin.command("replSetGetStatus")
            except OperationFailure:
                return dict.fromkeys(hello.get("hosts", []), True)
        return {member["name"]: member["health"] == 1 for member in status["members"]}

    async def refuse_unusable(self) -> None:
        """Raise UnusableDatabase, with what to mend, where the database does not let us in or is not a replica set."""
        await refuse_unusable(self._db)

    async def refuse_later_form(self, form: int) -> None:
        """Raise UnusableDatabase where a later version kept documents in a form that this one, with `form`, cannot read."""
        await refuse_later_form(self._db, form)

    async def ensure(self, indexes: Indexes) -> None:
        """Create collections and indexes that are missing; safe to repeat and to run from several replicas."""
        existing = set(await self._db.list_collection_names())
        in_order = Index(("shard", ASCENDING), ("ts", ASCENDING), ("position", ASCENDING))
        answered = Index(("stored_at", ASCENDING), kept_seconds=_ANSWERS_KEPT_SECONDS)
        own: Indexes = {OUTBOX: [in_order], INBOX: [], ANSWERS: [answered], SET_ASIDE: [Index(("shard", 1))]}
        every = {**own, **indexes}
        await asyncio.gather(*(self._ensure(name, wanted, name in existing) for name, wanted in every.items()))

    async def _ensure(self, name: str, wanted: Sequence[Index], exists: bool) -> None:
        if not exists:
            await self._create(name)
        if wanted:
            await self._db[name].create_indexes([IndexModel(index.keys, **index.options) for index in wanted])

    async def _create(self, name: str) -> None:
        try:
            await self._db.create_collection(name)
        except PyMongoError as error:
            if "already exists" not in str(error):
                raise

    # -- Store ------------------------------------------------------------------------------------------------------

    async def load(self, collection: str, ids: Iterable[str]) -> Mapping[str, Stored]:
        """Return the aggregates that exist, by id."""
        with translated():
            cursor = self._db[collection].find({"_id": {"$in": list(ids)}}, _STORED)
            documents = await cursor.to_list(None)
        return {d["_id"]: Stored(d["version"], d["sequence"], d["state"], d.get("guards", 0)) for d in documents}

    async def handled(self, ids: Iterable[str]) -> set[str]:
        """Return which of these inbox ids have taken effect."""
        with translated():
            documents = await self._db[INBOX].find({"_id": {"$in": list(ids)}}, {"_id": 1}).to_list(None)
        return {d["_id"] for d in documents}

    async def answer(self, id: str) -> Answer | None:
        """Return the stored response of an idempotency key."""
        with translated():
            d = await self._db[ANSWERS].find_one({"_id": id})
        return d and Answer(d["_id"], d["fingerprint"], d["status"], bytes(d["body"]), d["stored_at"])

    async def commit(self, writes: Writes) -> None:
        """Write all or nothing, durably. Raises Conflict (LeaseLost among them), AlreadyHandled or Unavailable."""
        await self._in_transaction(list(steps_of(writes)))
        self.after_commit(writes)

    async def _in_transaction(self, steps: "list[Step]") -> None:
        until, broke = time.monotonic() + _TRANSACTION_SECONDS, False
        for attempt in range(_TRANSACTION_ATTEMPTS):
            try:
                with translated():
                    await self._transact(steps, until)
                return
            except OperationFailure as error:
                if not error.has_error_label("TransientTransactionError"):
                    raise
                broke = isinstance(error, ConnectionBroke)
                if time.monotonic() > until:
                    raise Unavailable(f"MongoDB did not end a transaction within {_TRANSACTION_SECONDS:g} s") from error
            await asyncio.sleep(random.uniform(0, 0.005 * 2**attempt))
        if broke:
            raise Unavailable("MongoDB broke the connection of a transaction each time")
        raise Conflict("other transactions kept changing the same documents")

    async def _transact(self, steps: "list[Step]", until: float) -> None:
        """Run the transaction's steps: in one go on a thread of Motor's client, or on the loop with PyMongo's."""
        if self._motor:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._transact_on_thread, steps, until)
        else:
            await self._transact_on_loop(steps, until)

    def _transact_on_thread(self, steps: "list[Step]", until: float) -> None:
        """One hop to a thread for the whole transaction, where Motor itself would make one for each step."""
        database = self._db.delegate
        with self._client.delegate.start_session() as session:
            session.start_transaction(**TRANSACTION)
            try:
                for step in steps:
                    with step.judged():
                        step.check(getattr(database[step.collection], step.method)(step.documents, session=session))
            except BaseException:
                session.abort_transaction()
                raise
            for pause in COMMIT_PAUSES:
                if is_committed(session.commit_transaction):
                    return
                if time.monotonic() > until:
                    break
                time.sleep(pause)
        raise Unavailable("the outcome of a commit stayed unknown")

    async def _transact_on_loop(self, steps: "list[Step]", until: float) -> None:
        async with self._client.start_session() as session:
            await session.start_transaction(**TRANSACTION)
            try:
                for step in steps:
                    with step.judged():
                        method = getattr(self._db[step.collection], step.method)
                        step.check(await method(step.documents, session=session))
            except BaseException:
                await session.abort_transaction()
                raise
            for pause in COMMIT_PAUSES:
                try:
                    await session.commit_transaction()
                    return
                except PyMongoError as error:
                    expect_unknown_outcome(error)
                if time.monotonic() > until:
                    break
                await asyncio.sleep(pause)
        raise Unavailable("the outcome of a commit stayed unknown")

    async def pending(self, shards: Iterable[int], limit: int, without: Collection[str] = ()) -> list[OutboxRow]:
        """Return unpublished events of these shards in commit order, those of the keys `without` left out."""
        others = {"key": {"$nin": list(without)}} if without else {}
        with translated():
            cursor = self._db[OUTBOX].find({"shard": {"$in": list(shards)}, **others})
            documents = await cursor.sort([("ts", 1), ("position", 1)]).limit(limit).to_list(limit)
        return [outbox_row(d) for d in documents]

    async def published(self, ids: Iterable[str], fences: Fences) -> None:
        """Forget events that Kafka acknowledged, while these leases are held. Raises LeaseLost, Unavailable."""
        forget = Step(OUTBOX, "delete_many", {"_id": {"$in": list(ids)}}, Conflict)
        await self._in_transaction([*fenced(fences), forget])

    async def set_aside(self, row: OutboxRow, reason: str) -> None:
        """Note that the broker refuses an event."""
        facts = {"shard": outbox_shard(row.key), "row": row.id, "topic": row.topic, "reason": reason}
        literal: Document = {name: {"$literal": value} for name, value in facts.items()}
        await self.take(SET_ASIDE, row.key, [{"$set": {**literal, "since": {"$ifNull": ["$since", "$$NOW"]}}}])

    async def keys_set_aside(self, shards: Iterable[int], limit: int) -> list[str]:
        """Return the keys of these shards whose events wait behind one that the broker refuses."""
        rows = await self.find(SET_ASIDE, {"shard": {"$in": list(shards)}}, limit=limit, only=["_id"])
        return [row["_id"] for row in rows]

    async def resume(self, keys: Iterable[str]) -> None:
        """Note that the events of these keys no longer wait."""
        await self.remove(SET_ASIDE, {"_id": {"$in": list(keys)}})

    # -- Reading for views --------------------------------------------------------------------------------------------

    async def find(
        self,
        collection: str,
        where: Filter,
        *,
        sort: Sort = (),
        limit: int,
        only: Sequence[str] = (),
    ) -> list[Document]:
        """Return at most `limit` documents."""
        with translated():
            cursor = self._db[collection].find(dict(where), dict.fromkeys(only, 1) or None)
            if sort:
                cursor = cursor.sort(list(sort))
            found: list[Document] = await cursor.limit(limit).to_list(limit)
        return found

    async def find_one(self, collection: str, where: Filter, sort: Sort = ()) -> Document | None:
        """Return the first matching document, or None."""
        found = await self.find(collection, where, sort=sort, limit=1)
        return found[0] if found else None

    async def count(self, collection: str, where: Filter, limit: int) -> int:
        """Return how many documents match, counting no further than `limit`."""
        with translated():
            counted: int = await self._db[collection].count_documents(dict(where), limit=limit)
        return counted

    async def aggregate(self, collection: str, pipeline: Sequence[Document], limit: int = 1000) -> list[Document]:
        """Run an aggregation and return at most `limit` rows."""
        with translated():
            cursor = self._db[collection].aggregate([*pipeline, {"$limit": limit}])
            if not self._motor:
                cursor = await cursor
            rows: list[Document] = await cursor.to_list(limit)
        return rows

    # -- Ownership, decided by the server's time ----------------------------------------------------------------------

    async def take(self, collection: str, id: str, pipeline: list[Document]) -> Document:
        """Change a document by an update pipeline (which may read `$$NOW`), made if missing; return it as it is then."""
        with translated():
            changed: Document = await self._db[collection].find_one_and_update(
                {"_id": id}, pipeline, upsert=True, return_document=ReturnDocument.AFTER
            )
        return changed

    async def change(self, collection: str, where: Filter, pipeline: list[Document]) -> int:
        """Change all documents that match by an update pipeline; return how many matched."""
        with translated():
            result = await self._db[collection].update_many(dict(where), pipeline)
        matched: int = result.matched_count
        return matched

    async def remove(self, collection: str, where: Filter) -> None:
        """Delete the documents that match."""
        with translated():
            await self._db[collection].delete_many(dict(where))

    async def drop(self) -> None:
        """Delete the whole database (tests and benchmarks)."""
        await self._client.drop_database(self.name)
