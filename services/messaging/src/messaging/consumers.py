"""Contract events as commands of messaging: conversations open with their first message, lock and unlock."""

from collections.abc import Iterable, Mapping
from typing import Any

from chassis.aggregate import Kind, Unit
from chassis.consuming import Consumer, NotYet
from chassis.store import Document
from messaging.domain.conversation_command import (
    Command,
    LockParty,
    NoteDeadline,
    OpenConversation,
    UnlockParty,
)
from messaging.drafts import Drafts
from messaging.sanctioning import note_posted, under_sanction
from messaging.store import CLOSED, CONVERSATIONS, OWED, conversation_id
from ombud_contracts import Received, groups
from ombud_contracts.events.sla_monitor import (
    BreachClosed,
    BreachWithdrawn,
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockOwnerMoved,
    ClockResumed,
    ClockSatisfied,
    ClockStarted,
    ClockVoided,
    ClockWaived,
    DeadlineMoved,
    RoundSuperseded,
)
from ombud_contracts.events.ticketing import (
    CaseClosed,
    CaseOpened,
    CaseReopened,
    TakeoverActivated,
    TakeoverConcluded,
    TakeoverHandedBack,
    TakeoverReversed,
)
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Role


def conversations(markets: Mapping[str, Market], drafts: Drafts) -> Consumer:
    """Return messaging's consumer."""

    async def handle(received: Received, unit: Unit) -> None:
        match received.event:
            case CaseOpened() as opened:
                await _open(opened, received, markets[opened.market], drafts, unit)
            case TakeoverActivated(case_id=case_id, activated_at=at):
                await _tell(case_id, LockParty(Role.SELLER, "taken_over", "hand_back", at), unit)
            case TakeoverHandedBack(case_id=case_id, handed_back_at=at):
                await _tell(case_id, UnlockParty(Role.SELLER, "taken_over", at), unit)
            case TakeoverConcluded(case_id=case_id, concluded_at=at):
                await _tell(case_id, UnlockParty(Role.SELLER, "taken_over", at), unit)
            case TakeoverReversed(case_id=case_id, contact_returned=True, reversed_at=at):
                await _tell(case_id, UnlockParty(Role.SELLER, "taken_over", at), unit)
            case CaseClosed(case_id=case_id, closed_at=at):
                await _tell(case_id, LockParty(Role.SELLER, CLOSED, "reopening", at), unit)
            case CaseReopened(case_id=case_id, reopened_at=at):
                await _tell(case_id, UnlockParty(Role.SELLER, CLOSED, at), unit)
            case _:
                await _note_owed(received, unit)

    return Consumer(groups.MESSAGING_CONVERSATIONS, handle, _touches)


def _touches(received: Received) -> Iterable[tuple[Kind[Any, Any, Any], str]]:
    if received.metadata.case_id:
        yield CONVERSATIONS, conversation_id(received.metadata.case_id)


async def _open(opened: CaseOpened, received: Received, market: Market, drafts: Drafts, unit: Unit) -> None:
    first = await drafts.first_message(opened, received.metadata.actor_id, market, unit)
    if first is not None:
        first = await under_sanction(first, opened.market, unit)
    command = OpenConversation(
        case_id=opened.case_id,
        market=opened.market,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        language=market.languages[0],
        key_id=opened.case_id if first is None else opened.draft_id,
        first=first,
        at=opened.opened_at,
        phase=opened.phase,
    )
    await unit.execute(CONVERSATIONS, conversation_id(opened.case_id), command)
    if first is not None:
        await note_posted(first, opened.case_id, opened.market, received.metadata.recorded_at, unit)


async def _tell(case_id: str, command: Command, unit: Unit) -> None:
    id = conversation_id(case_id)
    if await unit.state(CONVERSATIONS, id) is None:
        raise NotYet(id)
    await unit.execute(CONVERSATIONS, id, command)


async def _note_owed(received: Received, unit: Unit) -> None:
    """Keep the seller's list of owed replies (R-06): a row per round of the reply clock, which says whether it is owed."""
    match received.event:
        case ClockStarted(kind="reply", owner=Role.SELLER) as started:
            await _note_started(started, unit)
        case ClockEvent(kind="reply") as clock:
            noted = _noted(clock)
            if noted is not None:
                unit.upsert(OWED, _owed_id(clock), noted)
                await _note_deadline(clock, noted, received, unit)


async def _note_started(started: ClockStarted, unit: Unit) -> None:
    id = conversation_id(started.case_id)
    conversation = await unit.state(CONVERSATIONS, id)
    if conversation is None:
        raise NotYet(id)
    document = {
        "seller_id": conversation.seller_id,
        "market": conversation.market,
        "case_id": started.case_id,
        "since": started.started_at,
        "due_by": started.due_by,
        "breached": False,
        "owed": True,
    }
    unit.upsert(OWED, _owed_id(started), document)
    await unit.execute(CONVERSATIONS, id, NoteDeadline(started.due_by, started.started_at))


async def _note_deadline(clock: ClockEvent, noted: Document, received: Received, unit: Unit) -> None:
    """Both sides see by when the seller must answer (R-34)."""
    owed, due_by = noted.get("owed", clock.owner == Role.SELLER), noted.get("due_by")
    if (owed and due_by is None) or await unit.state(CONVERSATIONS, conversation_id(clock.case_id)) is None:
        return
    command = NoteDeadline(due_by if owed else None, received.at)
    await unit.execute(CONVERSATIONS, conversation_id(clock.case_id), command)


def _owed_id(clock: ClockEvent) -> str:
    return f"{clock.clock_id}|{clock.round}"


def _noted(clock: ClockEvent) -> Document | None:
    match clock:
        case ClockContinued(due_by=due_by):
            return {"owed": clock.owner == Role.SELLER, "due_by": due_by}
        case ClockOwnerMoved():
            return {"owed": clock.owner == Role.SELLER}
        case DeadlineMoved(due_by=due_by) | ClockResumed(due_by=due_by):
            return {"due_by": due_by}
        case ClockBreached():
            return {"breached": True}
        case BreachWithdrawn():
            return {"breached": False}
        case ClockSatisfied() | ClockVoided() | ClockWaived() | BreachClosed() | RoundSuperseded():
            return {"owed": False}
        case _:
            return None
