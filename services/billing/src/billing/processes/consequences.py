"""What follows from a decision: charges and a refund; and what follows when it is taken back (S-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.charges.charging import PASSED_ON, Shown, WantedCharge, charge_id_of, charge_line, take_back
from billing.charges.domain import Charge, NoteAppealTime
from billing.charges.store import CHARGES, charges_of_case
from billing.decisions import domain as decisions
from billing.decisions.domain import Decision, NoteDeciders, NoteDecision, TakeDecisionBack, TakeLineBack
from billing.decisions.store import DECISIONS, known_decision
from billing.lines.domain import BoughtLine
from billing.refunds.domain import Recovered
from billing.refunds.ordering import order_refund
from chassis.aggregate import Unit
from ombud_contracts.market import Market
from ombud_words import CaseId, DecisionId, StaffId, first_decision

APPEALED = "appealed"
"""Why charges of a decision are taken back that was reversed or amended on appeal."""


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """A line that a decision names."""

    line: str
    kind: str
    net_minor: int | None = None
    """None when the tariff sets it."""
    shown: Shown | None = None
    """By which terms it was shown before; None: by those of today."""


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
    given_minor: int = 0
    """What of the refund was paid before, by a decision that this one takes the place of."""
    latest: bool = True
    """Nothing later was told of the decision before."""

    @property
    def given(self) -> list[Recovered]:
        """What of a refund that was paid before is passed on to the seller."""
        return _shares(self._passed_on, 0, self.given_minor)

    @property
    def owed_minor(self) -> int:
        """What of the refund is still to be paid."""
        return max(0, self.refund.amount_minor - self.given_minor) if self.refund is not None else 0

    @property
    def recovers(self) -> list[Recovered]:
        """What of the refund that is still to be paid is passed on to the seller: never more than the refund, and nothing
        without one."""
        return _shares(self._passed_on, self.given_minor, sum(part.net_minor for part in self._passed_on))

    @property
    def _passed_on(self) -> list[Recovered]:
        left = self.refund.amount_minor if self.refund is not None and not self.refund.goodwill else 0
        parts = []
        for line in self.lines:
            if line.kind in PASSED_ON and (share := min(line.net_minor or 0, left)):
                parts.append(Recovered(line.line, line.kind, share))
                left -= share
        return parts


def _shares(parts: Sequence[Recovered], start: int, end: int) -> list[Recovered]:
    """Return what of parts, laid end to end, lies between two amounts; a part that is cut is charged in two lines."""
    found, begins = [], 0
    for part in parts:
        low, high = max(begins, start), min(begins + part.net_minor, end)
        if low < high:
            line = part.line if low == begins else f"{part.line}_more"
            found.append(Recovered(line, part.kind, high - low))
        begins += part.net_minor
    return found


async def carry_out(decided: Decided, market: Market, unit: Unit) -> None:
    """Charge a decision's lines and order its refund, once; nothing is charged by one, or a line, that was taken back before.

    What is charged is posted when it is handled, however late that is: the month of a statement that was drawn stays as
    it is, and the time to contest begins with the notice.
    """
    decision = decided.decision
    known = await known_decision(unit, decision.id)
    if known is not None and known.taken_back:
        await refund_all_the_same(decided, market, unit)
        return
    known = await unit.execute(DECISIONS, decision.id, NoteDecision(decision, unit.now, decided.latest))
    for part in decided.given:
        wanted = WantedCharge(decision=decision, line=part.line, kind=part.kind, net_minor=part.net_minor)
        await charge_line(wanted, decided.paid, market, unit.now, unit)
    if decided.refund is not None and decided.owed_minor:
        refund = decided.refund
        await order_refund(
            decision,
            decided.owed_minor,
            decided.recovers,
            decided.paid,
            market,
            goodwill=refund.goodwill,
            unit=unit,
        )
    for line in (n for n in decided.lines if n.kind not in PASSED_ON and n.line not in known.lines_taken_back):
        wanted = WantedCharge(
            decision=decision, line=line.line, kind=line.kind, net_minor=line.net_minor, shown=line.shown
        )
        await charge_line(wanted, decided.paid, market, unit.now, unit)


async def refund_all_the_same(decided: Decided, market: Market, unit: Unit) -> None:
    """Order what a decision gave back before it fell, of whose fall was heard first: the buyer relied on it, and the seller is
    charged nothing (S-3). What the seller was to pay fell with it: it is not ordered again."""
    await unit.execute(DECISIONS, decided.decision.id, NoteDecision(decided.decision, unit.now, decided.latest))
    if decided.lines:
        await unit.execute(DECISIONS, decided.decision.id, TakeDecisionBack(unit.now))
    if decided.refund is not None and decided.owed_minor:
        owed, goodwill = decided.owed_minor, decided.refund.goodwill
        await order_refund(decided.decision, owed, (), decided.paid, market, goodwill=goodwill, unit=unit)


async def undo(decision_id: DecisionId, case_id: CaseId, announced: Sequence[str], reason: str, unit: Unit) -> None:
    """Undo what a decision cost: the kinds that a takeover announced, what staff charged by it since, and its further payments."""
    await unit.execute(DECISIONS, decision_id, TakeDecisionBack(unit.now))
    known = await _charges_by(decision_id, case_id, unit)
    for further in sorted({charge.terms.decision_id for charge in known} - {decision_id}):
        await unit.execute(DECISIONS, further, TakeDecisionBack(unit.now))
    since = [charge.terms.charge_id for charge in known]
    for charge_id in dict.fromkeys([*(charge_id_of(decision_id, kind.lower()) for kind in announced), *since]):
        await take_back(charge_id, reason, unit.now, unit)


async def _charges_by(decision_id: DecisionId, case_id: CaseId, unit: Unit) -> list[Charge]:
    """Return what was charged by a decision and by its further payments."""
    return [c for c in await charges_of_case(unit, case_id) if first_decision(c.terms.decision_id) == decision_id]


async def undo_line(decision_id: DecisionId, line: str, reason: str, unit: Unit) -> None:
    """Undo one line of a decision that stands, also when it is told afterwards."""
    await known_decision(unit, decision_id)  # what was kept of it before is not forgotten
    await unit.execute(DECISIONS, decision_id, TakeLineBack(line, unit.now))
    await take_back(charge_id_of(decision_id, line), reason, unit.now, unit)


async def note_appeal_time(decision_id: DecisionId, case_id: CaseId, appeal_until: datetime | None, unit: Unit) -> None:
    """Keep until when the seller may appeal a decision, also for what is charged by it from now on."""
    known = await _charges_by(decision_id, case_id, unit)
    for decision in sorted({decision_id, *(charge.terms.decision_id for charge in known)}):
        await known_decision(unit, decision)  # what was kept of it before is not forgotten
        await unit.execute(DECISIONS, decision, decisions.NoteAppealTime(appeal_until, unit.now))
    for charge in known:
        await unit.execute(CHARGES, charge.terms.charge_id, NoteAppealTime(appeal_until, unit.now))


async def replace_by(before: DecisionId, decided: Decided, reason: str, market: Market, unit: Unit) -> None:
    """Charge by the decision that holds now in place of the one before (S-3), and order what the buyer is still owed.

    Whoever decided before judges nothing that rests on what holds now (S-4).
    """
    known = await known_decision(unit, before)
    await undo(before, decided.decision.case_id, (), reason, unit)
    if known is not None:
        await note_deciders(decided.decision.id, known.everyone, unit)
    await carry_out(decided, market, unit)


async def note_deciders(decision_id: DecisionId, people: Sequence[StaffId], unit: Unit) -> None:
    """Keep that these people decided something about a decision, also of one that was not told yet."""
    await known_decision(unit, decision_id)  # what was kept of it before is not forgotten
    if people:
        await unit.execute(DECISIONS, decision_id, NoteDeciders(tuple(people), unit.now))
