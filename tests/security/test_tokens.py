"""Tokens that are not what they should be are refused with one constant text (S3)."""

import time
from typing import Any

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
