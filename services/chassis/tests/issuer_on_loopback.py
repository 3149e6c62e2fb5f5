"""An issuer of tokens on loopback that answers what a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

KEYS = {"keys": []}
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Served:
    """A server on loopback, and what it answers by path."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


def says(body: object, status: str = "200 OK", *headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(writer: asyncio.StreamWriter) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + content)

    return answer


@asynccontextmanager
async def serving() -> AsyncIterator[Served]:
    served = Served()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        served.asked.append(path)
        try:
            await served.answers[path](writer)
            await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    served.answers = {
        "/.well-known/openid-configuration": says({"issuer": served.url, "jwks_uri": f"{served.url}/jwks"}),
        "/jwks": says(KEYS),
    }
    async with server:
        yield served
