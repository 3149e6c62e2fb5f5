"""WebM (RFC 8794, RFC 9559): every byte must belong to an element, one track must show pictures, and the length is bounded.

A Segment or a Cluster may be of unknown size, as browsers record them: it ends where something begins that is not part of it.
Notes, and tracks that neither show nor sound, are blanked in place, so that nothing moves.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ombud_files.disguise import refuse_pages
from ombud_files.report import FileRefused, Why

_HEADER, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_TAGS, _ATTACHMENTS, _CHAPTERS, _SEEK, _CUES = 0x1254C367, 0x1941A469, 0x1043A770, 0x114D9B74, 0x1C53BB6B
_VOID, _CHECKSUM = 0xEC, 0xBF
_IN_SEGMENT = frozenset((_INFO, _TRACKS, _CLUSTER, _TAGS, _ATTACHMENTS, _CHAPTERS, _SEEK, _CUES, _VOID, _CHECKSUM))
_BEHIND_CLUSTER = (_IN_SEGMENT - {_VOID, _CHECKSUM}) | {_HEADER, _SEGMENT}
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_WRITTEN_BY = frozenset((0x4D80, 0x5741))
"""Names of programs: they must be there, and need not say anything."""
_TRACK, _TRACK_NUMBER, _TRACK_TYPE = 0xAE, 0xD7, 0x83
_TIME, _SIMPLE_BLOCK, _GROUP, _BLOCK, _BLOCK_TICKS = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B
_KEPT_PARTS = frozenset((_INFO, _TRACKS, _CLUSTER, _SEEK, _CUES))
_KEPT_OF_INFO = frozenset((_SCALE, _DURATION)) | _WRITTEN_BY
_KEPT_OF_TRACK = frozenset(
    (
        *(_TRACK_NUMBER, _TRACK_TYPE, 0x73C5, 0xB9, 0x88, 0x55AA, 0x9C, 0x23E383, 0x234E7A, 0x23314F, 0x22B59C),
        *(0x6DE7, 0x6DF8, 0x55EE, 0x86, 0x63A2, 0x56AA, 0x56BB, 0xE0, 0xE1, 0x6D80, 0x41E4),
    )
)
"""What finds, times and decodes a track's frames (RFC 9559, 5.1.4.1)."""
_KEPT_OF_CLUSTER = frozenset((0xA7, 0xAB))  # where it stands, and how long the one before it is
_KEPT_OF_GROUP = frozenset((_BLOCK, _BLOCK_TICKS, 0xFB, 0xFA, 0x75A1, 0x75A2, 0xA4))
_SHOWN, _HEARD = 1, 2
_MOST = 500_000
_UNKNOWN_LENGTH = -1


@dataclass(frozen=True, slots=True)
class _Element:
    id: int
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class _Block:
    """One frame of a track, or several laced together; its time is in the ticks of the segment."""

    element: _Element
    track: int
    from_tick: int
    to_tick: int


def read_webm(content: bytearray, longest_seconds: float) -> None:
    """Blank the notes of a WebM. Raises FileRefused, struct.error, IndexError."""
    top = list(_elements(content, 0, len(content)))
    if [element.id for element in top] != [_HEADER, _SEGMENT]:
        raise FileRefused(Why.SEVERAL_FILES if len(top) > 1 else Why.TRUNCATED)
    parts = list(_elements(content, top[1].body, top[1].end))
    if any(part.id not in _IN_SEGMENT for part in parts):
        raise FileRefused(Why.DAMAGED)
    if any(part.id == _ATTACHMENTS for part in parts):
        raise FileRefused(Why.EMBEDDED_FILES)
    clusters = [part for part in parts if part.id == _CLUSTER]
    if not clusters:
        raise FileRefused(Why.TRUNCATED)
    info = [e for part in parts if part.id == _INFO for e in _elements(content, part.body, part.end)]
    tracks = [e for part in parts if part.id == _TRACKS for e in _elements(content, part.body, part.end)]
    types = dict(_type_of(content, track) for track in tracks if track.id == _TRACK)
    if _SHOWN not in types.values():
        raise FileRefused(Why.DAMAGED)
    blocks = [block for cluster in clusters for block in _blocks(content, cluster)]
    if _seconds(content, info, blocks) > longest_seconds:
        raise FileRefused(Why.TOO_LONG)
    _blank_notes(content, parts, info, tracks)
    for block in blocks:
        if types.get(block.track) not in (_SHOWN, _HEARD):
            _blank(content, block.element)
    refuse_pages(b"\x00".join(bytes(content[p.start : p.end]) for p in parts if p.id != _CLUSTER))


def _elements(content: bytearray, start: int, end: int, ends_at: frozenset[int] = frozenset()) -> Iterator[_Element]:
    """Yield the elements that fill a range; stop before one of `ends_at`. Raises FileRefused."""
    at, seen = start, 0
    while at < end:
        id, body = _variable(content, at, keep_marker=True)
        if id in ends_at:
            return
        length, body = _variable(content, body, keep_marker=False)
        seen += 1
        if seen > _MOST:
            raise FileRefused(Why.TOO_MUCH_INSIDE)
        following = _end_of_unknown(content, id, body, end) if length == _UNKNOWN_LENGTH else body + length
        if following > end:
            raise FileRefused(Why.TRUNCATED)
        yield _Element(id, at, body, following)
        at = following


def _end_of_unknown(content: bytearray, id: int, body: int, end: int) -> int:
    """Return where an element of unknown size ends: only a Segment and a Cluster may be one (RFC 9559, 5.1)."""
    match id:
        case _ if id == _SEGMENT:
            ends_at = frozenset((_HEADER, _SEGMENT))
        case _ if id == _CLUSTER:
            ends_at = _BEHIND_CLUSTER
        case _:
            raise FileRefused(Why.DAMAGED)
    return max((element.end for element in _elements(content, body, end, ends_at)), default=body)


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


def _type_of(content: bytearray, track: _Element) -> tuple[int, int]:
    told = {
        e.id: _number(content, e)
        for e in _elements(content, track.body, track.end)
        if e.id in (_TRACK_NUMBER, _TRACK_TYPE)
    }
    return told.get(_TRACK_NUMBER, 0), told.get(_TRACK_TYPE, 0)


def _blocks(content: bytearray, cluster: _Element) -> Iterator[_Block]:
    begun = 0
    for element in _elements(content, cluster.body, cluster.end):
        if element.id == _TIME:
            begun = _number(content, element)
        elif element.id == _SIMPLE_BLOCK:
            yield _block(content, element, element, begun, 0)
        elif element.id == _GROUP:
            inside = list(_elements(content, element.body, element.end))
            _keep(content, inside, _KEPT_OF_GROUP)
            inner = {e.id: e for e in inside}
            if _BLOCK in inner:
                ticks = _number(content, inner[_BLOCK_TICKS]) if _BLOCK_TICKS in inner else 0
                yield _block(content, element, inner[_BLOCK], begun, ticks)
        elif element.id not in _KEPT_OF_CLUSTER:
            _blank(content, element)


def _block(content: bytearray, whole: _Element, block: _Element, begun: int, ticks: int) -> _Block:
    track, at = _variable(content, block.body, keep_marker=False)
    from_tick = begun + int(struct.unpack_from(">h", content, at)[0])
    return _Block(whole, track, from_tick, from_tick + ticks)


def _seconds(content: bytearray, info: Sequence[_Element], blocks: Sequence[_Block]) -> float:
    """Return the longer of what the header says and what the blocks show."""
    scale = next((_number(content, e) for e in info if e.id == _SCALE), 1_000_000)
    lengths = [content[e.body : e.end] for e in info if e.id == _DURATION]
    ticks = [struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0] for raw in lengths]
    shown = max((b.to_tick for b in blocks), default=0) - min((b.from_tick for b in blocks), default=0)
    return float(max(*ticks, shown, 0) * scale / 1e9)


def _blank_notes(
    content: bytearray, parts: Sequence[_Element], info: Sequence[_Element], tracks: Sequence[_Element]
) -> None:
    of_tracks = [e for track in tracks if track.id == _TRACK for e in _elements(content, track.body, track.end)]
    for element in info:
        if element.id in _WRITTEN_BY:
            content[element.body : element.end] = bytes(element.end - element.body)
    _keep(content, of_tracks, _KEPT_OF_TRACK)
    _keep(content, tracks, frozenset((_TRACK,)))
    _keep(content, info, _KEPT_OF_INFO)
    _keep(content, parts, _KEPT_PARTS)


def _keep(content: bytearray, elements: Sequence[_Element], kept: frozenset[int]) -> None:
    for element in elements:
        if element.id not in kept:
            _blank(content, element)


def _blank(content: bytearray, element: _Element) -> None:
    """Make an element one that holds nothing (Void, RFC 8794, 11.3.2), of the same length."""
    length = element.end - element.start
    head = b"\xec\x01" + (length - 9).to_bytes(7) if length >= 9 else bytes((_VOID, 0x80 | (length - 2)))
    content[element.start : element.end] = head + bytes(length - len(head))
