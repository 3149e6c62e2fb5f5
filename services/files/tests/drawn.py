"""PNG files written sample by sample, of every depth and colour type that the format has, and what a screen shows of them."""

import struct
import zlib
from collections.abc import Sequence

from made_files import png_chunk

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
Pixel = tuple[int, ...]
FORMS = [(GREY, d) for d in (1, 2, 4, 8, 16)] + [(PALETTE, d) for d in (1, 2, 4, 8)]
FORMS += [(kind, d) for kind in (RGB, GREY_ALPHA, RGB_ALPHA) for d in (8, 16)]


def png(kind: int, depth: int, rows: Sequence[Sequence[Pixel]], *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of these samples; `chunks` stand before the pixels."""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), depth, kind, 0, 0, 0)
    packed = b"".join(b"\x00" + _row(row, depth) for row in rows)
    body = b"".join(png_chunk(name, content) for name, content in chunks)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + body
        + png_chunk(b"IDAT", zlib.compress(packed))
        + png_chunk(b"IEND", b"")
    )


def _row(row: Sequence[Pixel], depth: int) -> bytes:
    samples = [sample for pixel in row for sample in pixel]
    if depth == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def ramp(kind: int, depth: int, width: int = 64) -> list[list[Pixel]]:
    """Two rows from the darkest sample to the brightest one; the channels run at different speeds."""
    most = (1 << depth) - 1
    return [
        [
            tuple((x * most // (width - 1) * (channel + 1)) & most for channel in range(CHANNELS[kind]))
            for x in range(width)
        ]
        for _ in range(2)
    ]


def palette(depth: int) -> tuple[bytes, list[Pixel]]:
    """A palette as the file has it, and as pixels."""
    colours = [(n * 7 % 256, n * 13 % 256, n * 29 % 256) for n in range(1 << depth)]
    return b"".join(bytes(colour) for colour in colours), [(*colour, 255) for colour in colours]


def shown(kind: int, depth: int, pixel: Pixel) -> Pixel:
    """What a screen shows of a pixel that is no index: eight bits a channel, with opacity."""
    most = (1 << depth) - 1
    eight = [(sample * 510 + most) // (2 * most) for sample in pixel]
    if kind in (GREY, GREY_ALPHA):
        eight = [eight[0]] * 3 + eight[1:]
    return tuple(eight if len(eight) == 4 else [*eight, 255])
