"""Folds a text for the detectors and remembers where every folded character came from. It judges nothing and loses nothing."""

import re
import unicodedata
from dataclasses import dataclass

from .lookalikes import SURE, latin_lookalikes

_PUNCTUATION = str.maketrans(
    {
        "–": "-", "—": "-", "‒": "-", "―": "-", "−": "-", "‐": "-", "‑": "-", "⁃": "-", "’": "'", "‘": "'", "`": "'", "´": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\t": " ", "\r": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
        "⠀": " ", "ㅤ": " ", "‹": "<", "›": ">", "⟨": "<", "⟩": ">", "〈": "<", "〉": ">", "「": "[", "」": "]", "『": "[", "』": "]", "⟦": "[", "⟧": "]", "【": "[", "】": "]", "〔": "[", "〕": "]", "《": '"', "》": '"', "•": ".", "∙": ".", "⋅": ".", "●": ".",
        "۔": ".", "⸱": ".", "﹒": ".", "｡": "。", "‚": ",", "߸": ",", "／": "/", "∕": "/", "⁄": "/",
        "ß": "ss", "ẞ": "ss", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe",
        "Œ": "oe", "ı": "i", "ð": "d", "þ": "th", "ƨ": "s",
    }
)  # fmt: skip
_CONTEXTUAL_SCRIPTS = re.compile("[\u0370-\u052f]")
_OWN_SCRIPTS = re.compile(
    "[\u0370-\u052f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff]"
)
_LATIN_CAPITAL_NAME = re.compile(
    r"(?:SMALL CAPITAL|SQUARED LATIN CAPITAL LETTER|CIRCLED LATIN CAPITAL LETTER|PARENTHESIZED LATIN CAPITAL LETTER) ([A-Z])$"
)
_MIXED = re.compile("[a-z][^\\s]{0,40}?[\u0370-\u052f]|[\u0370-\u052f][^\\s]{0,40}?[a-z]")
_TOKEN = re.compile("[a-z0-9\u0370-\u052f@._+-]+")
_WORD = re.compile("[a-z\u0370-\u052f]+")
_CYRILLIC_TWIN = str.maketrans("aceopxyibhkmt", "асеорхуівнкмт")
_BLANKS = re.compile(r"\s\s")


class _FoldTable(dict[int, str]):
    """Code point -> folded text, filled as characters are met; bounded by the size of Unicode."""

    def __init__(self) -> None:
        super().__init__()
        self.resizing: set[str] = set()

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _fold_character(character)
        self[code] = folded
        if len(folded) != 1:
            self.resizing.add(character)
        return folded


def _fold_character(character: str) -> str:
    plain = character.translate(_PUNCTUATION)
    if plain != character:
        return plain
    if character.isascii():
        return character.lower() if character >= " " or character == "\n" else " "
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me", "Cc", "Cs", "Co") or character in "\u115f\u1160\uffa0":
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if category.startswith("Z"):
        return " "
    decomposed = unicodedata.normalize("NFKD", character).lower()
    bare = "".join(c for c in decomposed.translate(_PUNCTUATION) if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    if len(bare) != 1 or bare.isascii():
        return bare
    return _latin_shape(bare)


def _latin_shape(character: str) -> str:
    named = _LATIN_CAPITAL_NAME.search(unicodedata.name(character, ""))
    if named:
        return named[1].lower()
    if _OWN_SCRIPTS.match(character) or not character.isalpha():
        return character
    return latin_lookalikes().get(character, character)


_TABLE = _FoldTable()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `text` is lower-case, without accents and marks; `origin[i]` is where folded character i starts as written.

    `origin` is None when every folded character stands where its original stood.
    """

    original: str
    text: str
    origin: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a folded span to the original: code points, end excluded. Invisible characters inside belong to the span."""
        if self.origin is None:
            return start, end
        if start >= end:
            return self.origin[start], self.origin[start]
        return self.origin[start], self._end_of(end - 1)

    def _end_of(self, index: int) -> int:
        assert self.origin is not None
        begin = self.origin[index]
        end = begin + 1
        while (
            end < len(self.original) and self.original[end] in _TABLE.resizing and _TABLE[ord(self.original[end])] == ""
        ):
            end += 1  # marks belong to the character they stand on
        return end

    def written(self, start: int, end: int) -> str:
        """Return the original text of a folded span."""
        begin, finish = self.span(start, end)
        return self.original[begin:finish]


def fold(text: str) -> Folded:
    """Fold: NFKC and case, marks and invisible characters dropped, digits to ASCII, look-alikes to the script of their word."""
    folded = text.translate(_TABLE)
    if _TABLE.resizing.isdisjoint(text) and not _BLANKS.search(folded):
        return Folded(text, unmix(folded), None)
    return _fold_slowly(text)


def _fold_slowly(text: str) -> Folded:
    pieces: list[str] = []
    origin: list[int] = []
    last = ""
    for index, character in enumerate(text):
        folded = _TABLE[ord(character)]
        if not folded or (folded == " " and last in (" ", "\n")):
            continue
        pieces.append(folded)
        origin.extend([index] * len(folded))
        last = folded
    origin.append(len(text))
    return Folded(text, unmix("".join(pieces)), tuple(origin))


def unmix(text: str) -> str:
    """Write words that mix Latin with Cyrillic or Greek look-alikes in one script; the length stays the same."""
    if not _CONTEXTUAL_SCRIPTS.search(text) or not _MIXED.search(text):
        return text
    return _TOKEN.sub(lambda token: _unmix_token(token[0]), text)


def _unmix_token(token: str) -> str:
    if token.isascii() or not re.search("[a-z]", token):
        return token
    address = "@" in token or "." in token
    return _WORD.sub(lambda word: _unmix_word(word[0], address), token)


def _unmix_word(word: str, address: bool) -> str:
    foreign = _CONTEXTUAL_SCRIPTS.findall(word)
    if not foreign or (len(foreign) == len(word) and not address):
        return word
    table = latin_lookalikes()
    if all(c in SURE or (address and c in table and len(foreign) < len(word)) for c in foreign):
        return "".join(table.get(c, c) for c in word)
    if len(foreign) * 2 >= len(word) and any(c not in SURE for c in foreign):
        return word.translate(_CYRILLIC_TWIN)
    return word
