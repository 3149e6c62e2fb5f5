"""MP4: every byte must belong to a box, one track must show pictures, and the length is bounded.

What is kept is named here: pictures, sound and what finds them. Everything else is blanked in place, so that nothing moves:
notes, unused boxes, tracks that neither show nor sound (positions, text, metadata of vendors), and bytes between samples.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ombud_files.disguise import refuse_pages
from ombud_files.mp4_boxes import Box, blank, boxes, first, inside, number
from ombud_files.mp4_entries import silence
from ombud_files.mp4_samples import Samples, Span, chunk_starts, samples_in_fragments, samples_in_tables, track_of
from ombud_files.report import FileRefused, Why

_SHOWN_OR_HEARD = (b"vide", b"soun")
_KEPT_TOP = frozenset((b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"ssix", b"mfra"))
_KEPT_IN = {
    b"moov": frozenset((b"mvhd", b"trak", b"mvex")),
    b"trak": frozenset((b"tkhd", b"tref", b"edts", b"mdia", b"tapt")),
    b"mdia": frozenset((b"mdhd", b"hdlr", b"minf")),
    b"minf": frozenset((b"vmhd", b"smhd", b"dinf", b"stbl")),
    b"stbl": frozenset(
        (
            *(b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"stps"),
            *(b"sdtp", b"sgpd", b"sbgp", b"subs", b"stsh", b"padb", b"stdp", b"saiz", b"saio"),
        )
    ),
    b"moof": frozenset((b"mfhd", b"traf")),
    b"traf": frozenset((b"tfhd", b"tfdt", b"trun", b"sdtp", b"sgpd", b"sbgp", b"subs", b"saiz", b"saio", b"senc")),
    b"mvex": frozenset((b"mehd", b"trex", b"leva")),
}
_PLACES = re.compile(rb"freeGPS |GPS[59U]|\$G[PNL](?:RMC|GGA|GLL)|[+-]\d\d\.\d{3,}[+-]\d{3}\.\d{3,}")
"""What positions begin with that cameras write between the pictures, where no table leads: NMEA 0183, ISO 6709, GPMF."""


@dataclass(frozen=True, slots=True)
class _Track:
    box: Box
    id: int
    handler: bytes
    timescale: int
    ticks: int
    table: Box | None

    @property
    def kept(self) -> bool:
        return self.handler in _SHOWN_OR_HEARD


def read_mp4(content: bytearray, longest_seconds: float) -> None:
    """Blank everything of an MP4 but its pictures and its sound. Raises FileRefused, struct.error."""
    top = list(boxes(content, 0, len(content)))
    moov = next((box for box in top if box.name == b"moov"), None)
    if moov is None or not any(box.name == b"mdat" for box in top):
        raise FileRefused(Why.TRUNCATED)
    tracks = [_track(content, box) for box in inside(content, moov, b"trak")]
    if not any(track.handler == b"vide" for track in tracks):
        raise FileRefused(Why.DAMAGED)
    fragments = [box for box in top if box.name == b"moof"]
    samples = _samples(content, moov, tracks, fragments)
    if not 0 < _seconds(content, moov, tracks, samples) <= longest_seconds:
        raise FileRefused(Why.TOO_LONG)
    _blank_between(content, [box for box in top if box.name == b"mdat"], tracks, samples)
    _blank_tracks(content, tracks, fragments)
    for box in top:
        _blank_unknown(content, box, _KEPT_TOP)
    refuse_pages(b"\x00".join(bytes(content[box.start : box.end]) for box in top if box.name != b"mdat"))


def _track(content: bytearray, box: Box) -> _Track:
    header, media = first(content, box, b"tkhd"), first(content, box, b"mdia", b"mdhd")
    handler = first(content, box, b"mdia", b"hdlr")
    timescale, ticks = _time(content, media) if media else (0, 0)
    return _Track(
        box,
        number(content, header.body + (20 if content[header.body] else 12), 4) if header else 0,
        bytes(content[handler.body + 8 : handler.body + 12]) if handler else b"",
        timescale,
        ticks,
        first(content, box, b"mdia", b"minf", b"stbl"),
    )


def _time(content: bytearray, box: Box) -> tuple[int, int]:
    """Return the timescale and the duration of `mvhd` or `mdhd`; a duration of all ones is one that was not known."""
    long = bool(content[box.body])
    scale = number(content, box.body + (20 if long else 12), 4)
    ticks = number(content, box.body + (24 if long else 16), 8 if long else 4)
    return scale, 0 if ticks == (1 << (64 if long else 32)) - 1 else ticks


def _samples(
    content: bytearray, moov: Box, tracks: Sequence[_Track], fragments: Sequence[Box]
) -> list[tuple[_Track, Samples]]:
    others = sorted(start for track in tracks for start in chunk_starts(content, track.table))
    in_fragments = samples_in_fragments(content, moov, fragments)
    found = []
    for track in tracks:
        told = samples_in_tables(content, track.table, others=others)
        more = in_fragments.get(track.id, Samples())
        found.append((track, Samples(told.spans + more.spans, told.ticks + more.ticks)))
    return found


def _seconds(
    content: bytearray, moov: Box, tracks: Sequence[_Track], samples: Sequence[tuple[_Track, Samples]]
) -> float:
    """Return the longest of what headers, tables and fragments say; 0 when nothing says it."""
    movie = first(content, moov, b"mvhd")
    scale, ticks = _time(content, movie) if movie else (0, 0)
    if not scale:
        raise FileRefused(Why.DAMAGED)
    whole = first(content, moov, b"mvex", b"mehd")
    fragmented = number(content, whole.body + 4, 8 if content[whole.body] else 4) if whole else 0
    told = [ticks / scale, fragmented / scale]
    told += [track.ticks / track.timescale for track in tracks if track.timescale]
    told += [found.ticks / track.timescale for track, found in samples if track.timescale]
    return max(told)


def _blank_between(
    content: bytearray, media: Sequence[Box], tracks: Sequence[_Track], samples: Sequence[tuple[_Track, Samples]]
) -> None:
    """Blank what stands in the media data and is not a sample of a kept track."""
    kept = sorted(span for track, found in samples if track.kept for span in found.spans)
    for box in media:
        gaps = list(_gaps(kept, box))
        listed = bool(kept) or any(not track.kept for track in tracks)
        if listed or any(_PLACES.search(content, start, end) for start, end in gaps):
            for start, end in gaps:
                content[start:end] = bytes(end - start)


def _gaps(kept: Sequence[Span], box: Box) -> Iterator[Span]:
    at = box.body
    for start, end in kept:
        if end <= at or start >= box.end:
            continue
        if start > at:
            yield at, start
        at = min(end, box.end)
    if at < box.end:
        yield at, box.end


def _blank_tracks(content: bytearray, tracks: Sequence[_Track], fragments: Sequence[Box]) -> None:
    kept = {track.id for track in tracks if track.kept}
    for traf in (t for moof in fragments for t in inside(content, moof, b"traf")):
        if track_of(content, traf) not in kept:
            blank(content, traf)
    for track in tracks:
        if not track.kept:
            blank(content, track.box)


def _blank_unknown(content: bytearray, box: Box, kept: frozenset[bytes]) -> None:
    if box.name not in kept:
        blank(content, box)
        return
    within = _KEPT_IN.get(box.name)
    silence(content, box)
    if within is not None:
        for child in list(boxes(content, box.body, box.end)):
            _blank_unknown(content, child, within)
