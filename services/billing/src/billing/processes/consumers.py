"""Contract events as commands of billing: decisions and takeovers become charges, outcomes of payments are taken."""

from collections.abc import Mapping

from billing.cases.domain import NoteClosing
from billing.cases.store import KNOWN_CASES
from billing.decisions.domain import Decision
from billing.lines.domain import BoughtLine, NoteLine
from billing.lines.store import LINES, bought_line
from billing.processes.consequences import ChargedLine, Decided, Refunded, carry_out, undo
from billing.refunds.domain import CompleteRefund, FailRefund
from billing.refunds.store import REFUNDS
from chassis.aggregate import Unit
from chassis.consuming import Consumer, NotYet
from chassis.hearing import is_news
from ombud_contracts import Received, groups
from ombud_contracts.events.disputes import DisputeDecided, DisputeSettled
from ombud_contracts.events.marketplace import OrderPlaced, RefundPaid, RefundRefused
from ombud_contracts.events.ticketing import CaseClosed, CaseReopened, TakeoverActivated, TakeoverReversed
from ombud_contracts.market import Market
from ombud_words import Currency, DecisionId, LineId, OrderId, RefundId, Remedy, line_key, paid_for_line
from ombud_words import Market as MarketId


def charges(markets: Mapping[str, Market]) -> Consumer:
    """Return billing's consumer."""

    async def handle(received: Received, unit: Unit) -> None:
        await hear(received, unit, markets)

    return Consumer(groups.BILLING_CHARGES, handle)


async def hear(received: Received, unit: Unit, markets: Mapping[str, Market]) -> None:
    """Do what follows from one event. Raises NotYet when it needs what was not told yet, and a Refusal."""
    match received.event:
        case OrderPlaced() as order if await is_news("order", received.metadata, unit):
            await _note_lines(order, unit)
        case TakeoverActivated() as takeover:
            decided = await _by_takeover(takeover, unit)
            await carry_out(decided, markets[decided.decision.market], unit)
        case TakeoverReversed(case_id=case_id, charges_announced=kinds, reason=reason, reversed_at=at) as undone:
            await undo(DecisionId(undone.takeover_id), case_id, kinds, reason, at, unit)
        case DisputeDecided() | DisputeSettled() as outcome:
            decided = await _by_dispute(outcome, received, unit)
            await carry_out(decided, markets[decided.decision.market], unit)
        case RefundPaid(refund_id=id, amount_minor=amount, currency=currency, paid_at=at):
            refund_id = await _ordered(id, unit)
            await unit.execute(REFUNDS, refund_id, CompleteRefund(amount, Currency(currency), at))
        case RefundRefused(refund_id=id, reason=reason):
            await unit.execute(REFUNDS, await _ordered(id, unit), FailRefund(reason, received.at))
        case CaseClosed() | CaseReopened() as case if await is_news("closing", received.metadata, unit):
            await unit.execute(KNOWN_CASES, case.case_id, NoteClosing(isinstance(case, CaseClosed), received.at))


async def _note_lines(order: OrderPlaced, unit: Unit) -> None:
    for line in order.lines:
        bought = BoughtLine(
            market=MarketId(order.market),
            seller_id=order.seller_id,
            buyer_id=order.buyer_id,
            currency=Currency(order.currency),
            paid_minor=paid_for_line(line.price_minor, line.shipping_minor),
        )
        await unit.execute(LINES, line_key(order.order_id, line.line_id), NoteLine(bought, order.placed_at))


async def _paid(unit: Unit, order_id: OrderId, line_id: LineId) -> BoughtLine:
    paid = await bought_line(unit, order_id, line_id)
    if paid is None:
        raise NotYet(line_key(order_id, line_id))
    return paid


async def _ordered(refund_id: str, unit: Unit) -> RefundId:
    if await unit.read(REFUNDS, refund_id) is None:
        raise NotYet(refund_id)
    return RefundId(refund_id)


async def _by_takeover(takeover: TakeoverActivated, unit: Unit) -> Decided:
    paid = await _paid(unit, takeover.order_id, takeover.line_id)
    decision = Decision(
        id=DecisionId(takeover.takeover_id),
        case_id=takeover.case_id,
        market=paid.market,
        seller_id=takeover.seller_id,
        buyer_id=takeover.buyer_id,
        order_id=takeover.order_id,
        line_id=takeover.line_id,
        appeal_until=takeover.decision.appeal_until,
    )
    lines = [ChargedLine(kind.lower(), kind) for kind in takeover.decision.charges_announced]
    return Decided(decision=decision, lines=lines, refund=None, paid=paid, at=takeover.activated_at)


async def _by_dispute(outcome: DisputeDecided | DisputeSettled, received: Received, unit: Unit) -> Decided:
    paid = await _paid(unit, outcome.order_id, outcome.line_id)
    record = outcome.decision
    decision = Decision(
        id=record.decision_id,
        case_id=outcome.case_id,
        market=paid.market,
        seller_id=outcome.seller_id,
        buyer_id=outcome.buyer_id,
        order_id=outcome.order_id,
        line_id=outcome.line_id,
        appeal_until=record.appeal_until,
    )
    refund = Refunded(record.refund_minor, record.remedy == Remedy.GOODWILL) if record.refund_minor else None
    lines = [ChargedLine(line.line, line.kind, line.amount_minor) for line in record.lines]
    return Decided(decision=decision, lines=lines, refund=refund, paid=paid, at=received.at)
