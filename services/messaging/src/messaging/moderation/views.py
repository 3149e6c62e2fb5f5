"""What moderators see: messages that wait for a check, why, and who looks at them."""

from collections.abc import Sequence
from datetime import datetime

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.http import View
from chassis.sealing import Sealer
from chassis.store import Document
from messaging.conversations.domain import Conversation
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.moderation.domain import Assignment
from messaging.reading.views import MessageView, message_view, what_stands_beside
from messaging.writing.checks import DETECTOR_FAILED
from ombud_words import CaseId, MessageId, PersonId, Role


class SpotView(View):
    """Something the checks found, in code points of the text that is shown here."""

    start: int
    end: int
    kind: str
    rule: str
    place: str
    """`text`, or where in an attachment; the code points are those of that place."""


class HeldMessageView(MessageView):
    """A message that waits for a check."""

    case_id: CaseId
    market: str
    reasons: list[str]
    """Codes: `sanction`, `appeal`, `detector_failed`, or kinds of findings."""
    rules: list[str]
    spots: list[SpotView]
    due_by: datetime
    """By when somebody should have looked."""
    waits_seconds: int
    """Since it was sent."""
    reply_due_by: datetime | None
    """The reply clock that says "pending check" meanwhile; absent when none runs for the author."""
    assigned_to: PersonId | None
    assigned_until: datetime | None


class HeldView(View):
    """Messages that wait for a moderator, those first that are due first."""

    messages: list[HeldMessageView]
    next_cursor: str | None


class AssignmentView(View):
    """Who looks at a message, and until when it is theirs."""

    message_id: MessageId
    assigned_to: PersonId | None
    assigned_until: datetime | None


async def held_views(messages: Sequence[Document], actor: Actor, sealer: Sealer, unit: Unit) -> list[HeldMessageView]:
    """Return messages with why they wait, how long, and who has them."""
    await unit.session.preload(CONVERSATIONS, [conversation_id(m["case_id"]) for m in messages])
    beside = await what_stands_beside(unit, messages)
    views = []
    for message in messages:
        conversation = await unit.read(CONVERSATIONS, conversation_id(message["case_id"]))
        assert conversation is not None, "a message has a conversation"
        shown = await message_view(message, conversation, actor, sealer, beside)
        views.append(HeldMessageView(**shown.model_dump(), **_waits(message, conversation, unit.now)))
    return views


def _waits(message: Document, conversation: Conversation, now: datetime) -> Document:
    until = message.get("assigned_until")
    assigned = until is not None and now < until
    return {
        "case_id": message["case_id"],
        "market": message["market"],
        "reasons": _reasons(message),
        "rules": message["rules"],
        "spots": [_spot(s) for s in message["spotted"]],
        "due_by": message["due_by"],
        "waits_seconds": int((now - message["submitted_at"]).total_seconds()),
        "reply_due_by": conversation.reply_due_by if message["author_role"] == Role.SELLER else None,
        "assigned_to": message["assigned_to"] if assigned else None,
        "assigned_until": until if assigned else None,
    }


def _reasons(message: Document) -> list[str]:
    why = [message["held_because"]] if message["held_because"] else []
    broke = [DETECTOR_FAILED] if DETECTOR_FAILED in message["rules"] else []
    return [*why, *broke, *message["findings"]]


def _spot(spotted: Document) -> SpotView:
    start, end = spotted["shown_start"], spotted["shown_end"]
    return SpotView(start=start, end=end, **{k: spotted[k] for k in ("kind", "rule", "place")})


def assignment_view(state: Assignment, at: datetime) -> AssignmentView:
    """Return who has a message at an instant."""
    holder = state.held_at(at)
    return AssignmentView(
        message_id=state.message_id, assigned_to=holder, assigned_until=state.until if holder else None
    )
