"""A conversation: who may write in it, what becomes of each message, and what is owed; pure, and blind to every text."""

from messaging.conversations.domain.asked import NO_SUBSTANCE, Answered, Asked, Question, Span, Substance
from messaging.conversations.domain.command import (
    AppealMessage,
    Command,
    ContestReply,
    EraseTexts,
    LockParty,
    MoveConversation,
    NoteDeadline,
    OpenConversation,
    PostMessage,
    ReadOriginal,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    UnlockParty,
    WaiveReply,
)
from messaging.conversations.domain.conversation import expect_may_write, expect_reopens, not_qualifying
from messaging.conversations.domain.event import Attached, Checked, Known, Letter, Spotted, Verdict
from messaging.conversations.domain.refusals import (
    ConversationErased,
    MessageNotHeld,
    Refusal,
    UnknownConversation,
    UnknownMessage,
)
from messaging.conversations.domain.state import CASE_CLOSED, Conversation
from messaging.conversations.domain.translation import MOST_TRANSLATIONS, AddTranslation, Translation

__all__ = [
    "CASE_CLOSED",
    "MOST_TRANSLATIONS",
    "NO_SUBSTANCE",
    "AddTranslation",
    "Answered",
    "AppealMessage",
    "Asked",
    "Attached",
    "Checked",
    "Command",
    "ContestReply",
    "Conversation",
    "ConversationErased",
    "EraseTexts",
    "Known",
    "Letter",
    "LockParty",
    "MessageNotHeld",
    "MoveConversation",
    "NoteDeadline",
    "OpenConversation",
    "PostMessage",
    "Question",
    "ReadOriginal",
    "Refusal",
    "RejectMessage",
    "ReleaseMessage",
    "RevokeWaiver",
    "Span",
    "Spotted",
    "Substance",
    "Translation",
    "UnknownConversation",
    "UnknownMessage",
    "UnlockParty",
    "Verdict",
    "WaiveReply",
    "expect_may_write",
    "expect_reopens",
    "not_qualifying",
]
