"""Contract events as commands of disputes: takeovers escalate, deadlines open the escalation, refunds execute; whom messaging
erased is erased here too."""

from chassis.aggregate import Unit
from chassis.consuming import Consumer
from chassis.hearing import any_stands, is_news
from chassis.mongo import Mongo
from chassis.store import Document
from disputes.domain.dispute_command import (
    ChangeContactOwner,
    Command,
    OpenEscalation,
    RecordExecution,
    RecordRefundFailure,
)
from disputes.processes import act
from disputes.store import CASES, ERASURES, ORDER_LINES, POLICIES, dispute_ids_of_case
from ombud_contracts import Received, groups
from ombud_contracts.events.billing import RefundCompleted, RefundFailed
from ombud_contracts.events.marketplace import OrderPlaced
from ombud_contracts.events.messaging import EnforcementPublished, PersonErased
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.events.ticketing import (
    CaseClosed,
    CaseOpened,
    CaseReopened,
    TakeoverActivated,
    TakeoverConcluded,
    TakeoverHandedBack,
    TakeoverReversed,
)

Takeover = TakeoverActivated | TakeoverHandedBack | TakeoverConcluded | TakeoverReversed


def mediation(mongo: Mongo) -> Consumer:
    """Return disputes' consumer."""

    async def tell_all(case_id: str, command: Command, received: Received, unit: Unit) -> None:
        for dispute_id in await dispute_ids_of_case(mongo, case_id):
            await act(dispute_id, command, received.at, unit)

    async def change_owner(takeover: Takeover, received: Received, unit: Unit) -> None:
        case_id, begins = takeover.case_id, isinstance(takeover, TakeoverActivated)
        taken_over = await any_stands("takeover", case_id, received.metadata, unit, begins=begins)
        if taken_over is None:
            return
        unit.upsert(CASES, case_id, {"taken_over": taken_over})
        match takeover:
            case (
                TakeoverActivated(activated_at=at)
                | TakeoverHandedBack(handed_back_at=at)
                | TakeoverReversed(reversed_at=at)
            ):
                await tell_all(case_id, ChangeContactOwner(taken_over, at), received, unit)

    async def handle(received: Received, unit: Unit) -> None:
        match received.event:
            case OrderPlaced() as order if await is_news("order", received.metadata, unit):
                _note_lines(order, unit)
            case CaseOpened() as opened:
                unit.upsert(CASES, opened.case_id, _known(opened))
            case CaseClosed() | CaseReopened() as case if await is_news("closing", received.metadata, unit):
                unit.upsert(CASES, case.case_id, {"closed": isinstance(case, CaseClosed)})
            case TakeoverReversed(contact_returned=False):
                return  # the seller had the contact back before
            case TakeoverActivated() | TakeoverHandedBack() | TakeoverConcluded() | TakeoverReversed() as takeover:
                await change_owner(takeover, received, unit)
            case ClockBreached(kind="negotiation", case_id=case_id):
                await tell_all(case_id, OpenEscalation(received.at), received, unit)
            case RefundCompleted(case_id=case_id, decision_id=decision_id, completed_at=at):
                await tell_all(case_id, RecordExecution(decision_id, at), received, unit)
            case RefundFailed(case_id=case_id, decision_id=decision_id, failed_at=at):
                await tell_all(case_id, RecordRefundFailure(decision_id, at), received, unit)
            case PersonErased() as erased:
                unit.upsert(ERASURES, erased.erasure_id, _ordered(erased))
            case EnforcementPublished() as policy:
                unit.upsert(POLICIES, f"{policy.market}|{policy.number}", _policy(policy))

    return Consumer(groups.DISPUTES_MEDIATION, handle)


def _note_lines(order: OrderPlaced, unit: Unit) -> None:
    for line in order.lines:
        document: Document = {
            "paid_minor": line.price_minor * line.quantity + line.shipping_minor,
            "shipping_minor": line.shipping_minor,
            "currency": order.currency,
        }
        unit.upsert(ORDER_LINES, f"{order.order_id}|{line.line_id}", document)


def _ordered(erased: PersonErased) -> Document:
    return {
        "person_id": erased.person_id,
        "role": str(erased.role),
        "erased_at": erased.erased_at,
        "done": False,
    }


def _policy(published: EnforcementPublished) -> Document:
    return {
        "market": published.market,
        "number": published.number,
        "effective_from": published.effective_from,
        "content": published.content,
    }


def _known(opened: CaseOpened) -> Document:
    return {
        "market": opened.market,
        "buyer_id": opened.buyer_id,
        "seller_id": opened.seller_id,
        "order_id": opened.order_id,
        "line_id": opened.line_id,
        "reason": str(opened.reason),
    }
