"""What people write about a complaint, each text sealed under a key of its own: the buyer's statement, what the seller is told,
and the seller's answer. The seller never reads the statement, and the buyer never reads what the other two say."""

from dataclasses import dataclass
from enum import StrEnum

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.ids import new_id
from chassis.sealing import Sealer, Unreadable, opened, sealed
from messaging.conduct.domain import Complaint
from messaging.conduct.store import CONDUCT_TEXTS, texts_about
from messaging.conversations.domain import ConversationErased
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_words import ComplaintId, Role


class Written(StrEnum):
    """What a text is."""

    STATEMENT = "statement"
    ALLEGATION = "allegation"
    ANSWER = "answer"


_READ_BY_PARTY = {Role.BUYER: (Written.STATEMENT,), Role.SELLER: (Written.ALLEGATION, Written.ANSWER)}


@dataclass(frozen=True, slots=True)
class Texts:
    """Writes and reads them."""

    sealer: Sealer

    async def keep(self, complaint: Complaint, what: Written, text: str, author: Actor, unit: Unit) -> None:
        """Keep a text in the transaction of what it belongs to. Raises ConversationErased: nothing is written any more about a
        case whose texts are gone, which must still not be so at commit."""
        conversation = await unit.guard(CONVERSATIONS, conversation_id(complaint.case_id))
        if conversation.erased_at is not None:
            raise ConversationErased("the texts of the case were erased for good; nothing is written about it any more")
        id = new_id("ctx")
        document = {
            "complaint_id": complaint.id,
            "case_id": complaint.case_id,
            "market": complaint.market,
            "what": what,
            "author_id": author.id,
            "author_role": author.role,
            "sealed": sealed(self.sealer.new_key(id, unit), text),
            "written_at": unit.now,
        }
        unit.insert(CONDUCT_TEXTS, id, document)

    async def shown_to(self, reader: Actor, id: ComplaintId, unit: Unit) -> dict[Written, str]:
        """Return the newest text of each sort that a reader of the complaint may see; an erased one is left out."""
        allowed = tuple(Written) if reader.staff else _READ_BY_PARTY.get(reader.role, ())
        rows = [row for row in await texts_about(unit, id) if row["what"] in allowed]
        keys = await self.sealer.keys([row["_id"] for row in rows])
        shown: dict[Written, str] = {}
        for row in rows:
            try:
                shown[Written(row["what"])] = opened(keys[row["_id"]], bytes(row["sealed"]))
            except (KeyError, Unreadable):
                continue
        return shown
