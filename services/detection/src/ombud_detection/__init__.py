"""Detection for the messaging rules R-02 to R-05: pure functions over texts, their rules are data under `rules`."""

from .carried import DOCUMENT, FILE_NAME, PICTURE, Part, part_of_file, part_of_name, spared
from .checkdigits import ean, luhn
from .finding import Finding, Kind, TextTooLong
from .inspection import inspect
from .language import LanguageVerdict, language_of
from .message import ThreadMessage
from .policy import ANY, Action, PolicyDecision, PolicyRow, Reason, action_for, default_policy, rows_from
from .reading import TEXT_LIMIT
from .replies import Automation, AutomationVerdict, ReplyTrace, SellerReply, automated_reply, trace_of
from .rewrite import SafeRewrite, safe_rewrite
from .substance import Insult, Question, addressed, insults, is_pure_thanks, questions, says_not_answered, topics_asked
from .thread import ThreadInspection, inspect_latest, inspect_thread, inspect_with_files, may_be_a_piece

__all__ = [
    "ANY",
    "DOCUMENT",
    "FILE_NAME",
    "PICTURE",
    "TEXT_LIMIT",
    "Action",
    "Automation",
    "AutomationVerdict",
    "Finding",
    "Insult",
    "Kind",
    "LanguageVerdict",
    "Part",
    "PolicyDecision",
    "PolicyRow",
    "Question",
    "Reason",
    "ReplyTrace",
    "SafeRewrite",
    "SellerReply",
    "TextTooLong",
    "ThreadInspection",
    "ThreadMessage",
    "action_for",
    "addressed",
    "automated_reply",
    "default_policy",
    "ean",
    "inspect",
    "inspect_latest",
    "inspect_thread",
    "inspect_with_files",
    "insults",
    "is_pure_thanks",
    "language_of",
    "luhn",
    "may_be_a_piece",
    "part_of_file",
    "part_of_name",
    "questions",
    "rows_from",
    "safe_rewrite",
    "says_not_answered",
    "spared",
    "topics_asked",
    "trace_of",
]
