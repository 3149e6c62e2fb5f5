"""A small HTTP client for measuring: one connection, prepared requests, nothing parsed but status and length."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """One request: how long it took, and how it ended."""

    seconds: float
    status: int


def prepared(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> Answered:
        """Send a request and wait for its whole answer."""
        return (await self.exchange(request))[0]

    async def exchange(self, request: bytes) -> tuple[Answered, bytes]:
        """Send a request; return how it was answered, and the body."""
        started = time.perf_counter()
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:"))
        body = await self._reader.readexactly(length)
        return Answered(time.perf_counter() - started, int(head[9:12])), body

    def close(self) -> None:
        """Close the connection."""
        if self._writer:
            self._writer.close()


async def closed_loop(
    port: int, connections: int, seconds: float, request: Callable[[int, int], bytes]
) -> list[Answered]:
    """Send one request after the other on each connection; `request(connection, n)` makes them."""
    ends = time.perf_counter() + seconds
    results: list[Answered] = []

    async def one(number: int) -> None:
        connection, n = Connection(port), 0
        while time.perf_counter() < ends:
            results.append(await connection.send(request(number, n)))
            n += 1
        connection.close()

    await asyncio.gather(*(one(c) for c in range(connections)))
    return results


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
