"""Who asks, and what they may do: bearer tokens of the configured OIDC issuer, and one `authorize` for every service.

Source: product rules section 8, RFC 8725 (JWT best practice), RFC 9068 (access tokens). What a person may not see
answers as if it did not exist.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeGuard, TypeVar

import jwt

from chassis.settings import Settings
from chassis.signing_keys import IssuerUnavailable as IssuerUnavailable
from chassis.signing_keys import KeySet, SigningKey, SigningKeys, read_published
from ombud_words import STAFF, BuyerId, PersonId, Role, SellerId

M = TypeVar("M")
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


class Unauthenticated(Exception):
    """No valid access token; the text is the same whatever was wrong with it."""


class NotVisible(Exception):
    """The thing does not exist, or is none of the actor's business: both answer 404."""


class Forbidden(Exception):
    """The actor sees the thing, and may not do this with it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or system with a verified token."""

    id: PersonId
    role: Role
    markets: frozenset[str] | None = None
    """Markets a member of staff works in; None means all, and an empty set none."""

    @property
    def staff(self) -> bool:
        """True for the platform's own people and systems."""
        return self.role in STAFF


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose matter something is."""

    market: str
    buyer_id: BuyerId | None = None
    seller_id: SellerId | None = None


class Action(StrEnum):
    """Everything that can be allowed or refused."""

    OPEN_CASE = "open_case"
    READ_CASE = "read_case"
    RESOLVE_CASE = "resolve_case"
    CLOSE_CASE = "close_case"
    MOVE_CASE = "move_case"
    LINK_CASES = "link_cases"
    MERGE_CASES = "merge_cases"
    REQUEST_TAKEOVER = "request_takeover"
    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"
    REVERSE_TAKEOVER = "reverse_takeover"
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
    REVOKE_WAIVER = "revoke_waiver"
    PROPOSE_WAIVER = "propose_waiver"
    DECIDE_WAIVER = "decide_waiver"
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
    GIVE_GOODWILL = "give_goodwill"
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
    READ_REFUNDS = "read_refunds"
    DIRECT_REFUND = "direct_refund"
    READ_REFUSED_ORDERS = "read_refused_orders"


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
    Action.OPEN_CASE: (_B, _S, _A, _M, _V, _Y),
    Action.READ_CASE: (_B, _S, *_STAFF, _Y),
    Action.RESOLVE_CASE: (_A, _M, _V),
    Action.CLOSE_CASE: (_A, _M, _V),
    Action.MOVE_CASE: (_A, _M, _V),
    Action.LINK_CASES: (_A, _M, _V),
    Action.MERGE_CASES: (_A, _M, _V),
    Action.REQUEST_TAKEOVER: (_B, _S, _A, _M, _V),
    Action.TAKE_OVER: (_A, _M, _V),
    Action.HAND_BACK: (_A, _M, _V),
    Action.REVERSE_TAKEOVER: (_V,),
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
    Action.WAIVE_REPLY: (_B, _A, _M, _V),
    Action.REVOKE_WAIVER: (_V,),
    Action.PROPOSE_WAIVER: (_S,),
    Action.DECIDE_WAIVER: (_V,),
    Action.CONTEST_REPLY: (_B,),
    Action.LOCK_BUYER: (_A, _V),
    Action.READ_DISCUSSIONS: (_S, *_STAFF),
    Action.OPEN_DISPUTE: (_B, _S, _A, _M, _V, _Y),
    Action.READ_DISPUTE: (_B, _S, *_STAFF),
    Action.MAKE_OFFER: (_B, _S, _A, _M, _V),
    Action.ANSWER_OFFER: (_B, _S),
    Action.ESCALATE: (_B, _S, _A, _M, _V, _Y),
    Action.SUBMIT_EVIDENCE: (_B, _S, _A, _M, _V, _Y),
    Action.WITHDRAW_DISPUTE: (_B,),
    Action.DECIDE_DISPUTE: (_M, _V),
    Action.GIVE_GOODWILL: (_A, _M, _V),
    Action.READ_CLOCKS: (_B, _S, *_STAFF),
    Action.PAUSE_CLOCK: (_A, _M, _V),
    Action.EXTEND_PAUSE: (_V,),
    Action.ADJUST_CLOCKS: (_D,),
    Action.CREDIT_TIME: (_D, _Y),
    Action.READ_ADJUSTMENTS: (*_STAFF, _Y),
    Action.READ_POLICIES: _STAFF,
    Action.PROPOSE_POLICIES: (_V, _D),
    Action.PUBLISH_POLICIES: (_D,),
    Action.READ_CHARGES: (_S, _A, _M, _V, _D),
    Action.CONTEST_CHARGE: (_S,),
    Action.PROPOSE_CHARGE: (_A, _M, _V),
    Action.REVIEW_CHARGE: (_M, _V),
    Action.READ_REFUNDS: _STAFF,
    Action.DIRECT_REFUND: (_A, _M, _V),
    Action.READ_REFUSED_ORDERS: _STAFF,
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


def markets_asked(markets: Mapping[str, M], market: str | None) -> list[M]:
    """Return the market that was asked for, or all, for what everybody may read. Raises NotVisible."""
    if market is None:
        return list(markets.values())
    if market not in markets:
        raise NotVisible
    return [markets[market]]


def authorize_in_all(actor: Actor, action: Action, markets: Collection[str]) -> None:
    """Return if the actor may do this about something that lies in each of these markets, which nobody else may know.

    Raises Forbidden for the role, and NotVisible alike for what is in a market of others and for what is in none.
    """
    authorize_role(actor, action)
    if not actor.staff or (actor.markets is not None and (not markets or not actor.markets.issuperset(markets))):
        raise NotVisible


def _sees(actor: Actor, parties: Parties) -> bool:
    if actor.role == Role.BUYER:
        return actor.id == parties.buyer_id
    if actor.role == Role.SELLER:
        return actor.id == parties.seller_id
    return actor.staff and (actor.markets is None or parties.market in actor.markets)


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
