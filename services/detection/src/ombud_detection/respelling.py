"""Writes spoken and bracketed "at", "dot", "dash" as signs, and letters set apart as a word, keeping a map to the folded text."""

import re
from dataclasses import dataclass

from .hosts import is_ending, mail_providers
from .reading import Reading

EDIT_LIMIT = 200
_SIGN_CLASSES = frozenset({"at", "dot", "dot_word", "at_word", "underscore_word", "dash_word", "slash_word"})
_SPACED_SIGN = re.compile(r"(?<=\w) ?([@.]) ?(?=\w)")
_ODD_DOT = re.compile(r"(?<=[a-z0-9])[。·‧․・](?=[a-z]{2,4}(?![a-z]))")  # IDNA reads the first as a dot, too
_SPREAD = re.compile(r"(?<![\w@.])(?:[a-z0-9_](?: [.@] | ?[.@]|@ )?[ ]){3,60}[a-z0-9](?!\w)")
_AFTER_PROVIDER = re.compile(r"@ ?([a-z0-9-]{2,14})( )(?:com|net|cn|de|ru|pl|lv|pt|es|uk|br|org)(?![a-z0-9])")
_ADDRESS_END = re.compile(r"[a-z0-9-]\.[a-z]{2,6}$")
_PROVIDER_ENDING = re.compile(r"[a-z0-9-]+ (?:com|net|cn|de|ru|pl|lv|pt|es|uk|br|org)(?![a-z0-9])")
_HOST_AFTER = re.compile(r"[a-z0-9-]+(?: ?[.,] ?[a-z0-9-]+){0,3} ?[.,] ?([a-z]{2,})")
_WORD_AFTER = re.compile(r"[\s]*([a-z0-9\u0400-\u04ff_-]+)")
_NEXT_SIGN = re.compile(r"\s*[.,]\s*[a-z]")


@dataclass(frozen=True, slots=True)
class Respelled:
    """The respelled text; `origin[i]` is the folded position of its character i (None: unchanged)."""

    text: str
    origin: tuple[int, ...] | None
    folded_length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span to the folded text."""
        if self.origin is None or start >= end:
            return start, end
        finish = self.origin[end] if end < len(self.origin) else self.folded_length
        return self.origin[start], max(
            self.origin[end - 1] + 1, min(finish, self.folded_length)
        ) if finish - self.origin[end - 1] <= 1 else self.origin[end - 1] + 1


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    sign: str


def respell(reading: Reading) -> Respelled:
    """Respell a text. Words such as "at" or "punto" become signs only where an address goes on after them."""
    edits = _edits(reading)
    if not edits:
        return Respelled(reading.text, None, len(reading.text))
    pieces: list[str] = []
    origin: list[int] = []
    position = 0
    for edit in edits:
        if edit.start < position:
            continue
        pieces.append(reading.text[position : edit.start])
        origin.extend(range(position, edit.start))
        pieces.append(edit.sign)
        origin.extend([edit.start] * len(edit.sign))
        position = edit.end
    pieces.append(reading.text[position:])
    origin.extend(range(position, len(reading.text)))
    return Respelled("".join(pieces), tuple(origin), len(reading.text))


def _edits(reading: Reading) -> list[_Edit]:
    text = reading.text
    if reading.by_class.keys().isdisjoint(_SIGN_CLASSES):
        signs = _blank_signs(text) if "@" in text or " ." in text or ". " in text or _odd_dots(text) else []
        return _in_order(signs + _spread_letters(text))
    signs = [_widened(text, h.start, h.end, "@") for h in reading.hits("at")]
    signs += [_widened(text, h.start, h.end, ".") for h in reading.hits("dot")]
    dots = [h for h in reading.hits("dot_word") if _between_words(text, h.start, h.end)]
    signs += [_widened(text, h.start, h.end, ".") for h in dots]
    starts = {h.start for h in dots} | {h.start for h in reading.hits("dot")}
    signs += [
        _widened(text, h.start, h.end, "@")
        for h in reading.hits("at_word")
        if _address_follows(text, h.start, h.end, starts)
    ]
    if dots or signs or "@" in text or reading.has("app", "app_short"):
        for cls, sign in (("underscore_word", "_"), ("dash_word", "-")):
            signs += [
                _widened(text, h.start, h.end, sign) for h in reading.hits(cls) if _between_words(text, h.start, h.end)
            ]
    signs += [
        _widened(text, h.start, h.end, "/")
        for h in reading.hits("slash_word")
        if _ADDRESS_END.search(text[max(0, h.start - 30) : h.start].rstrip(" "))
    ]
    return _in_order(signs + _blank_signs(text) + _spread_letters(text))


def _in_order(signs: list[_Edit]) -> list[_Edit]:
    return sorted(signs, key=lambda e: (e.start, -e.end))[:EDIT_LIMIT] if signs else signs


def _odd_dots(text: str) -> bool:
    return not text.isascii() and _ODD_DOT.search(text) is not None


def _blank_signs(text: str) -> list[_Edit]:
    """Signs with blanks around them, and the blank before an ending after a mail provider."""
    signs = [_Edit(m.start(), m.end(), ".") for m in _ODD_DOT.finditer(text)] if _odd_dots(text) else []
    signs += [
        _Edit(m.start(), m.end(), m[1]) for m in _SPACED_SIGN.finditer(text) if len(m[0]) > 1 and _sign_joins(text, m)
    ]
    if "@" in text:
        signs += [_Edit(m.start(2), m.end(2), ".") for m in _AFTER_PROVIDER.finditer(text) if m[1] in mail_providers()]
    return signs


def _widened(text: str, start: int, end: int, sign: str) -> _Edit:
    if text[start - 1 : start] in ("(", "[", "{", "<") and text[end : end + 1] in (")", "]", "}", ">"):
        start, end = start - 1, end + 1
    while start > 0 and text[start - 1] == " ":
        start -= 1
    while end < len(text) and text[end] == " ":
        end += 1
    return _Edit(start, end, sign)


def _between_words(text: str, start: int, end: int) -> bool:
    if text[start - 1 : start] in ("(", "[", "{", "<") and text[end : end + 1] in (")", "]", "}", ">"):
        start, end = start - 1, end + 1
    before, after = text[:start].rstrip(" "), _WORD_AFTER.match(text, end)
    return bool(before) and (before[-1].isalnum() or before[-1] in "_-)") and after is not None


def _address_follows(text: str, start: int, end: int, dot_starts: set[int]) -> bool:
    if start == 0 or not (text[start - 1] in " _-)]" or text[start - 1].isalnum()):
        return False
    word = _WORD_AFTER.match(text, end)
    if word is None:
        return False
    if _NEXT_SIGN.match(text, word.end()):
        label = re.match(r"\s*[.,]\s*([a-z]+)", text[word.end() :])
        return label is not None and is_ending(label[1])
    position = word.end()
    while position < len(text) and text[position] == " ":
        position += 1
    return position in dot_starts or (
        word[1] in mail_providers()
        and len(word[1]) > 4
        and not word[1].startswith(("mail", "orange", "terra", "apollo"))
    )


def _sign_joins(text: str, match: re.Match[str]) -> bool:
    """A sign with blanks around it joins words only inside an address: both sides blank, or a known ending after it."""
    tail = re.match(r"[a-z0-9-]+", text[match.end() :])
    label = tail[0] if tail else ""
    if match[1] == "@":
        host = _HOST_AFTER.match(text, match.end())
        bracketed = re.compile(r"[a-z0-9-]+ ?[(\[]").match(text, match.end())
        if label in mail_providers() and _PROVIDER_ENDING.match(text, match.end()):
            return True
        return (
            (host is not None and is_ending(host[1]))
            or (label in mail_providers() and not label.isdigit())
            or bracketed is not None
        )
    if match[0].startswith(" "):
        return not (label[:1].isdigit() and text[match.start() - 1 : match.start()].isdigit())
    head = text[max(0, match.start() - 60) : match.start()]
    inside = "@" in head.rsplit(" ", 1)[-1]
    return (inside and is_ending(label)) or label in ("com", "net", "org")


def _spread_letters(text: str) -> list[_Edit]:
    edits: list[_Edit] = []
    for match in _SPREAD.finditer(text):
        if sum(c.isalpha() for c in match[0]) < 4:
            continue
        edits.extend(_Edit(match.start() + i, match.start() + i + 1, "") for i, c in enumerate(match[0]) if c == " ")
    return edits
