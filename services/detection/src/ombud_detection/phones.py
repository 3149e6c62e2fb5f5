"""Telephone numbers: a run of digits, what stands around it, and the number plan of the market. What explains the digits otherwise speaks against."""

import re
from collections.abc import Iterator
from itertools import islice

from . import checkdigits
from .digitruns import Run
from .explained import Explanations
from .finding import Kind
from .lexicon import Hit
from .numberplans import is_international, is_number_of, is_valid_international, regions_of
from .reading import Reading
from .spans import Found

_TRUNK = re.compile(r"^(49|44|43|48|7|371|351|34|55|86)0")  # a national zero kept after the country code
_GLUED_BEFORE = re.compile(r"(?:[a-z]{1,8}|\d)[-/_#]?$|[#№]\s?$")
_GLUED_AFTER = re.compile(r"[-/_]?[a-z](?![a-z]{3})|[-/]\d")
_BREAKS_OFF = re.compile(r"\d{4}|\n|[.!?。！？] ?\w")  # between a label and a number that is not its own
_CALLED = ("phone_label", "app", "app_short")
_LABELS = (*_CALLED, "ref_label", "bank_label")
REACH_BEFORE = 26
REACH_AFTER = 16
_BUILD_BEFORE = re.compile(r"(?:[a-z]+\d|\d[a-z])[a-z0-9]*\.$")  # TQ1A.230105.002
_NUMBER_NOUNS = frozenset({"nr", "no", "num", "numer", "numero", "number", "номер", "numurs", "号码", "marca"})
"""Labels that say only that a number follows: of what, the word before them tells."""
_THRESHOLD = 0.6
_SHORTEST, _LONGEST = 7, 15  # digits of a telephone number, with or without country code
_PARTS_TRIED = 60
_PREFIXED = re.compile(r"(?<![a-z])(?!tel|mob|nr|no|wa|num|cel|tlf|fon|ph)[a-z]{1,4}[-/](?:\d{1,4}[-/])?$")  # SW-2026-…
_CALLING = (
    "call",
    "ring",
    "text",
    "llam",
    "lig",
    "ruf",
    "anruf",
    "zvan",
    "piezv",
    "dzw",
    "zadzw",
    "звон",
    "позвон",
    "набир",
    "打",
    "拨",
    "sms",
    "write",
    "escr",
    "rakst",
    "napisz",
    "пиш",
)


def phones(reading: Reading, runs: list[Run], explained: Explanations) -> list[Found]:
    """Return the telephone numbers among the runs."""
    if not runs:
        return []
    regions = regions_of(reading.market, reading.language)
    found = []
    for run in runs:
        best = _best_part(reading, run, explained, regions)
        if best is not None:
            found.append(best)
    return found


def _best_part(reading: Reading, run: Run, explained: Explanations, regions: tuple[str, ...]) -> Found | None:
    label = label_before(reading, run.start)
    for candidate in _candidates(run):
        score, rule = _score(reading, candidate, run, explained, regions, label)
        if score >= _THRESHOLD:
            told = run if _belongs_together(run, label) else candidate
            return Found(told.start, told.end, Kind.PHONE, rule, min(score, 0.99))
    return None


def _candidates(run: Run) -> Iterator[Run]:
    """Yield the run, then its parts that are as long as numbers are, the longest first."""
    yield run
    count = len(run.atoms)
    if not 1 < count <= 40:
        return
    lengths = [len(atom.digits) for atom in run.atoms]
    spans = ((first, size) for size in range(count - 1, 0, -1) for first in range(count - size + 1))
    fitting = (s for s in spans if _SHORTEST <= sum(lengths[s[0] : s[0] + s[1]]) <= _LONGEST)
    yield from (run.part(first, first + size - 1) for first, size in islice(fitting, _PARTS_TRIED))


def _belongs_together(run: Run, label: Hit | None) -> bool:
    """A number that is told in disguise or under a label is hidden whole, whatever part of it the plan knows."""
    said = run.disguised > 0 or (label is not None and label.cls in _CALLED)
    return said and len(run.digits) <= _LONGEST


def _score(
    reading: Reading,
    run: Run,
    whole: Run,
    explained: Explanations,
    regions: tuple[str, ...],
    label: Hit | None,
) -> tuple[float, str]:
    digits = run.digits
    if not _SHORTEST <= len(digits) <= _LONGEST or len(set(digits)) < 2:
        return 0.0, ""
    phone_near = (label is not None and label.cls in _CALLED) or _label_after(reading, run.end)
    score, rule = _by_plan(run, digits, regions, phone_near, part=run is not whole)
    gain, disguise = _by_disguise(run, digits)
    score += gain - _against(reading, run, label, phone_near)
    if phone_near:
        score += 0.35
    if score >= _THRESHOLD and run.disguised == 0:
        doubtful = not phone_near and not run.plus
        if explained.certain(run) or (doubtful and explained.likely(run, whole)):
            return 0.0, ""
    return score, disguise or rule


def _by_disguise(run: Run, digits: str) -> tuple[float, str]:
    if run.disguised * 2 >= len(digits):
        single = sum(len(a.digits) == 1 and not a.plain for a in run.atoms)
        return (0.56 if single >= 6 else 0.5), "phone.spelled"
    if run.disguised >= 2:
        return 0.35, "phone.part-spelled"
    return (0.3, "phone.spaced") if run.spaced_out else (0.0, "")


def _against(reading: Reading, run: Run, label: Hit | None, phone_near: bool) -> float:
    """Return how much speaks against a number: another label, letters glued to it, a check digit."""
    weight = 0.0
    if label is not None and label.cls not in _CALLED:
        weight += 0.3 if run.plus else 0.9
    if (not phone_near and _coded(reading, run)) or _PREFIXED.search(reading.text[max(0, run.start - 12) : run.start]):
        weight += 0.9
    if run.disguised == 0:
        if not phone_near and not run.plus and _check_digits(run.digits):
            weight += 0.6
        if reading.text.count("/", run.start, run.end) > 2:
            weight += 0.9
    return weight


def _by_plan(run: Run, digits: str, regions: tuple[str, ...], phone_near: bool, *, part: bool) -> tuple[float, str]:
    if run.plus or (digits.startswith("00") and len(digits) >= 10):
        bare = digits.lstrip("0")
        trunk = _TRUNK.sub(r"\1", bare)
        if is_valid_international(bare) or is_valid_international(trunk):
            return 0.95, "phone.international"
        return (0.75 if is_international(bare) else 0.3), "phone.international"
    if is_number_of(digits, regions):
        return (0.65 if not part else 0.62), "phone.number-plan"
    if part:
        return 0.0, "phone.number-plan"
    if len(digits) >= 10 and is_valid_international(digits):
        return (0.45 if phone_near else 0.3), "phone.country-code"
    return (0.3 if phone_near else 0.05), "phone.labelled"


def _check_digits(digits: str) -> bool:
    if len(digits) == 15:
        return checkdigits.luhn(digits) or digits[:2] in ("35", "86", "01", "99")
    if len(digits) == 14:
        return True
    return len(digits) in (8, 12, 13) and len(digits) != 8 and checkdigits.ean(digits)


def _coded(reading: Reading, run: Run) -> bool:
    """Letters glued to the digits: a serial, tracking or article number, unless the letters are a known label."""
    text = reading.text
    if not run.atoms[0].plain and not run.atoms[-1].plain:
        return False
    before = text[max(0, run.start - 9) : run.start]
    if _BUILD_BEFORE.search(before):
        return True
    glued = _GLUED_BEFORE.search(before)
    if glued and run.atoms[0].plain and not run.plus:
        start = run.start - len(glued[0])
        if not any(
            start <= hit.start or hit.end == run.start
            for cls in ("phone_label", "num", "app", "app_short", "joiner")
            for hit in reading.ending_in(cls, start, run.start)
        ):
            return True
    after = text[run.end : run.end + 3]
    return bool(
        run.atoms[-1].plain and _GLUED_AFTER.match(after) and not _LABEL_WORD_AFTER.match(text[run.end : run.end + 12])
    )


_LABEL_WORD_AFTER = re.compile(r"(?:a|y|e|i|u|o|w|z)?\s")


def label_before(reading: Reading, start: int) -> Hit | None:
    """Return the nearest label before a position: what the number is said to be. The longer wins where two end together."""
    near = [hit for cls in _LABELS for hit in reading.ending_in(cls, start - REACH_BEFORE, start)]
    best = max(near, key=lambda hit: (hit.end, hit.end - hit.start), default=None)
    if best is None or (best.cls == "app_short" and reading.text[best.start - 1 : best.start] in ("/", "-", "_")):
        return None  # SM-S911B/DS is a model
    between = reading.text[best.end : start]
    if _BREAKS_OFF.search(between):
        return None
    if best.cls == "ref_label":
        return best
    said = reading.text[best.start : best.end]
    if best.value == "app" or said.startswith(_CALLING):
        return best
    about = reading.ending_in("ref_label", best.start - 4, start)
    if said in _NUMBER_NOUNS:
        about = about + reading.ending_in("numbered", best.start - 4, start)
    touching = [h for h in about if h.start <= best.start and h is not best]
    return touching[-1] if touching else best


def _label_after(reading: Reading, end: int) -> bool:
    return any(
        hit.start <= end + REACH_AFTER and "\n" not in reading.text[end : hit.start]
        for hit in reading.within(("phone_after",), end, end + 2 * REACH_AFTER)
    )
