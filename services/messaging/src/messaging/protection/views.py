"""What screens show of erasures and sealed originals."""

from datetime import datetime

from chassis.http import View
from messaging.protection.domain import Erasure
from ombud_words import ErasureId, MessageId, PersonId


class ErasureView(View):
    """An erasure, and whether it is done."""

    erasure_id: ErasureId
    person_id: PersonId
    role: str
    ordered_at: datetime
    erased_at: datetime | None
    conversations: int
    """Conversations that nobody can read any more."""
    messages: int
    """Messages whose text is gone."""


class OriginalView(View):
    """What an author really wrote, and what the checks found in it."""

    message_id: MessageId
    text: str
    findings: list[str]
    rules: list[str]


def erasure_view(erasure: Erasure) -> ErasureView:
    """Return the screen of an erasure."""
    return ErasureView(
        erasure_id=erasure.id,
        person_id=erasure.person_id,
        role=erasure.role,
        ordered_at=erasure.ordered_at,
        erased_at=erasure.erased_at,
        conversations=erasure.conversations,
        messages=erasure.messages,
    )
