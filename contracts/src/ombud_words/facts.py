"""Kinds of facts that a decision rests on, typed by who can show them (casework, section 3)."""

from enum import IntEnum
from typing import Final

from ombud_words.roles import STAFF, Role


class Shown(IntEnum):
    """Who can show a fact. Whoever stands higher shows what those below can show."""

    BY_PARTY = 1
    BY_STAFF = 2
    BY_SYSTEM = 3


GUARANTEE_LAPSED: Final = "guarantee_lapsed"
"""The time passed within which a delivery is guaranteed."""
KINDS: dict[str, Shown] = {
    "claim": Shown.BY_PARTY,
    "complaint": Shown.BY_PARTY,
    "description": Shown.BY_PARTY,
    "evidence": Shown.BY_PARTY,
    "photo": Shown.BY_PARTY,
    "report": Shown.BY_PARTY,
    "return_request": Shown.BY_PARTY,
    "statement": Shown.BY_PARTY,
    "video": Shown.BY_PARTY,
    "brand_notice": Shown.BY_STAFF,
    "confirmed_hazard": Shown.BY_STAFF,
    "confirmed_video": Shown.BY_STAFF,
    "expert_notice": Shown.BY_STAFF,
    "recall": Shown.BY_STAFF,
    "safety_report": Shown.BY_STAFF,
    "deadline_trace": Shown.BY_SYSTEM,
    "device_mismatch": Shown.BY_SYSTEM,
    GUARANTEE_LAPSED: Shown.BY_SYSTEM,
    "imei_check": Shown.BY_SYSTEM,
    "impasse": Shown.BY_SYSTEM,
    "listing_snapshot": Shown.BY_SYSTEM,
    "off_platform_attempt": Shown.BY_SYSTEM,
    "tracking": Shown.BY_SYSTEM,
}
"""A kind without a row is whatever a party calls its upload."""


def shows(kind: str, by: str) -> bool:
    """Tell whether a fact of this kind counts as shown when somebody of this role shows it."""
    return _standing(by) >= KINDS.get(kind, Shown.BY_PARTY)


def _standing(role: str) -> Shown:
    if role == Role.SYSTEM:
        return Shown.BY_SYSTEM
    return Shown.BY_STAFF if role in STAFF else Shown.BY_PARTY
