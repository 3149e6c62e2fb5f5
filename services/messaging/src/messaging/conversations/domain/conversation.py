"""Decides about a conversation: who may write in a case's thread, what becomes of each message, and whether a reply is owed.

It sees what the checks found, never a text: sealed bytes pass through it unread.
"""

from datetime import datetime, timedelta
from typing import assert_never

from messaging.conversations.domain.command import (
    AcceptWaiver,
    AppealMessage,
    Command,
    ContestReply,
    EraseTexts,
    LockParty,
    MoveConversation,
    NoteDeadline,
    OpenConversation,
    PostMessage,
    ProposeWaiver,
    ReadOriginal,
    RefuseWaiver,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    UnlockParty,
    WaiveReply,
)
from messaging.conversations.domain.event import (
    Checked,
    ConversationMoved,
    ConversationOpened,
    DeadlineNoted,
    Event,
    Known,
    Letter,
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
    Verdict,
)
from messaging.conversations.domain.refusals import (
    CaseClosedForLong,
    ContestedTooOften,
    ConversationErased,
    MessageNotBlocked,
    MessageNotHeld,
    NotAReply,
    PartyMayNotWrite,
    RightsLapsed,
    TooManyWaiting,
    UnknownConversation,
    UnknownMessage,
)
from messaging.conversations.domain.state import CASE_CLOSED, CASE_MERGED, Conversation
from messaging.conversations.domain.translation import AddTranslation, add
from messaging.conversations.domain.waivers import accept, propose, refuse, revoke, waive
from ombud_words import WITH_PLATFORM, Audience, Counterpart, MessageId, Role

CONTESTS_PER_CASE = 3
"""How often a buyer may say that a reply does not answer, per case (R-02, a cap against abuse)."""
MOST_WAITING = 100
"""How many messages of a conversation may wait for a check: what waits is part of the state, and that stays small."""


def decide(command: Command, state: Conversation | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, OpenConversation):
        return _open(command) if state is None else []
    if state is None:
        raise UnknownConversation("there is no such conversation")
    match command:
        case MoveConversation():
            return _move(state, command)
        case PostMessage(letter, at):
            return _post(state, letter, at)
        case AppealMessage(message_id, at):
            return _appeal(state, message_id, at)
        case ReleaseMessage(message_id, at):
            return _release(state, message_id, at)
        case RejectMessage(message_id, reasons, at):
            held = _known(state, message_id)
            if held.status == "REJECTED":
                return []
            _expect_held(held)
            return [MessageRejected(held, reasons, at)]
        case LockParty():
            return _lock(state, command)
        case UnlockParty(party, reason, at):
            locked = any(lock.party == party and lock.reason == reason for lock in state.locks)
            return [PartyUnlocked(party, reason, at)] if locked else []
        case WaiveReply(by, at):
            return waive(state, by, at)
        case RevokeWaiver(by, at):
            return revoke(state, by, at)
        case ProposeWaiver(reason, at):
            expect_may_write(state, Role.SELLER, Audience.THREAD, at)
            return propose(state, reason, at)
        case AcceptWaiver(by, at):
            return accept(state, by, at)
        case RefuseWaiver(by, reason, at):
            return refuse(state, by, reason, at)
        case ContestReply(message_id, ground, at):
            return _contest(state, message_id, ground, at)
        case NoteDeadline(due_by, at):
            return [] if state.reply_due_by == due_by else [DeadlineNoted(due_by, at)]
        case ReadOriginal(message_id, purpose, at):
            return [OriginalRead(message_id, purpose, at)]
        case AddTranslation():
            return [*add(command, state.erased_at is not None)]
        case EraseTexts(at):
            return [] if state.erased_at else [TextsErased(at)]
        case _:
            assert_never(command)


def _open(c: OpenConversation) -> list[Event]:
    opened = ConversationOpened(
        case_id=c.case_id,
        market=c.market,
        buyer_id=c.buyer_id,
        seller_id=c.seller_id,
        language=c.language,
        key_id=c.key_id,
        at=c.at,
        phase=c.phase,
        references=c.references,
        counterpart=c.counterpart,
        rights_until=c.rights_until,
    )
    return [opened, *(_fate(c.first, 1, c.at, False) if c.first else [])]


def _move(state: Conversation, c: MoveConversation) -> list[Event]:
    if state.counterpart == c.to:
        return []
    first = c.to == Counterpart.SELLER and state.seller_id is None
    return [ConversationMoved(c.to, c.seller_id, first, c.at)]


def _lock(state: Conversation, c: LockParty) -> list[Event]:
    if any(k.party == c.party and k.reason == c.reason and k.until == c.until for k in state.locks):
        return []
    return [PartyLocked(party=c.party, reason=c.reason, unlocked_by=c.unlocked_by, at=c.at, until=c.until)]


def _post(state: Conversation, letter: Letter, at: datetime) -> list[Event]:
    if state.message(letter.message_id):
        return []
    if state.erased_at:
        raise ConversationErased("the texts of this conversation were erased for good; open another case")
    expect_may_write(state, letter.author_role, letter.audience, at)
    if _waits(letter) and state.waiting >= MOST_WAITING:
        raise TooManyWaiting(
            f"{MOST_WAITING} messages of this conversation wait for a check; write when some are decided"
        )
    return _fate(letter, state.positions + 1, at, state.owes_reply or state.desk_owes)


def expect_may_write(state: Conversation, author_role: str, audience: str, at: datetime) -> None:
    """Raise PartyMayNotWrite when a lock forbids a message of this role."""
    lock = state.lock_of(author_role, at)
    if lock and lock.reason == CASE_MERGED:
        raise PartyMayNotWrite(lock.reason, lock.since, lock.unlocked_by, lock.until)
    if lock and audience == WITH_PLATFORM and lock.until is None:
        return  # a lock of the thread with the other side; who misbehaves is locked out for a time, here too
    if lock and ((audience == Audience.THREAD and lock.reason != CASE_CLOSED) or author_role != Role.BUYER):
        raise PartyMayNotWrite(lock.reason, lock.since, lock.unlocked_by, lock.until)


def expect_reopens(state: Conversation, author_role: str, within: timedelta, at: datetime) -> None:
    """Refuse what whose contact it is writes in a case that was closed longer ago than `within`, or whose rights have lapsed.

    Raises CaseClosedForLong or RightsLapsed (casework, section 2).
    """
    closed = state.closed_at
    if closed is None or author_role != state.asked_by:
        return
    if at > closed + within:
        raise CaseClosedForLong(closed, within)
    if state.rights_until is not None and at > state.rights_until:
        raise RightsLapsed(state.rights_until)


def _waits(letter: Letter) -> bool:
    return letter.checked.verdict == Verdict.HOLD or letter.held_because is not None


def _fate(letter: Letter, position: int, at: datetime, owed: bool) -> list[Event]:
    if letter.checked.verdict == Verdict.BLOCK:
        return [MessageBlocked(letter, position, at)]
    if _waits(letter):
        return [MessageHeld(letter, position, at)]
    because = not_qualifying(letter.author_role, letter.audience, letter.checked)
    delivered = MessageDelivered(
        letter=letter, position=position, qualifies=not because, not_qualifying_because=because, at=at
    )
    return [delivered, *_waived_by_rule(letter.author_role, letter.checked, owed, at)]


def _waived_by_rule(author_role: str, checked: Checked, owed: bool, at: datetime) -> list[ReplyWaived]:
    """Nobody owes an answer to pure thanks, unless one was owed before (section 3)."""
    return [ReplyWaived(Role.SYSTEM, at)] if author_role == Role.BUYER and checked.pure_thanks and not owed else []


def not_qualifying(author_role: str, audience: str, checked: Checked) -> tuple[str, ...]:
    """Return why a message is not a qualifying reply of the seller (section 3); empty when it is one."""
    rules = (
        ("not_from_seller", author_role != Role.SELLER),
        ("internal_note", audience not in (Audience.THREAD, WITH_PLATFORM)),
        ("with_platform", audience == WITH_PLATFORM),
        ("automated", checked.automated),
        ("wrong_language", checked.wrong_language),
        ("empty", checked.characters == 0 and not checked.attachments),
    )
    return tuple(code for code, applies in rules if applies)


def _known(state: Conversation, message_id: MessageId) -> Known:
    known = state.message(message_id)
    if known is None:
        raise UnknownMessage("there is no such message")
    return known


def _expect_held(message: Known) -> None:
    if message.status != "HELD":
        raise MessageNotHeld(f"the message is {message.status.lower()}")


def _appeal(state: Conversation, message_id: MessageId, at: datetime) -> list[Event]:
    message = _known(state, message_id)
    if message.status == "HELD":
        return []
    if message.status != "BLOCKED":
        raise MessageNotBlocked(f"the message is {message.status.lower()}")
    return [MessageAppealed(message, at)]


def _release(state: Conversation, message_id: MessageId, at: datetime) -> list[Event]:
    held = _known(state, message_id)
    if held.status == "DELIVERED":
        return []
    _expect_held(held)
    because = not_qualifying(held.author_role, held.audience, held.checked)
    released = MessageReleased(message=held, qualifies=not because, not_qualifying_because=because, at=at)
    return [released, *_waived_by_rule(held.author_role, held.checked, state.owes_reply or state.desk_owes, at)]


def _contest(state: Conversation, message_id: MessageId, ground: str, at: datetime) -> list[Event]:
    reply = _known(state, message_id)
    if reply.author_role != Role.SELLER or reply.status != "DELIVERED" or reply.audience != Audience.THREAD:
        raise NotAReply("only a delivered reply of the seller can be contested")
    if message_id in state.contested:
        return []
    if len(state.contested) >= CONTESTS_PER_CASE:
        raise ContestedTooOften(f"at most {CONTESTS_PER_CASE} replies of a case can be contested; ask an agent to look")
    return [ReplyContested(message_id, ground, at)]
