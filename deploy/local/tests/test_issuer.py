"""The development token issuer: its tokens verify with its published keys, as any OIDC client would do it."""

from datetime import UTC, datetime

import httpx
import jwt
import pytest

from ombud_local.issuer import AUDIENCE, SigningKey, issuer_app, mint
from ombud_local.stack import Stack

ISSUER = "http://127.0.0.1:1"
NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)


def verified(token: str, keys: dict[str, list[dict[str, object]]], issuer: str) -> dict[str, object]:
    by_id = {key["kid"]: jwt.PyJWK(key) for key in keys["keys"]}
    key = by_id[jwt.get_unverified_header(token)["kid"]]
    options = {"require": ["iss", "aud", "sub", "exp", "iat", "jti"], "verify_iat": False, "verify_exp": False}
    return dict(jwt.decode(token, key, ["ES256"], audience=AUDIENCE, issuer=issuer, options=options))


def test_a_minted_token_carries_the_required_claims_and_the_access_token_type() -> None:
    key = SigningKey.generate()
    token = mint(key, issuer=ISSUER, role="seller", subject="sel_1", issued_at=NOON, valid_seconds=60)
    claims = verified(token, key.public_set(), ISSUER)
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    assert (claims["sub"], claims["role"], claims["exp"]) == ("sel_1", "seller", NOON.timestamp() + 60)
    assert "markets" not in claims


def test_markets_of_staff_are_a_claim() -> None:
    key = SigningKey.generate()
    token = mint(key, issuer=ISSUER, role="agent", subject="agt_1", markets=["lv", "pt"])
    assert verified(token, key.public_set(), ISSUER)["markets"] == ["lv", "pt"]


def test_the_published_keys_hold_no_private_part() -> None:
    assert all("d" not in key for key in SigningKey.generate().public_set()["keys"])


@pytest.mark.parametrize(
    "body", [{"role": "owner", "subject": "x"}, {"role": "buyer", "subject": ""}, {"role": "buyer"}]
)
async def test_a_request_for_an_unknown_role_or_nobody_is_refused(body: dict[str, str]) -> None:
    transport = httpx.ASGITransport(issuer_app(SigningKey.generate(), ISSUER))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        assert (await client.post("/token", json=body)).status_code == 422


def test_a_token_asked_over_http_verifies_by_discovery(stack: Stack) -> None:
    found = httpx.get(f"{stack.issuer_url}/.well-known/openid-configuration").json()
    assert found["issuer"] == stack.issuer_url
    answer = httpx.post(found["token_endpoint"], json={"role": "mediator", "subject": "med_1", "markets": ["lv"]})
    claims = verified(answer.json()["access_token"], httpx.get(found["jwks_uri"]).json(), stack.issuer_url)
    assert (claims["role"], claims["markets"]) == ("mediator", ["lv"])
