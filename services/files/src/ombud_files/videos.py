"""Short videos: a strict walk over the boxes of MP4 and the elements of WebM. No frame is decoded.

What says where and by whom a video was taken is blanked in place, so that nothing else moves.
"""

import struct

from ombud_files.disguise import refuse_documents
from ombud_files.kinds import MP4, FileKind
from ombud_files.mp4 import read_mp4
from ombud_files.report import FileRefused, Report, Why
from ombud_files.webm import read_webm

SECONDS = 180


def read_video(content: bytes, kind: FileKind) -> tuple[Report, bytes]:
    """Return what a video is, and the video without its notes. Raises FileRefused."""
    refuse_documents(content)
    kept = bytearray(content)
    try:
        if kind is MP4:
            read_mp4(kept, SECONDS)
        else:
            read_webm(kept, SECONDS)
    except (struct.error, IndexError):
        raise FileRefused(Why.TRUNCATED) from None
    return Report(kind.media_type, kind.extension), bytes(kept)
