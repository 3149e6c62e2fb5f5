"""Telephone numbers: a run of digits, what stands around it, and the number plan of the market. Check digits and labels speak against."""

import re
from bisect import bisect_left

from . import checkdigits
from .digitruns import Run
from .finding import Kind
from .lexicon import Hit
from .numberplans import is_international, is_number_of, is_valid_international, regions_of
from .reading import Reading
from .spans import Found

_DATE = re.compile(
    r"(?<![\d.])(?<!\d[-/])(?:[0-3]?\d[./-][01]?\d[./-](?:(?:19|20)\d\d|\d\d)|(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d)(?![\d]|[./-]\d)|(?<!\d)[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?!\d|:)"
)
_HOURS = re.compile(
    r"(?<![\d.])[0-2]?\d(?:[.:h][0-5]\d)?\s?(?:-|to|bis|a|as|do|lidz|до|until|till)\s?[0-2]?\d[.:h][0-5]\d(?![\d-])|(?<!\d)[01]\d[0-5]0-[0-2]\d[0-5]0(?![\d-])"
)
_AMOUNT = re.compile(
    r"(?:€|£|\$|₽|¥|zl|eur|usd|gbp|pln|rub|r\$|brl)\s?\d[\d .,]{0,14}"
    r"|(?<!\d)\d[\d .,]{0,14}\s?(?:€|£|\$|₽|¥|元|块|%|euro|eur|usd|gbp|pln|zl|zloty\w*|rub\w*|руб\w*|р\.|eiro|reais|brl|"
    r"[kmgt]b|[гмт]б|гигабайт\w*|mah|мач|mm|cm|km|kg|мм|см|кг|hz|khz|mhz|ghz|гц|mp|мп|px|dpi|nits|fps|вт|毫安|小时|台|号楼|万|w|v|h|cykl\w*|zyklen|cycles|ciclos|ciklu|ciklus|циклов|次|st\.?|stuck|szt\.?)(?![a-zа-я])"
)
_SIZE = re.compile(r"\d{2,4}\s?[x×*х]\s?\d{2,4}(?:\s?[x×*х]\s?\d{1,4})?")
_MAC_OR_IP = re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]|-)")
_POSTCODE = re.compile(r"(?:ul|str|iela|calle|rua|ул|улиц|ielas|strasse|straat|street|road|avenue|aven|av|iela)\.?\s")
_LABELS = ("phone_label", "ref_label", "bank_label", "app", "app_short")
REACH_BEFORE = 26
REACH_AFTER = 16
_BUILD_BEFORE = re.compile(r"(?:[a-z]+\d|\d[a-z])[a-z0-9]*\.$")  # TQ1A.230105.002
_THRESHOLD = 0.6
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


def phones(reading: Reading, runs: list[Run]) -> list[Found]:
    """Return the telephone numbers among the runs."""
    if not runs:
        return []
    innocent = innocent_spans(reading.text)
    regions = regions_of(reading.market, reading.language)
    found = []
    for run in runs:
        best = _best_part(reading, run, innocent, regions)
        if best is not None:
            found.append(best)
    return found


def has_amount(folded: str) -> bool:
    """Tell whether a folded text holds an amount with its unit: 3110 mAh, 12 €."""
    return _AMOUNT.search(folded) is not None


def innocent_spans(text: str) -> list[tuple[int, int]]:
    """Return where dates, hours, amounts, sizes, MAC and IP addresses stand: in order, without overlaps."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(m.span() for p in (_DATE, _HOURS, _AMOUNT, _SIZE, _MAC_OR_IP) for m in p.finditer(text)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _touches(spans: list[tuple[int, int]], run: Run) -> bool:
    after = bisect_left(spans, (run.end, 0))
    return after > 0 and spans[after - 1][1] > run.start


def _best_part(reading: Reading, run: Run, innocent: list[tuple[int, int]], regions: tuple[str, ...]) -> Found | None:
    count = len(run.atoms)
    candidates = [run]
    if 1 < count <= 40:
        lengths = [len(atom.digits) for atom in run.atoms]
        tried = 0
        for size in range(count - 1, 0, -1):
            for first in range(count - size + 1):
                if 7 <= sum(lengths[first : first + size]) <= 15 and tried < 60:
                    candidates.append(run.part(first, first + size - 1))
                    tried += 1
    for candidate in candidates:
        score, rule = _score(reading, candidate, run, innocent, regions)
        if score >= _THRESHOLD:
            return Found(candidate.start, candidate.end, Kind.PHONE, rule, min(score, 0.99))
    return None


def _score(
    reading: Reading, run: Run, whole: Run, innocent: list[tuple[int, int]], regions: tuple[str, ...]
) -> tuple[float, str]:
    digits = run.digits
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 2:
        return 0.0, ""
    if run.disguised == 0 and _touches(innocent, run):
        return 0.0, ""
    label = label_before(reading, whole.start)
    phone_near = (label is not None and label.cls != "ref_label" and label.cls != "bank_label") or bool(
        _label_after(reading, run.end)
    )
    score, rule = _by_plan(run, digits, regions, phone_near, part=run is not whole)
    if label is not None and label.cls in ("ref_label", "bank_label"):
        score -= 0.9 if not run.plus else 0.3
    if (not phone_near and _coded(reading, run)) or _PREFIXED.search(reading.text[max(0, run.start - 12) : run.start]):
        score -= 0.9
    if phone_near:
        score += 0.35
    if run.disguised * 2 >= len(digits):
        single = sum(len(a.digits) == 1 and not a.plain for a in run.atoms)
        score, rule = score + (0.56 if single >= 6 else 0.5), "phone.spelled"
    elif run.disguised >= 2:
        score, rule = score + 0.35, "phone.part-spelled"
    elif run.spaced_out:
        score, rule = score + 0.3, "phone.spaced"
    if not phone_near and not run.plus and run.disguised == 0 and _check_digits(digits):
        score -= 0.6
    if run.disguised == 0 and reading.text[run.start : run.end].count("/") > 2:
        score -= 0.9
    return score, rule


def _by_plan(run: Run, digits: str, regions: tuple[str, ...], phone_near: bool, *, part: bool) -> tuple[float, str]:
    if run.plus or (digits.startswith("00") and len(digits) >= 10):
        bare = digits.lstrip("0")
        trunk = re.sub(r"^(49|44|43|48|7|371|351|34|55|86)0", r"\1", bare)
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
    glued = re.search(r"(?:[a-z]{1,8}|\d)[-/_#]?$|[#№]\s?$", before)
    if glued and run.atoms[0].plain and not run.plus:
        start = run.start - len(glued[0])
        if not any(
            (start <= hit.start and hit.end <= run.start) or hit.end == run.start
            for hit in reading.hits("phone_label", "num", "app", "app_short", "joiner")
        ):
            return True
    after = text[run.end : run.end + 3]
    return bool(
        run.atoms[-1].plain
        and re.match(r"[-/_]?[a-z](?![a-z]{3})|[-/]\d", after)
        and not _LABEL_WORD_AFTER.match(text[run.end : run.end + 12])
    )


_LABEL_WORD_AFTER = re.compile(r"(?:a|y|e|i|u|o|w|z)?\s")


def label_before(reading: Reading, start: int) -> Hit | None:
    """Return the nearest label before a position: what the number is said to be. The longer wins where two end together."""
    best: Hit | None = None
    for cls in _LABELS:
        for hit in reading.hits(cls):
            if hit.end <= start <= hit.end + REACH_BEFORE and (
                best is None or (hit.end, hit.end - hit.start) > (best.end, best.end - best.start)
            ):
                best = hit
    if best is None or (best.cls == "app_short" and reading.text[best.start - 1 : best.start] in ("/", "-", "_")):
        return None  # SM-S911B/DS is a model
    between = reading.text[best.end : start]
    if re.search(r"\d{4}|\n|[.!?。！？] ?\w", between):
        return None
    if best.cls == "ref_label":
        return best
    touching = [
        h for h in reading.hits("ref_label") if h.start <= best.start and h.end >= best.start - 4 and h is not best
    ]
    return (
        touching[-1]
        if touching and best.value != "app" and not reading.text[best.start : best.end].startswith(_CALLING)
        else best
    )


def _label_after(reading: Reading, end: int) -> bool:
    return any(
        end <= hit.start <= end + REACH_AFTER and "\n" not in reading.text[end : hit.start]
        for hit in reading.hits("phone_after")
    )
