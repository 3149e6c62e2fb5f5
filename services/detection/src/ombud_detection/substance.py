"""Substance (R-02): which questions a buyer asked, which of them a reply addresses, insults, pure thanks, "this does not answer me"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .reading import TEXT_LIMIT, Reading, read_substance
from .topics import topics_of
from .wording import core_text

QUESTION_LIMIT = 20
_SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]+|[^.!?。！？\n]+$")
_OPENING = re.compile(
    r"[\W_]*(?:(?:and|but|or|also|so|und|oder|aber|y|e|o|pero|mas|а|и|но|i|a|oraz|ale|un|bet)\b[\W_]*)?"
)
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\d_]{4,}|\d+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question in a buyer's message, in code points of the message."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Insult:
    """An insult, in code points of the text."""

    start: int
    end: int


def questions(text: str, language: str | None) -> tuple[Question, ...]:
    """Return the questions of a message: sentences with a question mark, or opened by a question word of their language."""
    found = []
    for match in _SENTENCE.finditer(text[:TEXT_LIMIT]):
        sentence = match[0]
        if _is_question(sentence, language):
            start = match.start() + len(sentence) - len(sentence.lstrip())
            found.append(Question(start, start + len(sentence.strip())))
        if len(found) == QUESTION_LIMIT:
            break
    return tuple(found)


def _is_question(sentence: str, language: str | None) -> bool:
    if "?" in sentence or "？" in sentence:
        return any(c.isalnum() for c in sentence)
    reading = _read(sentence, language)
    opening = _OPENING.match(reading.text)
    lead = opening.end() if opening else 0
    asks = {h.end for h in reading.hits("question_start") if h.start <= lead and h not in reading.hits("yes_no_start")}
    if asks and len(sentence.split()) >= 3 and not any(h.end - h.start > 4 for h in reading.hits("thanks")):
        return True
    return any(
        reading.text.rstrip(" .。!！\n").endswith(reading.text[h.start : h.end])
        and h.end >= len(reading.text.rstrip(" .。!！\n"))
        for h in reading.hits("question_end")
    )


def topics_asked(text: str, question: Question, language: str | None) -> tuple[str, ...]:
    """Return the ids of the topics that a question of a message names."""
    return tuple(sorted(topics_of(_read(text[question.start : question.end], language))))


def addressed(text: str, asked: Sequence[Question], reply: str, language: str | None) -> tuple[bool, ...]:
    """Tell, question by question, whether the reply addresses it: by its topic, its words, its numbers, or a plain yes or no to a lone question."""
    answer = _read(core_text(reply[:TEXT_LIMIT]), language)
    words = _stems(answer.text)
    empty = answer.has("holding", "auto_phrase", "out_of_office") and not topics_of(answer)
    result = []
    for question in asked:
        reading = _read(text[question.start : question.end], language)
        shared = topics_of(reading) & topics_of(answer) or _stems(reading.text) & words
        plain = answer.has("yes_no") and reading.has("yes_no_start", "question_end")
        lone = len(asked) == 1 and not topics_of(answer) and len(words) >= 2
        result.append(not empty and bool(shared or plain or lone))
    return tuple(result)


def _stems(text: str) -> frozenset[str]:
    """Words cut to five letters: enough to see the same word in another form."""
    return frozenset(
        word[:5]
        for word in _WORD.findall(text)
        if not ("\u4e00" <= word <= "\u9fff" and word in "的了是吗呢您你我们这那在有不")
    )


def insults(text: str, language: str | None) -> tuple[Insult, ...]:
    """Return insults, on either side."""
    reading = _read(text[:TEXT_LIMIT], language)
    spans = {reading.folded.span(hit.start, hit.end) for hit in reading.hits("insult")}
    return tuple(Insult(start, end) for start, end in sorted(spans))


def is_pure_thanks(text: str, language: str | None) -> bool:
    """Tell whether a message only thanks, greets or confirms: no reply is owed for it (rule for pure thanks)."""
    if len(text) > 160 or "?" in text or "？" in text:
        return False
    reading = _read(text, language)
    if not any(h.end - h.start > 1 for h in reading.hits("thanks")):
        return False
    covered = [False] * len(reading.text)
    for hit in reading.hits("thanks"):
        covered[hit.start : hit.end] = [True] * (hit.end - hit.start)
    rest = "".join(c for c, seen in zip(reading.text, covered, strict=True) if not seen)
    return not any(c.isalnum() for c in rest)


def says_not_answered(text: str, language: str | None) -> bool:
    """Tell whether a buyer says that the reply does not answer them or was not understood: it reopens the obligation (R-02)."""
    return _read(text[:TEXT_LIMIT], language).has("not_answered")


def _read(text: str, language: str | None) -> Reading:
    return read_substance(text, language=language)
