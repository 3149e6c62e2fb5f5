"""Words inside boxes of MP4 that are kept: names of handlers and coders, addresses of other files, boxes beside a coder's own.

They are made zeros where they stand. What decodes a track is not touched.
"""

from collections.abc import Callable, Mapping

from ombud_files.mp4_boxes import Box, blank, boxes
from ombud_files.report import FileRefused

_CODER = frozenset(
    (
        *(b"avcC", b"hvcC", b"av1C", b"vpcC", b"vvcC", b"lhvC", b"d263", b"glbl", b"dvcC", b"dvvC", b"esds", b"m4ds"),
        *(b"dOps", b"dac3", b"dec3", b"dac4", b"alac", b"dfLa", b"damr", b"wave", b"chan", b"chnl", b"srat", b"mhaC"),
        *(b"colr", b"pasp", b"clap", b"fiel", b"gama", b"mdcv", b"clli", b"SmDm", b"CoLL", b"btrt", b"sinf", b"st3d"),
        *(b"sv3d", b"vexu", b"hfov"),
    )
)
"""What an entry of a sample description may hold: how its samples are coded, shown and heard."""
_VISUAL, _SOUND = 78, 28
"""Bytes of an entry before its boxes (ISO/IEC 14496-12, 12.1.3 and 12.2.3)."""
_SOUND_OF_QUICKTIME = {1: 16, 2: 36}
"""More of them by the version of the entry (QuickTime File Format)."""
_CODER_NAME = slice(42, 74)
_ITSELF = 1
"""The flag of a reference that leads into the file itself."""


def silence(content: bytearray, box: Box) -> None:
    """Make the words inside a kept box zeros, where its kind has any."""
    way = _WAY_OF.get(box.name)
    if way is not None:
        way(content, box)


def _handler(content: bytearray, box: Box) -> None:
    _zero(content, box.body + 12, box.end)  # behind the kind of the track


def _references(content: bytearray, box: Box) -> None:
    for table in boxes(content, box.body, box.end):
        if table.name != b"dref":
            blank(content, table)
            continue
        for reference in boxes(content, min(table.body + 8, table.end), table.end):
            content[reference.body + 3] |= _ITSELF
            _zero(content, reference.body + 4, reference.end)


def _descriptions(content: bytearray, box: Box) -> None:
    for entry in boxes(content, min(box.body + 8, box.end), box.end):
        if entry.end - entry.body >= _VISUAL and _fills(content, entry.body + _VISUAL, entry.end):
            _zero(content, entry.body + _CODER_NAME.start, entry.body + _CODER_NAME.stop)
            _keep_coder(content, entry.body + _VISUAL, entry.end)
        elif entry.end - entry.body >= _SOUND:
            version = int.from_bytes(content[entry.body + 8 : entry.body + 10])
            start = entry.body + _SOUND + _SOUND_OF_QUICKTIME.get(version, 0)
            if _fills(content, start, entry.end):
                _keep_coder(content, start, entry.end)


def _fills(content: bytearray, start: int, end: int) -> bool:
    """Tell whether boxes fill a range, so that it is known what stands in it."""
    try:
        return start <= end and all(box.end <= end for box in boxes(content, start, end))
    except (FileRefused, ValueError):
        return False


def _keep_coder(content: bytearray, start: int, end: int) -> None:
    for box in list(boxes(content, start, end)):
        if box.name not in _CODER:
            blank(content, box)


def _zero(content: bytearray, start: int, end: int) -> None:
    if start < end:
        content[start:end] = bytes(end - start)


_WAY_OF: Mapping[bytes, Callable[[bytearray, Box], None]] = {
    b"hdlr": _handler,
    b"vmhd": lambda content, box: _zero(content, box.body + 12, box.end),
    b"smhd": lambda content, box: _zero(content, box.body + 8, box.end),
    b"dinf": _references,
    b"stsd": _descriptions,
}
