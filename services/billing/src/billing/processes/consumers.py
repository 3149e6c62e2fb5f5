"""Contract events as commands of billing: decisions and takeovers become charges, outcomes of payments are taken."""

from collections.abc import Mapping

from billing.charging import charge_id_of, charge_line, order_refund, take_back
from billing.domain.refund import CompleteRefund, FailRefund
from billing.store import (
    CLOSED_CASES,
    DECISIONS,
    ORDER_LINES,
    REFUNDS,
    TAKEN_BACK,
    Decision,
    PaidLine,
    charges_of_case,
    find_paid_line,
    is_taken_back,
)
from chassis.aggregate import Unit
from chassis.consuming import Consumer, NotYet
from chassis.hearing import is_news
from chassis.mongo import Mongo
from chassis.store import Document
from ombud_contracts import Received, groups
from ombud_contracts.events.disputes import Decision as Decided
from ombud_contracts.events.disputes import DisputeDecided, DisputeSettled
from ombud_contracts.events.marketplace import OrderPlaced, RefundPaid, RefundRefused
from ombud_contracts.events.ticketing import CaseClosed, CaseReopened, TakeoverActivated, TakeoverReversed
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Remedy


def charges(markets: Mapping[str, Market], mongo: Mongo) -> Consumer:
    """Return billing's consumer."""

    async def handle(received: Received, unit: Unit) -> None:
        match received.event:
            case OrderPlaced() as order if await is_news("order", received.metadata, unit):
                _note_lines(order, unit)
            case TakeoverActivated() as takeover:
                await _charge_takeover(takeover, markets, mongo, unit)
            case TakeoverReversed() as undone:
                await _take_charges_back(undone, mongo, unit)
            case DisputeDecided() | DisputeSettled() as decided:
                await _charge_decision(decided, markets, mongo, received, unit)
            case RefundPaid(refund_id=id, amount_minor=amount, currency=currency, paid_at=at):
                await _expect_refund(id, unit)
                await unit.execute(REFUNDS, id, CompleteRefund(amount, currency, at))
            case RefundRefused(refund_id=id, reason=reason):
                await _expect_refund(id, unit)
                await unit.execute(REFUNDS, id, FailRefund(reason, received.at))
            case CaseClosed() | CaseReopened() as case if await is_news("closing", received.metadata, unit):
                unit.upsert(CLOSED_CASES, case.case_id, {"closed": isinstance(case, CaseClosed)})

    return Consumer(groups.BILLING_CHARGES, handle)


def _note_lines(order: OrderPlaced, unit: Unit) -> None:
    for line in order.lines:
        document: Document = {
            "market": order.market,
            "seller_id": order.seller_id,
            "buyer_id": order.buyer_id,
            "currency": order.currency,
            "paid_minor": line.price_minor * line.quantity + line.shipping_minor,
        }
        unit.upsert(ORDER_LINES, f"{order.order_id}|{line.line_id}", document)


async def _paid(mongo: Mongo, order_id: str, line_id: str) -> PaidLine:
    paid = await find_paid_line(mongo, order_id, line_id)
    if paid is None:
        raise NotYet(f"{order_id}|{line_id}")
    return paid


async def _expect_refund(refund_id: str, unit: Unit) -> None:
    if await unit.read(REFUNDS, refund_id) is None:
        raise NotYet(refund_id)


async def _charge_takeover(
    takeover: TakeoverActivated, markets: Mapping[str, Market], mongo: Mongo, unit: Unit
) -> None:
    if await is_taken_back(mongo, takeover.takeover_id):
        return  # told again, or late, after its reversal
    paid = await _paid(mongo, takeover.order_id, takeover.line_id)
    decision = Decision(
        id=takeover.takeover_id,
        case_id=takeover.case_id,
        market=paid.market,
        seller_id=takeover.seller_id,
        buyer_id=takeover.buyer_id,
        order_id=takeover.order_id,
        line_id=takeover.line_id,
        appeal_until=takeover.decision.appeal_until,
    )
    _note_decision(decision, unit)
    for kind in takeover.decision.charges_announced:
        await charge_line(decision, kind.lower(), kind, None, paid, markets[paid.market], takeover.activated_at, unit)


async def _take_charges_back(undone: TakeoverReversed, mongo: Mongo, unit: Unit) -> None:
    """Undo what a reversed takeover cost (S-3): what it announced, and what staff charged by it since."""
    unit.upsert(TAKEN_BACK, undone.takeover_id, {"at": undone.reversed_at})
    announced = [charge_id_of(undone.takeover_id, kind.lower()) for kind in undone.charges_announced]
    known = await charges_of_case(mongo, undone.case_id)
    since = [charge.terms.charge_id for charge in known if charge.terms.decision_id == undone.takeover_id]
    for charge_id in dict.fromkeys([*announced, *since]):
        await take_back(charge_id, undone.reason, undone.reversed_at, unit)


async def _charge_decision(
    decided: DisputeDecided | DisputeSettled,
    markets: Mapping[str, Market],
    mongo: Mongo,
    received: Received,
    unit: Unit,
) -> None:
    paid = await _paid(mongo, decided.order_id, decided.line_id)
    record: Decided = decided.decision
    decision = Decision(
        id=record.decision_id,
        case_id=decided.case_id,
        market=paid.market,
        seller_id=decided.seller_id,
        buyer_id=decided.buyer_id,
        order_id=decided.order_id,
        line_id=decided.line_id,
        appeal_until=record.appeal_until,
    )
    _note_decision(decision, unit)
    for line in record.lines:
        await charge_line(
            decision, line.line, line.kind, line.amount_minor, paid, markets[paid.market], received.at, unit
        )
    if record.refund_minor:
        goodwill = record.remedy == Remedy.GOODWILL
        await order_refund(decision, record.refund_minor, paid, goodwill, received.at, unit)


def _note_decision(decision: Decision, unit: Unit) -> None:
    document = {name: getattr(decision, name) for name in Decision.__dataclass_fields__ if name != "id"}
    unit.upsert(DECISIONS, decision.id, document)
