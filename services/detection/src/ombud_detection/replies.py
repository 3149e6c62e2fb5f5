"""Automated replies (R-05): what headers, speed, repetition over different questions and emptiness say together. Explained; silent when weak."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .mail_headers import automatic_header
from .reading import Reading, read_substance
from .reply_fit import asks_for_terms, is_concrete, recites_terms, subject_of, takes_up
from .reply_notes import Sign, note_signs
from .reply_substance import SENTENCES, is_courtesy_for_courtesy, is_plain_yes_or_no, misses_its_question, says_nothing
from .topics import topics_of
from .wording import Fingerprint, core_text, fingerprint, is_near, masked_sentences, word_keys

HISTORY_LIMIT = 40  # traces looked at; more of one seller's past says nothing new
_READ = 4_000  # characters of a text that are judged
_AUTOMATED_FROM = 0.6
_UNSURE_FROM = 0.4


class AutomationVerdict(StrEnum):
    """`UNSURE` never takes a qualifying reply away from a seller; it is shown to moderators only."""

    AUTOMATED = "automated"
    INDIVIDUAL = "individual"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class SellerReply:
    """A seller's reply beside the message it answers. `latency_seconds` from the message to the reply, `hour` local (0 to 23)."""

    buyer: str
    asked: str
    text: str
    latency_seconds: float
    hour: int
    channel: str = "chat"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReplyTrace:
    """What is remembered of an earlier reply: fingerprints and counts, no text."""

    buyer: str
    asked: frozenset[int]
    sentences: tuple[Fingerprint, ...]
    latency_seconds: float
    hour: int
    empty: bool
    misfit: bool
    fits: bool
    takes_up: bool | None = None  # None: the question is about nothing that a reply could miss
    concrete: bool = True
    subject: frozenset[int] = frozenset()
    terms: bool = False  # nothing but terms that hold for everybody
    terms_asked: bool = True  # they could be what the question is about


@dataclass(frozen=True, slots=True)
class Automation:
    """The verdict, its score between 0 and 1, and the reasons in plain codes, strongest first."""

    verdict: AutomationVerdict
    score: float
    reasons: tuple[str, ...]


def trace_of(reply: SellerReply, *, language: str | None) -> ReplyTrace:
    """Return what to remember of a reply for `automated_reply` of later ones."""
    return _trace(_open(reply, language))


def automated_reply(reply: SellerReply, history: Sequence[ReplyTrace], *, language: str | None) -> Automation:
    """Judge one reply against up to `HISTORY_LIMIT` traces of the same seller's other replies (R-05).

    A reply with substance for its case is individual even when it opens and closes with saved sentences.
    """
    past = history[-HISTORY_LIMIT:]
    opened = _open(reply, language)
    reading, asked, core = opened.reading, opened.asked, opened.core
    own = _without_saved_sentences(_trace(opened), past, core, asked, language)
    signals = _header_signals(reply.headers)
    signals += _phrase_signals(reading, asked)
    signals += _speed_signals(reply, core)
    if not is_courtesy_for_courtesy(reading, asked) and not is_plain_yes_or_no(reading):
        signals += _repetition_signals(own, past, opened.masked)
        signals += _emptiness_signals(own, past, facts=bool(re.search(r"[\d?？]", core)) or len(core) > 120)
        signals += _misfit_signals(own, past)
        signals += _beside_signals(own, past, reading)
        signals += _terms_signals(own, past)
    signals += _cadence_signals(own, past)
    signals += _round_the_clock_signals(own, past)
    return _combined(signals)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A reply and its question, read once."""

    reply: SellerReply
    core: str
    masked: tuple[str, ...]
    reading: Reading
    asked: Reading


def _open(reply: SellerReply, language: str | None) -> _Opened:
    core = core_text(reply.text[:_READ])
    return _Opened(
        reply, core, tuple(masked_sentences(core)), _read(core, language), _read(reply.asked[:_READ], language)
    )


def _trace(opened: _Opened) -> ReplyTrace:
    reply, reading, asked = opened.reply, opened.reading, opened.asked
    return ReplyTrace(
        buyer=reply.buyer,
        asked=word_keys(reply.asked),
        sentences=tuple(fingerprint(s) for s in opened.masked),
        latency_seconds=reply.latency_seconds,
        hour=reply.hour,
        empty=says_nothing(reading, asked),
        misfit=misses_its_question(reading, asked),
        fits=bool(topics_of(reading) & topics_of(asked)),
        takes_up=takes_up(reading, asked),
        concrete=is_concrete(reading),
        subject=subject_of(asked),
        terms=recites_terms(reading),
        terms_asked=asks_for_terms(asked),
    )


def _without_saved_sentences(
    own: ReplyTrace, past: Sequence[ReplyTrace], core: str, asked: Reading, language: str | None
) -> ReplyTrace:
    """Judge a reply by what it says that the seller does not say elsewhere too: greetings and quoted terms are saved sentences."""
    if not (own.misfit or own.empty) or not past:
        return own
    saved = {s for t in past for s in t.sentences}
    fresh = [
        piece[0]
        for piece in SENTENCES.finditer(re.sub(r"(?<=\S)\.(?=\S)", "·", core))
        if not any(is_near(fingerprint(s), seen) for s in masked_sentences(piece[0]) for seen in saved)
    ]
    reading = _read(" ".join(fresh), language)
    if sum(c.isalpha() for c in reading.text) < 4:
        return own
    return replace(own, misfit=misses_its_question(reading, asked), empty=says_nothing(reading, asked))


def _combined(signals: list[Sign]) -> Automation:
    doubt = 1.0
    for signal in signals:
        doubt *= 1 - signal.weight
    score = round(1 - doubt, 3)
    reasons = tuple(s.reason for s in sorted(signals, key=lambda s: -s.weight))
    if score >= _AUTOMATED_FROM:
        return Automation(AutomationVerdict.AUTOMATED, score, reasons)
    verdict = AutomationVerdict.UNSURE if score >= _UNSURE_FROM else AutomationVerdict.INDIVIDUAL
    return Automation(verdict, score, reasons)


def _read(text: str, language: str | None) -> Reading:
    return read_substance(text, language=language)


_HEADER_WEIGHTS = {"auto-submitted": 0.95, "autoreply": 0.93, "precedence": 0.9}


def _header_signals(headers: Mapping[str, str]) -> list[Sign]:
    name = automatic_header(headers)
    return [Sign("header." + name, _HEADER_WEIGHTS[name])] if name else []


def _phrase_signals(reading: Reading, asked: Reading) -> list[Sign]:
    automatic = [Sign("phrase.automatic", 0.88)] if reading.has("auto_phrase") else []
    return automatic + note_signs(reading, asked)


def _speed_signals(reply: SellerReply, core: str) -> list[Sign]:
    """Faster than a person reads and types: about 30 characters read and 12 written a second, two seconds to begin."""
    if len(core) < 12:
        return []
    dense = 3 if re.search("[\u4e00-\u9fff]", core) else 1  # a Chinese character carries about three letters
    needed = 2 + (len(reply.asked) / 40 + len(core) / 14) * dense
    if reply.latency_seconds < 3:
        return [Sign("speed.instant", 0.62)]
    if reply.latency_seconds < needed * 0.6:
        return [Sign("speed.faster-than-typing", 0.3)]
    return []


def _repetition_signals(own: ReplyTrace, past: Sequence[ReplyTrace], masked: Sequence[str]) -> list[Sign]:
    """The same sentences, slots masked, under different questions of different people."""
    others = [t for t in past if not _same_question(own, t) and not (t.buyer == own.buyer and t.buyer)]
    if not others or not own.sentences:
        return []
    weights = [len(s) for s in masked]
    repeated, times = 0, 0
    for sentence, weight in zip(own.sentences, weights, strict=True):
        seen = sum(any(is_near(sentence, s) for s in t.sentences) for t in others)
        if seen:
            repeated += weight
            times = max(times, seen)
    fresh = sum(weights) - repeated
    if not repeated or fresh > max(9, 0.2 * sum(weights)):
        return []
    return [Sign("repetition.different-questions", 0.72 if times >= 2 else 0.58)]


def _emptiness_signals(own: ReplyTrace, past: Sequence[ReplyTrace], *, facts: bool) -> list[Sign]:
    empty = sum(t.empty for t in past)
    if not own.empty:
        habit = len(past) >= 3 and empty >= 0.6 * len(past) and not own.fits and not facts
        return [Sign("emptiness.among-empty-ones", 0.6)] if habit else []
    if len(past) >= 2 and empty >= 2 and empty >= 0.6 * len(past):
        return [Sign("emptiness.habit", 0.65)]
    return [Sign("emptiness.this-reply", 0.3)]


def _misfit_signals(own: ReplyTrace, past: Sequence[ReplyTrace]) -> list[Sign]:
    """Sentences of substance, each under the wrong question. A seller whose other replies take theirs up is believed."""
    past = [t for t in past if not _same_question(own, t)]
    misfits = sum(t.misfit and t.takes_up is False for t in past)
    missed = sum(t.takes_up is False for t in past)
    signals = []
    if own.misfit and own.takes_up is False:
        habit = len(past) >= 2 and misfits >= 0.4 * len(past) and missed >= 0.6 * len(past)
        signals.append(Sign("misfit.habit", 0.7) if habit else Sign("misfit.this-reply", 0.35))
    if len(past) >= 3 and not own.fits and not any(t.fits for t in past) and misfits + own.misfit >= 1:
        signals.append(Sign("misfit.no-reply-fits", 0.4))
    return signals


def _beside_signals(own: ReplyTrace, past: Sequence[ReplyTrace], reading: Reading) -> list[Sign]:
    """Hardly any reply takes up its question, whatever was asked."""
    others = [t for t in past if t.takes_up is not None and not _same_question(own, t)]
    if own.takes_up is not False or len(others) < 2:
        return []
    traces = [own, *others]
    missed = sum(not t.takes_up for t in traces)
    if missed < 0.75 * len(traces):
        return []
    hollow = (
        not own.concrete
        and reading.has("vague", "we", "holding", "courtesy")
        and sum(not t.concrete for t in traces) >= 0.6 * len(traces)
    )
    plain = missed == len(traces) and (missed >= 4 or sum(c.isalpha() for c in reading.text) >= 24)
    weight = 0.65 if hollow else 0.62 if plain else 0.45
    signals = [Sign("beside.nothing-concrete" if hollow else "beside.every-question", weight)]
    said = subject_of(reading)
    if any(said & t.subject for t in others):
        signals.append(Sign("beside.answers-another-question", 0.35))
    return signals


def _terms_signals(own: ReplyTrace, past: Sequence[ReplyTrace]) -> list[Sign]:
    """Terms for everybody, found by a word of the question: under a complaint or a "why", more than once."""
    recited = [own, *(t for t in past if t.terms and not _same_question(own, t))]
    beside = sum(not t.terms_asked for t in recited)
    return [Sign("beside.standing-terms", 0.65)] if own.terms and beside >= 2 else []


def _round_the_clock_signals(own: ReplyTrace, past: Sequence[ReplyTrace]) -> list[Sign]:
    """Prompt at every hour of day and night, as no person is."""
    traces = [*past, own]
    nights = sum(t.hour >= 21 or t.hour < 7 for t in traces)
    if len(traces) < 4 or nights < 0.3 * len(traces):
        return []
    prompt = sum(t.latency_seconds < 120 for t in traces) >= 0.8 * len(traces)
    if not prompt:
        return [Sign("hours.day-and-night", 0.35)]
    sleepless = len(traces) >= 5 and len({t.hour // 6 for t in traces}) >= 3 and any(t.hour < 6 for t in traces)
    beside = sum(t.fits for t in traces) <= 0.2 * len(traces)
    return [Sign("hours.prompt-day-and-night", 0.62 if sleepless and beside else 0.55)]


def _cadence_signals(own: ReplyTrace, past: Sequence[ReplyTrace]) -> list[Sign]:
    """A delay that never changes is a machine's."""
    delays = [t.latency_seconds for t in past] + [own.latency_seconds]
    if len(delays) < 4:
        return []
    middle = sorted(delays)[len(delays) // 2]
    if middle < 5:
        return []
    spread = sorted(abs(d - middle) for d in delays)[int(0.8 * (len(delays) - 1))]
    if spread <= 0.012 * middle and abs(own.latency_seconds - middle) <= 0.03 * middle:
        return [Sign("cadence.constant-delay", 0.7)]
    return []


def _same_question(own: ReplyTrace, other: ReplyTrace) -> bool:
    """The same words, or the same subject in other words."""
    union = own.asked | other.asked
    if union and len(own.asked & other.asked) / len(union) >= 0.5:
        return True
    shared = own.subject & other.subject
    return bool(shared) and len(shared) >= 0.5 * min(len(own.subject), len(other.subject))
