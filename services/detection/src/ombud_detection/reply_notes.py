"""Texts that are written once for everybody: notes of absence, menus, advertising, robots' talk (R-05). A real answer beside one takes it all back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .reading import Reading, read_substance
from .reply_fit import is_concrete, takes_up

_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}|\d{4}-\d\d|\d{1,2}\s?[月号日]|\b\d{1,2}(?:st|nd|rd|th)\b|\b\d{1,2}\. |\b\d{1,2}-\w{1,3}\b"
)
_OPTION = re.compile(
    r"(?<![\w.,:/-])(?:([0-9])(?![\w%€$£°]|[.,:/-]\d)|([a-e])(?=[).:]))|(?:^|[,;:.(\n]\s{0,3})([a-e])\s(?=\w)|(?<=[\u4e00-\u9fff])([0-9])(?!\d|[.,:]\d|[%年月日号元])"
)
_FIGURE_AFTER = re.compile(r"[^.!?\n0-9]{0,40}:\s{0,3}1|\W{0,3}(?:\w{1,6}\W{1,3}){0,2}[0-9](?![\d%]|[.,]\d)")
_PARTS_READ = 40  # sentences of a reply, and clauses of a sentence, that are looked at beside a note
_PART = re.compile(r"[^.!?;。！？；\n]+[.!?;。！？；\n]*")
_INNER_DOT = re.compile(r"(?<=\S)\.(?=\S)")
_CLAUSE = re.compile(r"[,，]\s*|\s-\s")
_HAN = re.compile("[\u4e00-\u9fff]")
_NOTE = ("gone", "out_of_office", "reads_later", "unread", "advert", "robot_talk", "menu_choice", "auto_phrase")
_POLITE = ("courtesy", "holding")
_SUBSTANTIAL = 10  # letters of a sentence before the note that says something of its own
_SHORT = 6  # letters of one that says something when it names a thing, a figure or a time


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that speaks for an automated reply: its code, and how strongly (0 to 1)."""

    reason: str
    weight: float


def note_signs(reading: Reading, asked: Reading) -> list[Sign]:
    """Return the signs of a text for everybody. A reply that also answers its question has none."""
    menu = _menu(reading)
    if menu:
        return menu
    found = [*_absence(reading, asked), *_advert(reading), *_robot_talk(reading)]
    if not found or _apart(reading, "robot_talk") >= 2:
        return found
    return [] if _answers_beside(reading, asked) else found


def _absence(reading: Reading, asked: Reading) -> list[Sign]:
    """Somebody is away, until when, and messages wait: two of these are a note of absence."""
    if asked.has("gone", "out_of_office"):
        return []
    dated = reading.has("back") or _DATE.search(reading.text) is not None
    waits = reading.has("reads_later", "unread")
    if reading.has("gone", "out_of_office"):
        if waits:
            return [Sign("phrase.out-of-office", 0.8 if dated else 0.7)]
        return [Sign("phrase.out-of-office", 0.65)] if dated else [Sign("phrase.away", 0.25)]
    return [Sign("phrase.messages-wait", 0.62)] if reading.has("unread") and dated else []


def _menu(reading: Reading) -> list[Sign]:
    """Figures to choose from, and a word for choosing: "press 1 for deliveries, 2 for returns"."""
    options = {"".join(filter(None, match.groups())) for match in _OPTION.finditer(reading.text)}
    several = {"1", "2"} <= options or {"a", "b"} <= options
    if several and (reading.has("menu_choice") or _verb_beside_a_figure(reading)):
        return [Sign("menu.options", 0.85)]
    if reading.has("menu_choice") and (reading.has("menu_verb") or several):
        return [Sign("menu.choose", 0.62)]
    return []


def _verb_beside_a_figure(reading: Reading) -> bool:
    return any(_FIGURE_AFTER.match(reading.text, hit.end) for hit in reading.hits("menu_verb"))


def _advert(reading: Reading) -> list[Sign]:
    words = _apart(reading, "advert")
    if words >= 3:
        return [Sign("advert.offers", 0.75)]
    return [Sign("advert.offers", 0.62 if words == 2 else 0.2)] if words else []


def _robot_talk(reading: Reading) -> list[Sign]:
    words = _apart(reading, "robot_talk")
    return [Sign("robot.talk", 0.72 if words >= 2 else 0.5)] if words else []


def _apart(reading: Reading, cls: str) -> int:
    """Count the hits of a class that do not overlap."""
    reached, count = -1, 0
    for hit in reading.hits(cls):
        if hit.start >= reached:
            count += 1
            reached = hit.end
    return count


def _answers_beside(reading: Reading, asked: Reading) -> bool:
    """Tell whether a part that does not belong to the note answers, or says something of its own before the note begins."""
    before_the_note = True
    for sentence in islice(_PART.finditer(_INNER_DOT.sub("·", reading.text)), _PARTS_READ):
        part = read_substance(sentence[0], language=reading.language)
        if part.has(*_NOTE):
            before_the_note = False
            if any(takes_up(clause, asked) for clause in _clauses_beside_the_note(sentence[0], reading.language)):
                return True
        elif part.has(*_POLITE):
            continue
        elif takes_up(part, asked) or (before_the_note and _says_something(part)):
            return True
    return False


def _clauses_beside_the_note(sentence: str, language: str | None) -> Iterator[Reading]:
    for clause in _CLAUSE.split(sentence, maxsplit=_PARTS_READ):
        part = read_substance(clause, language=language)
        if not part.has(*_NOTE, *_POLITE, "back"):
            yield part


def _says_something(part: Reading) -> bool:
    said = list(part.text)
    for hit in part.hits("greeting", "thanks"):
        said[hit.start : hit.end] = " " * (hit.end - hit.start)
    left = "".join(said)
    letters = sum(c.isalpha() for c in left) + 2 * len(_HAN.findall(left))
    return letters >= _SUBSTANTIAL or (letters >= _SHORT and is_concrete(part))
