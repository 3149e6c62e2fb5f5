"""Routes of disputes: opened, negotiated, escalated, decided, withdrawn."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Action, Actor
from chassis.http import Code, RequestModel, Running, Who, Whole, read_cursor, write_cursor
from chassis.ids import derived_id, new_id
from chassis.limits import Limited
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, LimitsPerPerson, ReadUnit, routes
from disputes.disputes.access import (
    A_DISPUTE,
    CaseInPath,
    DisputeInPath,
    Markets,
    OfferInPath,
    ReadBy,
    case_for,
    dispute_for,
)
from disputes.disputes.course import act, left_of
from disputes.disputes.deciding import Amount, DecisionRequest, decision_asked
from disputes.disputes.domain import (
    AcceptOffer,
    Decide,
    DeclineOffer,
    Escalate,
    MakeOffer,
    Withdraw,
)
from disputes.disputes.follow_ups import FollowedUp
from disputes.disputes.listing import DisputeListQuery, rows_for
from disputes.disputes.market_terms import rules_of
from disputes.disputes.opening import Asking, OpenRequest, open_as_asked
from disputes.disputes.store import disputes_of_case, page_of_disputes
from disputes.disputes.views import (
    DecisionPreview,
    DisputeList,
    DisputePage,
    DisputeView,
    decision_preview,
    listed_dispute,
)
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Currency
from ombud_words import DecisionId, DisputeId, OfferId, Remedy, StaffId

router = routes("disputes")


class OfferRequest(RequestModel):
    """A proposal to settle."""

    remedy: Remedy
    amount_minor: Amount = 0
    currency: Currency
    reasons: Annotated[list[Code], Field(max_length=20, default_factory=list)]
    """What allows the platform to propose a remedy that the law puts later; a party needs none."""
    expires_within_seconds: Annotated[int, Field(strict=True, ge=1, le=30 * 86_400), Whole] | None = None
    """How long the offer stays open, if that is shorter than the answer's deadline."""


@router.post("/cases/{case_id}/disputes", status_code=201)
async def open_a_dispute(
    case_id: CaseInPath,
    body: OpenRequest,
    actor: Who,
    reader: ReadBy,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    markets: Markets,
) -> DisputeView:
    """Complain about the order line of a case. What the delivery guarantee covers goes to a mediator at once.

    Who made knowingly unfounded claims before may be asked to send the evidence with the claim, by
    `/cases/{case_id}/disputes-with-evidence`.
    """
    asked = Asking(actor, limits, markets)
    return reader.view(await open_as_asked(case_id, body, asked, unit, evidenced=False))


@router.get("/cases/{case_id}/disputes")
async def list_disputes(case_id: CaseInPath, actor: Who, reader: ReadBy, unit: ReadUnit) -> DisputeList:
    """List the disputes of a case."""
    await case_for(unit, case_id, actor, Action.READ_DISPUTE)
    return DisputeList(disputes=[reader.view(d) for d in await disputes_of_case(unit, case_id)])


@router.get("/disputes")
async def list_all_disputes(
    actor: Who, unit: ReadUnit, runtime: Running, markets: Markets, asked: Annotated[DisputeListQuery, Query()]
) -> DisputePage:
    """List the disputes of the person who asks, or those of a member of staff's markets, with what is due in them."""
    where = rows_for(actor, asked, markets)
    bound = f"disputes|{actor.role}|{actor.id}|{asked.model_dump_json(exclude={'cursor', 'limit'})}"
    after = read_cursor(runtime, asked.cursor, bound)
    found, following = await page_of_disputes(unit, where, asked.order, after, asked.limit)
    return DisputePage(
        disputes=[listed_dispute(d) for d in found],
        next_cursor=write_cursor(runtime, following, bound) if following else None,
    )


@router.get("/disputes/{dispute_id}")
@versioned(A_DISPUTE)
async def get_dispute(dispute_id: DisputeInPath, actor: Who, reader: ReadBy, unit: ReadUnit) -> DisputeView:
    """Show a dispute."""
    return reader.view(await dispute_for(unit, dispute_id, actor, Action.READ_DISPUTE))


@router.post("/disputes/{dispute_id}/offers", status_code=201)
@versioned(A_DISPUTE)
async def make_offer(
    dispute_id: DisputeInPath,
    body: OfferRequest,
    actor: Who,
    reader: ReadBy,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    markets: Markets,
) -> DisputeView:
    """Offer a settlement; a counter-offer is an offer of the other side."""
    dispute = await dispute_for(unit, dispute_id, actor, Action.MAKE_OFFER)
    dispute.opened.money.expect_currency(body.currency)
    await limits.use(Limited.OFFERS, actor, unit.now, unit, dispute_id)
    within = body.expires_within_seconds
    command = MakeOffer(
        offer_id=OfferId(new_id("ofr")),
        by=actor.role,
        remedy=body.remedy,
        amount_minor=body.amount_minor,
        left_minor=await left_of(dispute, unit),
        open_until=unit.now + timedelta(seconds=within) if within else None,
        at=unit.now,
        reasons=tuple(body.reasons),
        legal_order=markets[dispute.opened.market].legal.remedies,
        author_id=StaffId(actor.id) if actor.staff else None,
    )
    return reader.view(await act(dispute_id, command, unit.now, unit))


@router.post("/disputes/{dispute_id}/offers/{offer_id}/acceptance")
@versioned(A_DISPUTE)
async def accept_offer(
    dispute_id: DisputeInPath,
    offer_id: OfferInPath,
    actor: Who,
    reader: ReadBy,
    unit: KeyedUnit,
    markets: Markets,
    follow_up: FollowedUp,
) -> DisputeView:
    """Accept the other side's offer; it settles the dispute."""
    dispute = await dispute_for(unit, dispute_id, actor, Action.ANSWER_OFFER)
    command = AcceptOffer(
        offer_id=offer_id,
        by=actor.role,
        decision_id=DecisionId(derived_id("dec", dispute_id, offer_id)),
        rules=rules_of(markets[dispute.opened.market], unit.now, actor.role),
        left_minor=await left_of(dispute, unit),
        at=unit.now,
    )
    settled = await act(dispute_id, command, unit.now, unit)
    await follow_up(settled, unit)
    return reader.view(settled)


@router.post("/disputes/{dispute_id}/offers/{offer_id}/refusal")
@versioned(A_DISPUTE)
async def decline_offer(
    dispute_id: DisputeInPath, offer_id: OfferInPath, actor: Who, reader: ReadBy, unit: KeyedUnit
) -> DisputeView:
    """Refuse the other side's offer; the buyer may then escalate."""
    await dispute_for(unit, dispute_id, actor, Action.ANSWER_OFFER)
    return reader.view(await act(dispute_id, DeclineOffer(offer_id, actor.role, unit.now), unit.now, unit))


@router.post("/disputes/{dispute_id}/escalation")
@versioned(A_DISPUTE)
async def escalate(dispute_id: DisputeInPath, actor: Who, reader: ReadBy, unit: KeyedUnit) -> DisputeView:
    """Ask a mediator to decide."""
    await dispute_for(unit, dispute_id, actor, Action.ESCALATE)
    return reader.view(await act(dispute_id, Escalate(actor.role, unit.now), unit.now, unit))


@router.post("/disputes/{dispute_id}/decision")
@versioned(A_DISPUTE)
async def decide(
    dispute_id: DisputeInPath,
    body: DecisionRequest,
    actor: Who,
    reader: ReadBy,
    unit: KeyedUnit,
    markets: Markets,
    follow_up: FollowedUp,
) -> DisputeView:
    """Decide a dispute, as somebody who did not judge in its case before: a remedy with its clause, facts and reasons.

    Where the item is sent back, its return begins at once, and the buyer is paid when it was inspected.
    """
    command = await _decision(dispute_id, body, actor, unit, markets)
    decided = await act(dispute_id, command, unit.now, unit)
    await follow_up(decided, unit)
    return reader.view(decided)


@router.post("/disputes/{dispute_id}/decision/preview")
async def preview_decision(
    dispute_id: DisputeInPath,
    body: DecisionRequest,
    actor: Who,
    reader: ReadBy,
    unit: ReadUnit,
    markets: Markets,
    follow_up: FollowedUp,
) -> DecisionPreview:
    """Show what a decision would mean if it were made now, or the refusal that it would get. Nothing is kept of it.

    What the seller is charged for its lines, billing shows: `POST /cases/{case_id}/charges/preview`.
    """
    apart = unit.apart()
    command = await _decision(dispute_id, body, actor, apart, markets)
    decided = await act(dispute_id, command, apart.now, apart)
    await follow_up(decided, apart)
    return decision_preview(decided, command, await left_of(decided, apart), reader.clause_text(decided))


async def _decision(
    dispute_id: DisputeId, body: DecisionRequest, actor: Actor, unit: Unit, markets: Mapping[str, Market]
) -> Decide:
    dispute = await dispute_for(unit, dispute_id, actor, Action.DECIDE_DISPUTE)
    return await decision_asked(
        dispute, DecisionId(derived_id("dec", dispute_id, "decision")), body, actor, unit, markets
    )


@router.post("/disputes/{dispute_id}/withdrawal")
@versioned(A_DISPUTE)
async def withdraw(dispute_id: DisputeInPath, actor: Who, reader: ReadBy, unit: KeyedUnit) -> DisputeView:
    """Withdraw the complaint."""
    await dispute_for(unit, dispute_id, actor, Action.WITHDRAW_DISPUTE)
    return reader.view(await act(dispute_id, Withdraw(unit.now), unit.now, unit))
