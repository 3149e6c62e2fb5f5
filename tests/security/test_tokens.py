"""Tokens that are not what they should be are refused with one constant text (S3)."""

import asyncio
import base64
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from matter import Matter


def now() -> int:
    """Read when a token is made: a suite runs longer than a token lives."""
    return int(time.time())


def claims(matter: Matter, **changes: Any) -> dict[str, Any]:
    base = {
        "iss": matter.stack.issuer_url,
        "aud": "ombud",
        "sub": "buy_own",
        "exp": now() + 600,
        "iat": now(),
        "role": "buyer",
    }
    return {k: v for k, v in (base | changes).items() if v is not None}


def signed(matter: Matter, payload: dict[str, Any], **header: Any) -> str:
    """Sign with the issuer's real key, whatever the claims say."""
    genuine = matter.stack.token("buyer", "buy_own")
    real = jwt.get_unverified_header(genuine)
    return jwt.encode(payload, matter.stack.key.private, real["alg"], {**real, **header})


def raw(header: dict[str, Any]) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{encoded}.e30.AAAA"


FORGED: dict[str, Any] = {
    "expired": lambda m: signed(m, claims(m, exp=now() - 60)),
    "not valid yet": lambda m: signed(m, claims(m, nbf=now() + 600)),
    "of another issuer": lambda m: signed(m, claims(m, iss="http://elsewhere.example")),
    "for another audience": lambda m: signed(m, claims(m, aud="shop")),
    "without an expiry": lambda m: signed(m, claims(m, exp=None)),
    "without a subject": lambda m: signed(m, claims(m, sub=None)),
    "without a role": lambda m: signed(m, claims(m, role=None)),
    "with an unknown role": lambda m: signed(m, claims(m, role="root")),
    "an ID token": lambda m: signed(m, claims(m), typ="id+jwt"),
    "with an unknown key": lambda m: signed(m, claims(m), kid="other"),
    "unsigned": lambda m: jwt.encode(claims(m), None, "none", {"kid": "x"}),
    "signed with a shared secret": lambda m: jwt.encode(claims(m), "s" * 40, "HS256", {"kid": "x"}),
    "signed with its own key": lambda m: jwt.encode(
        claims(m),
        ec.generate_private_key(ec.SECP256R1()),
        "ES256",
        jwt.get_unverified_header(m.stack.token("buyer", "b")),
    ),
    "carrying its own key": lambda m: jwt.encode(
        claims(m),
        rsa.generate_private_key(65537, 2048),
        "RS256",
        {"kid": "mine", "jku": "http://127.0.0.1:1/jwks", "jwk": {"kty": "RSA"}},
    ),
    "with a number for its type": lambda m: raw({"alg": "ES256", "kid": m.stack.key.key_id, "typ": 1}),
    "with a list for its key": lambda _m: raw({"alg": "ES256", "kid": ["k1"], "typ": "at+jwt"}),
    "with a header of brackets": lambda _m: f"{base64.urlsafe_b64encode(b'[' * 5_000).decode()}.e30.AAAA",
    "with what we must understand": lambda m: signed(m, claims(m), crit=["x"], x=1),
    "a megabyte long": lambda _m: "x" * 60_000,
    "no token at all": lambda _m: "nonsense",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_token_that_is_not_right_is_refused(matter: Matter, forge: Any) -> None:
    """INVARIANT: RFC 8725; would break if one of the checks were left to a default."""
    headers = {"Authorization": f"Bearer {forge(matter)}"}
    answer = await matter.ask(None, "GET", "ticketing", "/cases", headers=headers)
    assert answer.status_code == 401
    body = answer.json()
    assert (body["type"], body["detail"]) == ("urn:ombud:problem:unauthenticated", "Send a valid access token.")


async def test_a_right_token_is_accepted_and_two_headers_are_not(matter: Matter) -> None:
    token = signed(matter, claims(matter))
    right = await matter.ask(None, "GET", "ticketing", "/cases", headers={"Authorization": f"Bearer {token}"})
    assert right.status_code == 200
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    answer = await matter.http.get(f"{matter.urls['ticketing']}/cases", headers=twice)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("claimed", "header"),
    [({}, {"typ": "application/at+jwt"}), ({}, {"typ": "AT+JWT"}), ({"iat": 1}, {}), ({"exp": -5}, {})],
    ids=["the long form of the type", "in capitals", "issued in a second", "expired a moment ago"],
)
async def test_a_token_that_differs_as_it_may_is_accepted(
    matter: Matter, claimed: dict[str, int], header: dict[str, str]
) -> None:
    """RFC 9068, 4; RFC 7519, 4.1.4 to 4.1.6."""
    times = {name: now() + seconds for name, seconds in claimed.items()}
    token = signed(matter, claims(matter, **times), **header)
    answer = await matter.ask(None, "GET", "ticketing", "/cases", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text


async def test_everybody_hears_the_same_while_the_issuer_is_down(matter: Matter) -> None:
    """INVARIANT: would break if only the first caller asked, and the next ones were told that their token is wrong."""
    process = matter.stack.start("billing", 2, OMBUD_OIDC_ISSUER="http://127.0.0.1:9/none")
    try:
        await asyncio.to_thread(process.wait_ready)
        token = matter.stack.token("seller", "sel_own")
        for _caller in range(3):
            answer = await matter.http.get(
                f"{process.url}/cases/{matter.ids['case_id']}/money", headers={"Authorization": f"Bearer {token}"}
            )
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    finally:
        await asyncio.to_thread(process.terminate)


async def all_cases(http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> set[str]:
    """The ids on every page of the list of cases."""
    found: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        page = await http.get(
            f"{url}/cases", params={"limit": "100", **({"cursor": cursor} if cursor else {})}, headers=headers
        )
        assert page.status_code == 200, page.text
        found |= {case["case_id"] for case in page.json()["cases"]}
        cursor = page.json().get("next_cursor")
    return found


async def test_staff_whose_token_names_no_markets_work_in_none_unless_the_issuer_means_all(matter: Matter) -> None:
    process = matter.stack.start("ticketing", 2, OMBUD_OIDC_STAFF_WITHOUT_MARKETS="none")
    try:
        await asyncio.to_thread(process.wait_ready)
        for markets, status in (((), 404), (("pt",), 404), (("lv",), 200)):
            headers = {"Authorization": f"Bearer {matter.stack.token('agent', 'agt_1', markets)}"}
            one = await matter.http.get(f"{process.url}/cases/{matter.ids['case_id']}", headers=headers)
            assert one.status_code == status
            listed = await all_cases(matter.http, process.url, headers)
            assert (matter.ids["case_id"] in listed) if status == 200 else not listed
    finally:
        await asyncio.to_thread(process.terminate)
