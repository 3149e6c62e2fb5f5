"""Whether anything moves in a stack: what waits for it lasts as long as that, however busy the machine is."""

from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError
from evidence import SERVICES, ends_of, lag_of
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ombud_local.infrastructure import Infrastructure

Moving = Callable[[], Awaitable[object]]
_COUNTED = ("inbox", "outbox", "waiting", "answers", "parked")


def movement_in(infrastructure: Infrastructure, namespace: str) -> Moving:
    """Return a look at where a namespace stands: two that differ mean that something moved between them."""

    async def look() -> object:
        return await _topics(infrastructure.kafka, namespace), _documents(infrastructure.mongo, namespace)

    return look


async def _topics(kafka: str, namespace: str) -> object:
    try:
        ends = await ends_of(kafka, namespace)
        return sum(ends.values()), await lag_of(kafka, namespace, ends)
    except (KafkaError, OSError) as error:
        return type(error).__name__


def _documents(mongo: str, namespace: str) -> object:
    try:
        with MongoClient[dict[str, object]](mongo, serverSelectionTimeoutMS=5_000) as client:
            databases = [client[f"{namespace}-{service}"] for service in SERVICES]
            return [d[name].estimated_document_count() for d in databases for name in _COUNTED]
    except PyMongoError as error:
        return type(error).__name__
