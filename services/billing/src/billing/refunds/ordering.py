"""A decision's refund within what was paid for the line, and the charge that follows its money (casework, section 8).

The charge stands while the refund is ordered, is posted when it is paid, and is released when it is refused.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from billing.cases.store import known_case
from billing.charges.charging import WantedCharge, charge_id_of, charge_line, let_go
from billing.charges.domain import RecordRefundPaid, ReviveProposal
from billing.charges.store import CHARGES
from billing.decisions.domain import Decision
from billing.decisions.store import known_decision
from billing.lines.domain import BoughtLine, RecordRefund, ReleaseRefund, ReserveRefund
from billing.lines.store import EXPOSURES, bought_line, exposure_id
from billing.payouts.holding import share
from billing.refunds.domain import (
    CancelRefund,
    CompleteRefund,
    FailRefund,
    HoldRefundBack,
    OrderRefund,
    Recovered,
    Refund,
    ReplaceRefund,
    Status,
)
from billing.refunds.store import REFUNDS
from billing.refusals import CurrencyOfAnotherMarket, RefundAbovePaid, RefundPaidBefore, UnknownRefund
from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_contracts.market import Market
from ombud_words import ChargeId, DecisionId, RefundId, StaffId, why_order_refused

NOTHING_LEFT = "above_what_is_left"
"""Why a decision's refund is not ordered: payments that were ordered before left too little of the line."""


def refund_id_of(decision_id: DecisionId, attempt: int = 1) -> RefundId:
    """Return the id of a decision's refund order, which is the same however often the decision is told."""
    return RefundId(derived_id("rfd", decision_id, *([str(attempt)] if attempt > 1 else [])))


async def order_refund(
    decision: Decision,
    amount_minor: int,
    recovers: Sequence[Recovered],
    paid: BoughtLine,
    market: Market,
    *,
    goodwill: bool,
    unit: Unit,
) -> None:
    """Order a decision's refund from the payment system, once, and charge what it passes on to the seller.

    Goodwill is the platform's own money: it does not reduce what is left of the line, and is charged to nobody. A refund
    for which too little is left, or whose order is in another currency than its market, is held back for staff, and told as
    one that failed.
    """
    refund_id = refund_id_of(decision.id)
    if await unit.read(REFUNDS, refund_id) is not None:
        return  # a repeat reserves nothing
    order = OrderRefund(
        refund_id=refund_id,
        case_id=decision.case_id,
        market=decision.market,
        decision_id=decision.id,
        order_id=decision.order_id,
        line_id=decision.line_id,
        buyer_id=decision.buyer_id,
        amount_minor=amount_minor,
        currency=paid.currency,
        goodwill=goodwill,
        at=unit.now,
        recovers=tuple(recovers),
    )
    reason = why_order_refused(paid.currency, market.currency)
    try:
        if reason is None:
            await _place(order, decision, paid, market, unit)
    except RefundAbovePaid:
        reason = NOTHING_LEFT
    if reason is not None:
        await unit.execute(REFUNDS, refund_id, HoldRefundBack(order, reason))


async def order_anew(
    refund: Refund, market: Market, *, method: str | None, reason: str, by: StaffId, unit: Unit
) -> Refund:
    """Order a refused refund again, in the same way or in another; return the new order.

    Raises a Refusal: RefundNotRefused, RefundPaidBefore, DecisionTakenBack, and RefundAbovePaid when too little is left by
    now.
    """
    order = refund.order
    known = await known_decision(unit, order.decision_id)
    paid = await bought_line(unit, order.order_id, order.line_id)
    if known is None or known.decision is None or paid is None:
        raise UnknownRefund("the decision of this refund is not known")
    known.expect_standing()
    await _expect_unpaid(order, unit)
    if why_order_refused(paid.currency, market.currency) is not None:
        raise CurrencyOfAnotherMarket(f"Refunds in this market are in {market.currency}; this order is not.")
    successor = refund_id_of(order.decision_id, order.attempt + 1)
    command = ReplaceRefund(successor=successor, method=method, reason=reason, by=by, at=unit.now)
    await unit.execute(REFUNDS, order.refund_id, command)
    again = replace(
        order,
        refund_id=successor,
        attempt=order.attempt + 1,
        method=method or order.method,
        replaces=order.refund_id,
        at=unit.now,
    )
    return await _place(again, known.decision, paid, market, unit)


async def _expect_unpaid(order: OrderRefund, unit: Unit) -> None:
    """Refuse while an earlier order of the decision was paid, which must still not be so at commit."""
    earlier = (await _orders_of(order.decision_id, unit))[: order.attempt - 1]
    if any(refund.status == Status.COMPLETED for refund in earlier):
        raise RefundPaidBefore("An earlier order of this refund was paid after all; give this one up.")


async def _orders_of(decision_id: DecisionId, unit: Unit) -> list[Refund]:
    """Return the orders of a decision's refund, the first one first, which must still be so at commit."""
    found: list[Refund] = []
    while await unit.read(REFUNDS, refund_id_of(decision_id, len(found) + 1)) is not None:
        found.append(await unit.guard(REFUNDS, refund_id_of(decision_id, len(found) + 1)))
    return found


async def cancel(refund_id: RefundId, reason: str, by: StaffId, unit: Unit) -> Refund:
    """Give a refused refund up. Raises RefundNotRefused."""
    return await unit.execute(REFUNDS, refund_id, CancelRefund(reason=reason, by=by, at=unit.now))


async def take_payment(refund_id: RefundId, outcome: CompleteRefund, market: Market, unit: Unit) -> None:
    """Book a refund that was paid, and post what it passes on to the seller, once per decision and line."""
    before = await unit.read(REFUNDS, refund_id)
    refund = await unit.execute(REFUNDS, refund_id, outcome)
    if before is None or before.status == Status.COMPLETED or refund.order.goodwill:
        return
    order = refund.order
    record = RecordRefund(refund_id, order.amount_minor, unit.now)
    await unit.execute(EXPOSURES, exposure_id(order.order_id, order.line_id), record)
    await share(order.order_id, order.line_id, unit)
    known = await known_decision(unit, order.decision_id)
    paid = await bought_line(unit, order.order_id, order.line_id)
    if known is None or known.decision is None or known.taken_back or paid is None:
        return
    await _charge(order, known.decision, paid, market, unit, awaits_refund=False)
    for part in order.recovers:
        charge_id = charge_id_of(order.decision_id, part.line)
        if await unit.read(CHARGES, charge_id) is not None:
            await unit.execute(CHARGES, charge_id, RecordRefundPaid(unit.now))


async def take_refusal(refund_id: RefundId, reason: str, at: datetime, unit: Unit) -> None:
    """Take that the payment system refused a refund: its room and its charge are free while no other order stands."""
    before = await unit.read(REFUNDS, refund_id)
    refund = await unit.execute(REFUNDS, refund_id, FailRefund(reason, at))
    if before is None or before.status != Status.ORDERED or refund.order.goodwill:
        return
    order = refund.order
    await unit.execute(EXPOSURES, exposure_id(order.order_id, order.line_id), ReleaseRefund(refund_id, unit.now))
    await share(order.order_id, order.line_id, unit)
    for part in order.recovers:
        await let_go(charge_id_of(order.decision_id, part.line), unit.now, unit)


async def revive(charge_id: ChargeId, unit: Unit) -> None:
    """Propose a charge again that lapsed before its time had passed (S-3), while its ground stands; what was refused of its
    refund meanwhile is proposed when that is ordered anew."""
    charge = await unit.read(CHARGES, charge_id)
    if charge is None or not charge.lapsed:
        return
    terms = charge.terms
    decision = await known_decision(unit, terms.decision_id)
    if decision is not None and (decision.taken_back or terms.line in decision.lines_taken_back):
        return
    if (await known_case(unit, terms.case_id)).closed:
        return
    refund = await _became_of_refund(terms.decision_id, unit) if charge.awaits_refund else None
    await unit.execute(CHARGES, charge_id, ReviveProposal(refund, unit.now))


async def _became_of_refund(decision_id: DecisionId, unit: Unit) -> Literal["paid", "ordered", "refused"]:
    statuses = {refund.status for refund in await _orders_of(decision_id, unit)}
    if Status.COMPLETED in statuses:
        return "paid"
    return "ordered" if Status.ORDERED in statuses else "refused"


async def _place(order: OrderRefund, decision: Decision, paid: BoughtLine, market: Market, unit: Unit) -> Refund:
    """Reserve, order and charge. Raises RefundAbovePaid before anything is written."""
    if not order.goodwill:
        reserve = ReserveRefund(
            refund_id=order.refund_id, wanted_minor=order.amount_minor, paid_minor=paid.paid_minor, at=order.at
        )
        await unit.execute(EXPOSURES, exposure_id(order.order_id, order.line_id), reserve)
    refund = await unit.execute(REFUNDS, order.refund_id, order)
    await _charge(order, decision, paid, market, unit, awaits_refund=True)
    return refund


async def _charge(
    order: OrderRefund, decision: Decision, paid: BoughtLine, market: Market, unit: Unit, *, awaits_refund: bool
) -> None:
    for part in order.recovers:
        wanted = WantedCharge(
            decision=decision, line=part.line, kind=part.kind, net_minor=part.net_minor, awaits_refund=awaits_refund
        )
        await charge_line(wanted, paid, market, unit.now, unit)
