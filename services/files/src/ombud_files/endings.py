"""Where a picture ends: walks the blocks of its format, so that what follows the picture, or is missing of it, shows.

Each walk also tells which bytes are compressed pixels; everything else of the file are notes.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ombud_files.disguise import refuse_documents, refuse_pages, refuse_trailer
from ombud_files.kinds import GIF, JPEG, PNG, WEBP, FileKind
from ombud_files.report import FileRefused, Why

_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a length (ITU-T T.81, B.1.1.3)."""
_PADDING = b"\x00\r\n\xff"
_WRITTEN_BY_TELEPHONES = (JPEG, PNG)
"""Kinds behind whose end telephones put notes of their own, in formats that nobody lists."""


@dataclass
class Walked:
    """Where a picture ends, and where its pixels are."""

    end: int = 0
    pixels: list[tuple[int, int]] = field(default_factory=list)
    ended: bool = True
    """False when the file stops where its end mark should be."""
    lossless: bool = False
    """Whether a WebP holds every pixel exactly (RFC 9649, 2.6)."""


def walked(content: bytes, kind: FileKind) -> Walked:
    """Return how a picture is laid out. Raises FileRefused when it is broken, hides something, or something follows it.

    What telephones put behind a picture is let pass, for nothing behind the picture is kept.
    """
    try:
        way = _WAY_OF[kind](content)
    except (IndexError, struct.error):
        raise FileRefused(Why.TRUNCATED) from None
    notes = _notes(content, way)
    refuse_pages(notes)
    refuse_documents(notes)
    rest = content[way.end :].strip(_PADDING)
    if rest and kind not in _WRITTEN_BY_TELEPHONES:
        raise FileRefused(Why.SEVERAL_FILES)
    refuse_trailer(rest)
    return way


def _notes(content: bytes, way: Walked) -> bytes:
    parts, at = [], 0
    for start, end in way.pixels:
        parts.append(content[at:start])
        at = end
    return b"\x00".join((*parts, content[at : way.end]))


def _walk_jpeg(content: bytes) -> Walked:
    way, at = Walked(), 2
    while True:
        at, marker = _next_marker(content, at)
        if marker == _END_OF_IMAGE:
            way.end = at
            return way
        if marker not in _ALONE:
            at += int(struct.unpack_from(">H", content, at)[0])
        if marker == _START_OF_SCAN:
            start, at = at, _end_of_scan(content, at)
            way.pixels.append((start, at))
            if at == len(content):
                way.end, way.ended = at, False
                return way


def _next_marker(content: bytes, at: int) -> tuple[int, int]:
    if content[at] != 0xFF:
        raise FileRefused(Why.DAMAGED)
    while content[at] == 0xFF:
        at += 1
    return at + 1, content[at]


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the next marker stands that is not part of the compressed data, or the end of the file."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 == len(content):
            return len(content)
        following = content[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def _walk_png(content: bytes) -> Walked:
    way, at = Walked(), 8
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        start, at = at + 8, at + 12 + int(length)
        if at > len(content):
            raise FileRefused(Why.TRUNCATED)
        if name in (b"IDAT", b"fdAT"):
            way.pixels.append((start, at))
        if name == b"IEND":
            way.end = at
            return way


def _walk_gif(content: bytes) -> Walked:
    way, at = Walked(), 13 + _colours(content[10])
    while True:
        introducer = content[at]
        if introducer == 0x3B:
            way.end = at + 1
            return way
        if introducer == 0x21:
            at = _end_of_blocks(content, at + 2)
        elif introducer == 0x2C:
            start = at + 11 + _colours(content[at + 9])
            at = _end_of_blocks(content, start)
            way.pixels.append((start, at))
        else:
            raise FileRefused(Why.DAMAGED)


def _colours(packed: int) -> int:
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _end_of_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1


def _walk_webp(content: bytes) -> Walked:
    way = Walked(8 + int(struct.unpack_from("<I", content, 4)[0]))
    if way.end > len(content):
        raise FileRefused(Why.TRUNCATED)
    at = 12
    while at + 8 <= way.end:
        name, length = struct.unpack_from("<4sI", content, at)
        following = min(way.end, at + 8 + int(length) + int(length) % 2)
        if name in (b"VP8 ", b"VP8L", b"ALPH", b"ANMF"):
            way.pixels.append((at + 8, following))
        way.lossless |= name == b"VP8L" or (name == b"ANMF" and b"VP8L" in content[at + 24 : at + 48])
        at = following
    return way


_WAY_OF: Mapping[FileKind, Callable[[bytes], Walked]] = {
    JPEG: _walk_jpeg,
    PNG: _walk_png,
    GIF: _walk_gif,
    WEBP: _walk_webp,
}
