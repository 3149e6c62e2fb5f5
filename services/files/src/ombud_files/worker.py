"""The process that opens one file: it has no key, no network address and no secret, little memory and little time.

The file is its standard input, what is to be kept goes to a descriptor that it was given, one line about it to
standard output.
"""

import os
import resource
import sys

from ombud_files.report import FileRefused, Report, Why, as_json


def outcome(content: bytes, words: str) -> tuple[Report, bytes]:
    """Return what a file is, and the bytes to keep. Raises FileRefused."""
    from ombud_files import disguise, documents, kinds, ocr, pictures, videos

    kind = kinds.kind_of(content)
    disguise.refuse_archives(content)
    if kind is kinds.PDF:
        return documents.read_document(content)
    if kind in kinds.VIDEOS:
        return videos.read_video(content, kind)
    return pictures.read_picture(content, kind, ocr.reader(words))


def _limit(memory_bytes: int, cpu_seconds: int, longest_bytes: int) -> None:
    """Bind this process for good: what it needs beyond this, it does not get."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest_bytes, longest_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read the file that is standard input."""
    memory_bytes, cpu_seconds, longest_bytes, kept_at = map(int, sys.argv[1:5])
    _limit(memory_bytes, cpu_seconds, longest_bytes)
    try:
        report, kept = outcome(sys.stdin.buffer.read(), sys.argv[5])
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
