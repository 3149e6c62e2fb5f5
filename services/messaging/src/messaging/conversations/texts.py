"""Opens sealed texts of a conversation, as far as they were not erased."""

from chassis.sealing import Sealer, Unreadable, opened
from ombud_words import CaseId, DraftId


async def text_of(sealer: Sealer, sealed: bytes, key_id: CaseId | DraftId) -> str | None:
    """Return a sealed text, or None when it was erased."""
    try:
        return opened(await sealer.key(key_id), bytes(sealed))
    except Unreadable:
        return None
