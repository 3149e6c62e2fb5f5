"""Photographs in a document are files of their own, with notes of their own: where each was taken, and with what.

The notes are made zeros where they stand, so that nothing moves. The document's own words are not touched.
"""

_START = b"\xff\xd8\xff"
_START_OF_SCAN, _ADOBE, _COLOURS = 0xDA, 0xEE, 0xE2
_NOTES = frozenset((*range(0xE1, 0xF0), 0xFE)) - {_ADOBE, _COLOURS}
"""Markers of notes (ITU-T T.81, B.2.4.6), without those that say how colours are meant."""


def without_notes(content: bytes) -> bytes:
    """Return a document whose photographs carry no notes."""
    out = bytearray(content)
    at = content.find(_START)
    while at >= 0:
        at = content.find(_START, _end_of_head(out, at + 2))
    return bytes(out)


def _end_of_head(out: bytearray, at: int) -> int:
    """Make the notes before the pixels zeros; return where the head ends, or where it stops being one."""
    while at + 4 <= len(out) and out[at] == 0xFF and 0xC0 <= out[at + 1] <= 0xFE:
        marker, body = out[at + 1], at + 4
        following = at + 2 + int.from_bytes(out[at + 2 : body])
        if marker == _START_OF_SCAN or not body <= following <= len(out):
            return body
        if marker in _NOTES:
            out[body:following] = bytes(following - body)
        at = following
    return at
