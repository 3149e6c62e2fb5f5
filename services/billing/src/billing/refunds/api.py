"""Routes of refunds that the payment system refused: ordered anew, ordered in another way, given up."""

from collections.abc import Mapping
from typing import Annotated

from billing.refunds.domain import Refund
from billing.refunds.ordering import cancel, order_anew
from billing.refunds.store import REFUNDS
from billing.refunds.views import RefundView, refund_view
from billing.refusals import UnknownRefund
from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize
from chassis.http import Code, RequestModel, Who
from chassis.http import Id as IdText
from chassis.preconditions import Thing, rests_on, versioned
from chassis.routes import KeyedUnit, ReadUnit, provided, routes
from ombud_contracts.market import Market
from ombud_words import RefundId, StaffId

router = routes("billing")
Markets = Annotated[Mapping[str, Market], provided("markets")]
RefundInPath = Annotated[RefundId, *IdText.__metadata__]
A_REFUND = Thing.kept_as("refund_id", REFUNDS)


class RefundRequest(RequestModel):
    """Why a refund is ordered anew or given up."""

    reason: Code


class RedirectionRequest(RefundRequest):
    """Another way to pay the buyer back."""

    method: Code
    """A code of the payment system, such as `bank_transfer`."""


@router.post("/refunds/{refund_id}/retry", status_code=201)
@rests_on(A_REFUND)
async def retry_refund(
    refund_id: RefundInPath, body: RefundRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> RefundView:
    """Order a refused refund again; the answer is the new order."""
    refund = await _refund_for(unit, refund_id, actor, Action.DIRECT_REFUND)
    market = markets[refund.order.market]
    return refund_view(
        await order_anew(refund, market, method=None, reason=body.reason, by=StaffId(actor.id), unit=unit)
    )


@router.post("/refunds/{refund_id}/other-method", status_code=201)
@rests_on(A_REFUND)
async def redirect_refund(
    refund_id: RefundInPath, body: RedirectionRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> RefundView:
    """Order a refused refund in another way; the answer is the new order."""
    refund = await _refund_for(unit, refund_id, actor, Action.DIRECT_REFUND)
    market = markets[refund.order.market]
    return refund_view(
        await order_anew(refund, market, method=body.method, reason=body.reason, by=StaffId(actor.id), unit=unit)
    )


@router.post("/refunds/{refund_id}/cancellation")
@versioned(A_REFUND)
async def cancel_refund(refund_id: RefundInPath, body: RefundRequest, actor: Who, unit: KeyedUnit) -> RefundView:
    """Give a refused refund up: what it would have taken is left of the line."""
    await _refund_for(unit, refund_id, actor, Action.DIRECT_REFUND)
    return refund_view(await cancel(refund_id, body.reason, StaffId(actor.id), unit))


@router.get("/refunds/{refund_id}")
@versioned(A_REFUND)
async def get_refund(refund_id: RefundInPath, actor: Who, unit: ReadUnit) -> RefundView:
    """Show a refund to staff; a party finds it in the money of its case."""
    return refund_view(await _refund_for(unit, refund_id, actor, Action.READ_CHARGES))


async def _refund_for(unit: Unit, refund_id: RefundId, actor: Actor, action: Action) -> Refund:
    refund = await unit.read(REFUNDS, refund_id)
    if refund is None:
        raise UnknownRefund
    authorize(actor, action, Parties(refund.order.market, refund.order.buyer_id, None))
    return refund
