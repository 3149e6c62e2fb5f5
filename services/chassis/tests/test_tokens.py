"""Which tokens are accepted, with keys of an issuer that rotates, fails, and publishes what we cannot use. Needs nothing."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from chassis.auth import Unauthenticated
from chassis.signing_keys import IssuerUnavailable, KeySet, SigningKeys
from chassis.tokens import ALGORITHMS, Expected, TokenVerifier
from ombud_contracts.vocabulary import Role

ISSUER, AUDIENCE = "https://issuer.example", "ombud"
Jwk = dict[str, Any]
P256, OTHER_P256 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
EC_JWK = ECAlgorithm.to_jwk(P256.public_key(), as_dict=True)
OTHER_JWK = ECAlgorithm.to_jwk(OTHER_P256.public_key(), as_dict=True)
RSA_JWK = {k: v for k, v in RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True).items() if k != "key_ops"}
OKP_JWK = OKPAlgorithm.to_jwk(ED25519.public_key(), as_dict=True)
K1 = {**EC_JWK, "kid": "k1", "use": "sig", "alg": "ES256"}
K2 = {**OTHER_JWK, "kid": "k2", "use": "sig", "alg": "ES256"}


@dataclass
class Issuer:
    """Publishes keys, counts who asks, and may be down. Time passes when it is told to."""

    published: list[Any] = field(default_factory=lambda: [K1])
    down: bool = False
    asked: int = 0
    at: float = 1_000.0

    async def read(self) -> KeySet:
        self.asked += 1
        if self.down:
            raise IssuerUnavailable("down")
        return KeySet.of({"keys": self.published})

    def verifier(self, patience_seconds: float = 3_600.0, **settings: Any) -> TokenVerifier:
        keys = SigningKeys(self.read, patience_seconds, lambda: self.at)
        return TokenVerifier(Expected(ISSUER, (AUDIENCE,), **settings), keys)


def token(key: Any = P256, algorithm: str = "ES256", header: Jwk | None = None, **claims: Any) -> str:
    now = int(time.time())
    base = {"iss": ISSUER, "aud": AUDIENCE, "sub": "adm_1", "exp": now + 900, "iat": now, "role": "administrator"}
    given_claims = {k: v for k, v in (base | claims).items() if v is not None}
    return jwt.encode(given_claims, key, algorithm, {"kid": "k1"} | (header or {}))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


# -- Keys that go and come --------------------------------------------------------------------------------------------


async def test_a_withdrawn_key_is_refused_within_a_minute_though_no_unknown_key_comes() -> None:
    """INVARIANT: would break if the key set were read again only when a token names a key that is not known."""
    issuer = Issuer([K1, K2])
    verifier = issuer.verifier()
    remembered = token()
    assert (await verifier.verify(remembered)).role is Role.ADMINISTRATOR
    issuer.published = [K2]
    issuer.at += 50
    for withdrawn in (remembered, token()):
        with pytest.raises(Unauthenticated):
            await verifier.verify(withdrawn)
    assert (await verifier.verify(token(OTHER_P256, header={"kid": "k2"}))).id == "adm_1"


async def test_a_busy_service_reads_the_keys_beside_its_requests_and_drops_the_withdrawn_one() -> None:
    issuer = Issuer([K1])
    verifier = issuer.verifier()
    remembered = token()
    await verifier.verify(remembered)
    issuer.published = [K2]
    refused_after = None
    for second in range(60):
        issuer.at += 1
        try:
            await verifier.verify(remembered)
        except Unauthenticated:
            refused_after = second + 1
            break
    assert refused_after is not None
    assert refused_after <= 46


async def test_all_keys_can_be_withdrawn_at_once() -> None:
    issuer = Issuer()
    verifier = issuer.verifier()
    await verifier.verify(token())
    issuer.published, issuer.at = [], issuer.at + 50
    with pytest.raises(Unauthenticated):
        await verifier.verify(token())


async def test_a_new_key_is_found_by_need_and_invented_ones_do_not_burden_the_issuer() -> None:
    issuer = Issuer([K1])
    verifier = issuer.verifier()
    await verifier.verify(token())
    issuer.published, issuer.at = [K1, K2], issuer.at + 1
    assert (await verifier.verify(token(OTHER_P256, header={"kid": "k2"}))).id == "adm_1"
    asked_before = issuer.asked
    for invented in range(600):
        issuer.at += 0.1
        with pytest.raises(Unauthenticated):
            await verifier.verify(token(header={"kid": f"invented-{invented}"}))
    assert issuer.asked - asked_before <= 4, "in a minute"


async def test_known_keys_work_through_an_outage_for_the_configured_time_and_no_longer() -> None:
    issuer = Issuer()
    verifier = issuer.verifier(patience_seconds=600)
    await verifier.verify(token())
    issuer.down, issuer.at = True, issuer.at + 590
    assert (await verifier.verify(token())).id == "adm_1"
    issuer.at += 11
    with pytest.raises(IssuerUnavailable):
        await verifier.verify(token())
    issuer.down, issuer.at = False, issuer.at + 3
    assert (await verifier.verify(token())).id == "adm_1"


async def test_everybody_hears_the_same_while_no_key_can_be_read() -> None:
    issuer = Issuer(down=True)
    verifier = issuer.verifier()
    for _caller in range(20):
        issuer.at += 0.05
        with pytest.raises(IssuerUnavailable):
            await verifier.verify(token())
    assert issuer.asked == 1, "one question is enough for a second"
    with pytest.raises(Unauthenticated):
        await verifier.verify("nonsense")


async def test_a_key_that_cannot_be_asked_for_is_not_called_invalid() -> None:
    issuer = Issuer()
    verifier = issuer.verifier()
    await verifier.verify(token())
    issuer.down, issuer.at = True, issuer.at + 1
    for _caller in range(2):
        with pytest.raises(IssuerUnavailable):
            await verifier.verify(token(OTHER_P256, header={"kid": "k2"}))


# -- Keys that we cannot use ------------------------------------------------------------------------------------------

UNUSABLE: dict[str, Any] = {
    "post-quantum": {"kty": "AKP", "alg": "ML-DSA-65", "kid": "pq", "use": "sig", "pub": "AAAA"},
    "of an unknown type": {"kty": "XYZ", "kid": "x"},
    "without a type": {"kid": "x"},
    "symmetric": {"kty": "oct", "kid": "k1", "k": "AAAA", "alg": "HS256"},
    "for encryption": {**RSA_JWK, "kid": "k1", "alg": "RSA-OAEP"},
    "used for encryption": {**RSA_JWK, "kid": "k1", "use": "enc"},
    "for other operations": {**RSA_JWK, "kid": "k1", "key_ops": ["encrypt"]},
    "with operations that are no list": {**RSA_JWK, "kid": "k1", "key_ops": 1},
    "without kid": RSA_JWK,
    "with a number for kid": {**RSA_JWK, "kid": 7},
    "with a bad modulus": {"kty": "RSA", "kid": "k1", "n": "!!", "e": "AQAB"},
    "with a number for modulus": {"kty": "RSA", "kid": "k1", "n": 5, "e": "AQAB"},
    "short": {**RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True), "kid": "k1"},
    "off its curve": {**EC_JWK, "kid": "k1", "x": EC_JWK["y"]},
    "of another curve": {
        **ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True),
        "kid": "k1",
    },
    "for an algorithm of another type": {**EC_JWK, "kid": "k1", "alg": "RS256"},
    "with a list for alg": {**EC_JWK, "kid": "k1", "alg": ["ES256"]},
    "private": {**ECAlgorithm.to_jwk(OTHER_P256, as_dict=True), "kid": "k1"},
    "a text": "key",
    "nothing": None,
}


@pytest.mark.parametrize("odd", UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_a_key_that_we_cannot_use_is_ignored_and_the_others_are_not(odd: Any) -> None:
    """INVARIANT: RFC 7517, 5; would break if one odd key made the whole set unreadable."""
    for published in ([K1, odd], [odd, K1]):
        assert (await Issuer(published).verifier().verify(token())).id == "adm_1"


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["sig", "RSA", "EC"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_MEMBERS = st.sampled_from(["kty", "use", "kid", "alg", "key_ops", "n", "e", "x", "y", "crv", "d", "k"])


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine generates slowly."""


@unhurried
@given(st.sampled_from([K1, RSA_JWK, OKP_JWK, {}]), st.dictionaries(_MEMBERS, _JSON, max_size=4))
def test_any_key_is_used_or_ignored(jwk: Jwk, changed: Jwk) -> None:
    published = {**jwk, **changed}
    for key in KeySet.of({"keys": [published]}).usable:
        assert key.algorithms
        assert set(key.algorithms) <= set(ALGORITHMS)
        assert key.id == published.get("kid")
        assert "d" not in published, "a private key was taken for a public one"
        assert published.get("use", "sig") == "sig"
        assert published.get("alg") in (None, *key.algorithms)


@pytest.mark.parametrize(
    ("key", "jwk", "algorithm"),
    [
        (RSA, RSA_JWK, "RS256"),
        (RSA, RSA_JWK, "PS256"),
        (P256, EC_JWK, "ES256"),
        (ED25519, OKP_JWK, "EdDSA"),
    ],
)
async def test_a_key_may_leave_its_algorithm_out(key: Any, jwk: Jwk, algorithm: str) -> None:
    """RFC 7517, 4.4: `alg` is optional; the algorithms that are allowed for its type remain."""
    verifier = Issuer([{**jwk, "kid": "k1"}]).verifier()
    assert (await verifier.verify(token(key, algorithm))).id == "adm_1"


async def test_a_key_that_names_its_algorithm_is_used_for_no_other() -> None:
    verifier = Issuer([{**RSA_JWK, "kid": "k1", "alg": "RS256"}]).verifier()
    with pytest.raises(Unauthenticated):
        await verifier.verify(token(RSA, "PS256"))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS512"])
async def test_an_algorithm_that_is_not_listed_is_refused(algorithm: str) -> None:
    with pytest.raises(Unauthenticated):
        await Issuer([{**RSA_JWK, "kid": "k1"}]).verifier().verify(token(RSA, algorithm))


def without_kid(key: Any = P256) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "adm_1", "exp": now + 900, "role": "administrator"}
    return jwt.encode(claims, key, "ES256")


async def test_a_token_that_names_no_key_is_that_of_the_only_one() -> None:
    assert (await Issuer([K1, UNUSABLE["post-quantum"]]).verifier().verify(without_kid())).id == "adm_1"
    assert (await Issuer([EC_JWK]).verifier().verify(without_kid())).id == "adm_1"
    with pytest.raises(Unauthenticated):
        await Issuer([K1, K2]).verifier().verify(without_kid())
    with pytest.raises(Unauthenticated):
        await Issuer([K1]).verifier().verify(without_kid(OTHER_P256))


# -- Tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT", "JWT", None])
async def test_both_forms_of_the_type_are_accepted(kind: str | None) -> None:
    """RFC 9068, 4; media types are compared without regard to case (RFC 2045, 5.1)."""
    assert (await Issuer().verifier().verify(token(header={"typ": kind}))).id == "adm_1"


@pytest.mark.parametrize("iat", [1, 5, 3_600, -3_600, 0.5, "yesterday"])
async def test_when_a_token_was_issued_does_not_bound_when_it_is_valid(iat: Any) -> None:
    """RFC 7519, 4.1.6."""
    issued = iat if isinstance(iat, str) else time.time() + iat
    assert (await Issuer().verifier().verify(token(iat=issued))).id == "adm_1"


@pytest.mark.parametrize(
    ("claims", "accepted"),
    [
        ({"exp": -5}, True),
        ({"exp": -15}, False),
        ({"nbf": 5}, True),
        ({"nbf": 15}, False),
    ],
)
async def test_clocks_may_differ_by_a_little(claims: dict[str, int], accepted: bool) -> None:
    given_claims = {name: int(time.time()) + seconds for name, seconds in claims.items()}
    if accepted:
        assert (await Issuer().verifier().verify(token(**given_claims))).id == "adm_1"
        return
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().verify(token(**given_claims))


@pytest.mark.parametrize("expiry", [10**15, 10**30, 1e308, 10**400], ids=["far", "farther", "as a float", "400 digits"])
async def test_an_expiry_in_the_far_future_is_one(expiry: Any) -> None:
    """INVARIANT: would break if a number that a float cannot hold escaped as something else than a refusal."""
    assert (await Issuer().verifier().verify(token(exp=expiry))).id == "adm_1"


ODD_CLAIMS: list[dict[str, Any]] = [
    {"exp": float("inf")},
    {"exp": "soon"},
    {"exp": [1]},
    {"nbf": float("inf")},
    {"role": "root"},
    {"role": None},
    {"role": []},
    {"role": ["administrator", "agent"]},
    {"role": ["administrator", 1]},
    {"role": "administrator agent"},
    {"role": 1},
    {"typ": "ID"},
    {"typ": "Refresh"},
    {"typ": 1},
    {"role": {"administrator": True}},
    {"sub": ""},
    {"sub": "x" * 129},
    {"sub": "\ud800"},
    {"sub": "a\nb"},
    {"sub": "a\0b"},
    {"sub": "a\u200bb"},
    {"markets": ["\ud800"]},
    {"markets": [""]},
    {"markets": {"lv": True}},
    {"markets": 1},
    {"markets": [1]},
    {"aud": "shop"},
    {"aud": []},
    {"iss": f"{ISSUER}//"},
    {"iss": f"{ISSUER}/x"},
]


@pytest.mark.parametrize("claims", ODD_CLAIMS, ids=ascii)
async def test_a_token_with_odd_claims_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().verify(token(**claims))


@pytest.mark.parametrize("kind", [1, 1.5, True, ["at+jwt"], {"a": 1}, "id+jwt", "dpop+jwt", ""])
async def test_a_type_that_is_not_that_of_an_access_token_is_refused(kind: Any) -> None:
    forged = f"{part({'alg': 'ES256', 'kid': 'k1', 'typ': kind})}.{part({})}.AAAA"
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().verify(forged)


async def test_a_header_of_deep_brackets_is_refused() -> None:
    header = base64.urlsafe_b64encode(b"[" * 5_000).decode()
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().verify(f"{header}.e30.AAAA")


_HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku", "x5c", "zip", "cty"]),
    _JSON | st.sampled_from(["ES256", "RS256", "none", "k1", "at+jwt"]),
    max_size=6,
)


@unhurried
@given(_HEADERS, _JSON, st.text(max_size=20))
async def test_any_header_is_refused_and_nothing_else(header: Jwk, payload: Any, signature: str) -> None:
    """INVARIANT: reading a token is total; would break if a value of an odd type were used as if it were text."""
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().verify(f"{part({'alg': 'ES256', 'kid': 'k1'} | header)}.{part(payload)}.{signature}")


@unhurried
@given(st.text(max_size=200))
async def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().verify(text)


# -- Markets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["agent", "mediator", "supervisor", "administrator", "system"])
async def test_staff_whose_token_names_no_markets_work_in_none_unless_the_issuer_means_all(role: str) -> None:
    nameless = token(role=role)
    assert (await Issuer().verifier().verify(nameless)).markets == frozenset()
    means_all = Issuer().verifier(staff_without_markets_see_all=True)
    assert (await means_all.verify(nameless)).markets is None
    named = token(role=role, markets=["lv"])
    assert (await means_all.verify(named)).markets == frozenset({"lv"})


async def test_a_party_needs_no_markets() -> None:
    assert (await Issuer().verifier().verify(token(role="buyer"))).markets is None
