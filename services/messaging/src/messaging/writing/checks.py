"""Runs the detectors on one message and applies the policy: what becomes of it, and what its author is told.

Whatever breaks in a detector must neither lose the message nor let it pass unchecked: it is held.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from chassis.sealing import HashKey, new_hash_key
from messaging.conversations.domain import (
    NO_SUBSTANCE,
    Answered,
    Asked,
    Attached,
    Checked,
    Question,
    Span,
    Spotted,
    Substance,
    Verdict,
)
from messaging.writing.detectors import SHIPPED, Detectors
from ombud_contracts.market import Market
from ombud_detection import (
    ANY,
    FILE_NAME,
    Action,
    AutomationVerdict,
    Finding,
    Part,
    PolicyRow,
    ReplyTrace,
    SafeRewrite,
    SellerReply,
    ThreadMessage,
    action_for,
    may_be_a_piece,
    safe_rewrite,
    spared,
    topics_asked,
)
from ombud_detection import Question as AskedSpan
from ombud_detection.told import told
from ombud_words import Audience, Role

log = logging.getLogger(__name__)

_VERDICT_OF = {
    Action.ALLOW: Verdict.DELIVER,
    Action.FLAG: Verdict.DELIVER,
    Action.REDACT: Verdict.REDACT,
    Action.HOLD: Verdict.HOLD,
    Action.BLOCK: Verdict.BLOCK,
}
DETECTOR_FAILED = "detector_failed"
AT_ONCE = 2_000  # code points that are examined on the event loop: a few milliseconds


@dataclass(frozen=True, slots=True)
class AskedIn:
    """Questions of the buyer that nobody answered yet, with the message that asked them."""

    text: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
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
    attachments: tuple[Attached, ...] = ()
    parts: tuple[Part, ...] = ()
    """What is written in and on the attachments."""
    asked: tuple[AskedIn, ...] = ()
    """Open questions of the buyer, for a seller's message."""
    phase: str = ANY
    """Of the purchase."""
    references: tuple[str, ...] = ()
    """The numbers of the case, its order and its line, which are nobody's contact data."""
    rows: Sequence[PolicyRow] | None = None
    """The policy in force; None for the shipped one."""
    detectors: Detectors = SHIPPED
    hash_key: HashKey = field(default_factory=new_hash_key)
    """Under which the hash of this text is taken; it is erased with the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found in a text, in code points of the text as written."""

    verdict: Verdict
    language: str
    findings: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = field(default=())
    failed: bool = False
    in_parts: tuple[tuple[Part, Finding], ...] = ()
    """What was found in and on the attachments, in code points of the file's name or of what is written in it."""
    withheld: frozenset[str] = frozenset()
    """Attachments that the recipient of a redacted message does not get."""
    unnamed: frozenset[str] = frozenset()
    """Attachments whose names the recipient of a redacted message does not see."""

    @property
    def every(self) -> tuple[Finding, ...]:
        """What was found in the text and elsewhere."""
        return (*self.findings, *(finding for _part, finding in self.in_parts))


def findings_of(text: str, c: Circumstances) -> Found:
    """Return what the detectors find, and what the policy makes of it. A detector that breaks holds the message."""
    if c.audience != Audience.THREAD:
        return Found(verdict=Verdict.DELIVER, language=c.language)
    try:
        findings, in_parts = _in_text(text, c), _in_parts(text, c)
    except Exception:
        log.exception("a detector broke; the message is held")
        return Found(verdict=Verdict.HOLD, language=c.language, failed=True)
    every = (*findings, *(finding for _part, finding in in_parts))
    decided = action_for(every, role=c.author_role, market=c.market.id, phase=c.phase, rows=c.rows)
    own, concealed = frozenset(findings), frozenset(decided.hidden)
    hidden = [part for part, finding in in_parts if finding in concealed]
    return Found(
        verdict=_VERDICT_OF[decided.action],
        language=c.language,
        findings=findings,
        hidden=tuple(f for f in decided.hidden if f in own),
        in_parts=in_parts,
        withheld=frozenset(part.attachment_id for part in hidden if part.place != FILE_NAME),
        unnamed=frozenset(part.attachment_id for part in hidden if part.place == FILE_NAME),
    )


def _in_text(text: str, c: Circumstances) -> tuple[Finding, ...]:
    own = ThreadMessage(c.author_role, text)
    found = _inspected((*c.window, own), c)
    pieces = _pieces(c.parts, c)
    if pieces and may_be_a_piece(text):  # data can be split between the text and a file's name
        known = frozenset(found)
        found += tuple(f for f in _inspected((*pieces, own), c) if f not in known)
    return found


def _in_parts(text: str, c: Circumstances) -> tuple[tuple[Part, Finding], ...]:
    found = []
    for at, part in enumerate(c.parts):
        before = (*([ThreadMessage(c.author_role, text)] if text else []), *_pieces(c.parts[:at], c))
        told = _inspected((*before, ThreadMessage(c.author_role, part.words)), c) if part.words else ()
        found += [(part, f) for f in told if not spared(part, f)]
    return tuple(found)


def _pieces(parts: Sequence[Part], c: Circumstances) -> list[ThreadMessage]:
    return [ThreadMessage(c.author_role, p.words) for p in parts if p.words and may_be_a_piece(p.words)]


def _inspected(thread: Sequence[ThreadMessage], c: Circumstances) -> tuple[Finding, ...]:
    return c.detectors.contacts(thread, language=c.language, market=c.market.id, references=c.references)


@dataclass(frozen=True, slots=True)
class Examined:
    """A message as the checks leave it."""

    found: Found
    checked: Checked
    rewrite: SafeRewrite

    @property
    def shown(self) -> str:
        """What its audience may see of the text."""
        return self.rewrite.text

    @property
    def spotted(self) -> tuple[Spotted, ...]:
        """Where something was found, without its words."""

        def spot(f: Finding, place: str, shown: tuple[int, int]) -> Spotted:
            return Spotted(
                start=f.start,
                end=f.end,
                shown_start=shown[0],
                shown_end=shown[1],
                kind=str(f.kind),
                rule=f.rule,
                score=f.score,
                place=place,
            )

        in_text = (spot(f, "text", self.rewrite.span(f.start, f.end)) for f in self.found.findings)
        return (*in_text, *(spot(f, part.place, (f.start, f.end)) for part, f in self.found.in_parts))


def examined(text: str, c: Circumstances) -> Examined:
    """Return what is found in a text, its classification, and what its audience may see of it."""
    found = findings_of(text, c)
    try:
        rewrite = safe_rewrite(text, found.hidden if found.verdict == Verdict.REDACT else (), language=c.language)
        checked = _unclassified(text, found, c) if found.failed else _classified(text, found, rewrite, c)
        return Examined(found, checked, rewrite)
    except Exception:
        log.exception("a detector broke; the message is held")
        found = replace(found, verdict=Verdict.HOLD, failed=True)
        return Examined(found, _unclassified(text, found, c), safe_rewrite(text, ()))


async def examined_aside(text: str, c: Circumstances) -> Examined:
    """The same as `examined`; what takes long is examined in a thread, and everybody else's requests go on meanwhile."""
    if not _takes_long(text, c):
        return examined(text, c)
    return await asyncio.to_thread(examined, text, c)


async def findings_aside(text: str, c: Circumstances) -> Found:
    """The same as `findings_of`; what takes long is looked through in a thread."""
    if not _takes_long(text, c):
        return findings_of(text, c)
    return await asyncio.to_thread(findings_of, text, c)


def _takes_long(text: str, c: Circumstances) -> bool:
    read = (text, *(m.text for m in c.window), *(part.words for part in c.parts), *(a.text for a in c.asked))
    return sum(map(len, read)) > AT_ONCE


def _unclassified(text: str, found: Found, c: Circumstances) -> Checked:
    return Checked(
        verdict=found.verdict,
        sha256=c.hash_key.hash_of(text.encode()),
        characters=len(text),
        findings=tuple(dict.fromkeys(str(f.kind) for f in found.every)),
        rules=(DETECTOR_FAILED,) if found.failed else tuple(dict.fromkeys(f.rule for f in found.every)),
        attachments=_delivered(found, c.attachments),
    )


def _classified(text: str, found: Found, rewrite: SafeRewrite, c: Circumstances) -> Checked:
    spoken = c.detectors.language(text, c.language)
    from_seller = c.author_role == Role.SELLER and c.audience == Audience.THREAD
    return replace(
        _unclassified(text, found, c),
        language=None if spoken.language == "und" else spoken.language,
        wrong_language=from_seller and spoken.mismatch and spoken.language not in c.market.languages,
        automated=from_seller and _automated(c),
        pure_thanks=c.author_role == Role.BUYER and not c.attachments and c.detectors.thanks(text, c.language),
        substance=_substance(text, rewrite, c) if c.audience == Audience.THREAD else NO_SUBSTANCE,
    )


def _substance(text: str, rewrite: SafeRewrite, c: Circumstances) -> Substance:
    """Return what the message asks, answers and insults (R-02)."""
    insults = tuple(Span(i.start, i.end) for i in c.detectors.insults(text, c.language))
    match c.author_role:
        case Role.BUYER:
            asked = c.detectors.questions(text, c.language)
            return Substance(questions=tuple(_question(q, text, rewrite, c) for q in asked), insults=insults)
        case Role.SELLER:
            return Substance(answers=tuple(_answered(text, c)), insults=insults)
        case _:
            return NO_SUBSTANCE


def _question(q: AskedSpan, text: str, rewrite: SafeRewrite, c: Circumstances) -> Question:
    shown_start, shown_end = rewrite.span(q.start, q.end)
    return Question(
        start=q.start,
        end=q.end,
        shown_start=shown_start,
        shown_end=shown_end,
        about=topics_asked(text, q, c.language),
    )


def _answered(reply: str, c: Circumstances) -> Iterator[Answered]:
    for message in c.asked:
        spans = [AskedSpan(a.question.start, a.question.end) for a in message.asked]
        told = c.detectors.addressed(message.text, spans, reply, c.language)
        yield from (Answered(a.message_id, a.place) for a, yes in zip(message.asked, told, strict=True) if yes)


def _delivered(found: Found, attachments: Sequence[Attached]) -> tuple[Attached, ...]:
    """Return the attachments as the recipient gets them; a picture cannot be redacted, it is left out."""
    if found.verdict != Verdict.REDACT:
        return tuple(attachments)
    return tuple(replace(a, withheld=a.id in found.withheld, unnamed=a.id in found.unnamed) for a in attachments)


def _automated(c: Circumstances) -> bool:
    if c.reply is None:
        return False
    return c.detectors.automation(c.reply, c.history, language=c.language).verdict == AutomationVerdict.AUTOMATED


def advice(found: Found) -> str | None:
    """Return what the author is told in the conversation's language, or None when everything is delivered."""
    texts = told("advice", found.language)
    match found.verdict:
        case Verdict.BLOCK | Verdict.REDACT:
            return " ".join((texts["contact"], *_where(found)))
        case Verdict.HOLD:
            return " ".join((texts["held"], *_where(found)))
        case _:
            return None


def _where(found: Found) -> list[str]:
    texts = told("places", found.language)
    return [texts[place] for place in dict.fromkeys(part.place for part, _finding in found.in_parts)]
