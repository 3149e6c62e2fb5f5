"""What becomes of an appeal of a charge: it stands, it is reversed by an opposite entry, or another of a lower amount takes its
place (S-3)."""

from dataclasses import dataclass

from billing.charges.charging import amended, release, replace_amended
from billing.charges.domain import AppealUpholding, Charge, DecideAppeal, Terms
from billing.charges.store import CHARGES
from billing.decisions.store import known_decision
from billing.lines.domain import BoughtLine
from chassis.aggregate import Unit
from chassis.ids import new_id
from ombud_words import AppealId, AppealOutcome, ChargeId, Role, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What somebody decides about the appeal of a charge."""

    outcome: AppealOutcome
    reasons: tuple[str, ...]
    reviewer_id: StaffId
    net_minor: int | None = None
    """What is charged instead; None unless it is amended."""


async def appeal(charge_id: ChargeId, by: Role, grounds: tuple[str, ...], unit: Unit) -> Charge:
    """Keep an appeal; a repeat of one that waits changes nothing. Raises an AppealRefused."""
    command = AppealUpholding(appeal_id=AppealId(new_id("apl")), by=by, grounds=grounds, at=unit.now)
    return await unit.execute(CHARGES, charge_id, command)


async def decide_appeal(charge: Charge, judgement: Judgement, paid: BoughtLine, unit: Unit) -> Charge:
    """Decide the appeal of a charge that waits, and return the charge as it is now.

    Each step happens once: one transaction has the opposite entry, the room under the cap that is left to others, and the
    charge that takes its place. Raises a Refusal or an AppealRefused.
    """
    terms, anew = charge.terms, _anew(charge, judgement)
    decision = await known_decision(unit, terms.decision_id)
    command = DecideAppeal(
        outcome=judgement.outcome,
        reasons=judgement.reasons,
        reviewer_id=judgement.reviewer_id,
        judges=decision.everyone if decision is not None else (),
        at=unit.now,
        anew=anew,
    )
    after = await unit.execute(CHARGES, terms.charge_id, command)
    if anew is not None:
        await replace_amended(after, anew, paid, unit)
    elif judgement.outcome == AppealOutcome.REVERSED:
        await release(after, unit.now, unit)
    return after


def _anew(charge: Charge, judgement: Judgement) -> Terms | None:
    return None if judgement.net_minor is None else amended(charge.terms, judgement.net_minor)
