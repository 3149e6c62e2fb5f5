"""Routes of returns: requested, answered, labelled, sent, received, inspected, and what is kept or paid back (casework, section 5)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from chassis.appeals import Codes
from chassis.auth import Action, Actor, NotVisible, readable_markets
from chassis.http import Code, Id, RequestModel, Who, Whole
from chassis.ids import derived_id, new_id
from chassis.limits import Limited
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, LimitsPerPerson, ReadUnit, routes
from disputes.cases.domain import Device
from disputes.disputes.access import CaseInPath, Markets, case_for
from disputes.disputes.course import bought_line, judges_of
from disputes.refusals import CurrencyOfAnotherMarket
from disputes.returns.access import A_RETURN, ReturnInPath, return_for
from disputes.returns.course import act, left_of, request_return
from disputes.returns.domain import (
    AcceptDeduction,
    AcceptReturn,
    CancelReturn,
    ConfirmReceipt,
    DecideDeduction,
    DisputeDeduction,
    Inspect,
    IssueLabel,
    Judge,
    MarkLost,
    RefuseReturn,
    ReportShipped,
    RequestReturn,
    Return,
)
from disputes.returns.market_terms import terms_of
from disputes.returns.store import refused_parcels, returns_of_case
from disputes.returns.views import RefusedParcelList, ReturnList, ReturnView, refused_parcels_view, return_view
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Currency
from ombud_words import DecisionId, EvidenceId, Reason, ReturnId, StaffId

router = routes("disputes")
Amount = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000), Whole]
TrackingNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{3,63}$")]
"""Of a parcel, as its carrier writes it."""


class RefusalRequest(RequestModel):
    """For which ground of the law the seller does not take the item back."""

    ground: Code
    """Such as `custom_made`, `perishable` or `hygiene_seal_broken`; the answer to another names them all."""


class LabelRequest(RequestModel):
    """The label that the seller sends to the buyer."""

    carrier: Code
    tracking_number: TrackingNumber


class ShipmentRequest(RequestModel):
    """How the buyer sends the item back."""

    tracking_number: TrackingNumber | None = None
    """May be left out where it is that of the label."""


class DeviceRequest(RequestModel):
    """By what a device is known; read it from the device."""

    imei: Annotated[str, StringConstraints(pattern=r"^[0-9]{15}$")] | None = None
    serial: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/.-]{1,64}$")] | None = None


class InspectionRequest(RequestModel):
    """What the item was found to be."""

    deviations: Annotated[list[Code], Field(max_length=20, default_factory=list)]
    """Codes of what is not as it should be; none when it is as it was sold."""
    deduction_minor: Amount = 0
    """What the seller wants to keep for that; it needs a deviation and photos."""
    currency: Currency
    photos: Annotated[list[Id], Field(max_length=20, default_factory=list)]
    device: DeviceRequest | None = None


class DeductionRequest(RequestModel):
    """What the platform lets the seller keep: at most what was asked for."""

    deduction_minor: Amount
    currency: Currency
    reasons: Codes


class LossRequest(RequestModel):
    """Why a parcel counts as lost."""

    reasons: Codes


@router.post("/cases/{case_id}/returns", status_code=201)
async def request_a_return(
    case_id: CaseInPath, actor: Who, unit: KeyedUnit, limits: LimitsPerPerson, markets: Markets
) -> ReturnView:
    """Withdraw from the purchase of a case's order line and send the item back, within the market's window. No reason is needed."""
    case = await case_for(unit, case_id, actor, Action.REQUEST_RETURN)
    opened = case.expect_bought()
    case.expect_open()
    case.expect_with_seller()
    line = await bought_line(unit, opened.order_id, opened.line_id)
    if line is None:
        raise NotVisible
    market = markets[opened.market]
    if line.paid.currency != market.currency:
        raise CurrencyOfAnotherMarket(f"Returns in this market are paid back in {market.currency}; this order is not.")
    await limits.use(Limited.RETURNS, actor, unit.now, unit, case_id)
    return_id = ReturnId(new_id("ret"))
    command = RequestReturn(
        return_id=return_id,
        decision_id=DecisionId(derived_id("dec", return_id)),
        case_id=opened.case_id,
        market=opened.market,
        order_id=opened.order_id,
        line_id=opened.line_id,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        currency=line.paid.currency,
        left_minor=line.left_minor,
        terms=terms_of(market),
        taken_over=not case.seller_answers,
        requested_by=actor.role,
        at=unit.now,
    )
    terms = line.terms
    row = market.reason(Reason.CHANGE_OF_MIND, terms.category if terms else None)
    closes_at = market.closes_at(row, terms, line.delivered_at) if terms else None
    return return_view(await request_return(command, closes_at, unit), actor)


@router.get("/cases/{case_id}/returns")
async def list_returns(case_id: CaseInPath, actor: Who, unit: ReadUnit) -> ReturnList:
    """List the returns of a case."""
    await case_for(unit, case_id, actor, Action.READ_RETURN)
    return ReturnList(returns=[return_view(r, actor) for r in await returns_of_case(unit, case_id)])


@router.get("/refused-parcels")
async def list_refused_parcels(actor: Who, unit: ReadUnit, markets: Markets) -> RefusedParcelList:
    """List parcels that were scanned and belong to no return, or to one that has ended."""
    asked = readable_markets(actor, Action.READ_REFUSED_PARCELS, None, markets)
    return refused_parcels_view(await refused_parcels(unit, asked))


@router.get("/returns/{return_id}")
@versioned(A_RETURN)
async def get_return(return_id: ReturnInPath, actor: Who, unit: ReadUnit) -> ReturnView:
    """Show a return, and what you may do next."""
    return return_view(await return_for(unit, return_id, actor, Action.READ_RETURN), actor)


@router.post("/returns/{return_id}/acceptance")
@versioned(A_RETURN)
async def accept_return(return_id: ReturnInPath, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Let the item be sent back; the label is owed next."""
    await return_for(unit, return_id, actor, Action.ANSWER_RETURN)
    return return_view(await act(return_id, AcceptReturn(actor.role, unit.now), unit), actor)


@router.post("/returns/{return_id}/refusal")
@versioned(A_RETURN)
async def refuse_return(return_id: ReturnInPath, body: RefusalRequest, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Refuse to take the item back, for a ground that the law knows."""
    await return_for(unit, return_id, actor, Action.ANSWER_RETURN)
    return return_view(await act(return_id, RefuseReturn(body.ground, actor.role, unit.now), unit), actor)


@router.post("/returns/{return_id}/label")
@versioned(A_RETURN)
async def issue_label(return_id: ReturnInPath, body: LabelRequest, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Send the buyer a label. When its time passes, the platform sends one, and the seller pays for it."""
    await return_for(unit, return_id, actor, Action.ANSWER_RETURN)
    command = IssueLabel(by=actor.role, carrier=body.carrier, tracking_number=body.tracking_number, at=unit.now)
    return return_view(await act(return_id, command, unit), actor)


@router.post("/returns/{return_id}/shipment")
@versioned(A_RETURN)
async def report_shipped(return_id: ReturnInPath, body: ShipmentRequest, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Say that the item is on its way, and by which parcel."""
    await return_for(unit, return_id, actor, Action.REQUEST_RETURN)
    return return_view(await act(return_id, ReportShipped(actor.role, body.tracking_number, unit.now), unit), actor)


@router.post("/returns/{return_id}/receipt")
@versioned(A_RETURN)
async def confirm_receipt(return_id: ReturnInPath, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Say that the item has arrived; its inspection is owed next."""
    await return_for(unit, return_id, actor, Action.INSPECT_RETURN)
    return return_view(await act(return_id, ConfirmReceipt(actor.role, unit.now), unit), actor)


@router.post("/returns/{return_id}/inspection")
@versioned(A_RETURN)
async def inspect_return(return_id: ReturnInPath, body: InspectionRequest, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Say what the item was found to be. Without a deduction the buyer is paid at once; with one, the buyer answers first."""
    found = await return_for(unit, return_id, actor, Action.INSPECT_RETURN)
    _expect_currency(found, body.currency)
    line = await bought_line(unit, found.request.order_id, found.request.line_id)
    command = Inspect(
        by=actor.role,
        deviations=tuple(body.deviations),
        deduction_minor=body.deduction_minor,
        photos=tuple(EvidenceId(id) for id in body.photos),
        sold=line.device if line is not None else None,
        returned=Device(body.device.imei, body.device.serial) if body.device is not None else None,
        left_minor=await left_of(found, unit),
        at=unit.now,
    )
    return return_view(await act(return_id, command, unit), actor)


@router.post("/returns/{return_id}/deduction/acceptance")
@versioned(A_RETURN)
async def accept_deduction(return_id: ReturnInPath, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Let the seller keep what was asked for; the rest is paid at once."""
    found = await return_for(unit, return_id, actor, Action.ANSWER_DEDUCTION)
    command = AcceptDeduction(await left_of(found, unit), unit.now)
    return return_view(await act(return_id, command, unit), actor)


@router.post("/returns/{return_id}/deduction/dispute")
@versioned(A_RETURN)
async def dispute_deduction(return_id: ReturnInPath, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Disagree with what the seller wants to keep; the platform decides it."""
    await return_for(unit, return_id, actor, Action.ANSWER_DEDUCTION)
    return return_view(await act(return_id, DisputeDeduction(unit.now), unit), actor)


@router.post("/returns/{return_id}/deduction/decision")
@versioned(A_RETURN)
async def decide_deduction(
    return_id: ReturnInPath, body: DeductionRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> ReturnView:
    """Decide what the seller keeps, as somebody who did not judge in the case before; the rest is paid at once."""
    found = await return_for(unit, return_id, actor, Action.JUDGE_RETURN)
    _expect_currency(found, body.currency)
    command = DecideDeduction(
        deduction_minor=body.deduction_minor,
        reasons=tuple(body.reasons),
        judge=await _judge(found, actor, markets, unit),
        left_minor=await left_of(found, unit),
        at=unit.now,
    )
    return return_view(await act(return_id, command, unit), actor)


@router.post("/returns/{return_id}/loss")
@versioned(A_RETURN)
async def mark_lost(
    return_id: ReturnInPath, body: LossRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> ReturnView:
    """Find that the parcel is lost: the platform pays the buyer, and the seller is charged nothing."""
    found = await return_for(unit, return_id, actor, Action.JUDGE_RETURN)
    command = MarkLost(
        reasons=tuple(body.reasons),
        judge=await _judge(found, actor, markets, unit),
        left_minor=await left_of(found, unit),
        at=unit.now,
    )
    return return_view(await act(return_id, command, unit), actor)


@router.post("/returns/{return_id}/cancellation")
@versioned(A_RETURN)
async def cancel_return(return_id: ReturnInPath, actor: Who, unit: KeyedUnit) -> ReturnView:
    """Keep the item after all, as long as it was not sent."""
    await return_for(unit, return_id, actor, Action.CANCEL_RETURN)
    return return_view(await act(return_id, CancelReturn(unit.now), unit), actor)


async def _judge(found: Return, actor: Actor, markets: Mapping[str, Market], unit: KeyedUnit) -> Judge:
    authority = markets[found.request.market].authority
    return Judge(
        role=actor.role,
        id=StaffId(actor.id),
        limit_minor=authority.decides_up_to(actor.role),
        judges=await judges_of(found.request.case_id, unit),
    )


def _expect_currency(found: Return, given: str) -> None:
    if given != found.request.currency:
        raise CurrencyOfAnotherMarket(f"Amounts of this order are in {found.request.currency}.")
