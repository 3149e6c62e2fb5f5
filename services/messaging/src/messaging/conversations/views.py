"""What screens show of a conversation beside its messages."""

from datetime import datetime

from chassis.auth import Actor
from chassis.http import View
from messaging.conversations.domain.state import Conversation
from ombud_words import CaseId, MessageId, Role


class LockView(View):
    """Why a party may not write, since when, and what unlocks it."""

    party: str
    reason: str
    unlocked_by: str
    since: datetime
    until: datetime | None = None
    """When it ends by itself, where it does."""


class QuestionView(View):
    """A question of the buyer, and the reply that addressed it (R-02)."""

    message_id: MessageId
    place: int
    """Among the questions of its message, from 0."""
    start: int
    end: int
    """Code points of the message's text as the reader sees it."""
    about: list[str]
    """Topics, as codes."""
    answered_by: MessageId | None
    """The reply that addressed it; absent while it is open."""


class ConversationView(View):
    """A conversation without its messages."""

    case_id: CaseId
    market: str
    language: str
    counterpart: str
    """Who owes the answers: `seller` or `platform`."""
    owes_reply: bool
    """The seller does."""
    desk_owes: bool
    """The platform does, to what was written to it."""
    waived: bool
    reply_due_by: datetime | None
    """By when the seller must answer; absent when no clock runs for the seller."""
    locks: list[LockView]
    change: int
    """Where the conversation stands: `Last-Event-ID` of live updates that follow this view."""


class WaiverProposalView(View):
    """A waiver that the seller proposed: the reply is still owed."""

    case_id: CaseId
    market: str
    reason: str
    proposed_at: datetime
    refused: bool
    """True when it was decided against; then the reply is owed, and no waiver of it is proposed again."""
    reply_due_by: datetime | None


class WaiverProposalList(View):
    """Waivers that wait for a decision, the oldest first."""

    proposals: list[WaiverProposalView]


class ConversationScreen(ConversationView):
    """A conversation without its messages, with what the buyer asked in them."""

    questions: list[QuestionView]
    """The buyer's latest, in order (R-02)."""
    waiver_proposal: WaiverProposalView | None
    """That of the seller about the reply that is owed; the buyer does not see it."""


def conversation_view(state: Conversation) -> ConversationView:
    """Return the screen of a conversation."""
    return ConversationView(
        case_id=state.case_id,
        market=state.market,
        language=state.language,
        counterpart=state.counterpart,
        owes_reply=state.owes_reply,
        desk_owes=state.desk_owes,
        waived=state.waived,
        reply_due_by=state.reply_due_by,
        locks=[
            LockView(party=k.party, reason=k.reason, unlocked_by=k.unlocked_by, since=k.since, until=k.until)
            for k in state.locks
        ],
        change=state.changes,
    )


def proposal_view(state: Conversation) -> WaiverProposalView | None:
    """Return the screen of the waiver that is proposed, or was refused, about the reply that is owed."""
    proposal = state.waiver_proposal
    if proposal is None:
        return None
    return WaiverProposalView(
        case_id=state.case_id,
        market=state.market,
        reason=proposal.reason,
        proposed_at=proposal.at,
        refused=proposal.refused,
        reply_due_by=state.reply_due_by,
    )


def screen_for(state: Conversation, actor: Actor) -> ConversationScreen:
    """Return the screen of a conversation as somebody sees it."""
    return ConversationScreen(
        **conversation_view(state).model_dump(),
        questions=questions_of(state, actor),
        waiver_proposal=None if actor.role == Role.BUYER else proposal_view(state),
    )


def questions_of(state: Conversation, actor: Actor) -> list[QuestionView]:
    """Return what the buyer asked lately, in code points of the texts as the reader sees them: one's own as written."""
    own = actor.role == Role.BUYER
    return [
        QuestionView(
            message_id=a.message_id,
            place=a.place,
            start=a.question.start if own else a.question.shown_start,
            end=a.question.end if own else a.question.shown_end,
            about=list(a.question.about),
            answered_by=a.answered_by,
        )
        for a in state.asked
    ]
