"""Contract events as commands of messaging: conversations open with their first message, lock and unlock."""

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from chassis.aggregate import Kind, Unit
from chassis.consuming import Consumer, NotYet
from chassis.hearing import HEARD, any_stands, heard_id, is_news
from chassis.store import Document
from messaging.conversations.domain.command import (
    Command,
    LockParty,
    NoteDeadline,
    OpenConversation,
    UnlockParty,
)
from messaging.conversations.store import CLOSED, CONVERSATIONS, OWED, conversation_id
from messaging.sanctions.sanctioning import note_posted, under_sanction
from messaging.writing.drafts import Drafts, own_numbers
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
            case TakeoverReversed(contact_returned=False):
                return  # the seller had the contact back before
            case TakeoverActivated() | TakeoverHandedBack() | TakeoverConcluded() | TakeoverReversed() as takeover:
                await _note_takeover(takeover, received, unit)
            case CaseClosed() | CaseReopened() as case:
                if await is_news("closing", received.metadata, unit):
                    await _tell(case.case_id, _on_closing(case), unit)
            case _:
                await _note_owed(received, unit)

    return Consumer(groups.MESSAGING_CONVERSATIONS, handle, _touches)


def _touches(received: Received) -> Iterable[tuple[Kind[Any, Any, Any], str]]:
    if received.metadata.case_id:
        yield CONVERSATIONS, conversation_id(received.metadata.case_id)
    if isinstance(received.event, ClockEvent) and received.event.kind == "reply":
        for what in (f"owed|{received.event.round}", "deadline"):
            yield HEARD, heard_id(what, received.metadata.subject)


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
        references=own_numbers(opened),
    )
    await unit.execute(CONVERSATIONS, conversation_id(opened.case_id), command)
    if first is not None:
        await note_posted(first, opened.case_id, opened.market, received.metadata.recorded_at, unit)


async def _note_takeover(
    takeover: TakeoverActivated | TakeoverHandedBack | TakeoverConcluded | TakeoverReversed,
    received: Received,
    unit: Unit,
) -> None:
    """Lock the seller while a takeover of the case stands."""
    case_id, begins = takeover.case_id, isinstance(takeover, TakeoverActivated)
    taken_over = await any_stands("takeover", case_id, received.metadata, unit, begins=begins)
    if taken_over is True:
        await _tell(case_id, LockParty(Role.SELLER, "taken_over", "hand_back", received.at), unit)
    elif taken_over is False:
        await _tell(case_id, UnlockParty(Role.SELLER, "taken_over", received.at), unit)


def _on_closing(case: CaseClosed | CaseReopened) -> Command:
    match case:
        case CaseClosed(closed_at=at):
            return LockParty(Role.SELLER, CLOSED, "reopening", at)
        case CaseReopened(reopened_at=at):
            return UnlockParty(Role.SELLER, CLOSED, at)
        case _:
            assert_never(case)


async def _tell(case_id: str, command: Command, unit: Unit) -> None:
    id = conversation_id(case_id)
    if await unit.read(CONVERSATIONS, id) is None:
        raise NotYet(id)
    await unit.execute(CONVERSATIONS, id, command)


async def _note_owed(received: Received, unit: Unit) -> None:
    """Keep the seller's list of owed replies (R-06): a row per round of the reply clock, which says whether it is owed."""
    match received.event:
        case ClockStarted(kind="reply", owner=Role.SELLER) as started:
            await _note_started(started, received, unit)
        case ClockEvent(kind="reply") as clock:
            noted = _noted(clock)
            if noted is not None and await _is_news_of_round(clock, received, unit):
                unit.upsert(OWED, _owed_id(clock), noted)
                await _note_deadline(clock, noted, received, unit)


async def _is_news_of_round(clock: ClockEvent, received: Received, unit: Unit) -> bool:
    return await is_news(f"owed|{clock.round}", received.metadata, unit)


async def _note_started(started: ClockStarted, received: Received, unit: Unit) -> None:
    id = conversation_id(started.case_id)
    conversation = await unit.read(CONVERSATIONS, id)
    if conversation is None:
        raise NotYet(id)
    if not await _is_news_of_round(started, received, unit):
        return
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
    if await is_news("deadline", received.metadata, unit):
        await unit.execute(CONVERSATIONS, id, NoteDeadline(started.due_by, started.started_at))


async def _note_deadline(clock: ClockEvent, noted: Document, received: Received, unit: Unit) -> None:
    """Both sides see by when the seller must answer (R-34)."""
    owed, due_by = noted.get("owed", clock.owner == Role.SELLER), noted.get("due_by")
    if (owed and due_by is None) or await unit.read(CONVERSATIONS, conversation_id(clock.case_id)) is None:
        return
    if await is_news("deadline", received.metadata, unit):
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
