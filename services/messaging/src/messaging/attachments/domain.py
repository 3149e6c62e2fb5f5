"""An attachment: a file that its uploader sends once, in one conversation. What it may be called, and how much of it one message carries."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from messaging.conversations.domain import Attached, Refusal

_NAME_CHARACTERS = 150
_FORBIDDEN = frozenset('/\\:*?"<>|')
_MARKS_AROUND = "\u200e\u200f\ufeff"
"""Marks of direction and order that telephones put in front of a name."""
_JOINED = re.compile(
    r"(?<=[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u20E3])\u200d(?=[\U0001F000-\U0001FAFF\u2190-\u27BF\u2B00-\u2BFF])"
    r"|(?<=[\u0600-\u06FF\u0900-\u0DFF])[\u200c\u200d](?=[\u0600-\u06FF\u0900-\u0DFF])"
    r"|(?<=\U0001F3F4)[\U000E0020-\U000E007E]+\U000E007F"
)
"""What joins two signs into one that is seen: emoji (UTS 51), and letters of scripts that join."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one message may carry."""

    files: int
    total_bytes: int


class UnacceptableFile(Refusal):
    """The file is not what may be sent; the reason is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__("You can send pictures (JPEG, PNG, WebP, GIF), PDF documents and short videos (MP4, WebM).")
        self.facts = {"reason": reason}


class FileNameRefused(Refusal):
    """The file's name is not one that a person would give."""


class TooManyUnsentFiles(Refusal):
    """The uploader has as many files waiting to be sent as the rules allow."""


class TooManyAttachments(Refusal):
    """The message carries more files than the rules allow."""


class AttachmentsTooLarge(Refusal):
    """The files of the message are larger together than the rules allow."""


class NotAttachable(Refusal):
    """A file that a message names was sent before, was removed, or was never the author's in this conversation."""


def expect_name(given: str) -> str:
    """Return a file's name as a person or a device gives one. Raises FileNameRefused."""
    name = unicodedata.normalize("NFC", given).strip().strip(_MARKS_AROUND).strip()
    if not name or len(name) > _NAME_CHARACTERS or name.startswith("."):
        raise FileNameRefused(f"a file name has 1 to {_NAME_CHARACTERS} characters and does not begin with a dot")
    if _FORBIDDEN.intersection(name):
        raise FileNameRefused("a file name is not a path and must not contain the characters of one")
    seen = _JOINED.sub("", name)
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in seen):
        raise FileNameRefused(
            "a file name must not contain characters that are invisible or that reverse the direction of writing"
        )
    return name


def with_ending(name: str, extension: str) -> str:
    """Return a file's name with the ending of what the file is; it has no other one then."""
    stem, dot, ending = name.rpartition(".")
    if dot and ending.lower() in _SAME.get(extension, {extension}):
        return name
    plain = (stem if dot and 1 <= len(ending) <= 5 else name).replace(".", "_")
    return f"{plain}.{extension}"


_SAME = {"jpg": frozenset(("jpg", "jpeg")), "mp4": frozenset(("mp4", "m4v"))}


def expect_within(attached: Sequence[Attached], limits: Limits) -> None:
    """Raise TooManyAttachments or AttachmentsTooLarge."""
    if len(attached) > limits.files:
        raise TooManyAttachments(f"a message carries at most {limits.files} files")
    if sum(a.size_bytes for a in attached) > limits.total_bytes:
        raise AttachmentsTooLarge(f"the files of a message have at most {limits.total_bytes} bytes together")
