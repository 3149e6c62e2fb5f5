"""Texts of a statement are the bytes that reportlab writes, for the letters of any language."""

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from billing.statements.ink import Ink, Letters
from billing.statements.paper import BOLD, PLAIN, fonts

EVERY_LETTER = "".join(map(chr, range(33, 600)))
PAGES: dict[str, list[str]] = {
    "plain": ["chg_1 · cas_2", "-1\u00a0234,50", "(half) \\ 21 %", ""],
    "many languages": ["āčēģīķļņšūž", "ąćęłńóśźż", "абвгдеёжз", "chg_1"],
    "more letters than a part of a font has": ["first", EVERY_LETTER, "then", "ё" + EVERY_LETTER],
}
Write = Callable[[Canvas, str, Sequence[str]], None]


def by_reportlab(canvas: Canvas, face: str, texts: Sequence[str]) -> None:
    told = canvas.beginText()
    told.setFont(face, 8.0)
    told.setFillGray(0.4)
    for n, text in enumerate(texts):
        told.setTextOrigin(36.5 + n / 7, 500 - 22 * n)
        told.textOut(text)
    canvas.drawText(told)


def by_ink(canvas: Canvas, face: str, texts: Sequence[str]) -> None:
    ink = Ink()
    ink.take(Letters(fonts()[face], canvas), 8.0, 0.4)
    for n, text in enumerate(texts):
        ink.write(36.5 + n / 7, 500 - 22 * n, text)
    canvas.drawText(ink)  # type: ignore[arg-type]


def drawn(write: Write, face: str, texts: Sequence[str]) -> bytes:
    fonts()
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=0)
    for _ in range(2):
        write(canvas, face, texts)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("face", [PLAIN, BOLD])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_bytes_that_reportlab_writes(page: str, face: str) -> None:
    """INVARIANT: would break if a letter beyond the first part of a font were written as one of it."""
    ours = drawn(by_ink, face, PAGES[page])
    assert ours == drawn(by_reportlab, face, PAGES[page])
    assert b"Tj" in ours
