"""Who asks, and what they may do: one `authorize` for every service. Whose a token is, `chassis.tokens` finds out.

Source: product rules section 8. What a person may not see answers as if it did not exist.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from ombud_words import STAFF, BuyerId, PersonId, Role, SellerId

M = TypeVar("M")


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
    MAKE_PROMISE = "make_promise"
    REVERSE_TAKEOVER = "reverse_takeover"
    ANSWER_UNLOCK = "answer_unlock"
    JUDGE_TAKEOVER = "judge_takeover"
    APPEAL_TAKEOVER = "appeal_takeover"
    DECIDE_TAKEOVER_APPEAL = "decide_takeover_appeal"
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
    FILE_COMPLAINT = "file_complaint"
    READ_COMPLAINT = "read_complaint"
    INVESTIGATE_COMPLAINT = "investigate_complaint"
    ANSWER_COMPLAINT = "answer_complaint"
    APPEAL_COMPLAINT = "appeal_complaint"
    DECIDE_CONDUCT_APPEAL = "decide_conduct_appeal"
    READ_CONDUCT_STANDING = "read_conduct_standing"
    READ_CLAIM_STANDING = "read_claim_standing"
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
    REQUEST_EVIDENCE = "request_evidence"
    WITHDRAW_DISPUTE = "withdraw_dispute"
    DECIDE_DISPUTE = "decide_dispute"
    APPEAL_DECISION = "appeal_decision"
    DECIDE_APPEAL = "decide_appeal"
    REQUEST_RETURN = "request_return"
    READ_RETURN = "read_return"
    ANSWER_RETURN = "answer_return"
    CANCEL_RETURN = "cancel_return"
    INSPECT_RETURN = "inspect_return"
    ANSWER_DEDUCTION = "answer_deduction"
    JUDGE_RETURN = "judge_return"
    READ_REFUSED_PARCELS = "read_refused_parcels"
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
    APPEAL_CHARGE = "appeal_charge"
    DECIDE_CHARGE_APPEAL = "decide_charge_appeal"
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
    Action.MAKE_PROMISE: (_S, _A, _M, _V),
    Action.REVERSE_TAKEOVER: (_V,),
    Action.ANSWER_UNLOCK: (_B,),
    Action.JUDGE_TAKEOVER: (_M, _V),
    Action.APPEAL_TAKEOVER: (_S,),
    Action.DECIDE_TAKEOVER_APPEAL: (_V,),
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
    Action.FILE_COMPLAINT: (_B,),
    Action.READ_COMPLAINT: (_B, _S, *_STAFF),
    Action.INVESTIGATE_COMPLAINT: (_M, _V),
    Action.ANSWER_COMPLAINT: (_S,),
    Action.APPEAL_COMPLAINT: (_B, _S),
    Action.DECIDE_CONDUCT_APPEAL: (_V,),
    Action.READ_CONDUCT_STANDING: (_S, *_STAFF),
    Action.READ_CLAIM_STANDING: (_B, *_STAFF),
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
    Action.REQUEST_EVIDENCE: (_M, _V),
    Action.WITHDRAW_DISPUTE: (_B,),
    Action.DECIDE_DISPUTE: (_M, _V),
    Action.APPEAL_DECISION: (_B, _S),
    Action.DECIDE_APPEAL: (_V,),
    Action.REQUEST_RETURN: (_B, _A, _M, _V),
    Action.READ_RETURN: (_B, _S, *_STAFF),
    Action.ANSWER_RETURN: (_S,),
    Action.CANCEL_RETURN: (_B,),
    Action.INSPECT_RETURN: (_S,),
    Action.ANSWER_DEDUCTION: (_B,),
    Action.JUDGE_RETURN: (_M, _V),
    Action.READ_REFUSED_PARCELS: (*_STAFF,),
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
    Action.APPEAL_CHARGE: (_S,),
    Action.DECIDE_CHARGE_APPEAL: (_V,),
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
