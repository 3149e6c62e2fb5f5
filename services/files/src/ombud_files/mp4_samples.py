"""Where the samples of a track of MP4 stand, and how long they last: from its tables, and from the fragments of a file."""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ombud_files.mp4_boxes import Box, first, inside, number
from ombud_files.report import FileRefused, Why

Span = tuple[int, int]
_MOST = 5_000_000
_BASE, _DESCRIPTION, _DURATION, _SIZE, _BASE_IS_MOOF = 0x1, 0x2, 0x8, 0x10, 0x020000
"""Flags of a track fragment's header (8.8.7)."""
_OFFSET, _FIRST_FLAGS, _EACH_DURATION, _EACH_SIZE = 0x1, 0x4, 0x100, 0x200
"""Flags of a run of samples (8.8.8)."""


@dataclass
class Samples:
    """Of one track."""

    spans: list[Span] = field(default_factory=list)
    ticks: int = 0
    """How long they last, in the track's own time."""


def samples_in_tables(content: bytearray, table: Box | None, *, others: Sequence[int]) -> Samples:
    """Return what a sample table (`stbl`) says; `others` are where chunks of any track begin, in order."""
    found = Samples(ticks=_ticks(content, first(content, table, b"stts")))
    sizes = _sizes(content, table)
    starts = chunk_starts(content, table)
    if sizes is None or not starts:
        return found
    same, each = sizes
    at = 0
    for start, count in zip(starts, _counts(content, table, len(starts)), strict=False):
        if same:
            following = bisect_right(others, start)
            end = others[following] if following < len(others) else len(content)
            found.spans.append((start, end))  # sizes of plain sound are those of one channel in old files
        else:
            found.spans.append((start, start + sum(each[at : at + count])))
        at += count
    return found


def chunk_starts(content: bytearray, table: Box | None) -> list[int]:
    """Return where the chunks of a sample table begin."""
    for name, form in ((b"stco", "I"), (b"co64", "Q")):
        box = first(content, table, name)
        if box is not None:
            return list(struct.unpack_from(f">{_count(content, box.body + 4)}{form}", content, box.body + 8))
    return []


def _count(content: bytearray, at: int) -> int:
    count = number(content, at, 4)
    if count > _MOST:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    return count


def _sizes(content: bytearray, table: Box | None) -> tuple[int, Sequence[int]] | None:
    """Return the size that all samples have, or 0 and the size of each; None without any."""
    box = first(content, table, b"stsz")
    if box is not None:
        same = number(content, box.body + 4, 4)
        count = 0 if same else _count(content, box.body + 8)
        return same, struct.unpack_from(f">{count}I", content, box.body + 12)
    box = first(content, table, b"stz2")
    if box is None:
        return None
    width, count = content[box.body + 7], _count(content, box.body + 8)
    if width in (8, 16):
        return 0, struct.unpack_from(f">{count}{'B' if width == 8 else 'H'}", content, box.body + 12)
    halves = content[box.body + 12 : box.body + 12 + (count + 1) // 2]
    return 0, [half for byte in halves for half in (byte >> 4, byte & 15)][:count]


def _counts(content: bytearray, table: Box | None, chunks: int) -> Iterator[int]:
    """Yield how many samples each chunk has (`stsc`, 8.7.4)."""
    box = first(content, table, b"stsc")
    rows = _count(content, box.body + 4) if box else 0
    told = [struct.unpack_from(">II", content, box.body + 8 + 12 * n) for n in range(rows)] if box else []
    for at, (chunk, count) in enumerate(told):
        last = told[at + 1][0] if at + 1 < len(told) else chunks + 1
        for _ in range(min(last, chunks + 1) - chunk):
            yield count


def _ticks(content: bytearray, box: Box | None) -> int:
    rows = _count(content, box.body + 4) if box else 0
    pairs = (struct.unpack_from(">II", content, box.body + 8 + 8 * n) for n in range(rows) if box)
    return sum(count * ticks for count, ticks in pairs)


@dataclass(frozen=True, slots=True)
class _Defaults:
    duration: int = 0
    size: int = 0


def samples_in_fragments(content: bytearray, moov: Box, fragments: Sequence[Box]) -> dict[int, Samples]:
    """Return what fragments (`moof`) say, by track."""
    defaults = {
        number(content, box.body + 4, 4): _Defaults(
            number(content, box.body + 12, 4), number(content, box.body + 16, 4)
        )
        for box in inside(content, moov, b"mvex", b"trex")
    }
    found: dict[int, Samples] = {}
    for moof in fragments:
        after = moof.start
        for traf in inside(content, moof, b"traf"):
            after = _fragment(content, moof, traf, after, defaults, found)
    return found


def track_of(content: bytearray, traf: Box) -> int | None:
    """Return which track a fragment belongs to, or None when it does not say."""
    header = first(content, traf, b"tfhd")
    return number(content, header.body + 4, 4) if header else None


def _fragment(
    content: bytearray, moof: Box, traf: Box, after: int, defaults: dict[int, _Defaults], found: dict[int, Samples]
) -> int:
    """Add what one track's fragment says; return where its data end."""
    header = first(content, traf, b"tfhd")
    if header is None:
        return after
    flags, track = number(content, header.body, 4) & 0xFFFFFF, number(content, header.body + 4, 4)
    at, base = header.body + 8, after
    known = defaults.get(track, _Defaults())
    duration, size = known.duration, known.size
    if flags & _BASE:
        base, at = number(content, at, 8), at + 8
    elif flags & _BASE_IS_MOOF:
        base = moof.start
    at += 4 * bool(flags & _DESCRIPTION)
    if flags & _DURATION:
        duration, at = number(content, at, 4), at + 4
    if flags & _SIZE:
        size = number(content, at, 4)
    samples, end = found.setdefault(track, Samples()), base
    for run in inside(content, traf, b"trun"):
        end = _run(content, run, base, end, _Defaults(duration, size), samples)
    return end


def _run(content: bytearray, run: Box, base: int, after: int, defaults: _Defaults, samples: Samples) -> int:
    flags, count = number(content, run.body, 4) & 0xFFFFFF, _count(content, run.body + 4)
    at, start = run.body + 8, after
    if flags & _OFFSET:
        start, at = base + int(struct.unpack_from(">i", content, at)[0]), at + 4
    at += 4 * bool(flags & _FIRST_FLAGS)
    width = (flags >> 8 & 0xF).bit_count()
    fields = struct.unpack_from(f">{count * width}I", content, at)
    where = 0
    for flag, same, told in ((_EACH_DURATION, defaults.duration, "ticks"), (_EACH_SIZE, defaults.size, "size")):
        total = sum(fields[where::width]) if flags & flag else count * same
        where += bool(flags & flag)
        if told == "ticks":
            samples.ticks += total
        else:
            samples.spans.append((start, start + total))
            start += total
    return start
