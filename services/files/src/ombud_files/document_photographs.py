"""Photographs in a document are files of their own, with notes of their own: where each was taken, and with what.

The notes are made zeros where they stand, so that nothing moves. The document's own words are not touched.
"""

_START = b"\xff\xd8\xff"
_START_OF_SCAN, _TABLES, _ADOBE, _COLOURS = 0xDA, 0xDB, 0xEE, 0xE2
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NOTES = frozenset((*range(0xE1, 0xF0), 0xFE)) - {_ADOBE, _COLOURS}
"""Markers of notes (ITU-T T.81, B.2.4.6), without those that say how colours are meant."""


def without_notes(content: bytes) -> bytes:
    """Return a document whose photographs carry no notes."""
    out = bytearray(content)
    at = content.find(_START)
    while at >= 0:
        at, notes = _read_head(content, at + 2)
        for start, end in notes:
            out[start:end] = bytes(end - start)
        at = content.find(_START, at)
    return bytes(out)


def _read_head(content: bytes, at: int) -> tuple[int, list[tuple[int, int]]]:
    """Return where the head of a photograph ends, and its notes; none when it only began like one, as packed bytes may."""
    notes: list[tuple[int, int]] = []
    seen = set[int]()
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, body = content[at + 1], at + 4
        following = at + 2 + int.from_bytes(content[at + 2 : body])
        if not body <= following <= len(content):
            break
        if marker == _START_OF_SCAN:
            return following, notes if _TABLES in seen and seen & _FRAMES else []
        if marker in _NOTES:
            notes.append((body, following))
        seen.add(marker)
        at = following
    return at, []
