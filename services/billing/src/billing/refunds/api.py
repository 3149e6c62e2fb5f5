"""Routes of refunds: all of them as a list, and those that the payment system refused, ordered anew, in another way, given up."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from pydantic import Field

from billing.refunds.domain import Refund, Status
from billing.refunds.ordering import cancel, order_anew
from billing.refunds.store import REFUNDS, page_of_refunds
from billing.refunds.views import RefundPage, RefundView, refund_view
from billing.refusals import UnknownRefund
from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize, readable_markets
from chassis.http import Code, Id, RequestModel, Running, Who, read_cursor, write_cursor
from chassis.http import Id as IdText
from chassis.preconditions import Thing, rests_on, versioned
from chassis.routes import KeyedUnit, ReadUnit, provided, routes
from chassis.store import Document
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


class RefundListQuery(RequestModel):
    """Which refunds, and from where on; what is left out does not narrow the list."""

    market: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None
    status: Status | None = None
    case_id: Id | None = None
    cursor: Annotated[str | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


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


@router.get("/refunds")
async def list_refunds(
    actor: Who, unit: ReadUnit, runtime: Running, markets: Markets, asked: Annotated[RefundListQuery, Query()]
) -> RefundPage:
    """List the refunds of a member of staff's markets, the newest first; those with the status `FAILED` were refused."""
    theirs = readable_markets(actor, Action.READ_REFUNDS, asked.market, markets)
    where: Document = {"state.order.market": {"$in": theirs}}
    where |= {name: str(value) for name in ("status", "case_id") if (value := getattr(asked, name)) is not None}
    bound = f"refunds|{actor.role}|{actor.id}|{asked.model_dump_json(exclude={'cursor', 'limit'})}"
    found, following = await page_of_refunds(unit, where, read_cursor(runtime, asked.cursor, bound), asked.limit)
    return RefundPage(
        refunds=[refund_view(r) for r in found],
        next_cursor=write_cursor(runtime, following, bound) if following else None,
    )


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
