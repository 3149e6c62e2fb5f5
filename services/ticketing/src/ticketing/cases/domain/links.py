"""How cases belong together (casework, section 2)."""

from dataclasses import dataclass
from enum import StrEnum

from ombud_words import CaseId


class LinkKind(StrEnum):
    """Why two cases are linked."""

    SAME_ORDER = "same_order"
    SAME_INCIDENT = "same_incident"
    FOLLOW_UP = "follow_up"
    MERGED = "merged"
    """The other ended, because this one says the same and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    case_id: CaseId
    number: str
    kind: LinkKind
