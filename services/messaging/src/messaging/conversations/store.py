"""How messaging keeps conversations, messages and drafts, and the queries behind its screens.

Who may see a message is part of each query: a reader's query never returns what is not for them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document, Upsert
from messaging.conversations.domain import command as ordered
from messaging.conversations.domain import conversation as domain
from messaging.conversations.domain import event as said
from messaging.conversations.domain.evolution import evolve
from messaging.conversations.domain.translation import TranslationAdded
from messaging.conversations.publish import publish
from messaging.moderation import domain as assignment
from ombud_contracts.vocabulary import Audience, Role

CONVERSATIONS_COLLECTION = "conversations"
MESSAGES = "messages"
DRAFTS = "drafts"
OWED = "owed_replies"
REPLIES = "seller_replies"
ATTACHMENTS = "attachments"
TRANSLATIONS = "translations"
SENT = "SENT"

INDEXES: Indexes = {
    CONVERSATIONS_COLLECTION: [
        Index(("seller_id", 1)),
        Index(("buyer_id", 1)),
        Index(("market", 1), ("closed_at", 1), partial={"closed_at": {"$type": "date"}}),
    ],
    MESSAGES: [
        Index(("case_id", 1), ("position", 1), unique=True),
        Index(("case_id", 1), ("visible_to", 1), ("position", 1), ("author_role", 1)),
        Index(("case_id", 1), ("visible_to", 1), ("change", 1)),
        Index(("case_id", 1), ("audience", 1), ("position", 1)),
        Index(("market", 1), ("due_by", 1), ("_id", 1), partial={"status": "HELD"}),
        Index(("author_id", 1)),
        Index(("market", 1), ("submitted_at", 1), ("_id", 1)),
    ],
    DRAFTS: [Index(("author_id", 1)), Index(("written_at", 1))],
    REPLIES: [Index(("seller_id", 1), ("at", -1)), Index(("at", 1)), Index(("case_id", 1))],
    TRANSLATIONS: [
        Index(("message_id", 1), ("version", 1)),
        Index(("case_id", 1)),
        Index(("author_id", 1)),
        Index(("translator_id", 1)),
    ],
    "assignments": [],
    "conversation_keys": [Index(("wrapped_by", 1))],
}

APPEAL = "appeal"
"""Why a message waits whose author appealed."""
MODERATED_WITHIN = timedelta(hours=4)
CLOSED = "case_closed"
"""The reason of the lock that a closed case puts on its seller."""
STAFF = "staff"
"""The reader that all of the platform's people are."""


def _fields(state: domain.Conversation) -> Document:
    closed = next((lock.since for lock in state.locks if lock.reason == CLOSED), None)
    return {
        "market": state.market,
        "buyer_id": state.buyer_id,
        "seller_id": state.seller_id,
        "key_id": state.key_id,
        "closed_at": closed,
        "erased_at": state.erased_at,
        "changes": state.changes,
        "standing_change": state.standing_change,
    }


def _rows(event: said.Event, state: domain.Conversation) -> Iterable[Upsert]:
    match event:
        case said.MessageDelivered(letter, position, qualifies, because, _):
            fate = {"status": "DELIVERED", "qualifies": qualifies, "not_qualifying_because": list(because)}
        case said.MessageBlocked(letter, position, _):
            fate = {"status": "BLOCKED", "qualifies": False, "not_qualifying_because": ["blocked"]}
        case said.MessageHeld(letter, position, _):
            fate = {"status": "HELD", "qualifies": False, "not_qualifying_because": ["pending_check"]}
            fate |= _due(letter.author_role, event.at, state)
        case said.MessageAppealed(message, _):
            fate = {"status": "HELD", "not_qualifying_because": ["pending_check"], "held_because": APPEAL}
            fate |= _due(message.author_role, event.at, state)
            yield Upsert(MESSAGES, message.id, fate | _seen(message, "HELD", state))
            return
        case said.MessageReleased(message, qualifies, because, at):
            fate = {"status": "DELIVERED", "qualifies": qualifies, "not_qualifying_because": list(because)}
            yield Upsert(MESSAGES, message.id, {**fate, "decided_at": at, **_seen(message, "DELIVERED", state)})
            return
        case said.MessageRejected(message, reasons, at):
            fate = {"status": "REJECTED", "decided_at": at, "reasons": list(reasons)}
            yield Upsert(MESSAGES, message.id, fate | _seen(message, "REJECTED", state))
            return
        case TranslationAdded(translation, at):
            id = f"{translation.message_id}|{translation.language}|{translation.version}"
            yield Upsert(TRANSLATIONS, id, {**asdict(translation), "case_id": state.case_id, "at": at}, new=True)
            yield Upsert(MESSAGES, translation.message_id, {"translated": True, "change": state.changes})
            return
        case _:
            return
    written = _message(letter, position, state, event.at) | fate | _seen(letter, str(fate["status"]), state)
    yield Upsert(MESSAGES, letter.message_id, written, new=True)
    for attached in letter.checked.attachments:
        yield Upsert(ATTACHMENTS, attached.id, {"status": SENT, "message_id": letter.message_id})


def _due(author_role: str, at: datetime, state: domain.Conversation) -> Document:
    """By when a moderator should have looked: soon, and before the reply that waits is due."""
    clock = state.reply_due_by if author_role == Role.SELLER else None
    return {"due_by": min(at + MODERATED_WITHIN, clock) if clock else at + MODERATED_WITHIN}


def _seen(message: said.Letter | said.Known, status: str, state: domain.Conversation) -> Document:
    """Return whom a message is for, and the fact that made it so: all that a reader's queries ask for."""
    parties = {Role.BUYER: state.buyer_id, Role.SELLER: state.seller_id}
    delivered = message.audience == Audience.THREAD and status == "DELIVERED"
    readers = [reader(role, id) for role, id in parties.items() if delivered or role == message.author_role]
    return {"visible_to": [STAFF, *readers], "change": state.changes}


def reader(role: str, person_id: str) -> str:
    """Return the name under which a message is visible to a person."""
    return f"{role}:{person_id}" if role in (Role.BUYER, Role.SELLER) else STAFF


def _message(letter: said.Letter, position: int, state: domain.Conversation, at: datetime) -> Document:
    checked = letter.checked
    return {
        "case_id": state.case_id,
        "market": state.market,
        "phase": state.phase,
        "position": position,
        "author_role": letter.author_role,
        "author_id": letter.author_id,
        "audience": letter.audience,
        "original": letter.original,
        "shown": letter.shown,
        "redacted": checked.verdict == said.Verdict.REDACT,
        "sha256": checked.sha256,
        "hash_key": letter.hash_key,
        "language": checked.language,
        "findings": list(checked.findings),
        "rules": list(checked.rules),
        "spotted": [asdict(s) for s in letter.spotted],
        "held_because": letter.held_because,
        "insults": len(checked.substance.insults),
        "requests_information": letter.requests_information,
        "attachments": [asdict(a) for a in checked.attachments],
        "submitted_at": letter.submitted_at,
        "decided_at": at,
    }


def _assigned(event: assignment.Event, state: assignment.Assignment) -> Iterable[Upsert]:
    document: Document = {"assigned_to": state.to, "assigned_until": state.until}
    if isinstance(event, assignment.Decided):
        document |= {"decided_by": event.by, "decision_reasons": list(event.reasons)}
    yield Upsert(MESSAGES, state.message_id, document)


CONVERSATIONS: Kind[ordered.Command, said.Event, domain.Conversation] = Kind(
    collection=CONVERSATIONS_COLLECTION,
    state=domain.Conversation,
    decide=domain.decide,
    evolve=evolve,
    publish=publish,
    origin=lambda s: Origin(key=s.case_id, case_id=s.case_id, market=s.market),
    fields=_fields,
    rows=_rows,
)

ASSIGNMENTS: Kind[assignment.Command, assignment.Event, assignment.Assignment] = Kind(
    collection="assignments",
    state=assignment.Assignment,
    decide=assignment.decide,
    evolve=assignment.evolve,
    publish=lambda _event, _state: None,
    origin=lambda s: Origin(key=s.message_id),
    rows=_assigned,
)


def assigned_at(person_id: str, at: datetime) -> Document:
    """Return the filter for what somebody has to look at."""
    return {"assigned_to": person_id, "assigned_until": {"$gt": at}}


def conversation_id(case_id: str) -> str:
    """Return the id of a case's conversation."""
    return f"cnv_{case_id}"


async def find_conversation(mongo: Mongo, case_id: str) -> domain.Conversation | None:
    """Return a case's conversation, or None."""
    id = conversation_id(case_id)
    stored = (await mongo.load(CONVERSATIONS_COLLECTION, [id])).get(id)
    return CONVERSATIONS.decode(stored.state) if stored else None


async def find_conversations(mongo: Mongo, case_ids: Sequence[str]) -> dict[str, domain.Conversation]:
    """Return the conversations of cases, by case."""
    stored = await mongo.load(CONVERSATIONS_COLLECTION, [conversation_id(id) for id in case_ids])
    found = (CONVERSATIONS.decode(one.state) for one in stored.values())
    return {conversation.case_id: conversation for conversation in found}


def _visible(role: str, reader_id: str, staff: bool) -> Document:
    """Return the filter for what a reader may see: staff everything, a party the thread and their own messages."""
    return {"visible_to": STAFF if staff else reader(role, reader_id)}


async def find_message_with(
    mongo: Mongo, message_id: str, attachment_id: str, role: str, reader_id: str, staff: bool
) -> Document | None:
    """Return a message that a reader may see with this attachment, or None."""
    seen: Document = {"id": attachment_id} if staff else {"id": attachment_id, "withheld": False}
    own = {"author_role": role, "author_id": reader_id, "attachments.id": attachment_id}
    carried = {"$or": [{"attachments": {"$elemMatch": seen}}, own]}
    return await mongo.find_one(MESSAGES, {"_id": message_id, "$and": [_visible(role, reader_id, staff), carried]})


async def page_of_messages(
    mongo: Mongo, case_id: str, role: str, reader_id: str, staff: bool, before: int | None, limit: int
) -> list[Document]:
    """Return the newest messages that a reader may see, before a position; newest first."""
    where: Document = {"case_id": case_id, **_visible(role, reader_id, staff)}
    if before is not None:
        where["position"] = {"$lt": before}
    return await mongo.find(MESSAGES, where, sort=[("position", -1)], limit=limit)


async def find_visible(mongo: Mongo, message_id: str, role: str, reader_id: str, staff: bool) -> Document | None:
    """Return a message if the reader may see it, or None."""
    return await mongo.find_one(MESSAGES, {"_id": message_id, **_visible(role, reader_id, staff)})


async def recent_thread(mongo: Mongo, case_id: str, limit: int) -> list[Document]:
    """Return the newest messages of the thread, blocked ones included, oldest first: the window of the checks."""
    found = await mongo.find(MESSAGES, {"case_id": case_id, "audience": "thread"}, sort=[("position", -1)], limit=limit)
    return found[::-1]


async def find_message(mongo: Mongo, message_id: str) -> Document | None:
    """Return a message, or None. The caller decides who may see it."""
    return await mongo.find_one(MESSAGES, {"_id": message_id})


async def page_of_held(
    mongo: Mongo, markets: Sequence[str], assigned: Document, after: tuple[datetime, str] | None, limit: int
) -> list[Document]:
    """Return messages of these markets that wait for a check, those first that are due first, after a position.

    `assigned` narrows them by who has them.
    """
    where: Document = {"market": {"$in": list(markets)}, "status": "HELD", **assigned}
    if after is not None:
        at, id = after
        where["$or"] = [{"due_by": {"$gt": at}}, {"due_by": at, "_id": {"$gt": id}}]
    return await mongo.find(MESSAGES, where, sort=[("due_by", 1), ("_id", 1)], limit=limit)


async def recent_replies(mongo: Mongo, seller_id: str, limit: int) -> list[Document]:
    """Return what is remembered of a seller's recent replies over all cases, newest first, sealed."""
    where = {"seller_id": seller_id, "key_id": {"$exists": True}}
    return await mongo.find(REPLIES, where, sort=[("at", -1)], limit=limit)
