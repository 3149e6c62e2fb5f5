"""What other programs would take a file for, beside what it is: a page, a program, an archive, a document.

Compressed picture, sound and film data are left out: any bytes come about in them by chance, and nobody reads them as text.
"""

import re
import struct

from ombud_files.report import FileRefused, Why

_PAGE = re.compile(rb"<(?:script|html|svg|iframe)(?:\s[^<>]*)?>|<!doctype html|<\?php", re.IGNORECASE)
"""What makes a browser or a server run a file as something else, as a whole tag."""
_PROGRAMS = (b"PK\x03\x04", b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\x00")
_END_OF_ZIP = b"PK\x05\x06"
_ZIP_ENTRY = b"PK\x01\x02"
_ZIP64 = b"PK\x06\x07"
_ZIP_TAIL_BYTES = 65_557
"""The end record of a ZIP file and the longest comment behind it (APPNOTE 4.3.16): a reader looks no further."""
_DOCUMENT_WITHIN = 1_100
"""Readers of PDF accept its mark anywhere in the first kilobyte."""


def refuse_pages(notes: bytes) -> None:
    """Raise FileRefused when a part of a file that is read as text holds a page or a script."""
    if _PAGE.search(notes):
        raise FileRefused(Why.SEVERAL_FILES)


def refuse_documents(head: bytes) -> None:
    """Raise FileRefused when the beginning of a file that is not a document would be taken for one."""
    if b"%PDF-" in head[:_DOCUMENT_WITHIN]:
        raise FileRefused(Why.SEVERAL_FILES)


def refuse_archives(content: bytes) -> None:
    """Raise FileRefused when a ZIP reader would open the file."""
    if _holds_zip(content):
        raise FileRefused(Why.SEVERAL_FILES)


def refuse_trailer(rest: bytes) -> None:
    """Raise FileRefused when what stands behind a file is a program, an archive or a page."""
    if rest.startswith(_PROGRAMS) or any(mark in rest for mark in _ARCHIVES):
        raise FileRefused(Why.SEVERAL_FILES)
    refuse_pages(rest)


def _holds_zip(content: bytes) -> bool:
    start = max(0, len(content) - _ZIP_TAIL_BYTES)
    at = content.rfind(_END_OF_ZIP, start)
    while at >= 0:
        if _is_end_of_zip(content, at):
            return True
        at = content.rfind(_END_OF_ZIP, start, at)
    return False


def _is_end_of_zip(content: bytes, at: int) -> bool:
    """Tell the end record of a ZIP file from the same four bytes by chance: its directory stands right before it."""
    if len(content) - at < 22:
        return False
    entries, length, comment = struct.unpack_from("<H", content, at + 10)[0], *_zip_lengths(content, at)
    if comment > len(content) - at - 22:
        return False
    directory = at - length
    listed = directory >= 0 and content[directory : directory + 4] == _ZIP_ENTRY
    return bool(entries) and (listed or content[max(0, at - 20) : at].startswith(_ZIP64))


def _zip_lengths(content: bytes, at: int) -> tuple[int, int]:
    length, comment = struct.unpack_from("<I", content, at + 12)[0], struct.unpack_from("<H", content, at + 20)[0]
    return int(length), int(comment)
