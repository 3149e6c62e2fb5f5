"""Texts as they stand in a PDF, byte for byte as reportlab's text object writes them, with each letter and number looked up once.

It knows where a text begins, and not where it ends: whoever writes says where the next one begins.
"""

from functools import lru_cache

from reportlab.lib.rl_accel import escapePDF, fp_str
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_LEADING = 1.2
"""Of a line, by the size of its letters: no text has a second line, but a font names it."""
_number = lru_cache(maxsize=20_000)(fp_str)


class Letters(dict[int, str]):
    """How a document writes each letter of a font, and how it begins to.

    A font is embedded in parts of 256 letters. While a document needs one part, its texts are written letter by letter from
    here; after that, in pieces that reportlab cuts.
    """

    def __init__(self, font: TTFont, canvas: Canvas) -> None:
        self._font, self._document = font, canvas._doc  # type: ignore[attr-defined]
        self._in_one_part = True
        self._beginnings: dict[tuple[int, float], str] = {}

    def __missing__(self, code: int) -> str:
        ((part, written),) = self._font.splitString(chr(code), self._document)
        self._in_one_part = self._in_one_part and part == 0
        self[code] = escaped = escapePDF(written)
        return escaped

    def pieces(self, text: str) -> list[tuple[int, str]]:
        """Return a text as it is written: the part of the font and the letters."""
        written = text.translate(self)
        if self._in_one_part:
            return [(0, written)] if text else []
        return [(part, escapePDF(piece)) for part, piece in self._font.splitString(text, self._document)]

    def beginning(self, part: int, size: float) -> str:
        """Return what is written before the first letters of a part."""
        if (part, size) not in self._beginnings:
            name = self._font.getSubsetInternalName(part, self._document)
            self._beginnings[part, size] = f"{name} {fp_str(size)} Tf {fp_str(size * _LEADING)} TL"
        return self._beginnings[part, size]


class Ink:
    """Texts in one font after the other; a canvas draws it as its own text object."""

    def __init__(self) -> None:
        self._code = ["BT 1 0 0 1 0 0 Tm"]

    def take(self, letters: Letters, size: float, grey: float) -> None:
        """Write in this font from here on."""
        self._letters, self._size = letters, size
        self._part: int | None = None
        self._code.append(f"{_number(grey)} g")

    def write(self, left: float, y: float, text: str) -> None:
        """Write a text that begins at a point."""
        self._code.append(f"1 0 0 1 {_number(left)} {_number(y)} Tm")
        if not text:
            self._code.append("")
        for part, letters in self._letters.pieces(text):
            if part != self._part:
                self._code.append(self._letters.beginning(part, self._size))
                self._part = part
            self._code.append(f"({letters}) Tj")

    def getCode(self) -> str:  # noqa: N802 - the name that the canvas calls
        """Return what the canvas writes into its page."""
        return " ".join([*self._code, "ET"])
