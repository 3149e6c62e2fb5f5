"""What one transaction writes, as MongoDB's operations: the right to write first, then causes, effects, and events last;
and what MongoDB's errors mean.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeGuard

from bson import Timestamp
from pymongo import (
    DeleteMany,
    InsertOne,
    ReplaceOne,
    UpdateOne,
)
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chassis.store import (
    LEASES,
    AlreadyHandled,
    Answer,
    Conflict,
    Document,
    Fences,
    LeaseLost,
    OutboxRow,
    Unavailable,
    Writes,
    outbox_shard,
)

INBOX = "inbox"
ANSWERS = "answers"
OUTBOX = "outbox"
_DUPLICATE_KEY = 11000
JOURNALED = WriteConcern(w="majority", j=True, wtimeout=10_000)
"""wtimeout 10 s: a majority that takes longer is an outage, and the caller must hear of it."""


class ConnectionBroke(OperationFailure):
    """The connection broke inside a transaction, which nobody changed: it can be tried again over another one."""


class translated:  # noqa: N801 - reads as a statement
    """Turn trouble of the connection into Unavailable; what a transaction may survive, into what lets it be tried again."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        # Who has looked for a primary in vain has waited long enough, though a driver calls that transient too.
        if isinstance(error, ServerSelectionTimeoutError) or (_is_outage(error) and not _transient(error)):
            raise Unavailable(f"MongoDB does not take the operation now ({type(error).__name__})") from error
        if isinstance(error, ConnectionFailure):
            raise ConnectionBroke("the connection broke inside a transaction", None, {"errorLabels": _LABELS})


_OUTAGES = (AutoReconnect, ServerSelectionTimeoutError, ConnectionFailure, ExecutionTimeout, WriteConcernError)
_NO_MAJORITY = frozenset({64, 91, 100, 134, 189, 262, 10107, 11600, 11602, 13435, 13436})
"""Codes of a member that is not, or no longer, a primary with a majority (MongoDB's error_codes.yml): WriteConcernFailed,
ShutdownInProgress, UnsatisfiableWriteConcern, ReadConcernMajorityNotAvailableYet, PrimarySteppedDown, ExceededTimeLimit,
NotWritablePrimary, InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary."""


def _is_outage(error: BaseException | None) -> TypeGuard[PyMongoError]:
    """Tell whether the database cannot take an operation now: no server, no primary, or no majority."""
    if isinstance(error, BulkWriteError):
        return bool((error.details or {}).get("writeConcernErrors"))
    return isinstance(error, _OUTAGES) or (isinstance(error, OperationFailure) and error.code in _NO_MAJORITY)


_LABELS = ["TransientTransactionError"]


def _transient(error: BaseException) -> bool:
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")


TRANSACTION: dict[str, Any] = {
    "read_concern": ReadConcern("snapshot"),
    "write_concern": JOURNALED,
    "max_commit_time_ms": 10_000,
}
COMMIT_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before a commit with an unknown outcome is asked for again."""


def is_committed(commit: Callable[[], None]) -> bool:
    try:
        commit()
        return True
    except PyMongoError as error:
        expect_unknown_outcome(error)
        return False


def expect_unknown_outcome(error: PyMongoError) -> None:
    if not error.has_error_label("UnknownTransactionCommitResult"):
        raise error


@dataclass(frozen=True, slots=True)
class Step:
    """One write of a transaction, and what its failure means."""

    collection: str
    method: str
    documents: Any
    """What is written, or the filter of what is counted or deleted."""
    duplicate: type[Exception]
    """What it means that an id exists already."""
    replaced: int = 0
    """How many documents must have been found at the expected version."""
    held: int = 0
    """How many leases must have been found held."""

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Turn a duplicate id into its meaning."""
        try:
            yield
        except (BulkWriteError, DuplicateKeyError) as error:
            if _duplicate(error):
                raise self.duplicate(f"a document of {self.collection} exists already") from None
            raise

    def check(self, result: Any) -> None:
        """Raise Conflict when a document was not at the expected version, or a lease is not held."""
        if self.held and result != self.held:
            raise LeaseLost("another replica has taken the work over, or may at any moment")
        if self.replaced and result.matched_count != self.replaced:
            raise Conflict(f"a document of {self.collection} was changed in the meantime")


def steps_of(writes: Writes) -> Iterator[Step]:
    """Return the writes of a transaction in order: the right to write, then causes, so that a repeat ends early; events
    last."""
    yield from fenced(writes.fences)
    if writes.handled:
        yield Step(INBOX, "insert_many", [{"_id": id} for id in writes.handled], AlreadyHandled)
    if writes.answers:
        yield Step(ANSWERS, "insert_many", [_answer_document(a) for a in writes.answers], AlreadyHandled)
    for collection, operations, replaced in _state_operations(writes):
        yield Step(collection, "bulk_write", operations, Conflict, replaced)
    for collection, operations in _row_operations(writes):
        yield Step(collection, "bulk_write", operations, Conflict)
    if writes.outbox:
        documents = [_outbox_document(row, position) for position, row in enumerate(writes.outbox)]
        yield Step(OUTBOX, "insert_many", documents, Conflict)


def fenced(fences: Fences) -> Iterator[Step]:
    """Count the leases that are held with these tokens and have not run out, by the server's time."""
    if not fences:
        return
    by_token: dict[int, list[str]] = {}
    for id, token in fences.items():
        by_token.setdefault(token, []).append(id)
    taken: list[Document] = [{"token": token, "_id": {"$in": ids}} for token, ids in by_token.items()]
    held: Document = {"$or": taken, "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
    yield Step(LEASES, "count_documents", held, Conflict, held=len(fences))


def _duplicate(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        return any(e.get("code") == _DUPLICATE_KEY for e in details.get("writeErrors", ()))
    return isinstance(error, DuplicateKeyError)


def _state_operations(writes: Writes) -> Iterable[tuple[str, list[Any], int]]:
    grouped: dict[str, tuple[list[Any], list[int]]] = {}
    for saved in writes.saved.values():
        operations, replaced = grouped.setdefault(saved.collection, ([], []))
        head = {"_id": saved.id, "version": saved.stored.version, "sequence": saved.stored.sequence}
        document = {**saved.fields, **head, "state": saved.stored.state}
        if saved.expected_version == 0:
            operations.append(InsertOne(document))
        else:
            # A document that nobody has guarded since its last write has no such field, which null matches.
            guards = saved.expected_guards or None
            operations.append(
                ReplaceOne({"_id": saved.id, "version": saved.expected_version, "guards": guards}, document)
            )
            replaced.append(1)
    for guard in writes.guarded.values():
        operations, replaced = grouped.setdefault(guard.collection, ([], []))
        operations.append(UpdateOne({"_id": guard.id, "version": guard.version}, {"$inc": {"guards": 1}}))
        replaced.append(1)
    for collection, (operations, replaced) in grouped.items():
        yield collection, operations, len(replaced)


def _row_operations(writes: Writes) -> Iterable[tuple[str, list[Any]]]:
    grouped: dict[str, list[Any]] = {}
    for collection, id in writes.deleted:
        grouped.setdefault(collection, []).append(DeleteMany({"_id": id}))
    for row in writes.inserted:
        grouped.setdefault(row.collection, []).append(InsertOne({**row.document, "_id": row.id}))
    for row in writes.upserted.values():
        change = UpdateOne({"_id": row.id}, {"$set": row.document}, upsert=True)
        grouped.setdefault(row.collection, []).append(change)
    yield from grouped.items()


def _answer_document(answer: Answer) -> Document:
    return {
        "_id": answer.id,
        "fingerprint": answer.fingerprint,
        "status": answer.status,
        "body": answer.body,
        "stored_at": answer.stored_at,
    }


def _outbox_document(row: OutboxRow, position: int) -> Document:
    return {
        "_id": row.id,
        "ts": Timestamp(0, 0),  # the server fills in its own time, so rows sort in commit order
        "position": position,
        "shard": outbox_shard(row.key),
        "topic": row.topic,
        "key": row.key,
        "value": row.value,  # bytes are kept as binary; wrapping them costs more than all of the rest
        "headers": row.headers,
    }


def outbox_row(d: Document) -> OutboxRow:
    headers = tuple(map(tuple, d["headers"]))
    return OutboxRow(d["_id"], d["topic"], d["key"], d["value"], headers)
