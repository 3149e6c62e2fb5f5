"""Where a picture ends: walks the blocks of its format, so that what follows the picture, or is missing of it, shows."""

import struct
from collections.abc import Callable, Mapping

from ombud_files.kinds import GIF, JPEG, PNG, WEBP, FileKind
from ombud_files.report import FileRefused, Why

_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a length (ITU-T T.81, B.1.1.3)."""


def refuse_what_follows(content: bytes, kind: FileKind) -> None:
    """Raise FileRefused when a picture has no end, or something unknown stands behind it.

    What telephones put there is let pass, for it is not kept: a second picture, a moving one, Samsung's own notes.
    """
    try:
        end = _END_OF[kind](content)
    except (IndexError, struct.error):
        raise FileRefused(Why.TRUNCATED) from None
    rest = content[end:].strip(b"\x00\r\n")
    of_a_telephone = rest.startswith(b"\xff\xd8\xff") or b"ftyp" in rest[:8] or rest.endswith(b"SEFT")
    if rest and not (kind is JPEG and of_a_telephone):
        raise FileRefused(Why.SEVERAL_FILES)


def _end_of_jpeg(content: bytes) -> int:
    at = 2
    while True:
        at, marker = _next_marker(content, at)
        if marker == _END_OF_IMAGE:
            return at
        if marker not in _ALONE:
            at += int(struct.unpack_from(">H", content, at)[0])
        if marker == _START_OF_SCAN:
            at = _end_of_scan(content, at)


def _next_marker(content: bytes, at: int) -> tuple[int, int]:
    if content[at] != 0xFF:
        raise FileRefused(Why.DAMAGED)
    while content[at] == 0xFF:
        at += 1
    return at + 1, content[at]


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the next marker stands that is no part of the compressed data."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            raise FileRefused(Why.TRUNCATED)
        following = content[at + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7:
            return at
        at += 2


def _end_of_png(content: bytes) -> int:
    at = 8
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        at += 12 + int(length)
        if at > len(content):
            raise FileRefused(Why.TRUNCATED)
        if name == b"IEND":
            return at


def _end_of_gif(content: bytes) -> int:
    at = 13 + _colours(content[10])
    while True:
        introducer = content[at]
        if introducer == 0x3B:
            return at + 1
        if introducer == 0x21:
            at = _end_of_blocks(content, at + 2)
        elif introducer == 0x2C:
            at = _end_of_blocks(content, at + 11 + _colours(content[at + 9]))
        else:
            raise FileRefused(Why.DAMAGED)


def _colours(packed: int) -> int:
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _end_of_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1


def _end_of_webp(content: bytes) -> int:
    end = 8 + int(struct.unpack_from("<I", content, 4)[0])
    if end > len(content):
        raise FileRefused(Why.TRUNCATED)
    return end


_END_OF: Mapping[FileKind, Callable[[bytes], int]] = {
    JPEG: _end_of_jpeg,
    PNG: _end_of_png,
    GIF: _end_of_gif,
    WEBP: _end_of_webp,
}
