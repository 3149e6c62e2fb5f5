"""The Kafka client's connections on uvloop, so that one that breaks is an error which the client handles.

uvloop refuses to write to a transport that was closed a moment ago with RuntimeError, where asyncio says nothing. The client
expects OSError. Its background tasks (metadata, coordination, fetching) end for anything else and are never started again,
and whoever waits for them waits for ever.
"""

from collections.abc import Awaitable
from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


def report_broken_connections() -> None:
    """Let every Kafka client of this process hear KafkaConnectionError when a connection has just broken."""
    AIOKafkaConnection.send = _send


_plain_send = AIOKafkaConnection.send


@wraps(_plain_send)
def _send(self: AIOKafkaConnection, *request: Any, **options: Any) -> Awaitable[Any]:
    try:
        return _plain_send(self, *request, **options)  # type: ignore[no-any-return]
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)
        raise KafkaConnectionError("the connection to the broker is broken") from error
