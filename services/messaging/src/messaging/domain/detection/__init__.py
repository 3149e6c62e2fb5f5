"""Detection for the messaging rules R-02 to R-05: pure functions over texts, their rules are data under `messaging/rules`."""

from .finding import Finding, Kind, TextTooLong
from .inspection import inspect
from .policy import Action, PolicyDecision, PolicyRow, Reason, action_for, default_policy, rows_from
from .reading import TEXT_LIMIT
from .replies import Automation, AutomationVerdict, ReplyTrace, SellerReply, automated_reply, trace_of
from .rewrite import safe_rewrite
from .thread import ThreadInspection, ThreadMessage, inspect_thread, inspect_with_files

__all__ = [
    "TEXT_LIMIT",
    "Action",
    "Automation",
    "AutomationVerdict",
    "Finding",
    "Kind",
    "PolicyDecision",
    "PolicyRow",
    "Reason",
    "ReplyTrace",
    "SellerReply",
    "TextTooLong",
    "ThreadInspection",
    "ThreadMessage",
    "action_for",
    "automated_reply",
    "default_policy",
    "inspect",
    "inspect_thread",
    "inspect_with_files",
    "rows_from",
    "safe_rewrite",
    "trace_of",
]
