"""Which kinds of files are taken, told by their first bytes; and what none of them may hide."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from ombud_files.report import FileRefused, Why


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken."""

    media_type: str
    extension: str
    begins: Callable[[bytes], bool]


_MP4_BRANDS = frozenset(
    (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"3gp4", b"3gp5")
)


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS


def _is_webm(head: bytes) -> bool:
    return head.startswith(b"\x1aE\xdf\xa3") and b"\x42\x82\x84webm" in head[:64]


JPEG = FileKind("image/jpeg", "jpg", lambda head: head.startswith(b"\xff\xd8\xff"))
PNG = FileKind("image/png", "png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"))
GIF = FileKind("image/gif", "gif", lambda head: head[:6] in (b"GIF87a", b"GIF89a"))
WEBP = FileKind("image/webp", "webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP")
PDF = FileKind("application/pdf", "pdf", lambda head: head.startswith(b"%PDF-"))
MP4 = FileKind("video/mp4", "mp4", _is_mp4)
WEBM = FileKind("video/webm", "webm", _is_webm)
ACCEPTED = (JPEG, PNG, GIF, WEBP, PDF, MP4, WEBM)

_FOREIGN = (b"<script", b"<html", b"<!doctype html", b"<?php", b"<svg", b"<iframe")
"""What makes a browser or a server run a file as something else; too long to come about by chance."""
_END_OF_ZIP = b"PK\x05\x06"
_ZIP_TAIL_BYTES = 65_557
"""The end record of a ZIP file and the longest comment behind it (APPNOTE 4.3.16): a reader looks no further."""


def kind_of(content: bytes) -> FileKind:
    """Return the kind of a file. Raises FileRefused."""
    if not content:
        raise FileRefused(Why.EMPTY)
    for kind in ACCEPTED:
        if kind.begins(content[:64]):
            return kind
    raise FileRefused(Why.UNKNOWN_TYPE)


def refuse_hidden_files(content: bytes, kind: FileKind) -> None:
    """Raise FileRefused when other programs would take the file for something else."""
    lowered = content.lower()
    if any(mark in lowered for mark in _FOREIGN):
        raise FileRefused(Why.SEVERAL_FILES)
    if _holds_zip(content[-_ZIP_TAIL_BYTES:]):
        raise FileRefused(Why.SEVERAL_FILES)
    if kind is not PDF and b"%PDF-" in content[:1100]:  # readers accept the mark anywhere in the first kilobyte
        raise FileRefused(Why.SEVERAL_FILES)


def _holds_zip(tail: bytes) -> bool:
    at = tail.rfind(_END_OF_ZIP)
    while at >= 0:
        if len(tail) - at >= 22 and struct.unpack_from("<H", tail, at + 20)[0] <= len(tail) - at - 22:
            return True
        at = tail.rfind(_END_OF_ZIP, 0, at)
    return False
