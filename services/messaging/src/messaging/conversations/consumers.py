"""What other services tell of a case, as locks of its conversation."""

from typing import assert_never

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.hearing import any_stands, is_news
from messaging.conversations.domain import CASE_CLOSED, CASE_MERGED, Command, LockParty, MoveConversation, UnlockParty
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts import Received
from ombud_contracts.events.ticketing import (
    CaseClosed,
    CaseMerged,
    CaseMoved,
    CaseReopened,
    ListingTakeoverActivated,
    TakeoverActivated,
    TakeoverConcluded,
    TakeoverHandedBack,
    TakeoverReversed,
)
from ombud_words import CaseId, Counterpart, Role

Activated = TakeoverActivated | ListingTakeoverActivated
TakeoverTold = Activated | TakeoverHandedBack | TakeoverConcluded | TakeoverReversed


async def on_takeover(takeover: TakeoverTold, received: Received, unit: Unit) -> None:
    """Lock the seller while a takeover of the case stands."""
    if isinstance(takeover, TakeoverReversed) and not takeover.contact_returned:
        return  # the seller had the contact back before
    case_id, begins = takeover.case_id, isinstance(takeover, Activated)
    taken_over = await any_stands("takeover", case_id, received.metadata, unit, begins=begins)
    if taken_over is True:
        lock = LockParty(party=Role.SELLER, reason="taken_over", unlocked_by="hand_back", at=received.at)
        await _tell(case_id, lock, unit)
    elif taken_over is False:
        await _tell(case_id, UnlockParty(Role.SELLER, "taken_over", received.at), unit)


async def on_closing(case: CaseClosed | CaseReopened, received: Received, unit: Unit) -> None:
    """Lock the seller while the case is closed."""
    if await is_news("closing", received.metadata, unit):
        await _tell(case.case_id, _of_closing(case), unit)


async def on_merge(merged: CaseMerged, received: Received, unit: Unit) -> None:
    """Lock both parties where another case goes on; nothing unlocks them."""
    for party in (Role.BUYER, Role.SELLER):
        lock = LockParty(party=party, reason=CASE_MERGED, unlocked_by="nothing", at=received.at)
        await _tell(merged.case_id, lock, unit)


async def on_move(moved: CaseMoved, received: Received, unit: Unit) -> None:
    """Let the seller, or the platform, owe the answers from now on."""
    if await is_news("moved", received.metadata, unit):
        command = MoveConversation(Counterpart(moved.to), moved.seller_id, moved.moved_at)
        await _tell(moved.case_id, command, unit)


def _of_closing(case: CaseClosed | CaseReopened) -> Command:
    match case:
        case CaseClosed(closed_at=at):
            return LockParty(party=Role.SELLER, reason=CASE_CLOSED, unlocked_by="reopening", at=at)
        case CaseReopened(reopened_at=at):
            return UnlockParty(Role.SELLER, CASE_CLOSED, at)
        case _:
            assert_never(case)


async def _tell(case_id: CaseId, command: Command, unit: Unit) -> None:
    id = conversation_id(case_id)
    if await unit.read(CONVERSATIONS, id) is None:
        raise NotYet(id)
    await unit.execute(CONVERSATIONS, id, command)
