"""What follows from a decision: charges and a refund; and what follows when it is taken back (S-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.charges.charging import WantedCharge, charge_id_of, charge_line, take_back
from billing.charges.store import charges_of_case
from billing.decisions.domain import Decision, NoteDecision, TakeDecisionBack
from billing.decisions.store import DECISIONS, known_decision
from billing.lines.domain import BoughtLine
from billing.refunds.ordering import order_refund
from chassis.aggregate import Unit
from ombud_contracts.market import Market
from ombud_words import CaseId, DecisionId


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """A line that a decision names."""

    line: str
    kind: str
    net_minor: int | None = None
    """None when the tariff sets it."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a decision gives back to the buyer."""

    amount_minor: int
    goodwill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, and what it costs."""

    decision: Decision
    lines: Sequence[ChargedLine]
    refund: Refunded | None
    paid: BoughtLine
    at: datetime


async def carry_out(decided: Decided, market: Market, unit: Unit) -> None:
    """Charge a decision's lines and order its refund, once; nothing follows from one that was taken back before."""
    decision, at = decided.decision, decided.at
    known = await known_decision(unit, decision.id)
    if known is not None and known.taken_back:
        return
    await unit.execute(DECISIONS, decision.id, NoteDecision(decision, at))
    for line in decided.lines:
        wanted = WantedCharge(
            decision=decision, line=line.line, kind=line.kind, net_minor=line.net_minor, proposed=False
        )
        await charge_line(wanted, decided.paid, market, at, unit)
    if decided.refund is not None:
        refund = decided.refund
        await order_refund(decision, refund.amount_minor, decided.paid, goodwill=refund.goodwill, at=at, unit=unit)


async def undo(
    decision_id: DecisionId, case_id: CaseId, announced: Sequence[str], reason: str, at: datetime, unit: Unit
) -> None:
    """Undo what a reversed takeover cost: the kinds that it announced, and what staff charged by it since."""
    await unit.execute(DECISIONS, decision_id, TakeDecisionBack(at))
    known = await charges_of_case(unit, case_id)
    since = [charge.terms.charge_id for charge in known if charge.terms.decision_id == decision_id]
    for charge_id in dict.fromkeys([*(charge_id_of(decision_id, kind.lower()) for kind in announced), *since]):
        await take_back(charge_id, reason, at, unit)
