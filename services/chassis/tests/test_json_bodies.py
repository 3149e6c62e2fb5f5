"""A JSON body that names a member twice is refused, on every route of every service. Needs nothing: nothing connects."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from chassis.http import RequestModel
from chassis.parts import Parts, Service
from chassis.service import create_app
from chassis.settings import Settings


class Order(RequestModel):
    amount: int
    lines: tuple[dict[str, int], ...] = ()


def _router() -> APIRouter:
    router = APIRouter()

    @router.post("/orders")
    async def order(asked: Order) -> dict[str, int]:
        return {"amount": asked.amount}

    return router


SERVICE = Service("chassis", "Things", lambda _runtime: Parts(routers=[_router()]))


async def send(body: bytes, *media_types: str) -> httpx.Response:
    settings = Settings(
        env="test",
        kafka="kafka.invalid:9092",
        mongo=SecretStr("mongodb://mongo.invalid/?replicaSet=none"),
        oidc_issuer="https://issuer.invalid",
    )
    transport = httpx.ASGITransport(create_app(SERVICE, settings))

    headers = [("content-type", kind) for kind in media_types or ("application/json",)]

    async def in_pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 7):
            yield body[at : at + 7]

    async with httpx.AsyncClient(transport=transport, base_url="http://things") as http:
        return await http.post("/orders", content=in_pieces(), headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount": 1, "amount": 2}',
        b'{"amount": 1, "amount": 1}',
        b'{"amount": 1, "\\u0061mount": 2}',
        b'{"amount": 1, "lines": [{"a": 1}, {"a": 1, "a": 1}]}',
        b'{"unknown": {"a": {"b": 1, "b": 2}}, "amount": 1}',
        '{"amount": 1, "amount": 2}'.encode("utf-16"),
    ],
)
@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8", "application/x+json"])
async def test_a_member_that_is_named_twice_makes_a_body_malformed(body: bytes, media_type: str) -> None:
    """INVARIANT: RFC 8259, 4; would break if the last value won here, and another reader of the same bytes took the first."""
    answer = await send(body, media_type)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ombud:problem:member_repeated"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"amount": 7, "lines": [{"a": 1}, {"a": 1}]}', 200),
        (b'{"amount": ', 422),
        (b'{"amount": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"amount": ' + b"9" * 10_000 + b"}", 400),
    ],
    ids=["right", "cut off", "not UTF-8", "brackets", "a long number"],
)
async def test_any_other_body_is_read_as_before(body: bytes, status: int) -> None:
    answer = await send(body)
    assert answer.status_code == status, answer.text


async def test_a_second_content_type_does_not_hide_a_repeated_member() -> None:
    answer = await send(b'{"amount": 1, "amount": 2}', "application/json", "text/plain")
    assert answer.status_code == 400, answer.text
