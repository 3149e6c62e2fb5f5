"""A network that can be made slow, cut or broken: a TCP proxy on a thread of its own, so that nothing a test does stops it."""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

from ombud_local.ports import free_port

Way = Literal["open", "silent", "closed"]
_CHUNK_BYTES = 16_384
_MOST_UNDER_WAY = 256
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: the other side is reset instead of being told the end


class Proxy:
    """Forwards a loopback port to another.

    `delay_seconds` is how long what is sent is on its way, up to twice as long with `jitter`; `bytes_per_second` bounds each
    direction of each connection. `way` says what becomes of connections: `open` forwards, `silent` keeps them and loses what
    is sent (half-open), `closed` resets those that are there and each new one. A connection that lost something leads
    nowhere ever after, as TCP loses nothing in between.
    """

    def __init__(self, port: int | None = None) -> None:
        self.port = free_port()
        self.target = port
        self.delay_seconds = 0.0
        self.answer_delay_seconds = 0.0
        """On the way back only."""
        self.jitter = False
        self.bytes_per_second = float("inf")
        self._way: Way = "open"
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    @property
    def way(self) -> Way:
        return self._way

    @way.setter
    def way(self, way: Way) -> None:
        self._way = way
        if way == "closed":
            self.break_connections()

    def break_connections(self) -> None:
        """Reset every connection that is there; new ones are as `way` says."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def slow(self, delay_seconds: float, bytes_per_second: float) -> None:
        """Make everything late and thin."""
        self.delay_seconds, self.bytes_per_second, self.jitter = delay_seconds, bytes_per_second, True

    def heal(self) -> None:
        """Be as if nothing were between."""
        self.delay_seconds = self.answer_delay_seconds = 0.0
        self.bytes_per_second, self.jitter, self.way = float("inf"), False, "open"

    def __enter__(self) -> Self:
        self._thread.start()
        self._on_thread(asyncio.start_server(self._accept, "127.0.0.1", self.port))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._on_thread(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _end(self) -> None:
        self._reset_all()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _on_thread(self, wanted: "asyncio._CoroutineLike[object]") -> object:
        return asyncio.run_coroutine_threadsafe(wanted, self._loop).result(10)

    def _reset_all(self) -> None:
        for writer in list(self._writers):
            _reset(writer)
        self._writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self.way == "closed":
            _reset(writer)
            return
        try:
            onward, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            return
        self._writers.add(back)
        lost = asyncio.Event()
        ways = ((reader, back, lambda: 0.0), (onward, writer, lambda: self.answer_delay_seconds))
        for way in ways:
            task = asyncio.create_task(self._forward(*way, lost))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        further: Callable[[], float],
        lost: asyncio.Event,
    ) -> None:
        """Forward one direction in order. Much can be on its way at once, and nothing overtakes."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_MOST_UNDER_WAY)
        delivering = asyncio.create_task(self._deliver(under_way, writer, lost))
        line_free = arrives = 0.0
        try:
            while chunk := await reader.read(_CHUNK_BYTES):
                line_free = max(line_free, self._loop.time()) + len(chunk) / self.bytes_per_second
                late = self.delay_seconds * (random.uniform(1, 2) if self.jitter else 1) + further()
                arrives = max(arrives, line_free + late)
                await under_way.put((arrives, chunk))
            await under_way.put((arrives, b""))
            await delivering
        except OSError:
            _reset(writer)
        finally:
            delivering.cancel()
            self._writers.discard(writer)
            writer.close()

    async def _deliver(
        self, under_way: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        """Hand over what is under way when it arrives, up to the end of the stream, or until something is `lost`."""
        while True:
            arrives, chunk = await under_way.get()
            await asyncio.sleep(max(0.0, arrives - self._loop.time()))
            if not chunk:
                return
            if self.way != "open":
                lost.set()
            if not lost.is_set() and not writer.is_closing():
                writer.write(chunk)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
