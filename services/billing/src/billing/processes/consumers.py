"""Contract events as commands of billing: decisions and takeovers become charges, outcomes of payments are taken."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from billing.cases.domain import NoteClosing, NoteOpening
from billing.cases.store import KNOWN_CASES, known_case
from billing.charges.charging import Shown, end_proposals
from billing.decisions.domain import Decision
from billing.decisions.store import known_decision
from billing.lines.domain import BoughtLine, NoteLine
from billing.lines.store import LINES, bought_line, is_refused, refuse_order, take_order
from billing.processes.consequences import (
    APPEALED,
    ChargedLine,
    Decided,
    Refunded,
    carry_out,
    note_appeal_time,
    note_deciders,
    refund_all_the_same,
    replace_by,
    undo,
    undo_line,
)
from billing.processes.payouts import hear_payouts
from billing.processes.silence import on_clock
from billing.refunds.domain import CompleteRefund, OrderRefund
from billing.refunds.ordering import take_payment, take_refusal
from billing.refunds.store import REFUNDS
from billing.statements.domain import NoteSeller
from billing.statements.store import SELLERS
from chassis.aggregate import Unit
from chassis.consuming import Consumer, NotYet
from chassis.hearing import is_news
from ombud_contracts import Received, groups
from ombud_contracts.events.disputes import (
    AppealDecided,
    DecisionAppealed,
    DecisionTakenBack,
    DisputeDecided,
    DisputeSettled,
    GoodwillGiven,
)
from ombud_contracts.events.disputes import Decision as Record
from ombud_contracts.events.marketplace import OrderPlaced, RefundPaid, RefundRefused, SellerRegistered
from ombud_contracts.events.returns import ReturnLabelChargeWithdrawn, ReturnLabelIssued, ReturnRefundOrdered
from ombud_contracts.events.sla_monitor import ClockEvent
from ombud_contracts.events.takeovers import TakeoverAppealDecided, TakeoverJudged
from ombud_contracts.events.ticketing import (
    AnnouncedCharge,
    CaseClosed,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    ListingCaseOpened,
    PlatformCaseOpened,
    TakeoverActivated,
    TakeoverReversed,
)
from ombud_contracts.market import Market
from ombud_words import (
    AppealOutcome,
    ChargeKind,
    Currency,
    DecisionId,
    LineId,
    OrderId,
    PersonId,
    RefundId,
    Remedy,
    Role,
    StaffId,
    first_decision,
    line_key,
    paid_for_line,
    why_order_refused,
)
from ombud_words import Market as MarketId

BREACH_WITHDRAWN = "breach_withdrawn"
"""Why a charge is taken back that followed from a time that had not passed: for a label, or a delivery."""
_LABEL_LINE = ChargeKind.RETURN_LABEL.lower()
_BY_SELLER = "seller"
"""Whose money a return gives back, where a carrier did not lose it."""
_COSTS_NO_SELLER = (Remedy.NONE, Remedy.GOODWILL)
"""Remedies by which nothing is decided against the seller."""
Opening = CaseOpened | ListingCaseOpened | PlatformCaseOpened | CaseMoved


def charges(markets: Mapping[str, Market]) -> Consumer:
    """Return billing's consumer."""

    async def handle(received: Received, unit: Unit) -> None:
        await hear(received, unit, markets)

    return Consumer(groups.BILLING_CHARGES, handle)


async def hear(received: Received, unit: Unit, markets: Mapping[str, Market]) -> None:
    """Do what follows from one event. Raises NotYet when it needs what was not told yet, and a Refusal."""
    match received.event:
        case OrderPlaced() as order if await is_news("order", received.metadata, unit):
            await _note_order(order, markets, unit)
        case TakeoverActivated(takeover_id=id, decision=record) if record.awaits_verdict:
            await note_deciders(DecisionId(id), _people(record.decider_id), unit)
        case TakeoverActivated() as takeover:
            if not await is_refused(unit, takeover.order_id):
                decided = await _by_takeover(takeover, unit)
                await carry_out(decided, markets[decided.decision.market], unit)
        case TakeoverJudged(verdict="confirmed") as judged:
            await _charge_judged(judged, markets, unit)
        case TakeoverReversed(case_id=case_id, charges_announced=kinds, reason=reason) as undone:
            await undo(DecisionId(undone.takeover_id), case_id, kinds, reason, unit)
        case DisputeDecided() | DisputeSettled() as outcome:
            decided = await _by_dispute(outcome, unit)
            await carry_out(decided, markets[decided.decision.market], unit)
        case AppealDecided(outcome=AppealOutcome.REVERSED) as appealed:
            await undo(appealed.decision_id, appealed.case_id, (), APPEALED, unit)
        case DecisionTakenBack(case_id=case_id, decision_id=decision_id):
            await undo(decision_id, case_id, (), BREACH_WITHDRAWN, unit)
        case AppealDecided(outcome=AppealOutcome.AMENDED) as appealed:
            await _amend(appealed, markets, unit)
        case AppealDecided(outcome=AppealOutcome.UPHELD | AppealOutcome.INADMISSIBLE) as appealed:
            await note_deciders(appealed.decision_id, _people(appealed.reviewer_id), unit)
            if await is_news("appeal_time", received.metadata, unit):
                until = appealed.appeal_until if appealed.appeal_by == Role.SELLER else None
                await note_appeal_time(appealed.decision_id, appealed.case_id, until, unit)
        case DecisionAppealed(case_id=case_id, decision_id=decision_id):
            if await is_news("appeal_time", received.metadata, unit):
                await note_appeal_time(decision_id, case_id, None, unit)
        case TakeoverAppealDecided(takeover_id=id, reviewer_id=reviewer_id) if reviewer_id is not None:
            await note_deciders(DecisionId(id), _people(reviewer_id), unit)
        case ReturnLabelIssued(charged=cost) if cost is not None:
            await _carry_out_of_return(received, [_line(str(cost.kind), cost)], None, markets, unit)
        case ReturnLabelChargeWithdrawn(decision_id=decision_id):
            await undo_line(decision_id, _LABEL_LINE, BREACH_WITHDRAWN, unit)
        case ReturnRefundOrdered(amount_minor=amount, funded_by=funded_by):
            lines = [ChargedLine("refund", ChargeKind.REFUND, amount)] if funded_by == _BY_SELLER else []
            await _carry_out_of_return(received, lines, Refunded(amount, goodwill=False), markets, unit)
        case GoodwillGiven() as gift:
            decided = await _by_gift(gift, unit)
            await carry_out(decided, markets[decided.decision.market], unit)
        case RefundPaid(refund_id=id, amount_minor=amount, currency=currency, paid_at=at):
            refund = await _ordered(id, unit)
            paid = CompleteRefund(amount, Currency(currency), at)
            await take_payment(refund.refund_id, paid, markets[refund.market], unit)
        case RefundRefused(refund_id=id, reason=reason):
            refund = await _ordered(id, unit)
            await take_refusal(refund.refund_id, reason, received.at, unit)
        case SellerRegistered() as seller if await is_news(f"seller|{seller.market}", received.metadata, unit):
            note = NoteSeller(MarketId(seller.market), seller.languages, received.at)
            await unit.execute(SELLERS, seller.seller_id, note)
        case ClockEvent() as clock:
            await on_clock(clock, received.metadata, unit)
        case case if isinstance(case, Opening) and await is_news("opening", received.metadata, unit):
            await known_case(unit, case.case_id)  # what was kept of it before is not forgotten
            await unit.execute(KNOWN_CASES, case.case_id, _opening(case, received))
        case CaseClosed() | CaseReopened() as case if await is_news("closing", received.metadata, unit):
            await _note_closing(case, received, unit)
    await hear_payouts(received, unit)


def _opening(case: Opening, received: Received) -> NoteOpening:
    return NoteOpening(
        market=None if isinstance(case, CaseMoved) else MarketId(case.market),
        seller_id=None if isinstance(case, PlatformCaseOpened) else case.seller_id,
        at=received.at,
    )


async def _note_closing(case: CaseClosed | CaseReopened, received: Received, unit: Unit) -> None:
    closed = isinstance(case, CaseClosed)
    # The case is written before its proposals are looked for: one that is made meanwhile guards it, and conflicts.
    await unit.execute(KNOWN_CASES, case.case_id, NoteClosing(closed, received.at))
    if closed:
        await end_proposals(case.case_id, unit)


async def _note_order(order: OrderPlaced, markets: Mapping[str, Market], unit: Unit) -> None:
    market = markets.get(order.market)
    reason = why_order_refused(order.currency, market.currency if market is not None else None)
    if reason is not None:
        refuse_order(unit, order.order_id, order.market, order.currency, reason)
        return
    await take_order(unit, order.order_id)
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


async def _ordered(refund_id: RefundId, unit: Unit) -> OrderRefund:
    refund = await unit.read(REFUNDS, refund_id)
    if refund is None:
        raise NotYet(refund_id)
    return refund.order


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
        decided_by=_person(takeover.decision.decider_id),
        clause=takeover.decision.clause,
        clause_version=takeover.decision.clause_version,
    )
    lines = _announced(takeover.decision.charges_announced, takeover.decision.costs)
    return Decided(decision=decision, lines=lines, refund=None, paid=paid)


async def _charge_judged(judged: TakeoverJudged, markets: Mapping[str, Market], unit: Unit) -> None:
    """Charge what the seller was shown, now that a person found that the reason of the takeover is so (S-1)."""
    if judged.order_id is None or judged.line_id is None or await is_refused(unit, judged.order_id):
        return
    paid = await _paid(unit, judged.order_id, judged.line_id)
    market = markets[paid.market]
    clause = next((rule.clause for trigger, rule in market.takeovers.items() if trigger == judged.trigger), None)
    decision = Decision(
        id=DecisionId(judged.takeover_id),
        case_id=judged.case_id,
        market=paid.market,
        seller_id=judged.seller_id,
        buyer_id=judged.buyer_id,
        order_id=judged.order_id,
        line_id=judged.line_id,
        appeal_until=judged.appeal_until,
        decided_by=_person(judged.decider_id),
        clause=clause,
        clause_version=market.legal.version if clause is not None else None,
    )
    lines = _announced(judged.charges_announced, judged.costs)
    await carry_out(Decided(decision=decision, lines=lines, refund=None, paid=paid), market, unit)


def _announced(kinds: Sequence[str], costs: Sequence[AnnouncedCharge] | None) -> list[ChargedLine]:
    """Return what is charged: each kind at the amount that was shown, or by the tariff where none was."""
    shown = {str(cost.kind): cost for cost in costs or ()}
    return [_line(kind, shown.get(kind)) for kind in kinds]


def _line(kind: str, cost: AnnouncedCharge | None) -> ChargedLine:
    if cost is None:
        return ChargedLine(kind.lower(), kind)
    terms = Shown(vat_basis_points=cost.vat_basis_points, tariff_version=cost.tariff_version)
    return ChargedLine(kind.lower(), kind, cost.net_minor, terms)


async def _by_dispute(outcome: DisputeDecided | DisputeSettled, unit: Unit) -> Decided:
    decided_by = _person(outcome.mediator_id) if isinstance(outcome, DisputeDecided) else None
    return await _by_record(outcome, outcome.decision, decided_by, unit)


async def _by_record(
    outcome: DisputeDecided | DisputeSettled | AppealDecided, record: Record, decided_by: StaffId | None, unit: Unit
) -> Decided:
    paid = await _paid(unit, outcome.order_id, outcome.line_id)
    decision = Decision(
        id=record.decision_id,
        case_id=outcome.case_id,
        market=paid.market,
        seller_id=outcome.seller_id,
        buyer_id=outcome.buyer_id,
        order_id=outcome.order_id,
        line_id=outcome.line_id,
        appeal_until=None if isinstance(outcome, DisputeSettled) else record.appeal_until,
        decided_by=decided_by,
        binds_seller=record.remedy not in _COSTS_NO_SELLER,
        clause=record.clause,
        clause_version=record.clause_version,
    )
    refund = Refunded(record.refund_minor, record.remedy == Remedy.GOODWILL) if record.refund_minor else None
    lines = [ChargedLine(line.line, line.kind, line.amount_minor) for line in record.lines]
    return Decided(decision=decision, lines=lines, refund=refund, paid=paid)


async def _amend(appealed: AppealDecided, markets: Mapping[str, Market], unit: Unit) -> None:
    assert appealed.decision is not None, "an amendment names what holds"
    decided = await _by_record(appealed, appealed.decision, _person(appealed.reviewer_id), unit)
    decided = replace(decided, given_minor=appealed.given_minor)
    await replace_by(appealed.decision_id, decided, APPEALED, markets[decided.decision.market], unit)


async def _carry_out_of_return(
    received: Received,
    lines: Sequence[ChargedLine],
    refund: Refunded | None,
    markets: Mapping[str, Market],
    unit: Unit,
) -> None:
    """Charge and refund by what a return came to. Its label and its refund are one decision, whose lines come at their time
    and which is as it was told last.

    What a carrier lost is the platform's loss: nothing is charged for it.
    """
    told = received.event
    assert isinstance(told, ReturnLabelIssued | ReturnRefundOrdered), "what costs something in a return"
    paid = await _paid(unit, told.order_id, told.line_id)
    decision = Decision(
        id=told.decision_id,
        case_id=told.case_id,
        market=paid.market,
        seller_id=told.seller_id,
        buyer_id=told.buyer_id,
        order_id=told.order_id,
        line_id=told.line_id,
        appeal_until=told.appeal_until,
        decided_by=_person(told.decider_id) if isinstance(told, ReturnRefundOrdered) else None,
        binds_seller=refund is None or bool(lines),
        clause=told.clause,
        clause_version=told.clause_version,
    )
    latest = await is_news("decision", received.metadata, unit)
    decided = Decided(decision=decision, lines=lines, refund=refund, paid=paid, latest=latest)
    known = [await known_decision(unit, id) for id in dict.fromkeys((first_decision(decision.id), decision.id))]
    if any(one is not None and one.taken_back for one in known):
        await refund_all_the_same(decided, markets[paid.market], unit)
    else:
        await carry_out(decided, markets[paid.market], unit)


async def _by_gift(gift: GoodwillGiven, unit: Unit) -> Decided:
    paid = await _paid(unit, gift.order_id, gift.line_id)
    decision = Decision(
        id=gift.decision_id,
        case_id=gift.case_id,
        market=paid.market,
        seller_id=gift.seller_id,
        buyer_id=gift.buyer_id,
        order_id=gift.order_id,
        line_id=gift.line_id,
        appeal_until=None,
        decided_by=_person(gift.giver_id),
        binds_seller=False,
    )
    return Decided(decision=decision, lines=(), refund=Refunded(gift.amount_minor, goodwill=True), paid=paid)


def _person(id: str) -> StaffId | None:
    """Return who decided; nobody when the system did."""
    return StaffId(PersonId(id)) if id != Role.SYSTEM else None


def _people(id: str) -> list[StaffId]:
    return [who] if (who := _person(id)) is not None else []
