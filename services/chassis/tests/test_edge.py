"""What stands around every answer: headers, origins, and limits on how fast. Needs nothing: nothing connects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from prometheus_client import REGISTRY
from pydantic import SecretStr, ValidationError

from chassis.http import Who
from chassis.limits import Rate
from chassis.parts import Parts, Service
from chassis.service import create_app, served
from chassis.settings import Settings
from chassis.testing.desk import SaysWho

DESK = "https://desk.example"
HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
}
TWO = {"times": 2, "within_seconds": 60}


def _things() -> APIRouter:
    router = APIRouter()

    @router.get("/things")
    async def things(who: Who) -> str:
        return str(who.role)

    @router.post("/bugs")
    async def bugs() -> None:
        raise ZeroDivisionError

    return router


SERVICE = Service("chassis", "Things", lambda _runtime: Parts(routers=[_things()]))


def settings(**changed: Any) -> Settings:
    told: dict[str, Any] = {
        "env": "test",
        "kafka": "kafka.invalid:9092",
        "mongo": SecretStr("mongodb://mongo.invalid/?replicaSet=none"),
        "oidc_issuer": "https://issuer.invalid",
    }
    return Settings.model_validate(told | changed)


@asynccontextmanager
async def asking(
    url: str = "http://things", address: str = "192.0.2.1", **changed: Any
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(SERVICE, settings(**changed))
    app.state.runtime.verifier = SaysWho()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=url) as http:
        yield http


def as_(role: str, id: str = "one") -> dict[str, str]:
    return {"Authorization": f"Bearer {role}:{id}"}


# -- Headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/things", 200),
        ("GET", "/none", 404),
        ("DELETE", "/things", 405),
        ("POST", "/bugs", 500),
        ("GET", "/livez", 200),
    ],
)
async def test_every_answer_has_the_headers(method: str, path: str, status: int) -> None:
    """INVARIANT: would break if the answer to a bug were made outside of what adds them."""
    async with asking() as http:
        answer = await http.request(method, path, headers=as_("buyer"))
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "strict-transport-security" not in answer.headers, "RFC 6797, 7.2: never in plain text"


async def test_over_tls_browsers_are_told_to_stay_there() -> None:
    async with asking("https://things") as http:
        assert (await http.get("/none")).headers["strict-transport-security"] == "max-age=31536000"


# -- Origins ----------------------------------------------------------------------------------------------------------


async def preflight(http: httpx.AsyncClient, origin: str) -> httpx.Response:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}
    return await http.options("/things", headers={"Origin": origin, **asked})


async def test_no_origin_is_let_in_unless_one_is_named() -> None:
    async with asking() as http:
        answers = [await preflight(http, DESK), await http.get("/things", headers={**as_("buyer"), "Origin": DESK})]
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control-")]


async def test_a_page_of_a_named_origin_may_ask_and_read_every_answer() -> None:
    """INVARIANT: would break if a refusal or a bug could not be read by the page that has to show it."""
    async with asking(cors_origins=f"{DESK},https://shop.example", rate_per_address=TWO) as http:
        asked = await preflight(http, DESK)
        answers = [
            await http.get("/things", headers={**as_("buyer"), "Origin": DESK}),
            await http.post("/bugs", headers={"Origin": DESK}),
            await http.get("/things", headers={**as_("buyer"), "Origin": DESK}),
        ]
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, DESK)
    assert [answer.status_code for answer in answers] == [200, 500, 429]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {DESK}
    assert "retry-after" in answers[0].headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in answers[0].headers


async def test_pages_of_other_origins_may_not() -> None:
    async with asking(cors_origins=DESK) as http:
        for other in ("https://desk.example.evil", "http://desk.example", "https://desk.example:444", "null"):
            assert (await preflight(http, other)).status_code == 400
            answer = await http.get("/things", headers={**as_("buyer"), "Origin": other})
            assert "access-control-allow-origin" not in answer.headers


# -- How fast ---------------------------------------------------------------------------------------------------------


async def statuses(http: httpx.AsyncClient, *whom: dict[str, str]) -> list[int]:
    return [(await http.get("/things", headers=who)).status_code for who in whom]


async def test_a_party_that_asks_too_fast_hears_when_to_come_back() -> None:
    async with asking(rate_per_person=TWO) as http:
        one, other = as_("buyer"), as_("buyer", "two")
        assert await statuses(http, one, one, one, other) == [200, 200, 429, 200]
        refused = await http.get("/things", headers=one)
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json()["type"], refused.json()["limit"]) == ("urn:ombud:problem:too_fast", "person")
    assert 1 <= int(refused.headers["retry-after"]) <= 30


async def test_a_seller_and_a_buyer_of_one_name_are_two_people() -> None:
    async with asking(rate_per_person=TWO) as http:
        buyer, seller = as_("buyer"), as_("seller")
        assert await statuses(http, buyer, buyer, seller, seller) == [200] * 4


@pytest.mark.parametrize("role", ["agent", "supervisor", "system"])
async def test_staff_and_systems_are_not_slowed(role: str) -> None:
    async with asking(rate_per_person=TWO) as http:
        assert await statuses(http, *[as_(role)] * 5) == [200] * 5


async def test_an_address_that_asks_too_fast_is_refused_whoever_it_says_it_is() -> None:
    async with asking(rate_per_address=TWO) as http:
        assert await statuses(http, {}, as_("buyer"), as_("agent"), {}) == [401, 200, 429, 429]
        assert (await http.get("/things")).json()["limit"] == "address"
        assert [(await http.get(probe)).status_code for probe in ("/livez", "/readyz")] == [200, 503], "probes go on"


async def test_a_probe_that_fails_is_no_failed_request_and_is_told_by_a_figure_of_its_own() -> None:
    """INVARIANT: would break if a process that only starts raised the alarm for failed requests."""

    def failed(route: str) -> float | None:
        labels = {"method": "GET", "route": route, "status": "503"}
        return REGISTRY.get_sample_value("ombud_http_requests_total", labels)

    async with asking() as http:
        assert (await http.get("/readyz")).status_code == 503
    assert failed("/readyz") is None
    assert REGISTRY.get_sample_value("ombud_ready") == 0


PROXY = "10.1.2.3"
FOR_ANOTHER = {"X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "https"}


async def through(proxies: str, *asked: dict[str, str]) -> list[httpx.Response]:
    """Ask from the address of a proxy, as a server would serve it."""
    told = settings(trusted_proxies=proxies, rate_per_address=TWO)
    config = served(create_app(SERVICE, told), told)
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(PROXY, 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://things") as http:
        return [await http.get("/things", headers=headers) for headers in asked]


async def test_people_behind_a_trusted_proxy_have_addresses_of_their_own() -> None:
    answers = await through("10.0.0.0/8", {}, {}, {}, FOR_ANOTHER)
    assert [answer.status_code for answer in answers] == [401, 401, 429, 401]
    assert "strict-transport-security" in answers[-1].headers


async def test_who_is_not_trusted_cannot_say_that_it_asks_for_another() -> None:
    """INVARIANT: would break if a header that anybody can send gave a new bucket to each request."""
    answers = await through("192.0.2.0/24", *[{**FOR_ANOTHER, "X-Forwarded-For": f"198.51.100.{n}"} for n in range(3)])
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert (await through("", *[FOR_ANOTHER] * 3))[-1].status_code == 429
    assert "strict-transport-security" not in answers[0].headers


def test_limits_are_set_and_lifted_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "OMBUD_KAFKA": "broker:9092",
        "OMBUD_MONGO": "mongodb://db/?replicaSet=rs0",
        "OMBUD_ENV": "local",
        "OMBUD_OIDC_ISSUER": "https://issuer.invalid",
        "OMBUD_RATE_PER_PERSON": "off",
        "OMBUD_RATE_PER_ADDRESS": '{"times": 5, "within_seconds": 1}',
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert (read.rate_per_person, read.rate_per_address) == ("off", Rate(5, 1))


# -- Settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"cors_origins": "*"},
        {"cors_origins": "https://*.example"},
        {"cors_origins": "desk.example"},
        {"cors_origins": "https://desk.example/"},
        {"cors_origins": "https://desk.example/app"},
        {"cors_origins": "https://me@desk.example"},
        {"cors_origins": "https://desk.example:port"},
        {"cors_origins": "null"},
        {"trusted_proxies": "*"},
        {"trusted_proxies": "gateway"},
        {"trusted_proxies": "10.0.0.1/8"},
        {"rate_per_person": {"times": 0, "within_seconds": 1}},
        {"rate_per_address": {"times": 1}},
        {"rate_per_address": "none"},
    ],
    ids=str,
)
def test_a_setting_that_would_open_too_much_or_means_nothing_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**changed)


def test_origins_and_proxies_are_comma_lists() -> None:
    read = settings(cors_origins=f"{DESK}, http://localhost:5173 ", trusted_proxies="10.0.0.0/8,fd00::1")
    assert read.cors_origins == (DESK, "http://localhost:5173")
    assert read.trusted_proxies == ("10.0.0.0/8", "fd00::1")
