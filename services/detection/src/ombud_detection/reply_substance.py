"""What a reply says to its question, or that it says nothing: courtesy, promises, another subject (R-05). Whether a machine wrote it is not its business."""

import re

from .reading import Reading
from .topics import topics_of

_SUBSTANTIAL = 22  # letters; a shorter sentence is a greeting or a name
_HAN = re.compile("[\u4e00-\u9fff]")
SENTENCES = re.compile(r"[^.!?。！？\n]+[.!?。！？\n]*")


def is_plain_yes_or_no(reading: Reading) -> bool:
    dense = bool(_HAN.search(reading.text))  # eight Chinese characters are a sentence already
    return (
        len(reading.text) <= (8 if dense else 24) and reading.has("yes_no") and not reading.has("holding", "courtesy")
    )


def is_courtesy_for_courtesy(reading: Reading, asked: Reading) -> bool:
    return (
        asked.has("thanks")
        and "?" not in asked.text
        and "？" not in asked.text
        and not topics_of(asked)
        and not reading.has("holding", "auto_phrase")
    )


def says_nothing(reading: Reading, asked: Reading) -> bool:
    """Courtesy and promises only: no fact, no question back, nothing of the case, no sentence that says something else."""
    polite = reading.hits("holding", "courtesy")
    vague = _is_vague(reading, 0, len(reading.text))
    if not (polite or vague) or "?" in reading.text or "？" in reading.text:
        return False
    bare = re.sub(r"sw-?\d{4}-?\d+|\d{1,2}[./]\d{1,2}[./]\d{2,4}|24|48", "", reading.text)
    if re.search(r"\d", bare) or topics_of(reading) & topics_of(asked):
        return False
    if topics_of(reading) and len(polite) < 2 and not vague:
        return False
    return not any(_carries_something(reading, s.start(), s.end()) for s in SENTENCES.finditer(reading.text))


def _is_vague(reading: Reading, start: int, end: int) -> bool:
    """Two words of goodwill, or one that "we" say without naming anything."""
    said = {h.start for h in reading.hits("vague") if start <= h.start < end}
    ours = any(start <= h.start < end for h in reading.hits("we"))
    return len(said) >= 2 or (bool(said) and ours and not reading.has("topic"))


def _carries_something(reading: Reading, start: int, end: int) -> bool:
    """A sentence of some length without a polite phrase. The last one may be a signature: it counts when it is long."""
    sentence = reading.text[start:end]
    letters = sum(c.isalpha() for c in sentence) + 2 * len(_HAN.findall(sentence))
    closing = not reading.text[end:].strip()
    if letters < (_SUBSTANTIAL * 2 if closing else _SUBSTANTIAL):
        return False
    if _is_vague(reading, start, end):
        return False
    return not any(start <= h.start < end for h in reading.hits("holding", "courtesy", "out_of_office", "auto_phrase"))


def misses_its_question(reading: Reading, asked: Reading) -> bool:
    """What the reply is about has nothing to do with the question. Quoted policy is not counted."""
    question = topics_of(asked)
    policy = [h.start for h in reading.hits("policy_text")]
    answer = {
        hit.value
        for s in SENTENCES.finditer(reading.text)
        if not any(s.start() <= p < s.end() for p in policy)
        for hit in reading.hits("topic")
        if s.start() <= hit.start < s.end()
    }
    return bool(answer and question and not topics_of(reading) & question)
