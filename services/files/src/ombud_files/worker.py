"""The process that opens one file: it has no key, no socket and no other file, little memory and little time.

The file is its standard input, what is to be kept goes to a descriptor that it was given, and two lines go to standard
output: what the system could not take from it, and what the file is. It loads everything first and gives up everything then,
before it sees a byte.
"""

import json
import os
import sys
from collections.abc import Callable

from ombud_files import confinement, disguise, documents, kinds, ocr, pictures, videos
from ombud_files.report import FileRefused, Report, Why, as_json

Outcome = Callable[[bytes, pictures.Reader | None], tuple[Report, bytes]]


def outcome(content: bytes, words: str) -> tuple[Report, bytes]:
    """Return what a file is, and the bytes to keep. Raises FileRefused."""
    return opened(content, ocr.reader(words))


def opened(content: bytes, words: pictures.Reader | None) -> tuple[Report, bytes]:
    """Return what a file is, and the bytes to keep. Raises FileRefused."""
    kind = kinds.kind_of(content)
    disguise.refuse_archives(content)
    if kind is kinds.PDF:
        return documents.read_document(content)
    if kind in kinds.VIDEOS:
        return videos.read_video(content, kind)
    return pictures.read_picture(content, kind, words)


def main(read: Outcome = opened) -> None:
    """Read the file that is standard input. Another `read` than the real one is for trying what a hostile one could do."""
    memory_bytes, cpu_seconds, longest_bytes, kept_at = map(int, sys.argv[1:5])
    words = ocr.reader(sys.argv[5])
    pictures.load_formats()
    confinement.limit(memory_bytes, cpu_seconds, longest_bytes, processes=64 if words else 0)
    missing = confinement.confine(threads=bool(words))
    os.write(1, json.dumps(missing).encode() + b"\n")
    try:
        report, kept = read(sys.stdin.buffer.read(), words)
        with os.fdopen(kept_at, "wb") as out:
            out.write(kept)
        line = as_json(report)
    except FileRefused as refused:
        line = as_json(refused.why)
    except (MemoryError, RecursionError, OSError):
        line = as_json(Why.TOO_COSTLY)
    sys.stdout.buffer.write(line)
    sys.stdout.flush()
    os._exit(0)  # nothing is left to tidy, and a destructor of a broken picture shall not get a say


if __name__ == "__main__":
    main()
