"""The recent messages of a conversation, as far as later decisions need them."""

from collections.abc import Sequence
from dataclasses import replace

from messaging.conversations.domain.asked import NO_SUBSTANCE
from messaging.conversations.domain.event import Known, Letter
from ombud_words import MessageId

REMEMBERED = 20
"""How many recent messages a decision can refer to, beside those that wait for a check; older ones are final."""


def known_as(letter: Letter, status: str) -> Known:
    """Return a letter as later decisions know it."""
    return Known(
        id=letter.message_id,
        author_role=letter.author_role,
        audience=letter.audience,
        status=status,
        checked=letter.checked,
        submitted_at=letter.submitted_at,
        requests_information=letter.requests_information,
        first=letter.first,
    )


def remember(recent: Sequence[Known], letter: Letter, status: str) -> tuple[Known, ...]:
    """Return the recent messages with one more."""
    forgotten = len(recent) + 1 - REMEMBERED
    kept = (*recent, _settled(known_as(letter, status)))
    return tuple(m for place, m in enumerate(kept) if place >= forgotten or m.status == "HELD")


def with_status(recent: Sequence[Known], message_id: MessageId, status: str) -> tuple[Known, ...]:
    """Return the recent messages after a decision about one."""
    return tuple(_settled(replace(m, status=status)) if m.id == message_id else m for m in recent)


def _settled(known: Known) -> Known:
    """Forget what a delivered message asks and answers: the conversation knows it by now."""
    if known.status != "DELIVERED":
        return known
    return replace(known, checked=replace(known.checked, substance=NO_SUBSTANCE))
