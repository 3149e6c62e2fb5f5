"""What a detector says about a text: the kind of leak, where it stands, by which rule and how surely. No policy here."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The ways to leave the platform (R-04, section 7 of the product's rules)."""

    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    HANDLE = "handle"
    BANK = "bank"
    PAYMENT = "payment"
    INVITE = "invite"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One leak. `start` and `end` are code points of the text as written (end excluded); `score` is between 0 and 1."""

    start: int
    end: int
    kind: Kind
    rule: str
    score: float


class TextTooLong(ValueError):
    """The text has more code points than a message may have; it was not inspected."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a text of more than {limit} code points is not inspected")
        self.limit = limit
