"""Inspects one text: reads it once, asks every detector, settles overlaps (R-04). Pure: the same text gives the same findings."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from . import addresses, bank, dictated, disguise, handles, phones, phrases, riddles
from .digitruns import runs
from .explained import Explanations
from .finding import Finding, Kind, TextTooLong
from .hosts import endings
from .reading import TEXT_LIMIT, Reading, read
from .references import digits_of
from .respelling import respell
from .spans import Found, settle, written

_KEY_LABEL = re.compile(r"(?:pix|chave|支付宝|支付宝账号|alipay)[^@\n]{0,24}$")
_HOST_BACKWARDS = re.compile(
    r"(?<![a-z0-9.@-])(?:moc|gro|ur|lp|vl|nc|tp|ku\.oc|rb\.moc)\.[a-z0-9-]{5,40}(?:\.www)?(?![a-z0-9@-])"
)
_NEAR = 24  # characters between a call to telephone and the number it means
_REVERSIBLE = re.compile(r"[^\s]{6,80}")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known beside the words of a thread: its language, its market, and the case's own numbers."""

    language: str | None
    market: str
    references: Collection[str] = ()

    def inspect(self, text: str) -> tuple[Finding, ...]:
        """Inspect one text of the thread; see `inspect`."""
        return inspect(text, language=self.language, market=self.market, references=self.references)


def inspect(text: str, *, language: str | None, market: str, references: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return what in `text` takes the talk or the payment off the platform, in code points of the text as written.

    `language` (ISO 639-1, or None when unknown) and `market` only sharpen the judgement. Digits that equal one of `references`, the case's own
    numbers, are never contact data. Raises `TextTooLong` above `TEXT_LIMIT` code points.
    """
    if len(text) > TEXT_LIMIT:
        raise TextTooLong(TEXT_LIMIT)
    reading = read(text, language=language, market=market, references=digits_of(references))
    return written(settle(_detect(reading, undo=True)), reading.folded)


def _detect(reading: Reading, *, undo: bool) -> list[Found]:
    respelled = respell(reading)
    digit_runs, explained = runs(reading), Explanations(reading)
    emails = addresses.emails(reading, respelled)
    urls = addresses.urls(reading, respelled, emails)
    urls += [f for f in dictated.dictated(reading) if not _touches(f, emails + urls)]
    keyed = [_as_payment_key(reading, found) for found in emails]
    numbers = [
        p for p in phones.phones(reading, digit_runs, explained) if not _inside(p, urls) and not _inside(p, keyed)
    ]
    keys = bank.bank_keys(reading, digit_runs, numbers, explained)
    found = keyed + urls + numbers + keys
    found += handles.handles(reading, respelled, keyed + urls)
    found += _calls(reading, found)
    found += riddles.riddles(reading)
    if undo:
        found += _undone(reading)
    return found


def _touches(item: Found, others: list[Found]) -> bool:
    return any(item.start < o.end and o.start < item.end for o in others)


def _inside(item: Found, others: list[Found]) -> bool:
    return any(o.start <= item.start and item.end <= o.end for o in others)


def _as_payment_key(reading: Reading, found: Found) -> Found:
    """An address given as a payment key is bank data."""
    if _KEY_LABEL.search(reading.text[max(0, found.start - 34) : found.start]):
        return found._replace(kind=Kind.BANK, rule="bank.mail-key")
    return found


def _calls(reading: Reading, data: list[Found]) -> list[Found]:
    """Calls to leave; a bare call to telephone beside the number itself says nothing more than the number."""
    calls = phrases.phrases(reading)
    numbers = [f for f in data if f.kind is Kind.PHONE]
    return [c for c in calls if not (c.rule == "invite.call" and any(_beside(c, n) for n in numbers))]


def _beside(call: Found, number: Found) -> bool:
    return number.start <= call.end + _NEAR and call.start <= number.end + _NEAR


def _undone(reading: Reading) -> list[Found]:
    folded = reading.folded
    found = []
    if folded.origin is None and disguise.may_be_encoded(folded.original):
        for start, end, plain in disguise.decoded_pieces(folded.original):
            inner = _strongest(plain, reading)
            if inner is not None:
                found.append(Found(start, end, inner.kind, f"{inner.kind}.encoded", 0.9))
    hinted = reading.has("reversed_hint")
    if hinted or "@" in reading.text:
        found += _reversed(reading, hinted)
    found += [
        Found(*m.span(), Kind.URL, "url.reversed", 0.75)
        for m in (_HOST_BACKWARDS.finditer(reading.text) if "." in reading.text else ())
        if not hinted and not m[0][::-1].startswith("www.swopify")
    ]
    return found


def _strongest(plain: str, reading: Reading) -> Found | None:
    inner = read(plain[:400], language=reading.language, market=reading.market, references=reading.references)
    data = [
        f for f in _detect(inner, undo=False) if f.kind in (Kind.EMAIL, Kind.URL, Kind.PHONE, Kind.HANDLE, Kind.BANK)
    ]
    return max(data, key=lambda f: f.score, default=None)


def _reversed(reading: Reading, hinted: bool) -> list[Found]:
    found = []
    for number, match in enumerate(_REVERSIBLE.finditer(reading.text)):
        if number == 60:
            break
        token = match[0].strip(".,;:!?()\"'")
        if "@" in token:
            ending = token.rsplit("@", 1)[1].rsplit(".", 1)[-1]
            backwards = token[::-1]
            if (
                ending not in endings()
                and backwards.rsplit(".", 1)[-1] in endings()
                and "." in backwards.rsplit("@", 1)[1]
            ):
                start = match.start() + match[0].index(token)
                found.append(Found(start, start + len(token), Kind.EMAIL, "email.reversed", 0.9))
    if hinted:
        found += _reversed_whole(reading)
    return found


def _reversed_whole(reading: Reading) -> list[Found]:
    backwards = reading.text[::-1]
    inner = read(backwards, language=reading.language, market=reading.market, references=reading.references)
    if inner.folded.origin is not None:
        return []
    length = len(backwards)
    respelled = respell(inner)
    mails = addresses.emails(inner, respelled)
    data = mails + addresses.urls(inner, respelled, mails) + phones.phones(inner, runs(inner), Explanations(inner))
    return [Found(length - f.end, length - f.start, f.kind, f"{f.kind}.reversed", 0.8) for f in data]
