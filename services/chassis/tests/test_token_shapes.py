"""Tokens as issuers make them, read with the settings of a deployment, by keys that are read over HTTP. Needs nothing."""

import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from issuer_on_loopback import Served, says, serving
from jwt.algorithms import RSAAlgorithm
from pydantic import SecretStr, ValidationError

from chassis.auth import Actor, Unauthenticated
from chassis.claims import ClaimPath
from chassis.settings import Settings
from chassis.tokens import verifier_of

KEY = rsa.generate_private_key(65537, 2048)
JWK = {**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "k1", "use": "sig", "alg": "RS256"}
OURS = "https://ombud.example"
Claims = dict[str, Any]


@pytest.fixture
async def issuer() -> AsyncIterator[Served]:
    async with serving() as served:
        served.answers["/jwks"] = says({"keys": [{k: v for k, v in JWK.items() if k != "key_ops"}]})
        yield served


def told(issuer: str, **changed: object) -> Settings:
    base: Claims = {
        "env": "test",
        "kafka": "kafka.invalid:9092",
        "mongo": SecretStr("mongodb://mongo.invalid/?replicaSet=none"),
        "oidc_issuer": issuer,
    }
    return Settings.model_validate(base | changed)


async def holder(settings: Settings, claims: Claims) -> Actor:
    signed = jwt.encode(claims, KEY, "RS256", {"kid": "k1", "typ": "JWT"})
    return await verifier_of(settings).verify(signed)


def plain(issuer: str, **changed: object) -> Claims:
    """The least that RFC 9068 asks for, and one text for the role."""
    now = int(time.time())
    base = {
        "iss": issuer,
        "aud": "ombud",
        "sub": "sel_1",
        "exp": now + 300,
        "iat": now,
        "jti": "1",
        "client_id": "shop",
    }
    return {**base, "role": "seller", **changed}


def of_keycloak(issuer: str, **changed: object) -> Claims:
    """An access token of Keycloak 26, from its evaluation page: roles of the realm and of clients, and groups."""
    now = int(time.time())
    return {
        "exp": now + 300,
        "iat": now,
        "auth_time": now - 20,
        "jti": "onrtac:6b0f6d2c-8b55-4c5e-a39c-9f6a1f4a2b11",
        "iss": issuer,
        "aud": ["ombud-api", "account"],
        "sub": "c7f0b5f4-1f1a-4be2-9d7c-1c8f2a1f0a55",
        "typ": "Bearer",
        "azp": "ombud-desk",
        "sid": "5b3ee4bb-13a0-4e1f-8f8e-0ab6a6f4a4de",
        "acr": "1",
        "allowed-origins": ["https://desk.example"],
        "realm_access": {"roles": ["default-roles-market", "offline_access", "uma_authorization", "cs-agent"]},
        "resource_access": {
            "account": {"roles": ["manage-account", "view-profile"]},
            "ombud.api": {"roles": ["cs-lead", "cs-agent"]},
        },
        "scope": "openid profile",
        "preferred_username": "a.ozola",
        "groups": ["/markets/latvia", "/offices/riga"],
        **changed,
    }


KEYCLOAK: dict[str, object] = {
    "oidc_audience": "ombud-api,ombud-desk",
    "oidc_roles_claim": "realm_access.roles",
    "oidc_role_names": {"cs-lead": "supervisor", "cs-agent": "agent"},
    "oidc_markets_claim": "groups",
    "oidc_market_names": {"/markets/latvia": "lv", "/markets/estonia": "ee"},
}


async def test_a_plain_token_says_who_holds_it(issuer: Served) -> None:
    assert await holder(told(issuer.url), plain(issuer.url)) == Actor("sel_1", "seller")


async def test_a_token_of_keycloak_says_who_holds_it(issuer: Served) -> None:
    agent = await holder(told(issuer.url, **KEYCLOAK), of_keycloak(issuer.url))
    assert (agent.role, agent.markets) == ("agent", frozenset({"lv"}))


async def test_of_several_roles_the_first_in_the_order_of_the_deployment_counts(issuer: Served) -> None:
    by_client = told(issuer.url, **{**KEYCLOAK, "oidc_roles_claim": 'resource_access."ombud.api".roles'})
    assert (await holder(by_client, of_keycloak(issuer.url))).role == "supervisor"


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("roles", {"roles": ["seller"]}),
        ("roles", {"roles": "seller"}),
        ("realm_access.roles", {"realm_access": {"roles": ["uma_authorization", "seller"]}}),
        (f"{OURS}/roles", {f"{OURS}/roles": ["seller"]}),
        (f"{OURS}/roles", {f"{OURS}/roles": "seller"}),
        (f'"{OURS}/claims".roles', {f"{OURS}/claims": {"roles": "seller"}}),
        ("urn:ombud:roles", {"urn:ombud:roles": "seller"}),
        ('a."b.c".d', {"a": {"b.c": {"d": "seller"}}}),
        (r'"a\"b"', {'a"b': "seller"}),
        ("cognito:groups", {"cognito:groups": ["seller"]}),
        ("a/b", {"a/b": "seller"}),
    ],
)
async def test_roles_are_found_wherever_a_path_leads(issuer: Served, path: str, claims: Claims) -> None:
    settings = told(issuer.url, oidc_roles_claim=path)
    assert (await holder(settings, plain(issuer.url, role=None) | claims)).role == "seller"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"realm_access": None},
        {"realm_access": "roles"},
        {"realm_access": ["roles"]},
        {"realm_access": {}},
        {"realm_access": {"roles": None}},
        {"realm_access": {"roles": {"seller": True}}},
        {"realm_access": {"roles": ["seller", 1]}},
        {"realm_access": {"roles": ["Seller"]}},
        {"realm_access": {"roles": ["seller", "buyer"]}},
        {"realm_access.roles": "seller"},
    ],
    ids=str,
)
async def test_where_no_single_role_is_named_nobody_is_let_in(issuer: Served, claims: Claims) -> None:
    """INVARIANT: would break if a role were guessed, or taken from another claim than the one that is configured."""
    settings = told(issuer.url, oidc_roles_claim="realm_access.roles")
    with pytest.raises(Unauthenticated):
        await holder(settings, plain(issuer.url, **claims))


async def test_where_names_are_mapped_no_other_name_counts(issuer: Served) -> None:
    """INVARIANT: would break if a role of the issuer that happens to be called as one of ours gave its rights."""
    settings = told(issuer.url, oidc_role_names={"cs-agent": "agent"})
    with pytest.raises(Unauthenticated):
        await holder(settings, plain(issuer.url, role="administrator"))
    both = await holder(settings, plain(issuer.url, role=["administrator", "cs-agent"]))
    assert both.role == "agent"


@pytest.mark.parametrize(
    ("claims", "markets"),
    [
        ({"markets": "lv"}, ["lv"]),
        ({"markets": ["lv", "ee"]}, ["ee", "lv"]),
        ({"markets": []}, []),
        ({}, []),
    ],
    ids=str,
)
async def test_markets_are_one_text_or_a_list(issuer: Served, claims: Claims, markets: list[str]) -> None:
    assert (await holder(told(issuer.url), plain(issuer.url, role="agent", **claims))).markets == frozenset(markets)


async def test_groups_that_name_no_market_are_not_all_markets(issuer: Served) -> None:
    """INVARIANT: would break if a token that names other groups counted as one that names none."""
    lenient = told(issuer.url, **KEYCLOAK, oidc_staff_without_markets="all")
    elsewhere = await holder(lenient, of_keycloak(issuer.url, groups=["/offices/riga"]))
    assert elsewhere.markets == frozenset()


async def test_groups_do_not_bind_a_party(issuer: Served) -> None:
    settings = told(issuer.url, oidc_markets_claim="groups", oidc_market_names={"/markets/latvia": "lv"})
    assert (await holder(settings, plain(issuer.url, groups=["/customers"]))).markets is None


@pytest.mark.parametrize("configured", ["", "/"])
@pytest.mark.parametrize("published", ["", "/"])
@pytest.mark.parametrize("signed", ["", "/"])
async def test_a_slash_at_the_end_of_the_issuer_makes_no_difference(
    issuer: Served, configured: str, published: str, signed: str
) -> None:
    document = {"issuer": f"{issuer.url}{published}", "jwks_uri": f"{issuer.url}/jwks"}
    issuer.answers["/.well-known/openid-configuration"] = says(document)
    settings = told(f"{issuer.url}{configured}")
    assert (await holder(settings, plain(f"{issuer.url}{signed}"))).id == "sel_1"


@pytest.mark.parametrize("audience", ["ombud", "desk", ["account", "desk"]])
async def test_one_of_several_audiences_is_enough(issuer: Served, audience: object) -> None:
    settings = told(issuer.url, oidc_audience="ombud, desk")
    assert (await holder(settings, plain(issuer.url, aud=audience))).id == "sel_1"
    with pytest.raises(Unauthenticated):
        await holder(told(issuer.url), plain(issuer.url, aud="account"))


@pytest.mark.parametrize("kind", ["ID", "Refresh", "Offline"])
async def test_what_keycloak_makes_for_another_purpose_is_not_an_access_token(issuer: Served, kind: str) -> None:
    with pytest.raises(Unauthenticated):
        await holder(told(issuer.url, **KEYCLOAK), of_keycloak(issuer.url, typ=kind))


@pytest.mark.parametrize(("leeway", "late", "accepted"), [(0, 3, False), (60, 45, True), (60, 75, False)])
async def test_clocks_may_differ_by_the_leeway(issuer: Served, leeway: int, late: int, accepted: bool) -> None:
    settings, claims = told(issuer.url, oidc_leeway_seconds=leeway), plain(issuer.url, exp=int(time.time()) - late)
    if accepted:
        assert (await holder(settings, claims)).id == "sel_1"
        return
    with pytest.raises(Unauthenticated):
        await holder(settings, claims)


@pytest.mark.parametrize(
    "changed",
    [
        {"oidc_roles_claim": ""},
        {"oidc_roles_claim": "a..b"},
        {"oidc_roles_claim": ".a"},
        {"oidc_roles_claim": "a."},
        {"oidc_roles_claim": '"a'},
        {"oidc_roles_claim": '"a"b'},
        {"oidc_markets_claim": '""'},
        {"oidc_role_names": {"lead": "boss"}},
        {"oidc_audience": ""},
        {"oidc_audience": " , "},
        {"oidc_leeway_seconds": -1},
        {"oidc_leeway_seconds": 3_600},
        {"oidc_issuer": "issuer.example"},
        {"oidc_issuer": "https://"},
        {"oidc_issuer": "ftp://issuer.example"},
        {"oidc_issuer": "https://issuer.example?realm=x"},
    ],
    ids=str,
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(changed: Claims) -> None:
    with pytest.raises(ValidationError):
        told(**{"issuer": "https://issuer.invalid"} if "oidc_issuer" not in changed else {"issuer": ""}, **changed)


def test_settings_are_read_from_the_environment_as_a_deployment_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "OMBUD_KAFKA": "broker:9092",
        "OMBUD_MONGO": "mongodb://db/?replicaSet=rs0",
        "OMBUD_ENV": "local",
        "OMBUD_OIDC_ISSUER": "https://issuer.invalid/realms/market/",
        "OMBUD_OIDC_AUDIENCE": "ombud-api,ombud-desk",
        "OMBUD_OIDC_ROLES_CLAIM": f"{OURS}/roles",
        "OMBUD_OIDC_ROLE_NAMES": '{"cs-lead": "supervisor"}',
        "OMBUD_OIDC_MARKET_NAMES": '{"/markets/latvia": "lv"}',
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert (read.oidc_audience, ClaimPath.of(read.oidc_roles_claim).keys) == (
        ("ombud-api", "ombud-desk"),
        (f"{OURS}/roles",),
    )
    assert (read.oidc_role_names, read.oidc_market_names) == ({"cs-lead": "supervisor"}, {"/markets/latvia": "lv"})
