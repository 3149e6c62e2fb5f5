"""Opens sealed texts of a conversation, as far as they were not erased."""

from chassis.sealing import Sealer, UnknownWrapping, Unreadable, opened
from ombud_words import CaseId, DraftId


async def text_of(sealer: Sealer, sealed: bytes, key_id: CaseId | DraftId) -> str | None:
    """Return a sealed text for a screen, or None when it was erased or no configured sealing key opens it."""
    try:
        return opened(await sealer.key(key_id), bytes(sealed))
    except (Unreadable, UnknownWrapping):
        return None
