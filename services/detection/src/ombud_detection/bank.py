"""Bank and payment keys: IBAN and cards by check digit or by what they are called, Brazilian payment keys, wallets."""

import re

from . import checkdigits
from .digitruns import Run
from .explained import Explanations
from .finding import Kind
from .phones import label_before
from .reading import Reading
from .spans import Found

_IBAN = re.compile(r"(?<![a-z0-9/])([a-z]{2} ?\d{2}(?:[ .-]{0,3}[a-z0-9]){11,30})")
_IBAN_LENGTHS = {
    "lv": 21, "pt": 25, "es": 24, "de": 22, "pl": 28, "gb": 22, "ie": 22, "lt": 20, "ee": 20, "fr": 27, "it": 27, "nl": 18, "be": 16, "at": 20, "ch": 21,
    "cz": 24, "sk": 24, "ua": 29, "by": 28, "br": 29, "se": 24, "fi": 18, "dk": 18, "no": 15, "lu": 20, "cy": 28, "mt": 31, "gr": 27, "hu": 28, "ro": 24,
}  # fmt: skip
_CPF = re.compile(r"(?<!\d)(\d{3}[. ]?\d{3}[. ]?\d{3}[-. ]?\d{2})(?!\d)")
_UUID = re.compile(r"(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])")
_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(?:bc1[a-z0-9]{25,60}|0x[0-9a-fA-F]{40}|T[1-9A-HJ-NP-Za-km-z]{33}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?![A-Za-z0-9])"
)
_SORT_CODE = re.compile(r"sort[ -]?code\D{0,6}(\d\d[- ]?\d\d[- ]?\d\d)")
_KEY_WORD = re.compile(r"(?<![a-z])(?:pix|chave|清|pix key|chaves)(?![a-z])")


def bank_keys(reading: Reading, runs: list[Run], phones: list[Found], explained: Explanations) -> list[Found]:
    """Return bank data in a text."""
    text = reading.text
    found = _ibans(reading)
    if runs:
        found += _cards_and_accounts(reading, runs, phones, explained)
    if _KEY_WORD.search(text):
        found += [
            Found(*m.span(1), Kind.BANK, "bank.cpf-key", 0.9)
            for m in _CPF.finditer(text)
            if checkdigits.cpf(re.sub(r"\D", "", m[1])) or "cpf" in text
        ]
        found += [Found(*m.span(), Kind.BANK, "bank.random-key", 0.95) for m in _UUID.finditer(text)]
    found += [Found(*m.span(1), Kind.BANK, "bank.sort-code", 0.95) for m in _SORT_CODE.finditer(text)]
    if len(text) > 25 and reading.folded.origin is None:
        found += [
            Found(*m.span(), Kind.BANK, "bank.wallet", 0.9)
            for m in _WALLET.finditer(reading.folded.original)
            if _mixed(m[0])
        ]
    return found


def _mixed(word: str) -> bool:
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word) and (len(set(word)) > 8)


def _ibans(reading: Reading) -> list[Found]:
    found = []
    for match in _IBAN.finditer(reading.text):
        written, country = match[1], match[1][:2]
        length = _IBAN_LENGTHS.get(country)
        if length is None:
            continue
        end, compact = _first_characters(written, length)
        if (
            reading.text[match.start() + end : match.start() + end + 1].isalnum()
            or reading.text[match.start() + end : match.start() + end + 1] == "/"
        ):
            continue
        if len(compact) != length or sum(c.isdigit() for c in compact) < length - 8:
            continue
        label = label_before(reading, match.start())
        if checkdigits.iban(compact) or label is None or label.cls != "ref_label":
            found.append(
                Found(
                    match.start(),
                    match.start() + end,
                    Kind.BANK,
                    "bank.iban",
                    0.97 if checkdigits.iban(compact) else 0.8,
                )
            )
    return found


def _first_characters(written: str, count: int) -> tuple[int, str]:
    compact = ""
    for index, character in enumerate(written):
        if character.isalnum():
            compact += character
            if len(compact) == count:
                return index + 1, compact
    return len(written), compact


def _cards_and_accounts(reading: Reading, runs: list[Run], phones: list[Found], explained: Explanations) -> list[Found]:
    found = []
    for run in runs:
        digits = run.digits
        if any(p.start < run.end and run.start < p.end for p in phones) and len(digits) < 16:
            continue
        label = label_before(reading, run.start)
        named = label is not None and label.cls == "bank_label"
        referred = (label is not None and label.cls == "ref_label") or (
            not named and run.disguised == 0 and (explained.certain(run) or explained.likely(run, run))
        )
        if 13 <= len(digits) <= 19 and not referred and (named or (len(digits) >= 16 and checkdigits.luhn(digits))):
            found.append(Found(run.start, run.end, Kind.BANK, "bank.card", 0.95 if checkdigits.luhn(digits) else 0.8))
        elif named and len(digits) >= 20 and not referred:
            found.append(Found(run.start, run.end, Kind.BANK, "bank.account", 0.85))
        elif (
            named
            and 8 <= len(digits) <= 12
            and label is not None
            and label.value in ("en", "pt", "de", "pl", "es", "lv", "zh", "ru")
            and not _ends_of_card(reading, run)
        ):
            found.append(Found(run.start, run.end, Kind.BANK, "bank.account", 0.75))
        elif len(digits) in (26, 24, 20, 22) and not referred and _grouped_as_account(run):
            found.append(Found(run.start, run.end, Kind.BANK, "bank.long-account", 0.8))
    return found


def _grouped_as_account(run: Run) -> bool:
    """Accounts are written in one piece, in groups of four, or figure by figure."""
    sizes = [len(atom.digits) for atom in run.atoms]
    return run.disguised > 0 or all(size == 4 for size in sizes[1:-1]) or all(size == 1 for size in sizes)


def _ends_of_card(reading: Reading, run: Run) -> bool:
    return "*" in reading.text[max(0, run.start - 6) : run.start]
