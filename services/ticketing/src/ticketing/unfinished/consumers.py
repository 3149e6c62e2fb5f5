"""What disputes and billing tell of matters that begin and end."""

from chassis.aggregate import Unit
from chassis.hearing import is_news
from ombud_contracts import Received
from ombud_contracts.events.billing import (
    ChargeAppealDecided,
    ChargeAppealed,
    RefundCancelled,
    RefundCompleted,
    RefundOrdered,
    RefundRedirected,
    RefundRetried,
)
from ombud_contracts.events.disputes import (
    AppealDecided,
    DecisionAppealed,
    DisputeClosed,
    DisputeDecided,
    DisputeLapsed,
    DisputeOpened,
    DisputeSettled,
    DisputeWithdrawn,
)
from ombud_contracts.events.returns import DeductionDisputed, ReturnEnded, ReturnRefused, ReturnRequested, ReturnShipped
from ticketing.unfinished.domain import Begin, End, GoOn
from ticketing.unfinished.store import note

_END = "return_end"
"""What is asked of a return's events: whether a later one said already whether it has ended."""


async def note_unfinished(received: Received, unit: Unit) -> None:
    """Keep which disputes, returns, appeals of decisions and charges, and refunds of a case are live. What is decided or settled is watched by its
    refund; one that was refused is unfinished until staff decides what becomes of it."""
    at = received.at
    match received.event:
        case DisputeOpened(case_id=case_id, dispute_id=dispute_id):
            await note(case_id, Begin(dispute_id, at), unit)
        case (
            DisputeSettled(case_id=case_id, dispute_id=dispute_id)
            | DisputeDecided(case_id=case_id, dispute_id=dispute_id)
            | DisputeWithdrawn(case_id=case_id, dispute_id=dispute_id)
            | DisputeLapsed(case_id=case_id, dispute_id=dispute_id)
            | DisputeClosed(case_id=case_id, dispute_id=dispute_id)
        ):
            await note(case_id, End(dispute_id, at), unit)
        case (
            DecisionAppealed(case_id=case_id, appeal_id=appeal_id)
            | ChargeAppealed(case_id=case_id, appeal_id=appeal_id)
        ):
            await note(case_id, Begin(appeal_id, at), unit)
        case (
            AppealDecided(case_id=case_id, appeal_id=appeal_id)
            | ChargeAppealDecided(case_id=case_id, appeal_id=appeal_id)
        ):
            await note(case_id, End(appeal_id, at), unit)
        case ReturnRequested(case_id=case_id, return_id=return_id):
            await note(case_id, Begin(return_id, at), unit)
        case ReturnRefused() | ReturnEnded() as ended if await is_news(_END, received.metadata, unit):
            await note(ended.case_id, End(ended.return_id, at), unit)
        case ReturnShipped() | DeductionDisputed() as step if await is_news(_END, received.metadata, unit):
            await note(step.case_id, GoOn(step.return_id, at), unit)
        case RefundOrdered(case_id=case_id, refund_id=refund_id):
            await note(case_id, Begin(refund_id, at), unit)
        case (
            RefundCompleted(case_id=case_id, refund_id=refund_id)
            | RefundCancelled(case_id=case_id, refund_id=refund_id)
            | RefundRetried(case_id=case_id, refund_id=refund_id)
            | RefundRedirected(case_id=case_id, refund_id=refund_id)
        ):
            await note(case_id, End(refund_id, at), unit)
