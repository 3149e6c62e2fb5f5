"""How messaging keeps drafts, and what it remembers of sellers' replies; both are sealed."""

from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from ombud_words import DraftId, PersonId, SellerId

DRAFTS = "drafts"
REPLIES = "seller_replies"

WRITING_INDEXES: Indexes = {
    DRAFTS: [Index(("author_id", 1)), Index(("written_at", 1))],
    REPLIES: [Index(("seller_id", 1), ("at", -1)), Index(("at", 1)), Index(("case_id", 1))],
}


async def find_draft(store: Reader, draft_id: DraftId, author_id: PersonId) -> Document | None:
    """Return a draft of this author, or None."""
    return await store.find_one(DRAFTS, {"_id": draft_id, "author_id": author_id})


async def recent_replies(store: Reader, seller_id: SellerId, limit: int) -> list[Document]:
    """Return what is remembered of a seller's recent replies over all cases, newest first, sealed."""
    where = {"seller_id": seller_id, "key_id": {"$exists": True}}
    return await store.find(REPLIES, where, sort=[("at", -1)], limit=limit)
