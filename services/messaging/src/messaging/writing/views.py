"""What an author is told about a text: what was found in it, and what became of it."""

from typing import Any

from pydantic import Field

from chassis.http import View
from messaging.conversations.domain import Conversation, Letter, not_qualifying
from messaging.sanctions.domain import Sanction
from messaging.sanctions.views import StandingView, standing_view
from messaging.writing.checks import DETECTOR_FAILED, Found, advice
from messaging.writing.posting import Prepared
from ombud_words import AttachmentId, DraftId, MessageId, Role


class FindingView(View):
    """Something the checks found, in code points of the text as it was written."""

    kind: str
    start: int
    end: int
    place: str = "text"
    """`text`, `file_name`, `picture` or `document`; the code points are those of that place."""
    attachment_id: AttachmentId | None = None


class DraftView(View):
    """A kept draft, and what the checks say about it before it is sent."""

    draft_id: DraftId
    action: str
    """`deliver`, `redact`, `hold` or `block`."""
    findings: list[FindingView]
    advice: str | None
    """What to write instead, when something would not be delivered."""


class CheckedView(View):
    """What becomes of a message, or would."""

    status: str
    """`DELIVERED`, `HELD` or `BLOCKED`."""
    qualifies: bool
    """It counts as an answer in the sense of the reply obligation."""
    not_qualifying_because: list[str]
    findings: list[FindingView]
    advice: str | None
    held_because: list[str] = Field(default_factory=list)
    """Why it waits, as codes: `sanction`, `detector_failed`, or kinds of findings."""
    standing: StandingView | None = None
    """Where the author stands after this message; absent when there never was a breach."""


class PostedView(CheckedView):
    """What became of a message, told to its author at once."""

    message_id: MessageId
    position: int
    appeal: str | None
    """Where to appeal with one call."""


def draft_view(draft_id: DraftId, found: Found) -> DraftView:
    """Return what the author of a draft is told before the case is opened."""
    return DraftView(
        draft_id=draft_id,
        action=found.verdict,
        findings=[FindingView(kind=f.kind, start=f.start, end=f.end) for f in found.findings],
        advice=advice(found),
    )


def checked_view(prepared: Prepared, state: Conversation, sanction: Sanction | None) -> CheckedView:
    """Return what would become of a message that is not sent."""
    return CheckedView(**_checked(prepared, state, sanction))


def posted_view(prepared: Prepared, state: Conversation, sanction: Sanction | None) -> PostedView:
    """Return what the author of a message is told at once."""
    id, checked = prepared.letter.message_id, _checked(prepared, state, sanction)
    appeal = f"/messages/{id}/appeal" if checked["status"] != "DELIVERED" else None
    return PostedView(message_id=id, position=state.positions, appeal=appeal, **checked)


def _checked(prepared: Prepared, state: Conversation, sanction: Sanction | None) -> dict[str, Any]:
    letter = prepared.letter
    known = state.message(letter.message_id)
    assert known is not None, "a posted message is remembered"
    because = _shown_reasons(letter, known.status)
    return {
        "status": known.status,
        "qualifies": letter.author_role == Role.SELLER and not because,
        "not_qualifying_because": because,
        "findings": _finding_views(prepared.found),
        "advice": advice(prepared.found),
        "held_because": _held_because(letter) if known.status == "HELD" else [],
        "standing": standing_view(sanction, letter.submitted_at) if sanction else None,
    }


def _held_because(letter: Letter) -> list[str]:
    """Return why a message waits, as codes: the sanction, a detector that broke, or kinds of findings."""
    why = [letter.held_because] if letter.held_because else []
    broke = [DETECTOR_FAILED] if DETECTOR_FAILED in letter.checked.rules else []
    return [*why, *broke, *letter.checked.findings]


def _finding_views(found: Found) -> list[FindingView]:
    in_text = [FindingView(kind=f.kind, start=f.start, end=f.end) for f in found.findings]
    return in_text + [
        FindingView(
            kind=f.kind, start=f.start, end=f.end, place=part.place, attachment_id=AttachmentId(part.attachment_id)
        )
        for part, f in found.in_parts
    ]


def _shown_reasons(letter: Letter, status: str) -> list[str]:
    """Return why a message does not satisfy a reply obligation, as it is shown to its author."""
    if status != "DELIVERED":
        return ["blocked" if status == "BLOCKED" else "pending_check"]
    if letter.author_role != Role.SELLER:
        return []  # nobody but a seller owes a reply
    return list(not_qualifying(letter.author_role, letter.audience, letter.checked))
