"""Which kinds of files are taken, told by their first bytes."""

from collections.abc import Callable
from dataclasses import dataclass

from ombud_files.report import FileRefused, Why


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken."""

    media_type: str
    extension: str
    begins: Callable[[bytes], bool]


_HEAD_BYTES = 512
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MP4_BRANDS = frozenset(
    (
        *(b"iso%c" % c for c in b"m23456789abc"),
        *(b"mp41", b"mp42", b"mp71", b"avc1", b"dash", b"cmfc", b"cmf2", b"msdh", b"MSNV", b"XAVC", b"f4v ", b"F4V "),
        *(b"M4V ", b"M4VH", b"M4VP", b"3gs7", b"3ge6", b"3gg6", b"mmp4"),
        *(b"3g%c%c" % (family, version) for family in b"pr2" for version in b"3456789abc"),
    )
)
"""A file is read by whichever of its brands is known (ISO/IEC 14496-12, 4.3): cameras put their own one first."""
_PICTURE_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
)
"""Pictures in the same container: their first brand says so, whatever else they are compatible with."""


def _is_mp4(head: bytes) -> bool:
    if head[4:8] != b"ftyp" or head[8:12] in _PICTURE_BRANDS:
        return False
    end = min(int.from_bytes(head[:4]), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    return bool(brands & _MP4_BRANDS)


def _is_webm(head: bytes) -> bool:
    return head.startswith(b"\x1aE\xdf\xa3") and b"\x42\x82\x84webm" in head[:128]


def _is_pdf(head: bytes) -> bool:
    return head.removeprefix(_BYTE_ORDER_MARK).lstrip(b"\r\n\t ").startswith(b"%PDF-")


JPEG = FileKind("image/jpeg", "jpg", lambda head: head.startswith(b"\xff\xd8\xff"))
PNG = FileKind("image/png", "png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"))
GIF = FileKind("image/gif", "gif", lambda head: head[:6] in (b"GIF87a", b"GIF89a"))
WEBP = FileKind("image/webp", "webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP")
PDF = FileKind("application/pdf", "pdf", _is_pdf)
MP4 = FileKind("video/mp4", "mp4", _is_mp4)
WEBM = FileKind("video/webm", "webm", _is_webm)
ACCEPTED = (JPEG, PNG, GIF, WEBP, PDF, MP4, WEBM)
VIDEOS = (MP4, WEBM)


def kind_of(content: bytes) -> FileKind:
    """Return the kind of a file. Raises FileRefused."""
    if not content:
        raise FileRefused(Why.EMPTY)
    for kind in ACCEPTED:
        if kind.begins(content[:_HEAD_BYTES]):
            return kind
    raise FileRefused(Why.UNKNOWN_TYPE)
