"""What else digits can be than a telephone number: dates, hours, amounts, sizes, lists, names of files, things with numbers of their own.

It explains digits and finds nothing. A certain explanation holds whatever is said beside it; a likely one gives way to a call to
ring, to a plus and to digits in disguise.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from .digitruns import Run
from .reading import Reading

Spans = list[tuple[int, int]]

_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DD, _MM = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_PACKED = rf"(?:{_YEAR}{_MM}{_DD}|{_DD}{_MM}{_YEAR}|{_MM}{_DD}{_YEAR})"
_DASHED = rf"(?:{_YEAR}[._-]{_MM}[._-]{_DD}|{_DD}[._-]{_MM}[._-]{_YEAR})"
_DATE = re.compile(
    r"(?<![\d.])(?<!\d[-/])(?:[0-3]?\d[./_-][01]?\d[./_-](?:(?:19|20)\d\d|\d\d)|(?:19|20)\d\d[./_-][01]?\d[./_-][0-3]?\d)(?![\d]|[./-]\d)|(?<!\d)[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?!\d|:)"
)
_DATE_SPAN = re.compile(
    rf"(?<![\d.,]){_DAY}(?:[./]{_MONTH})?[./]?(?:{_YEAR}|\d\d)?\s?-\s?{_DAY}[./]{_MONTH}(?:[./](?:{_YEAR}|\d\d)?)?(?!\d)"
)
_DAYS_LISTED = re.compile(rf"(?<![\d.,])(?:{_DAY}[./]{_MONTH}\.?[ ,;+&]{{1,2}}){{2,20}}{_DAY}[./]{_MONTH}(?!\d)")
_STAMP = re.compile(
    rf"(?<!\d)(?:{_PACKED}[ _t-]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{{0,3}})?|{_DASHED}[ _t-]{{1,3}}(?:at |um |a las |as |o |в )?[0-2]?\d[._:h-]?[0-5]\d(?:[._:m-]?[0-5]\d)?)(?!\d)"
    r"|(?<=[a-z][ _-])1[4-9]\d{11}(?!\d)|(?<![\d+])1[4-9]\d{11}(?=\.[a-z]{3,4}(?![a-z]))"
)
"""A day and a time in one, or the milliseconds since 1970, as telephones, cameras and scanners name what they make."""
_HOURS = re.compile(
    r"(?<![\d.])[0-2]?\d(?:[.:h][0-5]\d)?\s?(?:-|to|bis|a|as|do|lidz|до|until|till)\s?[0-2]?\d[.:h][0-5]\d(?![\d-])|(?<!\d)[01]\d[0-5]0-[0-2]\d[0-5]0(?![\d-])"
)
_AMOUNT = re.compile(
    r"(?:€|£|\$|₽|¥|zl|eur|usd|gbp|pln|rub|r\$|brl)\s?\d[\d .,]{0,14}"
    r"|(?<!\d)\d[\d .,]{0,14}\s?(?:€|£|\$|₽|¥|元|块|%|euro|eur|usd|gbp|pln|zl|zloty\w*|rub\w*|руб\w*|р\.|eiro|reais|brl|"
    r"[kmgt]b|[гмт]б|гигабайт\w*|mah|мач|mm|cm|km|kg|мм|см|кг|hz|khz|mhz|ghz|гц|mp|мп|px|dpi|nits|fps|вт|毫安|小时|台|号楼|万|w|v|h|cykl\w*|zyklen|cycles|ciclos|ciklu|ciklus|циклов|次|st\.?|stuck|szt\.?)(?![a-zа-я])"
)
_PRICES = re.compile(r"(?<![\d.,])(?:\d{1,5}[.,]\d\d(?:, |[ ;+/]){1,3}){2,40}\d{1,5}[.,]\d\d(?![\d.,]?\d)")
_SIZE = re.compile(r"\d{2,4}\s?[x×*х]\s?\d{2,4}(?:\s?[x×*х]\s?\d{1,4})?")
_PLACE = re.compile(r"(?<![\d.])-?\d{1,3}[.,]\d{4,8}[,;]? -?\d{1,3}[.,]\d{4,8}(?!\d)")
_MAC_OR_IP = re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]|-)")
_CERTAIN = (_DATE, _DATE_SPAN, _DAYS_LISTED, _STAMP, _HOURS, _AMOUNT, _PRICES, _SIZE, _PLACE, _MAC_OR_IP)
_LIKELY = re.compile(
    rf"(?<!\d)(?:{_PACKED}|{_DD}[ .]{{1,2}}{_MM}[ .]{{1,2}}{_YEAR}|{_YEAR}[ .]{{1,2}}{_MM}[ .]{{1,2}}{_DD})(?!\d)"
)
"""Dates that some market dials as numbers: 20261128, 28 11 2026."""
_NUMBER_NOUN = re.compile(
    r"[^\W\d_]{0,6}(?: (?:de|da|do|del|of|for|fur|zu|от|для|do|od|na|no) [^\W\d_]{2,14})?\W{0,3}(?:(?:nr|no|n|num|numer|number|numero|numurs|numura|nummer|номер|code|kods|kod|codigo|код|id|号码?|编号)[\s.:#=№°-]{0,3}|(?:is|are|ir|to|ist|es|e|это|是|为|was)[\s:]{1,2})?"
)
_NOUN_REACH = 34  # a thing and its number stand side by side, with "no." between them at most
_LIST_REACH = 14
_TALK_REACH = 60  # of a word for a label or a fit, in the sentence of the number
_LARGEST_STEP = 12  # between neighbours of a list: sizes, pages, bands
_LARGEST_EVEN_STEP = 10
_SHORT = 3  # digits of what is listed; longer groups are pieces of a number


def has_amount(folded: str) -> bool:
    """Tell whether a folded text holds an amount with its unit: 3110 mAh, 12 €."""
    return _AMOUNT.search(folded) is not None


def counts_on(numbers: Sequence[int], *, at_least: int) -> bool:
    """Tell whether numbers are a list or a count: they rise or fall evenly, or in many small steps."""
    if len(numbers) < at_least:
        return False
    steps = [after - before for before, after in pairwise(numbers)]
    if not (all(s > 0 for s in steps) or all(s < 0 for s in steps)):
        return False
    largest = max(map(abs, steps))
    return (len(set(steps)) == 1 and largest <= _LARGEST_EVEN_STEP) or (len(numbers) >= 5 and largest <= _LARGEST_STEP)


@dataclass(frozen=True)
class Explanations:
    """Everything in one text that explains digits. All positions are of the folded text."""

    reading: Reading

    def certain(self, run: Run) -> bool:
        """Tell whether a date, an hour, an amount, a size, a place or a stamp of a file touches the run."""
        return _touches(self._certain, run)

    def likely(self, run: Run, whole: Run) -> bool:
        """Tell whether a run, a part of `whole`, is a packed date, a list, a count of something, or the number of a thing that is named beside it."""
        return (
            _touches(self._likely, run)
            or (len(whole.atoms) > 3 and self._is_list(whole))
            or self._counts_something(run)
            or self._numbers_a_thing(whole)
            or self._is_read_off(run)
            or self._is_asked_about(run)
        )

    @cached_property
    def _certain(self) -> Spans:
        return _spans(self.reading.text, _CERTAIN)

    @cached_property
    def _likely(self) -> Spans:
        return _spans(self.reading.text, (_LIKELY,))

    def _is_list(self, run: Run) -> bool:
        if counts_on([int(atom.digits) for atom in run.atoms], at_least=4):
            return True
        if any(len(atom.digits) > _SHORT for atom in run.atoms):
            return False
        after = self.reading.within(("listed",), run.end, run.end + _LIST_REACH)
        return bool(after or self.reading.ending_in("listed", run.start - _LIST_REACH, run.start))

    def _counts_something(self, run: Run) -> bool:
        """612 345 678 steps, or Steps: 612 345 678."""
        after = self.reading.within(("counted",), run.end, run.end + 40)
        begin, _ = self.reading.sentence_around(run.start, run.end)
        before = self.reading.ending_in("counted", run.start - 3, run.start)
        return any(noun.start - run.end <= 1 for noun in after) or any(noun.start - begin <= 2 for noun in before)

    def _is_read_off(self, run: Run) -> bool:
        begin, finish = self.reading.sentence_around(run.start, run.end)
        return bool(
            self.reading.within(("printed",), max(begin, run.start - _TALK_REACH), min(finish, run.end + _TALK_REACH))
        )

    def _is_asked_about(self, run: Run) -> bool:
        """0171 3345567, is that the article number?"""
        _, finish = self.reading.sentence_around(run.start, run.end)
        if self.reading.text[finish : finish + 1] not in ("?", "？"):
            return False
        return bool(self.reading.within(("ref_label",), run.end, min(finish, run.end + _TALK_REACH)))

    def _numbers_a_thing(self, run: Run) -> bool:
        things = self.reading.ending_in("numbered", run.start - _NOUN_REACH, run.start)
        return any(_NUMBER_NOUN.fullmatch(self.reading.text, thing.end, run.start) for thing in things)


def _spans(text: str, patterns: Sequence[re.Pattern[str]]) -> Spans:
    """Return where the patterns match: in order, without overlaps."""
    merged: Spans = []
    for start, end in sorted(m.span() for p in patterns for m in p.finditer(text)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _touches(spans: Spans, run: Run) -> bool:
    after = bisect_left(spans, (run.end, 0))
    return after > 0 and spans[after - 1][1] > run.start
