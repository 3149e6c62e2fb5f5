"""Digits over several messages of one sender: the pieces of one number, or references, sizes, instalments and counts that look like it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from .checkdigits import luhn
from .explained import counts_on, has_amount
from .finding import Finding, Kind
from .folding import fold
from .inspection import Setting
from .message import ThreadMessage
from .reading import Reading, read
from .references import digits_of

_SIZES = frozenset(
    {"8", "16", "32", "64", "128", "256", "512", "1024", "2048", "1000", "500"}
)  # storage and memory, not pieces of a number
_ASKED_WITHIN = 3  # messages between a question and the first digits that answer it
_QUESTION_LENGTH = 160
_ANNOUNCED_REACH = 24  # characters after the label that a message ends with: "order number is"
_PIECE_LENGTH = 60
_CARD_GROUP = 4
_QUESTION = re.compile(r"\w\w+.*[?？]|[\u4e00-\u9fff].*[?？]")
_DECIMAL = re.compile(r"\d{1,5}[.,]\d{2}")
_ASKING = ("please", "give_me", "what_is", "wish", "tell_me")
_CONTACT = ("your_contact", "your_contact_sure", "contact_noun", "call_verb", "call_me")


class _Piece(NamedTuple):
    """Where in a message its digits stand, and the digits."""

    start: int
    end: int
    digits: str


def number_in_pieces(
    messages: Sequence[ThreadMessage], window: list[int], setting: Setting
) -> list[tuple[int, Finding]]:
    """Return (message index, finding) of a number whose pieces stand in short messages: first half 2912, second half 3456."""
    pieces: list[tuple[int, _Piece]] = []
    references = references_told(messages, window, setting)
    for i in reversed(window):
        piece = _piece(messages[i].text)
        if piece is None or i in references:
            break
        pieces.insert(0, (i, piece))
    for first in range(len(pieces) - 1):
        told = pieces[first:]
        kind = _kind_of_number([p.digits for _, p in told], messages, window, setting)
        if kind is not None:
            if something_else(messages, [i for i, _ in pieces]) or something_else(messages, [i for i, _ in told]):
                return []
            return [(i, Finding(p.start, p.end, kind, f"{kind}.pieces.split", 0.7)) for i, p in told]
    return []


def references_told(messages: Sequence[ThreadMessage], window: Sequence[int], setting: Setting) -> frozenset[int]:
    """Return the messages of the window whose digits, alone or one after the other, are one of the case's own numbers."""
    known = digits_of(setting.references)
    if not known:
        return frozenset()
    digits = ["".join(c for c in fold(messages[i].text).text if c.isdigit()) for i in window]
    spans = ((first, end) for first in range(len(window)) for end in range(first + 1, len(window) + 1))
    return frozenset(i for first, end in spans if "".join(digits[first:end]) in known for i in window[first:end])


def something_else(messages: Sequence[ThreadMessage], places: list[int]) -> bool:
    """Tell whether the digits of these messages are a reference somebody asked for, sizes, a list, a count, amounts, or several answers."""
    told = [(i, p) for i in places if (p := _piece(messages[i].text)) is not None]
    digits = [p.digits for _, p in told]
    if not digits:
        return any(_DECIMAL.search(messages[i].text) for i in places) and _are_amounts(messages, places)
    return (
        sum(d in _SIZES for d in digits) * 2 > len(digits)
        or counts_on([int(d) for d in digits], at_least=3)
        or _goes_on_counting(messages, told)
        or _are_amounts(messages, places)
        or _is_a_reference(messages, places[0])
        or _lists_what_was_asked(messages, places[0], digits)
        or _each_answers_a_question(messages, places)
    )


def _goes_on_counting(messages: Sequence[ThreadMessage], told: list[tuple[int, _Piece]]) -> bool:
    """Message number 18, message number 19: the same words with the next number."""
    if len(told) < 2:
        return False
    (i, before), (j, last) = told[-2:]
    frames = {re.sub(r"\d+", "#", messages[k].text.strip()) for k in (i, j)}
    return len(frames) == 1 and frames != {"#"} and int(last.digits) - int(before.digits) == 1


def _are_amounts(messages: Sequence[ThreadMessage], places: list[int]) -> bool:
    """24.75 in December, 24.75 in January: every message holds an amount of money."""
    return len(places) > 1 and all(_DECIMAL.search(messages[i].text) for i in places) and not _called(messages, places)


def _called(messages: Sequence[ThreadMessage], places: list[int]) -> bool:
    return any(_read(messages[i]).has("phone_label", "call_me") for i in range(max(0, places[0] - 1), places[-1] + 1))


def _is_a_reference(messages: Sequence[ThreadMessage], first: int) -> bool:
    """Somebody just asked for an order number, a locker's code or an IMEI, or its owner announced it; nobody called it a number to ring."""
    own = messages[first].sender
    if _read(messages[first]).has("call_me", "your_contact") or _says_phone(messages[first]):
        return False
    while first > 0 and messages[first - 1].sender == own and _piece(messages[first - 1].text) is not None:
        first -= 1
    for i in range(first - 1, max(-1, first - _ASKED_WITHIN - 1), -1):
        message = messages[i]
        reading = _read(message)
        labelled = reading.has("ref_label", "numbered", "printed") and len(message.text) <= _QUESTION_LENGTH
        if labelled and (_ends_with_label(reading) if message.sender == own else _asks(reading)):
            return True
        if message.sender == own and i == first - 1:
            return False  # whatever was asked before is answered
    return False


def _says_phone(message: ThreadMessage) -> bool:
    reading = _read(message)
    return reading.has("phone_label") and not reading.has("ref_label")


def _asks(reading: Reading) -> bool:
    asked = any(mark in reading.folded.original for mark in "?？:：") or reading.has(*_ASKING)
    return asked and not reading.has(*_CONTACT)


def _ends_with_label(reading: Reading) -> bool:
    last = max(hit.end for hit in reading.hits("ref_label", "numbered", "printed"))
    return len(reading.text) - last <= _ANNOUNCED_REACH and not any(c.isdigit() for c in reading.text)


def _lists_what_was_asked(messages: Sequence[ThreadMessage], first: int, digits: list[str]) -> bool:
    """Which sizes are there? 36, 38, 41: short numbers that rise, after a question for things that come in lists."""
    numbers = [int(d) for d in digits]
    if any(len(d) > 3 for d in digits) or numbers != sorted(set(numbers)):
        return False
    return any(
        messages[i].sender != messages[first].sender and _read(messages[i]).has("listed")
        for i in range(max(0, first - _ASKED_WITHIN), first)
    )


def _each_answers_a_question(messages: Sequence[ThreadMessage], places: list[int]) -> bool:
    """Battery? 88. Storage? 128. Year? 2022: every number stands right after another question of the other side."""
    before = [messages[i - 1] for i in places if i > 0]
    return (
        len(before) == len(places) >= 2
        and all(m.sender != messages[places[0]].sender and _QUESTION.search(m.text) for m in before)
        and len({m.text for m in before}) == len(before)
    )


def _kind_of_number(
    pieces: list[str], messages: Sequence[ThreadMessage], window: list[int], setting: Setting
) -> Kind | None:
    digits = "".join(pieces)
    if 8 <= len(digits) <= 13 and any(f.kind is Kind.PHONE for f in setting.inspect(digits)):
        return Kind.PHONE
    if 16 <= len(digits) <= 19:
        in_groups = all(len(piece) % _CARD_GROUP == 0 for piece in pieces[:-1])
        if luhn(digits) or (in_groups and _about_payment(messages, window, setting)):
            return Kind.BANK
    return None


def _about_payment(messages: Sequence[ThreadMessage], window: list[int], setting: Setting) -> bool:
    return any(
        read(m.text, language=setting.language, market=setting.market).has("pay", "method", "bank_label")
        for m in messages[max(0, window[0] - 2) : window[-1]]
    )


def _read(message: ThreadMessage) -> Reading:
    return read(message.text, language=None, market="")


def _piece(text: str) -> _Piece | None:
    if len(text) > _PIECE_LENGTH:
        return None
    positions = [i for i, c in enumerate(text) if c.isdigit()]
    if not 2 <= len(positions) <= 13 or text[positions[0] : positions[-1] + 1].count(",") > 1:
        return None
    between = text[positions[0] : positions[-1] + 1]
    if any(c.isalpha() for c in between) or any(c in "€$£%" for c in text) or has_amount(fold(text).text):
        return None
    return _Piece(positions[0], positions[-1] + 1, "".join(text[i] for i in positions))
