"""What stands around every route: headers, closed doors, bounded memory, and clients that are slow on purpose."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from evidence import SERVICES
from matter import BUYER, SUPERVISOR, Matter
from test_access import BODIES
from test_bad_input import draft, expect_problem, snapshot

from chassis.testing import eventually

SERVER_OWNED = (
    "tenant_id",
    "status",
    "balance_minor",
    "created_by",
    "version",
    "role",
    "due_by",
    "case_id_of",
    "_id",
    "$set",
)
SLOW_CLIENTS = 200
HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
}


def settable() -> list[tuple[str, str]]:
    return sorted(place for place, body in BODIES.items() if isinstance(body, dict))


@pytest.mark.parametrize(("service", "route"), settable())
async def test_nobody_can_set_what_the_server_owns(matter: Matter, service: str, route: str) -> None:
    """INVARIANT: an unknown member is refused on every route; would break if a body were read openly."""
    body = BODIES[service, route]
    assert isinstance(body, dict)
    method, path = route.split(" ")
    path = path.format_map({**dict.fromkeys(_names(path), "none"), **matter.ids})
    before = snapshot(matter)
    for name in SERVER_OWNED:
        answer = await matter.ask(SUPERVISOR, method, service, path, {**body, name: "x"})
        problem = expect_problem(answer, 422)
        assert problem["errors"], f"{route} took {name}"
    assert snapshot(matter) == before


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_has_the_headers_and_no_other_origin_is_let_in(matter: Matter, service: str) -> None:
    foreign = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        await matter.http.get(f"{matter.urls[service]}/none"),
        await matter.http.get(f"{matter.urls[service]}/livez", headers=foreign),
        await matter.http.options(f"{matter.urls[service]}/cases", headers=foreign),
    ):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "server" not in answer.headers


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/docs", "/redoc", "/openapi.json"])
async def test_what_is_for_operators_is_not_on_the_public_port(matter: Matter, service: str, path: str) -> None:
    expect_problem(await matter.http.get(f"{matter.urls[service]}{path}"), 404)


def _memory_kb(pid: int) -> int:
    """The most memory that a process had (proc(5), VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


LARGE: dict[str, bytes] = {
    "an array of a million": b'{"text": [' + b"1," * 500_000 + b"1]}",
    "brackets": b"[" * 1_000_000,
    "a number of a million digits": b'{"text": ' + b"9" * 1_000_000 + b"}",
    "keys that repeat": b"{" + b'"text": "x",' * 80_000 + b'"market": "lv"}',
    "infinity": b'{"text": Infinity, "market": NaN}',
    "beyond the limit": b'{"text": "' + b"x" * 5_000_000 + b'"}',
}


async def test_no_body_makes_a_service_grow(matter: Matter) -> None:
    """INVARIANT: S6; would break if a body were kept whole, or unpacked into many times its size, before it is refused."""
    pid = matter.stack.process("messaging").pid
    await _send_large(matter)  # what is loaded on first use is loaded
    before = _memory_kb(pid)
    for _ in range(10):
        await _send_large(matter)
    assert _memory_kb(pid) - before < 20_000


async def _send_large(matter: Matter) -> None:
    token = matter.stack.token(*BUYER)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "large", "Content-Type": "application/json"}
    for body in LARGE.values():
        answer = await matter.http.post(f"{matter.urls['messaging']}/drafts", content=body, headers=headers)
        assert 400 <= answer.status_code < 500, answer.text[:200]


async def test_a_page_of_a_billion_is_refused(matter: Matter) -> None:
    for limit in ("1000000000", "-1", "0", "1e9", "NaN"):
        answer = await matter.http.get(
            f"{matter.urls['ticketing']}/cases?limit={limit}",
            headers={"Authorization": f"Bearer {matter.stack.token(*BUYER)}"},
        )
        expect_problem(answer, 422)


@asynccontextmanager
async def slow_clients(url: str, sent: bytes) -> AsyncIterator[list[asyncio.StreamWriter]]:
    """Connections that began a request and do not end it."""
    address = urlsplit(url)
    opened = await asyncio.gather(
        *(asyncio.open_connection(address.hostname, address.port) for _ in range(SLOW_CLIENTS))
    )
    writers = [writer for _, writer in opened]
    try:
        for writer in writers:
            writer.write(sent)
            await writer.drain()
        yield writers
    finally:
        for writer in writers:
            writer.close()


BEGUN = {
    "headers that do not end": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "a body that does not come": (
        b"POST /drafts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    ),
}


@pytest.mark.parametrize("sent", BEGUN.values(), ids=BEGUN.keys())
async def test_slow_clients_keep_nobody_from_being_served(matter: Matter, sent: bytes) -> None:
    """INVARIANT: S7; would break if a request that does not come held a thread, a turn or a connection of the database."""
    async with slow_clients(matter.urls["messaging"], sent) as writers, httpx.AsyncClient(timeout=30) as http:
        for n in range(5):
            for writer in writers:
                writer.write(b"a")
            assert (await http.get(f"{matter.urls['messaging']}/livez")).status_code == 200
            answer = await matter.ask(BUYER, "POST", "messaging", "/drafts", draft(f"Kur ir mans telefons? {n}"))
            assert answer.status_code == 201, answer.text

    async def whole() -> bool:
        return (await matter.http.get(f"{matter.urls['messaging']}/readyz")).status_code == 200

    await eventually("the service to be ready", whole)


async def test_errors_say_nothing_of_the_inside(matter: Matter) -> None:
    for path in ("/cases/%00", "/cases/..%2f..%2fetc", "/cases/" + "x" * 5_000):
        answer = await matter.http.get(
            f"{matter.urls['ticketing']}{path}", headers={"Authorization": f"Bearer {matter.stack.token(*BUYER)}"}
        )
        assert 400 <= answer.status_code < 500
        said: dict[str, Any] = json.loads(answer.text)
        assert not {"traceback", "exception", "file"} & {key.lower() for key in said}
        assert "site-packages" not in answer.text
