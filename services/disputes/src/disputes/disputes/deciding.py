"""A decision as it is asked for, by a mediator or on appeal."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.http import Code, Id, RequestModel, Whole
from disputes.disputes.course import judges_of, left_of
from disputes.disputes.domain import Decide, Dispute, Found
from disputes.disputes.market_terms import rules_of
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Currency
from ombud_words import DecisionId, FindingKind, Remedy, StaffId

Amount = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000), Whole]


class FindingRequest(RequestModel):
    """What a decision finds about a side, on which of its facts."""

    kind: FindingKind
    reason: Code
    facts: Annotated[list[Id], Field(min_length=1, max_length=50)]


class DecisionRequest(RequestModel):
    """A mediator's decision."""

    remedy: Remedy
    amount_minor: Amount = 0
    currency: Currency
    clause: Annotated[str, Field(pattern=r"^[A-Z0-9.-]{1,32}$")]
    facts: Annotated[list[Id], Field(min_length=1, max_length=50)]
    reasons: Annotated[list[Code], Field(min_length=1, max_length=20)]
    finding: FindingRequest | None = None
    """Only for what the decision finds about a side: that the buyer's claim was unfounded and the buyer knew it, or that the
    seller's description was false. It counts for how that side stands, until the decision falls."""


async def decision_asked(
    dispute: Dispute,
    decision_id: DecisionId,
    body: DecisionRequest,
    actor: Actor,
    unit: Unit,
    markets: Mapping[str, Market],
) -> Decide:
    """Return the command for what somebody asks for. Raises CurrencyOfAnotherMarket."""
    dispute.opened.money.expect_currency(body.currency)
    return Decide(
        decision_id=decision_id,
        remedy=body.remedy,
        amount_minor=body.amount_minor,
        left_minor=await left_of(dispute, unit),
        clause=body.clause,
        facts=tuple(body.facts),
        reasons=tuple(body.reasons),
        rules=rules_of(markets[dispute.opened.market], unit.now, actor.role),
        decided_by=actor.role,
        mediator_id=StaffId(actor.id),
        at=unit.now,
        judges=await judges_of(dispute.opened.case_id, unit),
        finding=_found(body.finding) if body.finding is not None else None,
    )


def _found(asked: FindingRequest) -> Found:
    return Found(kind=asked.kind, reason=asked.reason, facts=tuple(asked.facts))
