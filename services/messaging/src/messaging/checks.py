"""Runs the detectors on one message and applies the policy: what becomes of it, and what its author is told."""

import logging
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from messaging.domain.conversation_event import Checked, Verdict
from messaging.domain.detection import (
    Action,
    AutomationVerdict,
    Finding,
    ReplyTrace,
    SellerReply,
    ThreadMessage,
    action_for,
    automated_reply,
    inspect_latest,
    is_pure_thanks,
    language_of,
    safe_rewrite,
)
from messaging.sealing import sha256_of
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience, Role

log = logging.getLogger(__name__)

_VERDICT_OF = {
    Action.ALLOW: Verdict.DELIVER,
    Action.FLAG: Verdict.DELIVER,
    Action.REDACT: Verdict.REDACT,
    Action.HOLD: Verdict.HOLD,
    Action.BLOCK: Verdict.BLOCK,
}
DETECTOR_FAILED = "detector_failed"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the checks know beside the text itself."""

    author_role: str
    language: str
    """In which the conversation is led."""
    market: Market
    audience: str = Audience.THREAD
    window: tuple[ThreadMessage, ...] = ()
    """The thread before this message, oldest first: contact data can be split over messages."""
    reply: SellerReply | None = None
    """Set for a seller's message in the thread: the question it answers, and how fast."""
    history: Sequence[ReplyTrace] = ()
    """What the seller answered elsewhere before."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a text, in code points of the text as written."""

    verdict: Verdict
    language: str
    findings: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = field(default=())
    failed: bool = False


def findings_of(text: str, c: Circumstances) -> Found:
    """Return what the detectors find, and what the policy makes of it. A detector that breaks holds the message."""
    if c.audience != Audience.THREAD:
        return Found(Verdict.DELIVER, c.language)
    try:
        thread = (*c.window, ThreadMessage(c.author_role, text))
        findings = inspect_latest(thread, language=c.language, market=c.market.id)
    except Exception:
        # Whatever breaks in a detector must neither lose the message nor let it pass unchecked.
        log.exception("a detector broke; the message is held")
        return Found(Verdict.HOLD, c.language, failed=True)
    decided = action_for(findings, role=c.author_role, market=c.market.id)
    return Found(_VERDICT_OF[decided.action], c.language, findings, decided.hidden)


def check(text: str, c: Circumstances) -> tuple[Checked, str]:
    """Return the classification of a text, and what its audience may see of it."""
    return classified(text, findings_of(text, c), c)


def classified(text: str, found: Found, c: Circumstances) -> tuple[Checked, str]:
    """Return the classification of a text whose findings are known, and what its audience may see of it."""
    spoken = language_of(text, c.language)
    from_seller = c.author_role == Role.SELLER and c.audience == Audience.THREAD
    checked = Checked(
        verdict=found.verdict,
        sha256=sha256_of(text),
        characters=len(text),
        language=None if spoken.language == "und" else spoken.language,
        wrong_language=from_seller and spoken.mismatch and spoken.language not in c.market.languages,
        automated=from_seller and _automated(c),
        findings=tuple(dict.fromkeys(str(f.kind) for f in found.findings)),
        rules=(DETECTOR_FAILED,) if found.failed else tuple(dict.fromkeys(f.rule for f in found.findings)),
        pure_thanks=c.author_role == Role.BUYER and is_pure_thanks(text, c.language),
    )
    if found.verdict != Verdict.REDACT:
        return checked, text
    return checked, safe_rewrite(text, found.hidden, language=c.language)


def _automated(c: Circumstances) -> bool:
    if c.reply is None:
        return False
    return automated_reply(c.reply, c.history, language=c.language).verdict == AutomationVerdict.AUTOMATED


def advice(found: Found) -> str | None:
    """Return what the author is told in the conversation's language, or None when everything is delivered."""
    texts = _advice().get(found.language, _advice()["en"])
    match found.verdict:
        case Verdict.BLOCK | Verdict.REDACT:
            return texts["contact"]
        case Verdict.HOLD:
            return texts["held"]
        case _:
            return None


@cache
def _advice() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("messaging").joinpath("rules/advice.toml").read_text())
