"""Who asks, and what they may do: bearer tokens of the configured OIDC issuer, and one `authorize` for every service.

Source: product rules section 8, RFC 8725 (JWT best practice), RFC 9068 (access tokens). What a person may not see
answers as if it did not exist.
"""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
import jwt

from ombud_contracts.vocabulary import Role

_ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
_REFRESH_SECONDS = 60.0
"""An unknown key id asks the issuer at most this often."""
_REMEMBER_SECONDS = 30.0
"""A verified token is not verified again for so long; a withdrawn signing key works on for no longer."""
_REMEMBERED_TOKENS = 5_000
_MAX_TOKEN_CHARACTERS = 8_192
_MAX_JWKS_BYTES = 262_144


class Unauthenticated(Exception):
    """No valid access token; the text is the same whatever was wrong with it."""


class IssuerUnavailable(Exception):
    """The signing keys cannot be read now, and none are cached."""


class NotVisible(Exception):
    """The thing does not exist, or is none of the actor's business: both answer 404."""


class Forbidden(Exception):
    """The actor sees the thing, and may not do this with it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or system with a verified token."""

    id: str
    role: Role
    markets: frozenset[str] | None = None
    """Markets a member of staff works in; None means all."""

    @property
    def staff(self) -> bool:
        """True for the platform's own people and systems."""
        return self.role not in (Role.BUYER, Role.SELLER)


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose matter something is."""

    market: str
    buyer_id: str | None = None
    seller_id: str | None = None


class Action(StrEnum):
    """Everything that can be allowed or refused."""

    OPEN_CASE = "open_case"
    READ_CASE = "read_case"
    RESOLVE_CASE = "resolve_case"
    CLOSE_CASE = "close_case"
    REQUEST_TAKEOVER = "request_takeover"
    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"
    WRITE_MESSAGE = "write_message"
    WRITE_INTERNAL_NOTE = "write_internal_note"
    TRANSLATE_MESSAGE = "translate_message"
    READ_SEALED_ORIGINAL = "read_sealed_original"
    ERASE_PERSON = "erase_person"
    MODERATE = "moderate"
    ASSIGN_MODERATION = "assign_moderation"
    READ_SANCTIONS = "read_sanctions"
    APPEAL_SANCTION = "appeal_sanction"
    DECIDE_SANCTION_APPEAL = "decide_sanction_appeal"
    WAIVE_REPLY = "waive_reply"
    PROPOSE_WAIVER = "propose_waiver"
    CONTEST_REPLY = "contest_reply"
    LOCK_BUYER = "lock_buyer"
    READ_DISCUSSIONS = "read_discussions"
    OPEN_DISPUTE = "open_dispute"
    READ_DISPUTE = "read_dispute"
    MAKE_OFFER = "make_offer"
    ANSWER_OFFER = "answer_offer"
    ESCALATE = "escalate"
    SUBMIT_EVIDENCE = "submit_evidence"
    WITHDRAW_DISPUTE = "withdraw_dispute"
    DECIDE_DISPUTE = "decide_dispute"
    READ_CLOCKS = "read_clocks"
    PAUSE_CLOCK = "pause_clock"
    EXTEND_PAUSE = "extend_pause"
    ADJUST_CLOCKS = "adjust_clocks"
    CREDIT_TIME = "credit_time"
    READ_ADJUSTMENTS = "read_adjustments"
    READ_POLICIES = "read_policies"
    PROPOSE_POLICIES = "propose_policies"
    PUBLISH_POLICIES = "publish_policies"
    READ_CHARGES = "read_charges"
    CONTEST_CHARGE = "contest_charge"
    PROPOSE_CHARGE = "propose_charge"
    REVIEW_CHARGE = "review_charge"


_B, _S, _A, _M, _V, _D, _Y = (
    Role.BUYER,
    Role.SELLER,
    Role.AGENT,
    Role.MEDIATOR,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
    Role.SYSTEM,
)
_STAFF = (_A, _M, _V, _D)
ALLOWED: dict[Action, tuple[Role, ...]] = {
    Action.OPEN_CASE: (_B, _S, _A, _V, _Y),
    Action.READ_CASE: (_B, _S, *_STAFF, _Y),
    Action.RESOLVE_CASE: (_A, _M, _V),
    Action.CLOSE_CASE: (_A, _M, _V),
    Action.REQUEST_TAKEOVER: (_B, _S, _A, _V),
    Action.TAKE_OVER: (_A, _V),
    Action.HAND_BACK: (_A, _V),
    Action.WRITE_MESSAGE: (_B, _S, _A, _M, _V, _Y),
    Action.WRITE_INTERNAL_NOTE: (_S, _A, _M, _V),
    Action.TRANSLATE_MESSAGE: (_A, _M, _V),
    Action.READ_SEALED_ORIGINAL: (_A, _M, _V),
    Action.ERASE_PERSON: (_D, _Y),
    Action.MODERATE: (_A, _V),
    Action.ASSIGN_MODERATION: (_V,),
    Action.READ_SANCTIONS: (_B, _S, *_STAFF),
    Action.APPEAL_SANCTION: (_B, _S),
    Action.DECIDE_SANCTION_APPEAL: (_V,),
    Action.WAIVE_REPLY: (_B, _A, _V),
    Action.PROPOSE_WAIVER: (_S,),
    Action.CONTEST_REPLY: (_B,),
    Action.LOCK_BUYER: (_A, _V),
    Action.READ_DISCUSSIONS: (_S, *_STAFF),
    Action.OPEN_DISPUTE: (_B, _S, _A, _V, _Y),
    Action.READ_DISPUTE: (_B, _S, *_STAFF),
    Action.MAKE_OFFER: (_B, _S, _A, _M, _V),
    Action.ANSWER_OFFER: (_B, _S),
    Action.ESCALATE: (_B, _S, _A, _V, _Y),
    Action.SUBMIT_EVIDENCE: (_B, _S, _A, _M, _V),
    Action.WITHDRAW_DISPUTE: (_B,),
    Action.DECIDE_DISPUTE: (_M, _V),
    Action.READ_CLOCKS: (_B, _S, *_STAFF),
    Action.PAUSE_CLOCK: (_A, _V),
    Action.EXTEND_PAUSE: (_V,),
    Action.ADJUST_CLOCKS: (_D,),
    Action.CREDIT_TIME: (_D, _Y),
    Action.READ_ADJUSTMENTS: (*_STAFF, _Y),
    Action.READ_POLICIES: _STAFF,
    Action.PROPOSE_POLICIES: (_V, _D),
    Action.PUBLISH_POLICIES: (_D,),
    Action.READ_CHARGES: (_S, _A, _V, _D),
    Action.CONTEST_CHARGE: (_S,),
    Action.PROPOSE_CHARGE: (_A, _V),
    Action.REVIEW_CHARGE: (_V,),
}
"""Which roles may do what (product rules, section 8). Parties act in their own matters, staff in their markets."""


def authorize(actor: Actor, action: Action, parties: Parties) -> None:
    """Return if the actor may do this in this matter.

    Raises NotVisible when the matter is not theirs to see, Forbidden when they see it and may not act.
    """
    if not _sees(actor, parties):
        raise NotVisible
    if actor.role not in ALLOWED[action]:
        raise Forbidden(f"the role {actor.role} may not {action.replace('_', ' ')}")


def authorize_role(actor: Actor, action: Action) -> None:
    """Return if the actor's role may do this at all; for actions that are about no one's matter. Raises Forbidden."""
    if actor.role not in ALLOWED[action]:
        raise Forbidden(f"the role {actor.role} may not {action.replace('_', ' ')}")


def authorize_market(actor: Actor, action: Action, market: str, markets: Collection[str]) -> None:
    """Return if the actor may do this in a market, which is one of these. Raises NotVisible, Forbidden."""
    if market not in markets:
        raise NotVisible
    authorize(actor, action, Parties(market))


def readable_markets(actor: Actor, action: Action, market: str | None, markets: Collection[str]) -> list[str]:
    """Return the market that was asked for, or all of these in which the actor works. Raises NotVisible, Forbidden."""
    if market is None:
        authorize_role(actor, action)
        return [id for id in markets if actor.markets is None or id in actor.markets]
    authorize_market(actor, action, market, markets)
    return [market]


def _sees(actor: Actor, parties: Parties) -> bool:
    if actor.role == Role.BUYER:
        return actor.id == parties.buyer_id
    if actor.role == Role.SELLER:
        return actor.id == parties.seller_id
    return actor.markets is None or parties.market in actor.markets


class TokenVerifier:
    """Verifies access tokens with the issuer's published keys, which it caches."""

    def __init__(self, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at = -_REFRESH_SECONDS
        self._refreshing = asyncio.Lock()
        self._verified: dict[str, tuple[Actor, float]] = {}

    async def verify(self, token: str) -> Actor:
        """Return who holds the token. Raises Unauthenticated or IssuerUnavailable."""
        known = self._verified.get(token)
        if known is not None and time.time() < known[1]:
            return known[0]
        actor, expires_at = await self._verify(token)
        if len(self._verified) >= _REMEMBERED_TOKENS:
            self._verified.clear()
        self._verified[token] = actor, min(expires_at, time.time() + _REMEMBER_SECONDS)
        return actor

    async def _verify(self, token: str) -> tuple[Actor, float]:
        try:
            key = await self._key(token)
            claims = jwt.decode(
                token,
                key,
                algorithms=list(_ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                options={"require": ["iss", "aud", "exp", "sub"]},
            )
            return _actor(claims), float(claims["exp"])
        except (jwt.PyJWTError, ValueError, KeyError, TypeError):
            raise Unauthenticated from None

    async def _key(self, token: str) -> jwt.PyJWK:
        if len(token) > _MAX_TOKEN_CHARACTERS:
            raise Unauthenticated
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in _ALGORITHMS or header.get("typ", "at+jwt").lower() not in ("at+jwt", "jwt"):
            raise Unauthenticated
        kid = str(header["kid"])
        if kid not in self._keys:
            async with self._refreshing:  # those who come meanwhile wait for the same answer
                if kid not in self._keys:
                    await self._refresh()
        if kid not in self._keys:
            raise Unauthenticated
        return self._keys[kid]

    async def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._asked_at < _REFRESH_SECONDS:
            return
        self._asked_at = now
        try:
            keys = await _published_keys(self._issuer)
        except (httpx.HTTPError, ValueError, KeyError, jwt.PyJWTError) as error:
            self._asked_at = now - _REFRESH_SECONDS + 1  # ask again in a second
            if not self._keys:
                raise IssuerUnavailable("the token issuer's keys cannot be read") from error
            return
        self._keys = keys


async def _published_keys(issuer: str) -> dict[str, jwt.PyJWK]:
    async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
        discovery = await _bounded(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        jwks = await _bounded(client, discovery["jwks_uri"])
    return {key["kid"]: jwt.PyJWK(key) for key in jwks["keys"] if key.get("use", "sig") == "sig"}


async def _bounded(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    async with client.stream("GET", url) as response:
        response.raise_for_status()
        body = b""
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _MAX_JWKS_BYTES:
                raise ValueError("the issuer's answer is too long")
    parsed = httpx.Response(200, content=body).json()
    if not isinstance(parsed, dict):
        raise ValueError("the issuer's answer is no object")
    return parsed


def _actor(claims: dict[str, Any]) -> Actor:
    markets = claims.get("markets")
    if markets is not None and not (isinstance(markets, list) and all(isinstance(m, str) for m in markets)):
        raise Unauthenticated
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 128:
        raise Unauthenticated
    return Actor(subject, Role(claims["role"]), None if markets is None else frozenset(markets))
