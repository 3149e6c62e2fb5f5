"""Videos made here: with tables and fragments that lead to their samples, and with places in all the ways that cameras know."""

import struct
from dataclasses import dataclass

from made_files import box, element

PLACE = b"+56.9496+024.1052/"
SHOWN, HEARD = b"\x11" * 400, b"\x22" * 100


@dataclass(frozen=True)
class Track:
    """A track with one chunk of samples."""

    handler: bytes
    samples: bytes
    entry: bytes = b"avc1"
    each: int = 100
    described: bytes | None = None
    """What stands in the entry of its coder."""
    named: bytes = b"\x00"
    media: bytes = b""
    """What stands beside its table."""


PICTURES, SOUND = Track(b"vide", SHOWN), Track(b"soun", HEARD, b"mp4a", 50)


def mvhd(ticks: int = 5_000, scale: int = 1_000) -> bytes:
    return box(b"mvhd", bytes(12) + struct.pack(">II", scale, ticks) + bytes(80))


def hdlr(handler: bytes, name: bytes = b"\x00") -> bytes:
    return box(b"hdlr", bytes(8) + handler + bytes(12) + name)


def full(name: bytes, *numbers: int, flags: int = 0) -> bytes:
    return box(name, struct.pack(f">{len(numbers) + 1}I", flags, *numbers))


def trak(number: int, track: Track, at: int) -> bytes:
    """A track whose table leads to its samples, which begin at a byte of the file."""
    count = len(track.samples) // track.each
    table = (
        box(b"stsd", struct.pack(">II", 0, 1) + box(track.entry, track.described or bytes(16)))
        + full(b"stts", 1, count, 25)
        + full(b"stsc", 1, 1, count, 1)
        + full(b"stsz", 0, count, *[track.each] * count)
        + full(b"stco", 1, at)
    )
    media = (
        full(b"mdhd", 0, 0, 1_000, 5_000, 0)
        + hdlr(track.handler, track.named)
        + box(b"minf", track.media + box(b"stbl", table))
    )
    return box(b"trak", full(b"tkhd", 0, 0, number) + box(b"mdia", media))


def camera(
    *tracks: Track, between: bytes = b"", before: bytes = b"", moov: bytes = b"", brand: bytes = b"isom"
) -> bytes:
    """An MP4 as a camera writes it; `between` stands between the samples of two tracks."""
    ftyp = box(b"ftyp", brand + bytes(4) + b"isommp42") + before
    size = len(box(b"moov", mvhd() + moov + b"".join(trak(n, t, 0) for n, t in enumerate(tracks, 1))))
    at, traks, data = len(ftyp) + size + 8, b"", b""
    for number, track in enumerate(tracks, 1):
        traks += trak(number, track, at + len(data))
        data += track.samples + between
    return ftyp + box(b"moov", mvhd() + moov + traks) + box(b"mdat", data)


def recorded(fragments: int, *, ticks: int = 1_000, header: bytes = b"", other: bytes = b"") -> bytes:
    """An MP4 in fragments of a second each, whose header does not know how long it is."""
    media = full(b"mdhd", 0, 0, 1_000, 0, 0) + hdlr(b"vide") + box(b"minf", box(b"stbl", full(b"stco", 0)))
    track = box(b"trak", full(b"tkhd", 0, 0, 1) + box(b"mdia", media))
    note = box(b"trak", full(b"tkhd", 0, 0, 2) + box(b"mdia", full(b"mdhd", 0, 0, 1_000, 0, 0) + hdlr(b"meta")))
    extends = box(b"mvex", header + full(b"trex", 1, 1, ticks, 100, 0) + full(b"trex", 2, 1, ticks, 0, 0))
    out = box(b"ftyp", b"iso5" + bytes(4) + b"iso6mp41") + box(
        b"moov", mvhd(0) + track + (note if other else b"") + extends
    )
    for _ in range(fragments):
        out += _fragment(other)
    return out


def _fragment(other: bytes) -> bytes:
    def made(offset: int) -> bytes:
        shown = full(b"tfhd", 1, flags=0x020000) + full(b"trun", 1, offset, flags=0x1)
        run = full(b"trun", 1, offset + 100, len(other), flags=0x201)
        noted = box(b"traf", full(b"tfhd", 2, flags=0x020000) + run) if other else b""
        return box(b"moof", full(b"mfhd", 1) + box(b"traf", shown) + noted)

    return made(len(made(0)) + 8) + box(b"mdat", b"\x11" * 100 + other)


UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def unknown(id: int, body: bytes, length: bytes = UNKNOWN) -> bytes:
    """An element of WebM whose size was not known when it was begun."""
    return id.to_bytes((id.bit_length() + 7) // 8) + length + body


def block(track: int, tick: int, frame: bytes) -> bytes:
    return element(0xA3, bytes((0x80 | track,)) + struct.pack(">h", tick) + b"\x80" + frame)


def browser(
    *seconds: int, of_unknown_size: bool = True, header: bytes = b"", note: bytes = b"", length: bytes = UNKNOWN
) -> bytes:
    """A WebM as a browser records it, with a cluster at each of these seconds; `note` is a frame of a track of metadata."""
    tracks = element(0xAE, element(0xD7, b"\x01") + element(0x83, b"\x01"))
    tracks += element(0xAE, element(0xD7, b"\x02") + element(0x83, b"\x21")) if note else b""
    clusters = b""
    for second in seconds:
        body = element(0xE7, (second * 1_000).to_bytes(4)) + block(1, 0, SHOWN) + (block(2, 0, note) if note else b"")
        clusters += unknown(0x1F43B675, body, length) if of_unknown_size else element(0x1F43B675, body)
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40") + header)
    inside = info + element(0x1654AE6B, tracks) + clusters
    whole = unknown(0x18538067, inside, length) if of_unknown_size else element(0x18538067, inside)
    return element(0x1A45DFA3, b"\x42\x82\x84webm") + whole
