"""What the parties of a case are told of what other services decided."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_contracts import Event, Received
from ombud_contracts.events import returns
from ombud_contracts.events.billing import ChargeAppealDecided, ChargeUpheld
from ombud_contracts.events.conduct import (
    ConductAccusedTold,
    ConductAppealDecided,
    ConductDecided,
    ConductEvent,
    ConductHearingContinued,
)
from ombud_contracts.events.disputes import AppealDecided, DecisionTakenBack, DisputeDecided
from ombud_contracts.events.findings import ClaimsSanctioned, ClaimsSanctionLifted, FindingMade, FindingWithdrawn
from ombud_contracts.events.messaging import ReplyWaived, WaiverRefused
from ombud_contracts.events.reviews import ReviewEvent, ReviewWithdrawn
from ombud_contracts.events.sla_monitor import ClockWarned
from ombud_words import GUARANTEE_LAPSED, AppealOutcome, CaseId, ConductResult, DisputeId, Role
from ticketing.cases.domain.commands import TellParties, TellSeller
from ticketing.cases.domain.notices import NoticeSubject
from ticketing.cases.store import CASES


async def tell_of_waiver(received: Received, unit: Unit) -> None:
    """Tell the seller what a supervisor decided about a reply that is owed. Raises NotYet for an unknown case."""
    match received.event:
        case WaiverRefused(case_id=case_id):
            await _tell(case_id, TellSeller("waiver_refused", received.at), unit)
        case ReplyWaived(case_id=case_id, by=Role.SUPERVISOR):
            await _tell(case_id, TellSeller("reply_waived", received.at), unit)


_OF_RESULT: Mapping[tuple[bool, bool], str] = {
    (True, False): "conduct_found",
    (False, False): "conduct_not_found",
    (True, True): "review_found",
    (False, True): "review_cleared",
}
"""What is told of a result, by whether something was found, and whether a review found it or not."""


async def tell_of_conduct(received: Received, unit: Unit) -> None:
    """Tell those who may know it how a complaint about the seller's conduct goes on. Raises NotYet for an unknown case."""
    match received.event:
        case ReviewEvent(accused_knows=False):
            return  # nobody but the platform knows of the review
        case ConductAccusedTold(case_id=case_id):
            await _tell(case_id, TellSeller("conduct_told", received.at), unit)
        case ConductHearingContinued(case_id=case_id, complaint_id=complaint_id, finding_withdrawn=True) as continued:
            unheard = _persons(complaint_id, "conduct_unheard", _who_know(continued), received.at)
            await _tell(case_id, replace(unheard, occasion=received.metadata.sequence), unit)
        case ReviewWithdrawn(case_id=case_id, complaint_id=complaint_id):
            await _tell(case_id, _persons(complaint_id, "review_withdrawn", _SELLER, received.at), unit)
        case ConductDecided(case_id=case_id, decision_id=decision_id) as decided:
            notice = _OF_RESULT[decided.result == ConductResult.FOUND, isinstance(decided, ReviewEvent)]
            await _tell(case_id, _persons(decision_id, notice, _who_know(decided), received.at), unit)
        case (
            ConductAppealDecided(case_id=case_id, appeal_id=appeal_id, by=by, outcome=AppealOutcome.REVERSED) as decided
        ):
            notice = "conduct_reversed" if by == Role.SELLER else "conduct_again"
            await _tell(case_id, _persons(appeal_id, notice, _who_know(decided), received.at), unit)
        case ConductAppealDecided(case_id=case_id, appeal_id=appeal_id, by=by, outcome=outcome):
            notice = "appeal_in_vain" if outcome == AppealOutcome.UPHELD else "appeal_inadmissible"
            await _tell(case_id, _persons(appeal_id, notice, (Role(by),), received.at), unit)


_OF_CHARGES_APPEAL: Mapping[str, str] = {
    AppealOutcome.INADMISSIBLE: "appeal_inadmissible",
    AppealOutcome.UPHELD: "appeal_in_vain",
    AppealOutcome.AMENDED: "charge_amended",
    AppealOutcome.REVERSED: "charge_reversed",
}
"""For each outcome of the appeal of a charge what the seller is told."""


async def tell_of_charge(received: Received, unit: Unit) -> None:
    """Tell the seller what became of a charge that the seller contested and appealed. Raises NotYet for an unknown case."""
    match received.event:
        case ChargeUpheld(case_id=case_id, charge_id=charge_id, appeal_until=until) if until is not None:
            await _tell(case_id, _persons(charge_id, "charge_upheld", _SELLER, received.at), unit)
        case ChargeAppealDecided(case_id=case_id, appeal_id=appeal_id, outcome=outcome):
            notice = _OF_CHARGES_APPEAL.get(outcome)
            if notice is not None:
                await _tell(case_id, _persons(appeal_id, notice, _SELLER, received.at), unit)


async def tell_of_appeal(received: Received, unit: Unit) -> None:
    """Tell the side that had to wait for the appeal of the other that its own time goes on. Raises NotYet for an unknown case."""
    match received.event:
        case AppealDecided(case_id=case_id, appeal_id=appeal_id, appeal_by=Role.BUYER | Role.SELLER as side):
            await _tell(case_id, _persons(appeal_id, "decision_upheld", (Role(side),), received.at), unit)


_STEP_OF_CLAIMS: Mapping[str, str] = {"explain": "claim_explained", "warn": "claim_warned", "limit": "claims_limited"}
"""For each step of a buyer's ladder of claims what the buyer is told; a step that a later release has is told as a warning."""


async def tell_of_findings(received: Received, unit: Unit) -> None:
    """Tell a side what a decision found about it, and where that leads. Raises NotYet for an unknown case."""
    match received.event:
        case FindingMade(case_id=case_id, decision_id=decision_id, against=Role.SELLER):
            await _tell(case_id, _persons(decision_id, "description_found_false", _SELLER, received.at), unit)
        case FindingWithdrawn(case_id=case_id, decision_id=decision_id, against=Role.SELLER):
            await _tell(case_id, _persons(decision_id, "description_finding_fell", _SELLER, received.at), unit)
        case ClaimsSanctioned(case_id=case_id, found_in=decision_id, step=step):
            notice = _STEP_OF_CLAIMS.get(step or "", "claim_warned")
            await _tell(case_id, _persons(decision_id, notice, _BUYER, received.at), unit)
        case ClaimsSanctionLifted(case_id=case_id):
            lifted = _persons(case_id, "claims_lifted", _BUYER, received.at)
            await _tell(case_id, replace(lifted, occasion=received.metadata.sequence), unit)


async def tell_of_guarantee(received: Received, unit: Unit) -> None:
    """Tell both sides what the system decided by a delivery guarantee, or that the guarantee had not lapsed. Raises NotYet for an
    unknown case."""
    match received.event:
        case DisputeDecided(case_id=case_id, decided_by=Role.SYSTEM, decision=decision) if (
            GUARANTEE_LAPSED in decision.facts
        ):
            await _tell(case_id, _persons(decision.decision_id, "guarantee_granted", _BOTH, received.at), unit)
        case DecisionTakenBack(case_id=case_id, decision_id=decision_id, fact=fact) if fact == GUARANTEE_LAPSED:
            await _tell(case_id, _persons(decision_id, "guarantee_taken_back", _BOTH, received.at), unit)


def _who_know(told: ConductEvent) -> tuple[Role, ...]:
    if isinstance(told, ReviewEvent):
        return _SELLER if told.accused_knows else ()  # it is not the buyer's
    return _BOTH if told.accused_knows else _BUYER


_BOTH, _BUYER, _SELLER = (Role.BUYER, Role.SELLER), (Role.BUYER,), (Role.SELLER,)
_ENDED_AS: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    "REFUNDED": ("return_refunded", _BOTH),
    "PARTLY_REFUNDED": ("return_partly_refunded", _BOTH),
    "SENT_BACK": ("return_sent_back", _BOTH),
    "CANCELLED": ("return_cancelled", _SELLER),
    "LAPSED": ("return_lapsed", _BOTH),
    "REFUND_GIVEN_UP": ("return_refund_given_up", _BOTH),
}
"""For each outcome of a return what its sides are told; of a lost parcel they were told before."""


_REOPENED: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    "return_answer": ("return_answer_reopened", _BOTH),
    "return_shipment": ("return_lapse_withdrawn", _BUYER),
    "deduction_answer": ("return_deduction_reopened", _BOTH),
}
"""For each step of a return that can be taken after all who is told of it."""


_OF_RETURN: Mapping[type[Event], tuple[str, tuple[Role, ...]]] = {
    returns.ReturnRequested: ("return_requested", _BOTH),
    returns.ReturnAccepted: ("return_accepted", _BOTH),
    returns.ReturnRefused: ("return_refused", _BOTH),
    returns.ReturnLabelIssued: ("return_label_issued", _BUYER),
    returns.ReturnLabelChargeWithdrawn: ("return_label_charge_withdrawn", _SELLER),
    returns.ReturnShipped: ("return_shipped", _SELLER),
    returns.ReturnReceived: ("return_received", _BOTH),
    returns.ReturnInspected: ("return_deduction_made", _BUYER),
    returns.DeductionDisputed: ("return_deduction_disputed", _SELLER),
    returns.DeductionDecided: ("return_deduction_decided", _BOTH),
    returns.ReturnMarkedLost: ("return_lost", _BOTH),
}
"""For each step of a return that is told whatever came of it."""


async def tell_of_return(received: Received, unit: Unit) -> None:
    """Tell both sides of a return where it is, and what is theirs to do. Raises NotYet for an unknown case."""
    match received.event:
        case returns.ReturnInspected(deduction_minor=0):
            return  # its refund is told when it is paid
        case returns.ReturnEnded(outcome=outcome):
            notice = _ENDED_AS.get(outcome)
        case returns.ReturnStepReopened(step=step):
            notice = _REOPENED.get(step)
        case returns.ReturnLabelIssued(charged=charged) if charged is not None:
            notice = ("return_label_by_platform", _BOTH)
        case event:
            notice = _OF_RETURN.get(type(event)) if event is not None else None
    if notice is not None and isinstance(received.event, returns.ReturnEvent):
        told = received.event
        await _tell(told.case_id, _parties(told.return_id, *notice, received.at), unit)


_REMINDERS: Mapping[str, str] = {
    "claim_window": "reminder_claim",
    "escalation_window": "reminder_escalation",
    "appeal_window": "reminder_appeal",
    "takeover_appeal_window": "reminder_takeover_appeal",
    "contest_window": "reminder_contest",
    "charge_appeal_window": "reminder_charge_appeal",
    "conduct_appeal_window": "reminder_conduct_appeal",
    "conduct_review_window": "reminder_conduct_appeal",
}
"""For each clock of a window, of which its owner is told that it closes soon (R-38)."""
_OWNERS: Mapping[str, tuple[Role, ...]] = {"parties": _BOTH, Role.BUYER: _BUYER, Role.SELLER: _SELLER}
_ROUNDS = 100
"""More than any number of days before a deadline: each round has occasions of its own."""


async def tell_of_window(received: Received, unit: Unit) -> None:
    """Remind those whose right ends soon, once for each reminder of a round (R-38). Raises NotYet for an unknown case."""
    match received.event:
        case ClockWarned(kind=kind, days_before=int(days)) as warned if kind in _REMINDERS:
            reminder = TellParties(
                about=DisputeId(warned.subject) if warned.subject else warned.case_id,
                notice=_REMINDERS[kind],
                recipients=_OWNERS.get(warned.owner, ()),
                at=received.at,
                occasion=warned.round * _ROUNDS + days,
                also_former=True,
            )
            await _tell(warned.case_id, reminder, unit)


def _parties(about: NoticeSubject, notice: str, recipients: tuple[Role, ...], at: datetime) -> TellParties:
    return TellParties(about=about, notice=notice, recipients=recipients, at=at)


def _persons(about: NoticeSubject, notice: str, recipients: tuple[Role, ...], at: datetime) -> TellParties:
    """Tell of conduct or of a charge: it stays the seller's matter wherever the contact goes on."""
    return TellParties(about=about, notice=notice, recipients=recipients, at=at, also_former=True)


async def _tell(case_id: CaseId, command: TellParties | TellSeller, unit: Unit) -> None:
    if await unit.read(CASES, case_id) is None:
        raise NotYet(case_id)
    await unit.execute(CASES, case_id, command)
