"""Messages that wait for a check, as moderators see them."""

from collections.abc import Sequence
from datetime import datetime

from chassis.auth import Actor
from chassis.http import Runtime
from chassis.sealing import Sealer
from chassis.store import Document
from messaging.conversations.domain.conversation import Conversation
from messaging.conversations.store import find_conversations
from messaging.moderation.domain import Assignment
from messaging.moderation.views import AssignmentView, HeldMessageView, SpotView
from messaging.reading.screens import message_view, names_in
from messaging.translations.store import NOT_TRANSLATED, translations_of
from messaging.writing.checks import DETECTOR_FAILED
from ombud_contracts.vocabulary import Role


async def held_views(
    runtime: Runtime, messages: Sequence[Document], actor: Actor, sealer: Sealer
) -> list[HeldMessageView]:
    """Return messages with why they wait, how long, and who has them."""
    conversations = await find_conversations(runtime.mongo, [m["case_id"] for m in messages])
    names, now = await names_in(runtime, messages), runtime.now()
    other = await translations_of(runtime.mongo, messages)
    views = []
    for message in messages:
        conversation = conversations[message["case_id"]]
        translated = other.get(message["_id"], NOT_TRANSLATED)
        shown = await message_view(message, conversation, actor, sealer, names, translated)
        views.append(HeldMessageView(**shown.model_dump(), **_waits(message, conversation, now)))
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
