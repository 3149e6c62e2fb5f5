"""Whose a bearer token is: access tokens of the configured OIDC issuer, verified with the keys that it publishes.

Source: RFC 8725 (JWT best practice), RFC 9068 (access tokens).
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard

import jwt

from chassis.auth import Actor, Unauthenticated
from chassis.claims import ClaimPath, Naming, OddClaim
from chassis.oidc_settings import OidcSettings
from chassis.signing_keys import KeySet, SigningKey, SigningKeys, read_published, spellings
from ombud_words import STAFF, PersonId, Role

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""Asymmetric ones alone (RFC 8725, 3.1); a key is used only for those that fit its type."""
_REMEMBERED_TOKENS = 5_000
_OTHER_TOKENS = frozenset({"id", "refresh", "offline", "logout"})
"""What Keycloak calls, in the claim `typ`, its tokens that are not access tokens; their headers are those of any."""
_MAX_TOKEN_CHARACTERS = 8_192
_MAX_NAME_CHARACTERS = 128
"""Of a subject, and of a market."""
_LAST_EXPIRY = 2**53
"""A later second cannot be told from its neighbours; no issuer means one."""
_NOT_A_TOKEN = (jwt.PyJWTError, ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""What reading a token that somebody made up can raise, beside PyJWT's own: deep brackets, endless numbers, odd types."""


_ROLE, _MARKETS = Naming(ClaimPath(("role",))), Naming(ClaimPath(("markets",)))


@dataclass(frozen=True, slots=True)
class Expected:
    """What an access token must say, and what it means."""

    issuer: str
    audiences: tuple[str, ...]
    roles: Naming = _ROLE
    markets: Naming = _MARKETS
    leeway_seconds: int = 10
    """By how much the issuer's clock and ours may differ, for `exp` and `nbf`."""
    staff_without_markets_see_all: bool = False
    """What the issuer means by a token of a member of staff that names no markets: all of them, or none."""

    def actor_of(self, claims: Mapping[str, Any]) -> Actor:
        """Return the person of a verified token. Raises Unauthenticated."""
        subject, kind = claims["sub"], claims.get("typ", "Bearer")
        if not _is_name(subject) or not isinstance(kind, str) or kind.lower() in _OTHER_TOKENS:
            raise Unauthenticated
        try:
            role, markets = self._role(claims), self._markets(claims)
        except OddClaim:
            raise Unauthenticated from None
        if role not in STAFF:
            return Actor(PersonId(subject), role)
        if markets is None:
            return Actor(PersonId(subject), role, None if self.staff_without_markets_see_all else frozenset())
        return Actor(PersonId(subject), role, markets)

    def _role(self, claims: Mapping[str, Any]) -> Role:
        """Raises OddClaim where the token gives its holder none of our roles, or does not say which one counts."""
        named = [Role(name) for name in self.roles.ours(claims) or () if name in list(Role)]
        if len(named) > 1 and not self.roles.meant:
            log.warning("a token names several roles: order them in oidc_role_names", extra={"count": len(named)})
            raise OddClaim
        if not named:
            raise OddClaim
        return named[0]

    def _markets(self, claims: Mapping[str, Any]) -> frozenset[str] | None:
        named = self.markets.ours(claims)
        if named is None:
            return None
        if not all(map(_is_name, named)):
            raise OddClaim
        return frozenset(named)


def _is_name(value: object) -> TypeGuard[str]:
    """Tell whether a text can be kept, and be an attribute of an event that its readers accept."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME_CHARACTERS and value.isprintable()


class TokenVerifier:
    """Verifies access tokens (RFC 9068) with the keys that their issuer publishes."""

    def __init__(
        self,
        expected: Expected,
        keys: SigningKeys | None = None,
    ) -> None:
        """Read the issuer's published keys, unless others are given."""
        self._keys = keys or SigningKeys(partial(read_published, expected.issuer))
        self._expected = expected
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
                return self._expected.actor_of(claims), _expiry(claims) + self._expected.leeway_seconds
        raise Unauthenticated

    def _claims(self, token: str, key: SigningKey, algorithm: str) -> dict[str, Any] | None:
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=self._expected.audiences,
                issuer=spellings(self._expected.issuer),
                leeway=self._expected.leeway_seconds,
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
    """Until when the token is good by the issuer's clock; PyJWT has seen that `exp` is a number."""
    return float(min(int(claims["exp"]), _LAST_EXPIRY))


def verifier_of(settings: OidcSettings) -> TokenVerifier:
    """Return the verifier of the configured issuer's tokens."""
    expected = Expected(
        settings.oidc_issuer,
        settings.oidc_audience,
        Naming(ClaimPath.of(settings.oidc_roles_claim), settings.oidc_role_names),
        Naming(ClaimPath.of(settings.oidc_markets_claim), settings.oidc_market_names),
        settings.oidc_leeway_seconds,
        settings.oidc_staff_without_markets == "all",
    )
    read = partial(read_published, settings.oidc_issuer)
    return TokenVerifier(expected, SigningKeys(read, settings.oidc_keys_patience_seconds))
