"""What follows from an outcome by which the item is sent back: its return begins with it, and ends with its reversal."""

from collections.abc import Mapping
from dataclasses import replace

from chassis.aggregate import Unit
from disputes.disputes.course import left_of
from disputes.disputes.domain import Dispute, Record, return_of
from disputes.disputes.follow_ups import FollowUp
from disputes.returns.course import act as act_on_return
from disputes.returns.course import begin_decided
from disputes.returns.domain import RequestReturn, TakeDecisionBack
from disputes.returns.market_terms import terms_of
from disputes.returns.store import RETURNS
from ombud_contracts.market import Market
from ombud_words import ReturnId, Role


def following_outcomes(markets: Mapping[str, Market]) -> FollowUp:
    """Return what routes call with a dispute whose outcome may be new, in the same transaction: what cannot begin is refused at
    once (S-10)."""

    async def follow(dispute: Dispute, unit: Unit) -> None:
        record = dispute.record
        if record is None:
            return
        for fallen in (*record.replaces, *([record.decision_id] if dispute.was_reversed else [])):
            if await unit.read(RETURNS, return_of(fallen)) is not None:
                await act_on_return(return_of(fallen), TakeDecisionBack(unit.now), unit)
        if record.return_id is None or dispute.was_reversed:
            return
        if await unit.read(RETURNS, record.return_id) is None:
            request = await _decided(dispute, record, record.return_id, markets[dispute.opened.market], unit)
            await begin_decided(request, unit)

    return follow


async def _decided(dispute: Dispute, record: Record, return_id: ReturnId, market: Market, unit: Unit) -> RequestReturn:
    o = dispute.opened
    return RequestReturn(
        return_id=return_id,
        decision_id=record.decision_id,
        case_id=o.case_id,
        market=o.market,
        order_id=o.order_id,
        line_id=o.line_id,
        buyer_id=o.buyer_id,
        seller_id=o.seller_id,
        currency=o.money.currency,
        left_minor=await left_of(dispute, unit),
        terms=replace(terms_of(market), clause=record.clause, clause_version=record.clause_version),
        taken_over=dispute.taken_over,
        requested_by=Role.SYSTEM,
        at=unit.now,
        dispute_id=o.dispute_id,
    )
