"""Whose a bearer token is: access tokens of the configured OIDC issuer, verified with the keys that it publishes.

Source: RFC 8725 (JWT best practice), RFC 9068 (access tokens).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard

import jwt

from chassis.auth import Actor, Unauthenticated
from chassis.settings import Settings
from chassis.signing_keys import KeySet, SigningKey, SigningKeys, read_published
from ombud_words import STAFF, PersonId, Role

ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""Asymmetric ones alone (RFC 8725, 3.1); a key is used only for those that fit its type."""
_LEEWAY_SECONDS = 10
"""By how much the issuer's clock and ours may differ, for `exp` and `nbf`."""
_REMEMBERED_TOKENS = 5_000
_MAX_TOKEN_CHARACTERS = 8_192
_MAX_NAME_CHARACTERS = 128
"""Of a subject, and of a market."""
_LAST_EXPIRY = 2**53
"""A later second cannot be told from its neighbours; no issuer means one."""
_NOT_A_TOKEN = (jwt.PyJWTError, ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""What reading a token that somebody made up can raise, beside PyJWT's own: deep brackets, endless numbers, odd types."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an access token must say, and what it means."""

    issuer: str
    audience: str
    staff_without_markets_see_all: bool = False
    """What the issuer means by a token of a member of staff that names no markets: all of them, or none."""

    def actor_of(self, claims: Mapping[str, Any]) -> Actor:
        """Return the person of a verified token. Raises Unauthenticated."""
        subject, role, markets = claims["sub"], claims.get("role"), claims.get("markets")
        if not _is_name(subject) or role not in list(Role):
            raise Unauthenticated
        if markets is None:
            everywhere = role not in STAFF or self.staff_without_markets_see_all
            return Actor(PersonId(subject), Role(role), None if everywhere else frozenset())
        if not isinstance(markets, list) or not all(map(_is_name, markets)):
            raise Unauthenticated
        return Actor(PersonId(subject), Role(role), frozenset(markets))


def _is_name(value: object) -> TypeGuard[str]:
    """Tell whether a text can be kept, and be an attribute of an event that its readers accept."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME_CHARACTERS and value.isprintable()


class TokenVerifier:
    """Verifies access tokens (RFC 9068) with the keys that their issuer publishes."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: SigningKeys | None = None,
        *,
        staff_without_markets_see_all: bool = False,
    ) -> None:
        """Read the issuer's published keys, unless others are given."""
        self._keys = keys or SigningKeys(partial(read_published, issuer))
        self._expected = Expected(issuer, audience, staff_without_markets_see_all)
        self._verified: dict[str, tuple[Actor, float]] = {}
        self._verified_with: KeySet | None = None

    async def verify(self, token: str) -> Actor:
        """Return who holds the token. Raises Unauthenticated or IssuerUnavailable."""
        if token not in self._verified:
            _signed_with(token)  # what is not a token at all is refused without any key
        await self._forget_after_a_change()
        known = self._verified.get(token)
        if known is not None and time.time() < known[1]:
            return known[0]
        actor, expires_at = await self._verify(token)
        if len(self._verified) >= _REMEMBERED_TOKENS:
            self._verified.clear()
        self._verified[token] = actor, expires_at
        return actor

    async def _forget_after_a_change(self) -> None:
        """A token is verified once, and again after the issuer published other keys."""
        current = await self._keys.current()
        if current is not self._verified_with:
            self._verified.clear()
            self._verified_with = current

    async def _verify(self, token: str) -> tuple[Actor, float]:
        id, algorithm = _signed_with(token)
        for key in await self._keys.find(id, algorithm):
            claims = self._claims(token, key, algorithm)
            if claims is not None:
                return self._expected.actor_of(claims), _expiry(claims)
        raise Unauthenticated

    def _claims(self, token: str, key: SigningKey, algorithm: str) -> dict[str, Any] | None:
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=self._expected.audience,
                issuer=self._expected.issuer,
                leeway=_LEEWAY_SECONDS,
                # `iat` says how old a token is; it does not bound when it is valid (RFC 7519, 4.1.6).
                options={"require": ["iss", "aud", "exp", "sub"], "verify_iat": False},
            )
        except _NOT_A_TOKEN:
            return None


def _signed_with(token: str) -> tuple[str | None, str]:
    """Return the key id and the algorithm of a token that may be ours. Raises Unauthenticated."""
    if len(token) > _MAX_TOKEN_CHARACTERS:
        raise Unauthenticated
    try:
        header = jwt.get_unverified_header(token)
    except _NOT_A_TOKEN:
        raise Unauthenticated from None
    algorithm, id, kind = header.get("alg"), header.get("kid"), header.get("typ", "at+jwt")
    if algorithm not in ALGORITHMS or not isinstance(id, str | None) or not isinstance(kind, str):
        raise Unauthenticated
    # `application/` may be left out (RFC 7515, 4.1.9); RFC 9068, 4, names both forms.
    if kind.lower().removeprefix("application/") not in ("at+jwt", "jwt"):
        raise Unauthenticated
    return id, algorithm


def _expiry(claims: Mapping[str, Any]) -> float:
    """Until when the token is good, the leeway included; PyJWT has seen that `exp` is a number."""
    return float(min(int(claims["exp"]), _LAST_EXPIRY)) + _LEEWAY_SECONDS


def verifier_of(settings: Settings) -> TokenVerifier:
    """Return the verifier of the configured issuer's tokens."""
    return TokenVerifier(
        settings.oidc_issuer,
        settings.oidc_audience,
        SigningKeys(partial(read_published, settings.oidc_issuer), settings.oidc_keys_patience_seconds),
        staff_without_markets_see_all=settings.oidc_staff_without_markets == "all",
    )
