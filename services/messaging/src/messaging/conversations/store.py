"""How messaging keeps conversations and their messages, and the queries behind its screens.

Who may see a message is part of each query: a reader's query never returns what is not for them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader, Upsert
from messaging.conversations.domain import command as ordered
from messaging.conversations.domain import event as said
from messaging.conversations.domain.conversation import decide
from messaging.conversations.domain.evolution import evolve
from messaging.conversations.domain.state import Conversation
from messaging.conversations.domain.translation import Translation, TranslationAdded
from messaging.conversations.publish import APPEAL, publish
from ombud_words import (
    MEDIATORS,
    WITH_PLATFORM,
    AttachmentId,
    Audience,
    CaseId,
    ConversationId,
    MessageId,
    PersonId,
    Role,
)
from ombud_words import STAFF as STAFF_ROLES

CONVERSATIONS_COLLECTION = "conversations"
MESSAGES = "messages"
TRANSLATIONS = "translations"

INDEXES: Indexes = {
    CONVERSATIONS_COLLECTION: [
        Index(("seller_id", 1)),
        Index(("buyer_id", 1)),
        Index(("market", 1), ("closed_at", 1), partial={"closed_at": {"$type": "date"}}),
        Index(("market", 1), ("waiver_proposed_at", 1), partial={"waiver_proposed_at": {"$type": "date"}}),
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
    TRANSLATIONS: [
        Index(("message_id", 1), ("version", 1)),
        Index(("case_id", 1)),
        Index(("author_id", 1)),
        Index(("translator_id", 1)),
    ],
    "conversation_keys": [Index(("wrapped_by", 1))],
}

STAFF = "staff"
"""The reader that the platform's people are; what is for the mediator only is not for this one."""
_MEDIATOR = "mediator"
"""The reader that mediators and supervisors are."""


def _fields(state: Conversation) -> Document:
    return {
        "market": state.market,
        "buyer_id": state.buyer_id,
        "seller_id": state.seller_id,
        "seller_sees": state.parties[1] is not None,
        "key_id": state.key_id,
        "closed_at": state.closed_at,
        "waiver_proposed_at": state.waiver_proposed_at,
        "erased_at": state.erased_at,
        "changes": state.changes,
        "standing_change": state.standing_change,
    }


def _rows(event: said.Event, state: Conversation) -> Iterable[Upsert]:
    match event:
        case said.MessageDelivered(letter=letter, position=position):
            yield _written(letter, position, _delivered(event), event.at, state)
        case said.MessageBlocked(letter, position, _):
            fate = {"status": "BLOCKED", "qualifies": False, "not_qualifying_because": ["blocked"]}
            yield _written(letter, position, fate, event.at, state)
        case said.MessageHeld(letter, position, _):
            fate = {"status": "HELD", "qualifies": False, "not_qualifying_because": ["pending_check"]}
            yield _written(letter, position, fate | _waits_since(event.at), event.at, state)
        case said.MessageAppealed(message, _):
            fate = {"status": "HELD", "not_qualifying_because": ["pending_check"], "held_because": APPEAL}
            yield _decided(message, fate | _waits_since(event.at), state)
        case said.MessageReleased(message=message, at=at):
            yield _decided(message, {**_delivered(event), "decided_at": at}, state)
        case said.MessageRejected(message, reasons, at):
            yield _decided(message, {"status": "REJECTED", "decided_at": at, "reasons": list(reasons)}, state)
        case TranslationAdded(translation, at):
            yield from _translated(translation, at, state)
        case _:
            return


def _delivered(event: said.MessageDelivered | said.MessageReleased) -> Document:
    because = list(event.not_qualifying_because)
    return {"status": "DELIVERED", "qualifies": event.qualifies, "not_qualifying_because": because}


def _written(letter: said.Letter, position: int, fate: Document, at: datetime, state: Conversation) -> Upsert:
    document = _message(letter, position, state, at) | fate | _seen(letter, fate["status"], state)
    return Upsert(MESSAGES, letter.message_id, document, new=True)


def _decided(message: said.Known, fate: Document, state: Conversation) -> Upsert:
    return Upsert(MESSAGES, message.id, fate | _seen(message, fate["status"], state))


def _translated(translation: Translation, at: datetime, state: Conversation) -> Iterable[Upsert]:
    id = f"{translation.message_id}|{translation.language}|{translation.version}"
    yield Upsert(TRANSLATIONS, id, {**asdict(translation), "case_id": state.case_id, "at": at}, new=True)
    yield Upsert(MESSAGES, translation.message_id, {"translated": True, "change": state.changes})


def _waits_since(at: datetime) -> Document:
    """Where a message stands in the queue: at once, until its clock says by when somebody must have looked."""
    return {"due_by": at}


def _seen(message: said.Letter | said.Known, status: str, state: Conversation) -> Document:
    """Return whom a message is for, and the fact that made it so: all that a reader's queries ask for."""
    parties = {Role.BUYER: state.buyer_id, Role.SELLER: state.seller_id}
    delivered_to: tuple[str, ...] = ()
    if status == "DELIVERED" and message.audience == Audience.THREAD:
        delivered_to = tuple(parties)
    elif status == "DELIVERED" and message.audience == WITH_PLATFORM:
        delivered_to = (state.asked_by,)
    sees = (*delivered_to, message.author_role)
    readers = [reader(role, id) for role, id in parties.items() if id is not None and role in sees]
    return {"visible_to": [STAFF, *readers], "change": state.changes}


def reader(role: str, person_id: PersonId) -> str:
    """Return the name under which somebody reads messages."""
    if role in (Role.BUYER, Role.SELLER):
        return f"{role}:{person_id}"
    return _MEDIATOR if staff_sees(role, Audience.MEDIATOR) else STAFF


def staff_sees(role: str, audience: str) -> bool:
    """Tell whether the platform's people of a role see what is for this audience."""
    return audience != Audience.MEDIATOR or role in MEDIATORS


def seen_by(reader: str) -> Document:
    """Return the filter for what a reader may see: a party the thread and its own messages, staff what is not a mediator's."""
    if reader == STAFF:
        return {"visible_to": STAFF, "audience": {"$ne": Audience.MEDIATOR}}
    return {"visible_to": STAFF if reader == _MEDIATOR else reader}


def _message(letter: said.Letter, position: int, state: Conversation, at: datetime) -> Document:
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


CONVERSATIONS: Kind[ordered.Command, said.Event, Conversation] = Kind(
    collection=CONVERSATIONS_COLLECTION,
    state=Conversation,
    decide=decide,
    evolve=evolve,
    publish=publish,
    origin=lambda s: Origin(key=s.case_id, case_id=s.case_id, market=s.market),
    fields=_fields,
    rows=_rows,
)


async def waivers_to_decide(store: Reader, markets: Sequence[str], limit: int) -> list[Conversation]:
    """Return the conversations of these markets in which a waiver waits for its decision, the oldest proposal first."""
    where = {"market": {"$in": list(markets)}, "waiver_proposed_at": {"$type": "date"}}
    found = await store.find(CONVERSATIONS_COLLECTION, where, sort=[("waiver_proposed_at", 1)], limit=limit)
    return [CONVERSATIONS.decode(d["state"]) for d in found]


def conversation_id(case_id: CaseId) -> ConversationId:
    """Return the id of a case's conversation."""
    return ConversationId(f"cnv_{case_id}")


def _visible(role: str, reader_id: PersonId) -> Document:
    return seen_by(reader(role, reader_id))


async def find_message_with(
    store: Reader, message_id: MessageId, attachment_id: AttachmentId, role: str, reader_id: PersonId
) -> Document | None:
    """Return a message that a reader may see with this attachment, or None."""
    seen: Document = {"id": attachment_id} if role in STAFF_ROLES else {"id": attachment_id, "withheld": False}
    own = {"author_role": role, "author_id": reader_id, "attachments.id": attachment_id}
    carried = {"$or": [{"attachments": {"$elemMatch": seen}}, own]}
    return await store.find_one(MESSAGES, {"_id": message_id, "$and": [_visible(role, reader_id), carried]})


async def page_of_messages(
    store: Reader, case_id: CaseId, role: str, reader_id: PersonId, before: int | None, limit: int
) -> list[Document]:
    """Return the newest messages that a reader may see, before a position; newest first."""
    where: Document = {"case_id": case_id, **_visible(role, reader_id)}
    if before is not None:
        where["position"] = {"$lt": before}
    return await store.find(MESSAGES, where, sort=[("position", -1)], limit=limit)


async def find_visible(store: Reader, message_id: MessageId, role: str, reader_id: PersonId) -> Document | None:
    """Return a message if the reader may see it, or None."""
    return await store.find_one(MESSAGES, {"_id": message_id, **_visible(role, reader_id)})


async def recent_thread(store: Reader, case_id: CaseId, limit: int) -> list[Document]:
    """Return the newest messages of the thread, blocked ones included, oldest first: the window of the checks."""
    where = {"case_id": case_id, "audience": Audience.THREAD}
    return (await store.find(MESSAGES, where, sort=[("position", -1)], limit=limit))[::-1]


async def find_message(store: Reader, message_id: MessageId) -> Document | None:
    """Return a message, or None. The caller decides who may see it."""
    return await store.find_one(MESSAGES, {"_id": message_id})
