"""What the Kafka client makes of a connection that breaks, on the event loop that services run on. Needs nothing."""

import asyncio
import socket
import struct

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from chassis.kafka_connections import report_broken_connections

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: the other side is reset instead of being told the end


async def _greet_and_break(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the question for versions, and break the connection."""
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    request = await reader.readexactly(size)
    answer = request[4:8] + struct.pack(">hihhh", 0, 1, 3, 0, 5)  # no error; metadata (3) in versions 0 to 5
    writer.write(struct.pack(">i", len(answer)) + answer)
    await writer.drain()
    await reader.read(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def _send_to_a_broken_connection() -> None:
    server = await asyncio.start_server(_greet_and_break, "127.0.0.1", 0)
    async with server:
        connection: AIOKafkaConnection = await create_conn(*server.sockets[0].getsockname())
        connection._writer.write(b"x")
        while connection._reader is not None and connection._reader.exception() is None:  # noqa: ASYNC110
            await asyncio.sleep(0)  # one turn of the loop at a time: the client notices within three
        assert connection._reader is not None, "the client had noticed; there is nothing left to see"
        try:
            await connection.send(MetadataRequest([]))
        finally:
            assert not connection.connected()


def test_a_request_to_a_connection_that_has_just_broken_is_an_error_of_the_connection() -> None:
    """INVARIANT: F10; would break if the loop's own error went through: the client's tasks that end for it never come back,
    and what waits for metadata, a coordinator or records waits for ever."""
    report_broken_connections()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        with pytest.raises(KafkaConnectionError):
            runner.run(_send_to_a_broken_connection())
