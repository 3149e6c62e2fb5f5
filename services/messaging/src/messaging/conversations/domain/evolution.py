"""A conversation after each fact: what becomes of its state. It refuses nothing, for facts have already happened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from messaging.conversations.domain.asked import answer, ask, reopen
from messaging.conversations.domain.event import (
    ConversationMoved,
    ConversationOpened,
    DeadlineNoted,
    Event,
    Known,
    MessageAppealed,
    MessageBlocked,
    MessageDelivered,
    MessageHeld,
    MessageRejected,
    MessageReleased,
    OriginalRead,
    PartyLocked,
    PartyUnlocked,
    ReplyContested,
    ReplyWaived,
    TextsErased,
    WaiverProposed,
    WaiverRefused,
    WaiverRevoked,
)
from messaging.conversations.domain.recent_messages import known_as, remember, with_status
from messaging.conversations.domain.state import Conversation, Lock, WaiverProposal
from messaging.conversations.domain.translation import TranslationAdded
from ombud_words import STAFF, WITH_PLATFORM, Audience, Counterpart, Role


def evolve(state: Conversation | None, event: Event) -> Conversation:
    """Return the state after a fact, which is counted."""
    after = _after(state, event)
    changes = after.changes + 1
    moved = state is None or _standing(state) != _standing(after)
    return replace(after, changes=changes, standing_change=changes if moved else after.standing_change)


def _standing(state: Conversation) -> tuple[object, ...]:
    """Return what all parties see of a conversation beside its messages."""
    return state.locks, state.owes_reply, state.waived, state.reply_due_by, state.counterpart


def _after(state: Conversation | None, event: Event) -> Conversation:
    if isinstance(event, ConversationOpened):
        return Conversation(
            case_id=event.case_id,
            market=event.market,
            buyer_id=event.buyer_id,
            seller_id=event.seller_id,
            language=event.language,
            key_id=event.key_id,
            opened_at=event.at,
            phase=event.phase,
            references=event.references,
            counterpart=event.counterpart,
            rights_until=event.rights_until,
        )
    assert state is not None, "a conversation is born by ConversationOpened"
    match event:
        case ConversationMoved(to, seller_id, _, _):
            owes_reply = state.owes_reply and to == Counterpart.SELLER
            known = replace(state, seller_id=seller_id or state.seller_id, counterpart=to)
            desk_owes = to == Counterpart.PLATFORM
            return replace(known, owes_reply=owes_reply, desk_owes=desk_owes, waiver_proposal=None)
        case MessageDelivered(letter=letter, position=position, qualifies=qualifies):
            known = replace(state, positions=position, recent=remember(state.recent, letter, "DELIVERED"))
            return _after_delivery(known, known_as(letter, "DELIVERED"), qualifies, event.at)
        case MessageBlocked(letter, position, _):
            return replace(state, positions=position, recent=remember(state.recent, letter, "BLOCKED"))
        case MessageHeld(letter, position, _):
            return replace(state, positions=position, recent=remember(state.recent, letter, "HELD"))
        case MessageAppealed(message, _):
            return replace(state, recent=with_status(state.recent, message.id, "HELD"))
        case MessageReleased(message=message, qualifies=qualifies, at=at):
            known = replace(state, recent=with_status(state.recent, message.id, "DELIVERED"))
            return _after_delivery(known, message, qualifies, at)
        case MessageRejected(message, _, _):
            return replace(state, recent=with_status(state.recent, message.id, "REJECTED"))
        case PartyLocked(party=party, reason=reason):
            locks = (*_without(state.locks, party, reason), _lock(event))
            return replace(state, locks=locks, waiver_proposal=None if party == Role.SELLER else state.waiver_proposal)
        case PartyUnlocked(party, reason, _):
            return replace(state, locks=_without(state.locks, party, reason))
        case ReplyWaived():
            return replace(state, owes_reply=False, waived=True, desk_owes=False, waiver_proposal=None)
        case WaiverRevoked():
            with_platform = state.counterpart == Counterpart.PLATFORM
            return replace(state, owes_reply=not with_platform, desk_owes=with_platform, waived=False)
        case WaiverProposed(reason, at):
            return replace(state, waiver_proposal=WaiverProposal(reason, at))
        case WaiverRefused(_, _, _):
            assert state.waiver_proposal is not None, "what was refused was proposed"
            return replace(state, waiver_proposal=replace(state.waiver_proposal, refused=True))
        case DeadlineNoted(due_by, _):
            return replace(state, reply_due_by=due_by)
        case OriginalRead() | TranslationAdded():
            return state
        case TextsErased(at):
            return replace(state, erased_at=at)
        case ReplyContested(message_id, _, _):
            asked, contested = reopen(state.asked, message_id), (*state.contested, message_id)
            known = replace(state, contested=contested, asked=asked)
            return replace(known, owes_reply=True, waived=False, waiver_proposal=None)
        case _:
            assert_never(event)


def _lock(event: PartyLocked) -> Lock:
    return Lock(
        party=event.party,
        reason=event.reason,
        unlocked_by=event.unlocked_by,
        since=event.at,
        until=event.until,
    )


def _without(locks: Sequence[Lock], party: str, reason: str) -> tuple[Lock, ...]:
    return tuple(k for k in locks if not (k.party == party and k.reason == reason))


def _after_delivery(state: Conversation, message: Known, qualifies: bool, at: datetime) -> Conversation:
    if message.audience == WITH_PLATFORM:
        return replace(state, waived=False, desk_owes=message.author_role in (Role.BUYER, Role.SELLER))
    if message.audience != Audience.THREAD:
        return state
    substance = message.checked.substance
    if message.author_role == Role.BUYER or (message.first and message.author_role in STAFF):
        asked = ask(state.asked, message.id, substance.questions)
        known = replace(state, last_buyer_message_at=at, asked=asked)
        return replace(known, owes_reply=True, waived=False, waiver_proposal=None)
    if not qualifies:
        return state
    known = replace(state, asked=answer(state.asked, message.id, substance.answers))
    return replace(known, owes_reply=False, waived=False, waiver_proposal=None)
