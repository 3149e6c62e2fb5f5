"""Whether a reply takes up its question (R-05): the same subject or words, the kind of answer asked for, help with a fault. Who wrote it is not its business."""

import re
import zlib
from functools import cache
from itertools import pairwise

from .folding import fold
from .reading import Reading
from .reply_substance import SENTENCES
from .ruledata import rule_file, table_of, text_of
from .topics import topics_of

_WORD = re.compile("[^\\W\\d_\u4e00-\u9fff]{4,}")
_HAN_RUN = re.compile("[\u4e00-\u9fff]+")
_CLAUSE = re.compile(r"[^\W_][^,;:.!?，；。！？]*")
_HAN_ANSWER = 5  # characters of a clause that answers yes or no
_OF_THE_CASE = re.compile(r"\d{1,2}[./]\d{1,2}|\d{4}-\d\d-\d\d|\d{5,}")
_STEM = 4  # letters that a word and its other forms share
_NOBODYS = ("holding", "courtesy", "auto_phrase", "out_of_office")


def subject_of(asked: Reading) -> frozenset[int]:
    """Return the subject of a question as 32-bit keys, to be compared with that of other questions."""
    return frozenset(zlib.crc32(word.encode()) for word in _stems(asked.text) | topics_of(asked))


def takes_up(reading: Reading, asked: Reading) -> bool | None:
    """Tell whether the reply belongs to its question: by a subject, a word, the kind of answer, a question back, or help.

    Sentences of courtesy and promises take nothing up. None when the question names nothing that a reply could miss.
    """
    own = _own_sentences(reading)
    subject, topics = _stems(asked.text), topics_of(asked)
    if any(hit.value in topics for hit in reading.hits("topic") if _inside(hit.start, own)):
        return True
    if subject & _stems(" ".join(reading.text[start:end] for start, end in own)):
        return True
    if own and _answers_the_kind(reading, asked, own):
        return True
    return False if subject or topics else None


def is_concrete(reading: Reading) -> bool:
    """Tell whether a reply names anything at all: a figure, a subject, a time, help with a fault, or a question."""
    return bool(re.search(r"[\d?？]", reading.text)) or reading.has("topic", "time_word", "remedy", "yes_no")


def recites_terms(reading: Reading) -> bool:
    """Tell whether a reply is nothing but terms that hold for everybody: no date, and nobody's own order in it."""
    if not reading.has("standing_terms") or _OF_THE_CASE.search(reading.text):
        return False
    terms = [hit.start for hit in reading.hits("standing_terms", "greeting", "thanks", "courtesy")]
    return all(any(s.start() <= at < s.end() for at in terms) for s in SENTENCES.finditer(reading.text) if s[0].strip())


def asks_for_terms(asked: Reading) -> bool:
    """Tell whether a question could be answered by terms: it asks how long, how much or whether, not why, and reports no fault."""
    if asked.has("asks_why"):
        return False
    return asked.has("asks_when", "asks_amount", "question_end") or "?" in asked.text or "？" in asked.text


def _own_sentences(reading: Reading) -> list[tuple[int, int]]:
    others = [hit.start for hit in reading.hits(*_NOBODYS)]
    return [
        match.span()
        for match in SENTENCES.finditer(reading.text)
        if not any(match.start() <= start < match.end() for start in others)
    ]


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


_IN_KIND = (("asks_when", "time_word"), ("time_word", "time_word"), ("asks_why", "reason"), ("pair", "pair"))


def _answers_the_kind(reading: Reading, asked: Reading, own: list[tuple[int, int]]) -> bool:
    """A time for "when", a figure for "how much", a reason for "why", yes or no, a question back, help with a fault."""
    said = " ".join(reading.text[start:end] for start, end in own)
    figures = any(c.isdigit() for c in said)
    if "?" in said or "？" in said:
        return True
    if figures and asked.has("asks_when", "asks_amount"):
        return True
    if any(asked.has(wish) and _has_own(reading, kind, own) for wish, kind in _IN_KIND):
        return True
    if "?" in asked.text or "？" in asked.text or asked.has("question_end"):
        return not asked.has("asks_when", "asks_amount", "asks_why") and _opens_with_yes_or_no(reading, own)
    return _has_own(reading, "remedy", own)


def _has_own(reading: Reading, cls: str, own: list[tuple[int, int]]) -> bool:
    return any(_inside(hit.start, own) for hit in reading.hits(cls))


def _opens_with_yes_or_no(reading: Reading, own: list[tuple[int, int]]) -> bool:
    """Tell whether the first clause of a sentence begins or ends with yes or no; in Chinese it must be little else."""
    for start, end in own:
        clause = _CLAUSE.search(reading.text, start, end)
        if clause is None:
            continue
        first, last = clause.start(), clause.start() + len(clause[0].rstrip())
        long = _HAN_RUN.match(clause[0]) and last - first > _HAN_ANSWER
        if not long and any(first == hit.start or hit.end == last for hit in reading.hits("yes_no")):
            return True
    return False


def _stems(text: str) -> frozenset[str]:
    """What tells a subject: words of four letters and more by their beginning, Chinese characters in pairs."""
    words = {word[:_STEM] for word in _WORD.findall(text)} - _fillers()
    for run in _HAN_RUN.findall(text):
        content = "".join(" " if c in _han_fillers() else c for c in run)
        words |= {pair for pair in map("".join, pairwise(content)) if " " not in pair}
    return frozenset(words)


@cache
def _fillers() -> frozenset[str]:
    table = table_of(rule_file("fillers.toml"), "fillers")
    return frozenset(fold(word).text[:_STEM] for code in table if code != "zh" for word in text_of(table, code).split())


@cache
def _han_fillers() -> frozenset[str]:
    return frozenset(text_of(table_of(rule_file("fillers.toml"), "fillers"), "zh"))
