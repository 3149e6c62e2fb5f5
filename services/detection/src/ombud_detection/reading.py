"""A text prepared for the detectors: folded, its known words found and grouped. It decides nothing."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from .folding import Folded, fold
from .lexicon import (
    CONTEXT_CLASSES,
    THING_CLASSES,
    Hit,
    Lexicon,
    contact_lexicon,
    context_lexicon,
    substance_lexicon,
    thing_lexicon,
)

_STRETCHED = re.compile(
    r"(?<!\w)(?:[^\W\d_](?:[ .*~|/_-]{1,2})){4,14}[^\W\d_](?!\w)|(?<![\w@])[a-z]+[0134578@$!][a-z0134578@$!]*[a-z](?!\w)"
)
_SOUNDS_LIKE = re.compile(
    r"(?<![^\W\d_])(?:"
    r"(?P<whatsapp>(?:gu|wh?|v|u)[aou40@]{1,2}[tdz7]{1,2}[szc5]{1,2}[aeou40@]{1,2}[pb]{1,2}|[ву]?[воау]{1,2}[тдц]{1,2}[сцз]{1,2}[аэеу]{1,2}[пб]{1,2})"
    r"|(?P<telegram>t[ei3]{1,2}[l1]{1,2}[eiya3]{1,2}[gqk9]r[ae4@]{1,2}[mn]{1,2}|т[еэи3]л{1,2}[еиэ3]г[рх][ао4]м{1,2})"
    r"|(?P<instagram>[ie]n?s{1,2}t[ae]gr[ae]m{1,2}|[иэ]н?ст[ае]г[рл][ае]м{1,2})"
    r"|(?P<viber>[vw](?:a?[iy]|ae|ay)b{1,2}[ea]rs?|в[аэ]?[ий]б{1,2}[еэ]р)"
    r"|(?P<facebook>f[ae][iyj]?[csz]{1,2}[ei]?b[uo]{1,2}[ckq]{1,2}|ф[еэ]й[сз]{1,2}б[уо]к)"
    r"|(?P<mail>(?:g|ge|gi|gee|dzh?i|dji|ji|jee)[ -]?m[ae]{1,2}[iyj]?l(?:s|[auioe]|u|em|om)?(?![^\W\d_])|(?:hot|jot|chot)[ -]?m[ae]{1,2}[iyj]?l|г[еиэ]?м[аеэ][йи]л|дж?и?ме?[йи]л|х[оа]тм[еэ]йл)"
    r")"
)
"""Names of messengers written by ear, in Latin or Cyrillic letters; any ending may follow."""
_SPREAD_HAN = re.compile(r"[\u4e00-\u9fff](?:[ .*_-]{1,2}[\u4e00-\u9fffa-z](?![a-z])){1,6}")
_LETTER_OF = str.maketrans("0134578@$!", "oieastbasi")
_MIXED_WORD = re.compile(
    r"(?<![\w@])(?=[a-z\u0430-\u044f]*[0134578])(?=[0134578]*[a-z\u0430-\u044f])[a-z\u0430-\u044f0134578]{3,12}(?![\w@])"
)
_LETTER_AND_FIGURE = re.compile(r"[a-z\u0430-\u044f][0134578]|[0134578][a-z\u0430-\u044f]")
_MIXED_LIMIT = 40
TEXT_LIMIT = 12_000  # code points; longer texts are refused, so that no text can cost more than about 50 ms
SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？；\n]|[!?]")
CLAUSE_END = re.compile(r"[.!?;:](?=\s|$)|,(?=\s|$)|[。！？；，：、\n]|[!?]| - ")


_NONE: list[Hit] = []
_FEW = 16  # hits of a class that are looked through faster than searched


@dataclass(frozen=True)
class Reading:
    """A folded text with its hits by class. All positions are of the folded text."""

    folded: Folded
    language: str | None
    market: str
    by_class: dict[str, list[Hit]]
    references: frozenset[str] = frozenset()
    """Digits of the case's own numbers, which are nobody's contact data."""

    @property
    def text(self) -> str:
        return self.folded.text

    def hits(self, *classes: str) -> list[Hit]:
        """Return the hits of these classes in order of their start."""
        known = self._known
        if len(classes) == 1:
            return known[classes[0]]
        found: list[Hit] = []
        for cls in classes:
            found += known[cls]
        if len(found) > 1:
            found.sort(key=lambda h: (h.start, -h.end))
        return found

    def has(self, *classes: str) -> bool:
        known = self._known
        for cls in classes:  # noqa: SIM110 - asked 20 times a text; a generator would double its cost
            if known[cls]:
                return True
        return False

    @cached_property
    def _known(self) -> "_Known":
        return _Known(self)

    @cached_property
    def context(self) -> dict[str, list[Hit]]:
        """The hits of the classes that judge others; found when first asked for."""
        return _grouped(context_lexicon(), self.text, self.language)

    @cached_property
    def things(self) -> dict[str, list[Hit]]:
        """The hits of the words for things; found when first asked for."""
        return _grouped(thing_lexicon(), self.text, self.language)

    @cached_property
    def refusals(self) -> list[Hit]:
        """The words of negation, without those of "no problem", "not only" and the like."""
        covered = sorted((h.start, h.end) for h in self._known["not_negation"])
        reached, furthest = [], 0
        for _, end in covered:
            furthest = max(furthest, end)
            reached.append(furthest)
        starts = [start for start, _ in covered]
        return [h for h in self._known["negation"] if not _covered(h, starts, reached)]

    @cached_property
    def sentence_ends(self) -> tuple[int, ...]:
        return tuple(match.start() for match in SENTENCE_END.finditer(self.text))

    def sentence_around(self, start: int, end: int) -> tuple[int, int]:
        """Return the folded span of the sentence that holds start..end."""
        begin, finish = 0, len(self.text)
        for position in self.sentence_ends:
            if position < start:
                begin = position + 1
            elif position >= end:
                finish = position
                break
        return begin, finish

    def within(self, classes: Iterable[str], start: int, end: int) -> list[Hit]:
        """Return the hits of these classes that lie inside start..end."""
        known = self._known
        return [hit for cls in classes if known[cls] for hit in self.ending_in(cls, start, end) if hit.start >= start]

    def ending_in(self, cls: str, start: int, end: int) -> list[Hit]:
        """Return the hits of a class that end at start..end (end included), wherever they begin."""
        hits = self._known[cls]
        if not hits:
            return _NONE
        if len(hits) <= _FEW:
            return [hit for hit in hits if start <= hit.end <= end]
        if cls not in self._by_end:
            ordered = sorted(hits, key=lambda h: h.end)
            self._by_end[cls] = (ordered, [h.end for h in ordered])
        ordered, ends = self._by_end[cls]
        return ordered[bisect_left(ends, start) : bisect_right(ends, end)]

    @cached_property
    def _by_end(self) -> dict[str, tuple[list[Hit], list[int]]]:
        return {}


class _Known(dict[str, list[Hit]]):
    """The hits of every class that was asked for; those that judge others are looked for at the first question."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.by_class)
        self._reading = reading

    def __missing__(self, cls: str) -> list[Hit]:
        if cls in CONTEXT_CLASSES:
            found = self._reading.context.get(cls, _NONE)
        else:
            found = self._reading.things.get(cls, _NONE) if cls in THING_CLASSES else _NONE
        self[cls] = found
        return found


def _covered(hit: Hit, starts: list[int], reached: list[int]) -> bool:
    before = bisect_right(starts, hit.start)
    return before > 0 and reached[before - 1] >= hit.end


def read(text: str, *, language: str | None, market: str, references: frozenset[str] = frozenset()) -> Reading:
    """Fold a text and find the words that matter for contact data and calls to leave.

    `references` are the digits of the case's own numbers (`references.digits_of`).
    """
    return _read(contact_lexicon(), text, language, market, references)


def read_substance(text: str, *, language: str | None) -> Reading:
    """Fold a text and find the words of questions, answers, courtesy and topics."""
    return _read(substance_lexicon(), text, language, "")


def _read(
    words: Lexicon, text: str, language: str | None, market: str, references: frozenset[str] = frozenset()
) -> Reading:
    folded = fold(text)
    by_class = _grouped(words, folded.text, language)
    if words is contact_lexicon():
        for hit in [*_disguised_apps(words, folded, by_class), *_disguised_numbers(words, folded.text)]:
            by_class.setdefault(hit.cls, []).append(hit)
    return Reading(folded, language, market, by_class, references)


def _grouped(words: Lexicon, text: str, language: str | None) -> dict[str, list[Hit]]:
    grouped: dict[str, list[Hit]] = {}
    for hit in words.hits(text, language[:2] if language else None):
        grouped.setdefault(hit.cls, []).append(hit)
    return grouped


def _disguised_apps(words: Lexicon, folded: Folded, by_class: dict[str, list[Hit]]) -> list[Hit]:
    """Names of apps that were hidden, once more as `app_disguised`: nobody hides a name by mistake."""
    known = {hit.start for hit in by_class.get("app", _NONE)}
    found = [
        Hit(*m.span(), "provider" if m.lastgroup == "mail" else "app", m.lastgroup or "")
        for m in _SOUNDS_LIKE.finditer(folded.text)
        if m.start() not in known
    ]
    if _STRETCHED.search(folded.text):
        stretched = _stretched_apps(words, folded.text)
        found += stretched
        found += [hit._replace(cls="app_disguised") for hit in stretched]
    for match in () if folded.text.isascii() else _SPREAD_HAN.finditer(folded.text):
        plain = re.sub(r"[ .*_-]", "", match[0])
        for hit in words.hits(plain, None):
            if hit.cls == "app" and hit.start == 0:
                found += [Hit(*match.span(), cls, hit.value) for cls in ("app", "app_disguised")]
                break
    if folded.origin is not None:
        for hit in by_class.get("app", _NONE):
            if any(unicodedata.category(c) == "Cf" for c in folded.written(hit.start, hit.end)):
                found.append(hit._replace(cls="app_disguised"))
    return found


def _stretched_apps(words: Lexicon, text: str) -> list[Hit]:
    """App names with signs between their letters, or figures and signs for letters: w.h.a.t.s, wh4ts@pp."""
    found = []
    for number, match in enumerate(_STRETCHED.finditer(text)):
        if number == 40:
            break
        plain = re.sub(r"[^\w@$!]|_", "", match[0]).translate(_LETTER_OF)
        if any(hit.cls == "app" and hit.start == 0 and hit.end >= len(plain) - 2 for hit in words.hits(plain, None)):
            app = next(hit for hit in words.hits(plain, None) if hit.cls == "app")
            found.append(Hit(match.start(), match.end(), "app", app.value))
    return found


def _disguised_numbers(words: Lexicon, text: str) -> list[Hit]:
    """Number words with figures for some of their letters: s3is, cu4tro, zer0. Nobody writes a model's name so."""
    found: list[Hit] = []
    if not _LETTER_AND_FIGURE.search(text):
        return found
    for number, match in enumerate(_MIXED_WORD.finditer(text)):
        if number == _MIXED_LIMIT:
            break
        plain = match[0].translate(_LETTER_OF)
        spoken = next((h for h in words.hits(plain, None) if h.cls == "num" and h.end - h.start == len(plain)), None)
        value = spoken.value if spoken is not None else _number_like(match[0])
        if value is not None:
            found.append(Hit(match.start(), match.end(), "num", value))
    return found


def _number_like(word: str) -> str | None:
    """se7en: the letters of a number word, a figure in the place of any other."""
    holes = sum(map(str.isdigit, word))
    if not 1 <= holes <= 2 or len(word) - holes < 2 or word[0].isdigit() or word[-1].isdigit():
        return None
    values = {
        value
        for name, value in _number_words().get(len(word), ())
        if all(written == meant or written.isdigit() for written, meant in zip(word, name, strict=True))
    }
    return values.pop() if len(values) == 1 else None


@cache
def _number_words() -> dict[int, list[tuple[str, str]]]:
    by_length: dict[int, list[tuple[str, str]]] = {}
    for name, value in contact_lexicon().words("num"):
        if value.isdigit() and name.isalpha():
            by_length.setdefault(len(name), []).append((name, value))
    return by_length
