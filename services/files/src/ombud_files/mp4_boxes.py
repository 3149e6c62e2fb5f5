"""Boxes of MP4 (ISO/IEC 14496-12): walking over them, and making one a box that holds nothing, in place."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ombud_files.report import FileRefused, Why

_MOST = 20_000
"""How many boxes one parent may have: more are a bomb."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box stands in its file: `body` is the first byte behind its header."""

    name: bytes
    start: int
    body: int
    end: int


def boxes(content: bytearray, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that fill a range. Raises FileRefused when they do not fill it exactly."""
    at, seen = start, 0
    while at < end:
        if content[at : at + 8] == bytes(min(8, end - at)) and not any(content[at:end]):
            return  # padding
        size, name = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", content, body)[0], body + 8
        elif size == 0:
            size = end - at  # up to the end (4.2)
        seen += 1
        if not _is_name(name):
            raise FileRefused(Why.SEVERAL_FILES)
        if size < body - at or seen > _MOST:
            raise FileRefused(Why.DAMAGED)
        if at + size > end:
            raise FileRefused(Why.TRUNCATED)
        yield Box(name, at, body, at + size)
        at += size


def _is_name(name: bytes) -> bool:
    return all(32 <= byte < 127 or byte == 0xA9 for byte in name)


def inside(content: bytearray, box: Box | None, *path: bytes) -> list[Box]:
    """Return the boxes at the end of a path of names below a box."""
    found = [box] if box else []
    for name in path:
        found = [child for parent in found for child in boxes(content, parent.body, parent.end) if child.name == name]
    return found


def first(content: bytearray, box: Box | None, *path: bytes) -> Box | None:
    """Return the first box at the end of a path of names, or None."""
    return next(iter(inside(content, box, *path)), None)


def blank(content: bytearray, box: Box) -> None:
    """Make a box one that readers skip, of the same length, with nothing in it."""
    content[box.start + 4 : box.start + 8] = b"free"
    content[box.body : box.end] = bytes(box.end - box.body)


def number(content: bytearray, at: int, width: int) -> int:
    """Return an unsigned number. Raises struct.error behind the end."""
    return int(struct.unpack_from(">I" if width == 4 else ">Q", content, at)[0])
