"""What the reading of a file tells: its type and the words in it, or why it is refused. Standard library only, for it is
the one thing that the process which opens files and the service which trusts it have in common."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum


class Why(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    UNKNOWN_TYPE = "unknown_type"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    SEVERAL_FILES = "several_files"
    """Something follows the file, or another one hides in it (a polyglot)."""
    ACTIVE_CONTENT = "active_content"
    EMBEDDED_FILES = "embedded_files"
    ENCRYPTED = "encrypted"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MUCH_INSIDE = "too_much_inside"
    """Unpacked it is far larger than its bytes, or made of too many parts (a bomb)."""
    TOO_LONG = "too_long"
    TOO_COSTLY = "too_costly"
    """Reading it took more time or memory than a file may take."""


class Place(StrEnum):
    """Where in an attachment words were found."""

    FILE_NAME = "file_name"
    PICTURE = "picture"
    DOCUMENT = "document"


class FileRefused(Exception):
    """The file is not taken."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Passage:
    """Words in a file, and where they stand."""

    place: Place
    text: str
    symbology: str = ""
    """Of a bar code, as zxing-cpp names it: `QRCode`, `EAN13` …"""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file is."""

    media_type: str
    extension: str
    passages: tuple[Passage, ...] = ()


CHARACTERS = 10_000
"""How much of what is written in a file is told on; below what the detectors read at once."""


def bounded(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """Return what is told of these passages: no repeats, and not more than `CHARACTERS` together."""
    told: dict[Passage, None] = {}
    left = CHARACTERS
    for passage in passages:
        text = passage.text.strip()[:left]
        if text:
            told[replace(passage, text=text)] = None
            left -= len(text)
    return tuple(told)


def as_json(outcome: Report | Why) -> bytes:
    """Return an outcome as one line."""
    return json.dumps({"refused": outcome} if isinstance(outcome, Why) else asdict(outcome)).encode() + b"\n"


def from_json(line: bytes) -> Report:
    """Return the report. Raises FileRefused; a line that is none means that the reading process broke down."""
    try:
        told = json.loads(line)
        if "refused" in told:
            raise FileRefused(Why(told["refused"]))
        passages = tuple(Passage(Place(p["place"]), str(p["text"]), str(p["symbology"])) for p in told["passages"])
        return Report(str(told["media_type"]), str(told["extension"]), passages)
    except (ValueError, KeyError, TypeError):
        raise FileRefused(Why.TOO_COSTLY) from None
