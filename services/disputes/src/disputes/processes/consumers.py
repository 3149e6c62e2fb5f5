"""Contract events as commands of disputes: takeovers escalate, deadlines open the escalation, refunds execute; whom messaging
erased is erased here too."""

from collections.abc import Mapping
from datetime import timedelta

from chassis.aggregate import Unit
from chassis.consuming import Consumer, NotYet
from chassis.hearing import any_stands, is_news
from chassis.store import Document
from disputes.cases.domain import (
    Device,
    Enquiry,
    KnownCase,
    NoteCancellation,
    NoteCase,
    NoteClosing,
    NoteContact,
    NoteDelivery,
    NoteEnquiry,
    NoteJudge,
    NoteLine,
    NoteMove,
    NoteParcel,
    OpenedCase,
    Paid,
    RecordRefundCancellation,
    RecordRefundFailure,
    RecordRefundOrder,
    RecordRefundPaid,
    RefundFact,
)
from disputes.cases.store import KNOWN_CASES, LINES, known_case
from disputes.claimants.domain import NoteStep
from disputes.claimants.store import CLAIMANTS, claimant_id
from disputes.disputes.course import act, bought_line
from disputes.disputes.domain import (
    ChangeContactOwner,
    Command,
)
from disputes.disputes.store import dispute_ids_of_case
from disputes.evidence.store import ERASURES, POLICIES
from disputes.processes.granting import grant
from disputes.processes.silence import on_clock
from disputes.returns.course import act as act_on_return
from disputes.returns.course import keep_scan
from disputes.returns.domain import Command as ReturnCommand
from disputes.returns.domain import GiveAnswerBack, Scan, TakeInSellersPlace
from disputes.returns.store import return_ids_of_case
from ombud_contracts import Received, groups
from ombud_contracts.events.billing import RefundCancelled, RefundCompleted, RefundFailed, RefundOrdered
from ombud_contracts.events.findings import ClaimsSanctioned, ClaimsSanctionLifted
from ombud_contracts.events.marketplace import (
    OrderDelivered,
    OrderLine,
    OrderLineCancelled,
    OrderPlaced,
    ReturnScanned,
    ShipmentReported,
)
from ombud_contracts.events.messaging import EnforcementPublished, PersonErased
from ombud_contracts.events.sla_monitor import ClockEvent
from ombud_contracts.events.takeovers import TakeoverAppealDecided, TakeoverJudged
from ombud_contracts.events.ticketing import (
    CaseClosed,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    ListingCaseOpened,
    TakeoverActivated,
    TakeoverConcluded,
    TakeoverHandedBack,
    TakeoverReversed,
)
from ombud_contracts.market import Market
from ombud_words import (
    LOST,
    BuyerId,
    CaseId,
    Counterpart,
    Currency,
    LineId,
    OrderId,
    PersonId,
    Role,
    StaffId,
    Terms,
    line_key,
    paid_for_line,
)
from ombud_words import Market as MarketId

Takeover = TakeoverActivated | TakeoverHandedBack | TakeoverConcluded | TakeoverReversed

_NEXT = timedelta(milliseconds=1)
"""What follows from a takeover comes after it, however close two servers' clocks are: else it would seem done before."""


def mediation(markets: Mapping[str, Market]) -> Consumer:
    """Return disputes' consumer."""

    async def handle(received: Received, unit: Unit) -> None:
        await hear(received, unit, markets)

    return Consumer(groups.DISPUTES_MEDIATION, handle)


async def hear(received: Received, unit: Unit, markets: Mapping[str, Market]) -> None:
    """Do what follows from one event."""
    match received.event:
        case OrderPlaced() as order if await is_news("order", received.metadata, unit):
            await _note_lines(order, unit)
        case OrderDelivered() as told if await is_news(f"delivery|{told.line_id}", received.metadata, unit):
            await _note_on_line(told.order_id, told.line_id, NoteDelivery(told.delivered_at, unit.now), unit)
        case ShipmentReported() as told if await is_news(_parcel(told), received.metadata, unit):
            parcel = NoteParcel(told.tracking_number, told.state == LOST, unit.now)
            await _note_on_line(told.order_id, told.line_id, parcel, unit)
        case OrderLineCancelled(order_id=order_id, line_id=line_id, cancelled_at=at):
            await _note_on_line(order_id, line_id, NoteCancellation(at, unit.now), unit)
        case CaseOpened() as opened:
            await _note_case(opened.case_id, NoteCase(_opened(opened), received.at), unit)
            await grant(opened.order_id, opened.line_id, [opened.case_id], markets, unit)
        case ListingCaseOpened() as asked:
            await _note_case(asked.case_id, NoteEnquiry(_enquiry(asked), received.at), unit)
        case CaseResolved() | CaseClosed() | CaseReopened() as case if await is_news(
            "closing", received.metadata, unit
        ):
            closed, resolved = isinstance(case, CaseClosed), isinstance(case, CaseResolved)
            noted = await _note_case(case.case_id, NoteClosing(closed, received.at, resolved), unit)
            if closed or resolved:
                await _tell_returns(case.case_id, TakeInSellersPlace(unit.now), unit)
            else:
                await _grant_in(noted, markets, unit)
        case CaseMoved(case_id=case_id, to=to, moved_at=at) if await is_news("moved", received.metadata, unit):
            with_platform = to == Counterpart.PLATFORM
            moved = await _note_case(case_id, NoteMove(with_platform, at), unit)
            if with_platform:
                await _tell_returns(case_id, TakeInSellersPlace(unit.now), unit)
            else:
                await _grant_in(moved, markets, unit)
        case TakeoverReversed(contact_returned=False):
            return  # the seller had the contact back before
        case TakeoverActivated() as taken_over:
            by = taken_over.decision
            await _note_decider(taken_over.case_id, by.decided_by, by.decider_id, received, unit)
            await _change_owner(taken_over, received, unit)
        case TakeoverJudged() as judged:
            await _note_decider(judged.case_id, judged.decided_by, judged.decider_id, received, unit)
        case TakeoverAppealDecided(reviewer_id=reviewer_id) as reviewed if reviewer_id is not None:
            await _note_decider(reviewed.case_id, reviewed.decided_by, reviewer_id, received, unit)
        case TakeoverHandedBack() | TakeoverConcluded() | TakeoverReversed() as takeover:
            await _change_owner(takeover, received, unit)
        case ReturnScanned() as scanned:
            scan = Scan(scanned.state, scanned.carrier, scanned.scanned_at)
            await keep_scan(scanned.tracking_number, scan, unit)
        case ClockEvent() as clock:
            await on_clock(clock, received, markets, unit)
        case RefundCompleted(case_id=case_id, decision_id=decision_id, completed_at=at):
            await _tell_of_refund(case_id, RecordRefundPaid(decision_id, at), received, unit)
        case RefundFailed(case_id=case_id, decision_id=decision_id, failed_at=at):
            await _tell_of_refund(case_id, RecordRefundFailure(decision_id, at), received, unit)
        case RefundOrdered(case_id=case_id, decision_id=decision_id, ordered_at=at):
            await _tell_of_refund(case_id, RecordRefundOrder(decision_id, at), received, unit)
        case RefundCancelled(case_id=case_id, decision_id=decision_id, cancelled_at=at):
            await _tell_of_refund(case_id, RecordRefundCancellation(decision_id, at), received, unit)
        case ClaimsSanctioned() | ClaimsSanctionLifted() as told if await is_news("claims", received.metadata, unit):
            id = claimant_id(BuyerId(told.person_id), received.metadata.market or "")
            await unit.execute(CLAIMANTS, id, NoteStep(told.step, received.at))
        case PersonErased() as erased:
            unit.upsert(ERASURES, erased.erasure_id, _ordered(erased))
        case EnforcementPublished() as policy:
            unit.upsert(POLICIES, f"{policy.market}|{policy.number}", _policy(policy))


async def _grant_in(case: KnownCase, markets: Mapping[str, Market], unit: Unit) -> None:
    """Grant what a case that is with the seller, or lives, again kept from being granted."""
    if case.opened is not None:
        await grant(case.opened.order_id, case.opened.line_id, [case.opened.case_id], markets, unit)


async def _change_owner(takeover: Takeover, received: Received, unit: Unit) -> None:
    case_id, begins = takeover.case_id, isinstance(takeover, TakeoverActivated)
    taken_over = await any_stands("takeover", case_id, received.metadata, unit, begins=begins)
    if taken_over is None:
        return
    # The case is written before its disputes are looked for: one that is opened meanwhile guards it, and conflicts.
    await _note_case(case_id, NoteContact(taken_over, received.at), unit)
    if isinstance(takeover, TakeoverActivated):
        since = max(unit.now, takeover.activated_at + _NEXT)
        await _tell_returns(case_id, TakeInSellersPlace(since), unit)
    if isinstance(takeover, TakeoverReversed) and await _seller_answers(case_id, unit):
        await _tell_returns(case_id, GiveAnswerBack(unit.now), unit)
    match takeover:
        case (
            TakeoverActivated(activated_at=at)
            | TakeoverHandedBack(handed_back_at=at)
            | TakeoverReversed(reversed_at=at)
        ):
            await _tell_all(case_id, ChangeContactOwner(taken_over, at), received, unit)


async def _seller_answers(case_id: CaseId, unit: Unit) -> bool:
    case = await known_case(unit, case_id)
    return case is not None and case.seller_answers


async def _note_decider(case_id: CaseId, role: str, decider: PersonId, received: Received, unit: Unit) -> None:
    if role != Role.SYSTEM:
        await _note_case(case_id, NoteJudge(StaffId(decider), received.at), unit)


async def _tell_all(case_id: CaseId, command: Command, received: Received, unit: Unit) -> None:
    for dispute_id in await dispute_ids_of_case(unit, case_id):
        await act(dispute_id, command, received.at, unit)


async def _tell_of_refund(case_id: CaseId, fact: RefundFact, received: Received, unit: Unit) -> None:
    await _tell_all(case_id, fact, received, unit)
    await _tell_returns(case_id, fact, unit)


async def _tell_returns(case_id: CaseId, command: ReturnCommand, unit: Unit) -> None:
    for return_id in await return_ids_of_case(unit, case_id):
        await act_on_return(return_id, command, unit)


async def _note_case(
    case_id: CaseId, command: NoteCase | NoteEnquiry | NoteContact | NoteClosing | NoteJudge | NoteMove, unit: Unit
) -> KnownCase:
    await known_case(unit, case_id)  # what was kept of it before is not forgotten
    return await unit.execute(KNOWN_CASES, case_id, command)


async def _note_lines(order: OrderPlaced, unit: Unit) -> None:
    for line in order.lines:
        paid = Paid(
            paid_minor=paid_for_line(line.price_minor, line.shipping_minor),
            shipping_minor=line.shipping_minor,
            currency=Currency(order.currency),
        )
        await bought_line(unit, order.order_id, line.line_id)  # what was ordered of it before is not forgotten
        await unit.execute(
            LINES,
            line_key(order.order_id, line.line_id),
            NoteLine(paid, order.placed_at, _terms(order, line), _device(line)),
        )


async def _note_on_line(
    order_id: OrderId, line_id: LineId, command: NoteDelivery | NoteCancellation | NoteParcel, unit: Unit
) -> None:
    key = line_key(order_id, line_id)
    if await bought_line(unit, order_id, line_id) is None:
        raise NotYet(key)
    await unit.execute(LINES, key, command)


def _parcel(told: ShipmentReported) -> str:
    return f"parcel|{told.line_id}|{told.tracking_number}"


def _terms(order: OrderPlaced, line: OrderLine) -> Terms:
    return Terms(
        placed_at=order.placed_at,
        promised_by=line.promised_by,
        return_days=line.terms.return_days,
        warranty_months=line.terms.warranty_months,
        category=line.listing.category,
    )


def _device(line: OrderLine) -> Device | None:
    return Device(line.imei, line.serial) if line.imei or line.serial else None


def _opened(opened: CaseOpened) -> OpenedCase:
    return OpenedCase(
        case_id=opened.case_id,
        market=MarketId(opened.market),
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        order_id=opened.order_id,
        line_id=opened.line_id,
        reason=str(opened.reason),
        number=opened.number,
    )


def _enquiry(asked: ListingCaseOpened) -> Enquiry:
    return Enquiry(market=MarketId(asked.market), buyer_id=asked.buyer_id, seller_id=asked.seller_id)


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
