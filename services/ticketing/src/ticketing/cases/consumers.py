"""What messages mean for a case: the buyer's makes it live again, the seller's is an answer; and what the parties are told."""

from collections.abc import Mapping
from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_contracts import Event, Received
from ombud_contracts.events import returns
from ombud_contracts.events.conduct import ConductAccusedTold, ConductAppealDecided, ConductDecided, ConductEvent
from ombud_contracts.events.messaging import Classification, MessageDelivered, ReplyWaived, WaiverRefused
from ombud_words import AppealId, AppealOutcome, Audience, CaseId, ConductResult, DecisionId, Role
from ticketing.cases.domain.commands import NoteAnswer, TellParties, TellSeller
from ticketing.cases.living import reopen
from ticketing.cases.store import CASES


async def reopen_after_message(received: Received, unit: Unit) -> None:
    """Reopen a resolved or closed case in which its buyer, or who asks the platform, writes. Raises NotYet for an unknown one."""
    match received.event:
        case MessageDelivered(classification=Classification(pure_thanks=True)):
            return  # nobody expects anything after it
        case MessageDelivered(author_role=Role.BUYER, audience=Audience.THREAD, case_id=case_id):
            await reopen(case_id, "buyer_message", received.at, unit)
        case MessageDelivered(author_role=(Role.BUYER | Role.SELLER) as asker, audience="platform", case_id=case_id):
            await reopen(case_id, f"{asker}_message", received.at, unit)


async def tell_of_waiver(received: Received, unit: Unit) -> None:
    """Tell the seller what a supervisor decided about a reply that is owed. Raises NotYet for an unknown case."""
    match received.event:
        case WaiverRefused(case_id=case_id):
            await _tell_seller(case_id, "waiver_refused", received.at, unit)
        case ReplyWaived(case_id=case_id, by=Role.SUPERVISOR):
            await _tell_seller(case_id, "reply_waived", received.at, unit)


async def tell_of_conduct(received: Received, unit: Unit) -> None:
    """Tell those who may know it how a complaint about the seller's conduct goes on. Raises NotYet for an unknown case."""
    match received.event:
        case ConductAccusedTold(case_id=case_id):
            await _tell_seller(case_id, "conduct_told", received.at, unit)
        case ConductDecided(decision_id=decision_id, result=result) as decided:
            notice = "conduct_found" if result == ConductResult.FOUND else "conduct_not_found"
            await _tell_of(decided, decision_id, notice, _who_know(decided), received.at, unit)
        case ConductAppealDecided(appeal_id=appeal_id, by=by, outcome=AppealOutcome.REVERSED) as decided:
            notice = "conduct_reversed" if by == Role.SELLER else "conduct_again"
            await _tell_of(decided, appeal_id, notice, _who_know(decided), received.at, unit)
        case ConductAppealDecided(appeal_id=appeal_id, by=by, outcome=outcome) as decided:
            notice = "appeal_in_vain" if outcome == AppealOutcome.UPHELD else "appeal_inadmissible"
            await _tell_of(decided, appeal_id, notice, (Role(by),), received.at, unit)


def _who_know(told: ConductEvent) -> tuple[Role, ...]:
    return (Role.BUYER, Role.SELLER) if told.accused_knows else (Role.BUYER,)


async def _tell_of(
    told: ConductEvent,
    about: DecisionId | AppealId,
    notice: str,
    recipients: tuple[Role, ...],
    at: datetime,
    unit: Unit,
) -> None:
    if await unit.read(CASES, told.case_id) is None:
        raise NotYet(told.case_id)
    command = TellParties(about=about, notice=notice, recipients=recipients, at=at)
    await unit.execute(CASES, told.case_id, command)


_BOTH, _BUYER, _SELLER = (Role.BUYER, Role.SELLER), (Role.BUYER,), (Role.SELLER,)
_ENDED_AS: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    "REFUNDED": ("return_refunded", _BOTH),
    "PARTLY_REFUNDED": ("return_partly_refunded", _BOTH),
    "SENT_BACK": ("return_sent_back", _BOTH),
    "CANCELLED": ("return_cancelled", _SELLER),
    "LAPSED": ("return_lapsed", _BOTH),
}
"""For each outcome of a return what its sides are told; of a lost parcel they were told before."""


async def tell_of_return(received: Received, unit: Unit) -> None:
    """Tell both sides of a return where it is, and what is theirs to do. Raises NotYet for an unknown case."""
    match received.event:
        case returns.ReturnInspected(deduction_minor=0):
            return  # its refund is told when it is paid
        case returns.ReturnEnded(outcome=outcome):
            notice = _ENDED_AS.get(outcome)
        case returns.ReturnLabelIssued(charged=charged) if charged is not None:
            notice = ("return_label_by_platform", _BOTH)
        case event:
            notice = _OF_RETURN.get(type(event)) if event is not None else None
    if notice is not None and isinstance(received.event, returns.ReturnEvent):
        told = received.event
        if await unit.read(CASES, told.case_id) is None:
            raise NotYet(told.case_id)
        template, recipients = notice
        command = TellParties(about=told.return_id, notice=template, recipients=recipients, at=received.at)
        await unit.execute(CASES, told.case_id, command)


_OF_RETURN: Mapping[type[Event], tuple[str, tuple[Role, ...]]] = {
    returns.ReturnRequested: ("return_requested", _BOTH),
    returns.ReturnAccepted: ("return_accepted", _BOTH),
    returns.ReturnRefused: ("return_refused", _BOTH),
    returns.ReturnLabelIssued: ("return_label_issued", _BUYER),
    returns.ReturnShipped: ("return_shipped", _SELLER),
    returns.ReturnReceived: ("return_received", _BOTH),
    returns.ReturnInspected: ("return_deduction_made", _BUYER),
    returns.DeductionDisputed: ("return_deduction_disputed", _SELLER),
    returns.DeductionDecided: ("return_deduction_decided", _BOTH),
    returns.ReturnMarkedLost: ("return_lost", _BOTH),
}


async def _tell_seller(case_id: CaseId, notice: str, at: datetime, unit: Unit) -> None:
    if await unit.read(CASES, case_id) is None:
        raise NotYet(case_id)
    await unit.execute(CASES, case_id, TellSeller(notice, at))


async def note_answer(received: Received, unit: Unit) -> None:
    """Keep when the seller last answered, so that an answered contact is not taken over."""
    match received.event:
        case MessageDelivered(author_role=Role.SELLER, qualifies=True, case_id=case_id, submitted_at=at):
            if await unit.read(CASES, case_id) is not None:
                await unit.execute(CASES, case_id, NoteAnswer(at))
