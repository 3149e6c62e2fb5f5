"""Short videos: a strict walk over the boxes of MP4 and the elements of WebM. No frame is decoded.

Every byte must belong to a box, one track must show pictures, and the length is bounded. What says where and by whom a
video was taken is blanked in place, so that nothing else moves.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ombud_files.kinds import MP4, FileKind
from ombud_files.report import FileRefused, Report, Why

SECONDS = 180
_BOXES = 20_000
_MP4_TOP = frozenset(
    (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx", b"styp", b"uuid", b"meta")
)
_MP4_NOTES = frozenset((b"udta", b"meta", b"uuid"))
"""User data (with the place where a video was taken), other metadata, and XMP."""
_MP4_PARENTS = frozenset((b"moov", b"trak", b"mdia"))


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    body: int
    end: int


def read_video(content: bytes, kind: FileKind) -> tuple[Report, bytes]:
    """Return what a video is, and the video without its notes. Raises FileRefused."""
    kept = bytearray(content)
    try:
        if kind is MP4:
            _read_mp4(kept)
        else:
            _read_webm(kept)
    except (struct.error, IndexError):
        raise FileRefused(Why.TRUNCATED) from None
    return Report(kind.media_type, kind.extension), bytes(kept)


def _read_mp4(content: bytearray) -> None:
    boxes = list(_mp4_boxes(content, 0, len(content)))
    if any(box.name not in _MP4_TOP for box in boxes):
        raise FileRefused(Why.SEVERAL_FILES)
    names = {box.name for box in boxes}
    if not {b"moov", b"mdat"} <= names:
        raise FileRefused(Why.TRUNCATED)
    inner = [box for top in boxes for box in _within(content, top)]
    seconds = [_mp4_seconds(content, box) for box in inner if box.name == b"mvhd"]
    if not seconds or not any(
        box.name == b"hdlr" and content[box.body + 8 : box.body + 12] == b"vide" for box in inner
    ):
        raise FileRefused(Why.DAMAGED)
    if max(seconds) > SECONDS:
        raise FileRefused(Why.TOO_LONG)
    for box in inner:
        if box.name in _MP4_NOTES:
            content[box.start + 4 : box.start + 8] = b"free"
            content[box.body : box.end] = bytes(box.end - box.body)


def _mp4_boxes(content: bytearray, start: int, end: int) -> Iterator[_Box]:
    at, seen = start, 0
    while at < end:
        size, name = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", content, body)[0], body + 8
        elif size == 0:
            size = end - at  # up to the end (ISO/IEC 14496-12, 4.2)
        seen += 1
        if size < body - at or seen > _BOXES:
            raise FileRefused(Why.DAMAGED)
        if at + size > end:
            raise FileRefused(Why.TRUNCATED)
        yield _Box(name, at, body, at + size)
        at += size


def _within(content: bytearray, box: _Box) -> Iterator[_Box]:
    yield box
    if box.name in _MP4_PARENTS:
        for child in _mp4_boxes(content, box.body, box.end):
            yield from _within(content, child)


def _mp4_seconds(content: bytearray, mvhd: _Box) -> float:
    scale, duration = struct.unpack_from(
        ">IQ" if content[mvhd.body] else ">II", content, mvhd.body + (20 if content[mvhd.body] else 12)
    )
    if not scale:
        raise FileRefused(Why.DAMAGED)
    return float(duration / scale)


# -- WebM (RFC 8794, RFC 9559) ----------------------------------------------------------------------------------------------

_HEADER, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_TAGS, _ATTACHMENTS, _SCALE, _DURATION, _TRACK, _TRACK_TYPE = 0x1254C367, 0x1941A469, 0x2AD7B1, 0x4489, 0xAE, 0x83
_IN_SEGMENT = frozenset((_INFO, _TRACKS, _CLUSTER, _TAGS, _ATTACHMENTS, 0x114D9B74, 0x1C53BB6B, 0x1043A770, 0xEC, 0xBF))
_TITLE = 0x7BA9
_UNKNOWN_LENGTH = -1


@dataclass(frozen=True, slots=True)
class _Element:
    id: int
    start: int
    body: int
    end: int


def _read_webm(content: bytearray) -> None:
    top = list(_elements(content, 0, len(content)))
    if [element.id for element in top] != [_HEADER, _SEGMENT]:
        raise FileRefused(Why.SEVERAL_FILES if len(top) > 1 else Why.TRUNCATED)
    parts = list(_elements(content, top[1].body, top[1].end))
    if any(part.id not in _IN_SEGMENT for part in parts):
        raise FileRefused(Why.DAMAGED)
    if any(part.id == _ATTACHMENTS for part in parts):
        raise FileRefused(Why.EMBEDDED_FILES)
    if not any(part.id == _CLUSTER for part in parts):
        raise FileRefused(Why.TRUNCATED)
    inner = [e for part in parts if part.id in (_INFO, _TRACKS) for e in _elements(content, part.body, part.end)]
    types = [t for e in inner if e.id == _TRACK for t in _elements(content, e.body, e.end) if t.id == _TRACK_TYPE]
    if not any(_number(content, t) == 1 for t in types):
        raise FileRefused(Why.DAMAGED)
    if _webm_seconds(content, inner) > SECONDS:
        raise FileRefused(Why.TOO_LONG)
    for element in (*parts, *inner):
        if element.id in (_TAGS, _TITLE):
            _blank(content, element)


def _elements(content: bytearray, start: int, end: int) -> Iterator[_Element]:
    at, seen = start, 0
    while at < end:
        id, body = _variable(content, at, keep_marker=True)
        length, body = _variable(content, body, keep_marker=False)
        seen += 1
        if seen > _BOXES:
            raise FileRefused(Why.TOO_MUCH_INSIDE)
        if length == _UNKNOWN_LENGTH:
            if id != _SEGMENT:
                raise FileRefused(Why.DAMAGED)
            length = end - body
        if body + length > end:
            raise FileRefused(Why.TRUNCATED)
        yield _Element(id, at, body, body + length)
        at = body + length


def _variable(content: bytearray, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """Return a number of variable length and where it ends; all ones stand for a length that was not known."""
    width = 9 - content[at].bit_length()
    if width > 8 or at + width > len(content):
        raise FileRefused(Why.DAMAGED)
    number = int.from_bytes(content[at : at + width])
    if keep_marker:
        return number, at + width
    number &= (1 << 7 * width) - 1
    return (_UNKNOWN_LENGTH if number == (1 << 7 * width) - 1 else number), at + width


def _number(content: bytearray, element: _Element) -> int:
    return int.from_bytes(content[element.body : element.end])


def _webm_seconds(content: bytearray, info: list[_Element]) -> float:
    scale = next((_number(content, e) for e in info if e.id == _SCALE), 1_000_000)
    lengths = [content[e.body : e.end] for e in info if e.id == _DURATION]
    ticks = [struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0] for raw in lengths]
    return float(max(ticks, default=0.0) * scale / 1e9)


def _blank(content: bytearray, element: _Element) -> None:
    """Make an element one that holds nothing (Void), of the same length."""
    length = element.end - element.start
    if length >= 9:
        content[element.start : element.end] = b"\xec\x01" + (length - 9).to_bytes(7) + bytes(length - 9)
    else:
        content[element.body : element.end] = b" " * (element.end - element.body)
