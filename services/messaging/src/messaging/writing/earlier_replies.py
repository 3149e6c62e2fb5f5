"""What is remembered of a seller's replies, over all cases: fingerprints, sealed with the key of the words that they come from."""

from datetime import datetime

from cryptography.fernet import Fernet
from pydantic import TypeAdapter

from chassis.aggregate import Unit
from chassis.sealing import Sealer, opened
from chassis.store import Document
from messaging.conversations.domain import Conversation
from messaging.writing.store import REPLIES, recent_replies
from ombud_detection import ReplyTrace
from ombud_words import MessageId, SellerId

_HISTORY = 50
"""How many earlier replies of a seller a new one is compared with."""
_OPENED = 5_000
"""How many opened fingerprints stay in memory, about 1 kB each. One is used only while its row and its key stand."""
_TRACE = TypeAdapter(ReplyTrace)


class EarlierReplies:
    """Keeps fingerprints, and gives those back that were not erased."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._opened: dict[MessageId, ReplyTrace] = {}

    async def of(self, seller_id: SellerId, unit: Unit) -> list[ReplyTrace]:
        """Return those of a seller's recent replies, oldest first."""
        rows = await recent_replies(unit, seller_id, _HISTORY)
        keys = await self._sealer.keys({row["key_id"] for row in rows})
        return [self._trace(row, keys[row["key_id"]]) for row in reversed(rows) if row["key_id"] in keys]

    async def remember(
        self, message_id: MessageId, trace: ReplyTrace, conversation: Conversation, at: datetime, unit: Unit
    ) -> None:
        """Keep what later replies of the seller are compared with."""
        key = await self._sealer.key(conversation.key_id)
        document = {
            "seller_id": conversation.seller_id,
            "case_id": conversation.case_id,
            "key_id": conversation.key_id,
            "at": at,
            "trace": key.encrypt(_TRACE.dump_json(trace)),
        }
        unit.insert(REPLIES, message_id, document)

    def _trace(self, row: Document, key: Fernet) -> ReplyTrace:
        known = self._opened.get(row["_id"])
        if known is not None:
            return known
        if len(self._opened) >= _OPENED:
            self._opened.clear()
        trace = self._opened[row["_id"]] = _TRACE.validate_json(opened(key, bytes(row["trace"])))
        return trace
