"""Reading an issuer's documents over HTTP: whatever it answers, and however slowly, the end is a key set or an outage."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from issuer_on_loopback import KEYS, Answer, Served, says, serving

from chassis.signing_keys import IssuerUnavailable, read_published


async def test_the_key_set_that_the_issuer_names_is_read() -> None:
    async with serving() as served:
        assert (await read_published(served.url)).usable == ()
        assert served.asked == ["/.well-known/openid-configuration", "/jwks"]


def discovery(**changes: Any) -> Callable[[Served], tuple[str, Answer]]:
    def made(served: Served) -> tuple[str, Answer]:
        document = {"issuer": served.url, "jwks_uri": f"{served.url}/jwks", **changes}
        return "/.well-known/openid-configuration", says(document)

    return made


def jwks(answer: Answer) -> Callable[[Served], tuple[str, Answer]]:
    return lambda _served: ("/jwks", answer)


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, each well within the time for one read."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


REFUSED: dict[str, Callable[[Served], tuple[str, Answer]]] = {
    "discovery of another issuer": discovery(issuer="https://elsewhere.example"),
    "discovery of the issuer with a slash": discovery(issuer="http://127.0.0.1/"),
    "discovery without an issuer": discovery(issuer=None),
    "discovery without keys": discovery(jwks_uri=None),
    "keys at no address": discovery(jwks_uri="http://[broken"),
    "keys in a file": discovery(jwks_uri="file:///etc/passwd"),
    "keys that drip": jwks(drip),
    "keys without end": jwks(says(b" " * 300_000)),
    "keys that are no JSON": jwks(says(b"<html>")),
    "keys of deep brackets": jwks(says(b"[" * 100_000)),
    "keys in a list": jwks(says([])),
    "keys that are no list": jwks(says({"keys": {}})),
    "no keys": jwks(says({})),
    "more keys than anybody has": jwks(says({"keys": [{}] * 101})),
    "keys elsewhere": jwks(says(b"", "302 Found", "Location: /other")),
    "an error": jwks(says(b"", "500 Internal Server Error")),
    "packed keys": jwks(says(b"\x1f\x8b\x08\x00", "200 OK", "Content-Encoding: gzip")),
}


@pytest.mark.parametrize("broken", REFUSED.values(), ids=REFUSED.keys())
async def test_an_answer_that_is_not_right_is_an_outage(broken: Callable[[Served], tuple[str, Answer]]) -> None:
    """INVARIANT: S18; would break if a timeout bounded each read and not the whole, or a redirect were followed."""
    async with serving() as served:
        path, answer = broken(served)
        served.answers |= {path: answer, "/other": says(KEYS)}
        with pytest.raises(IssuerUnavailable):
            async with asyncio.timeout(30):
                await read_published(served.url, within_seconds=0.5)
        assert "/other" not in served.asked


async def test_nobody_who_listens_is_an_outage() -> None:
    with pytest.raises(IssuerUnavailable):
        await read_published("http://127.0.0.1:9")
