"""Texts written to be undone: base64, hex, percent signs, character references, words written backwards. It undoes them and asks again."""

import base64
import binascii
import html
import re
import urllib.parse
from collections.abc import Iterator

ATTEMPT_LIMIT = 12
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{12,400}={0,2}(?![A-Za-z0-9+/=_-])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]?){8,200}(?![0-9A-Za-z])")
_PERCENT = re.compile(r"[\w.+-]*(?:%[0-9a-fA-F]{2}[\w.+-]*){1,80}")
_REFERENCE = re.compile(r"[\w.+-]*(?:&#?\w{1,8};[\w.+-]*){1,80}")
_BITS = re.compile(r"(?<![\d])(?:[01]{8} ?){6,100}(?!\d)")


def decoded_pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, plain text) for every piece of the original text that can be undone into printable text."""
    attempts = 0
    for pattern, undo in (
        (_BASE64, _from_base64),
        (_HEX, _from_hex),
        (_PERCENT, _from_percent),
        (_REFERENCE, html.unescape),
        (_BITS, _from_bits),
    ):
        for match in pattern.finditer(text):
            attempts += 1
            if attempts > ATTEMPT_LIMIT:
                return
            plain = undo(match[0])
            if plain is not None and plain != match[0] and len(plain) >= 5:
                yield match.start(), match.end(), plain


def may_be_encoded(text: str) -> bool:
    """A cheap look: is there anything `decoded_pieces` could undo?"""
    return "%" in text or "&" in text or bool(_BASE64.search(text)) or bool(_HEX.search(text)) or "0110" in text


def _printable(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def _from_base64(word: str) -> str | None:
    if not re.search("[A-Z]", word) or not re.search("[a-z]", word):
        return None
    bare = word.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 == 1:
        return None
    try:
        return _printable(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _from_hex(word: str) -> str | None:
    bare = re.sub("[ :]", "", word)
    return _printable(bytes.fromhex(bare)) if len(bare) % 2 == 0 and re.search("[a-f4-7]", bare) else None


def _from_percent(word: str) -> str | None:
    return _printable(urllib.parse.unquote_to_bytes(word))


def _from_bits(word: str) -> str | None:
    bare = word.replace(" ", "")
    return _printable(bytes(int(bare[i : i + 8], 2) for i in range(0, len(bare) - 7, 8)))
