"""How often one person may do what: the numbers, in one place. `OMBUD_LIMITS` replaces them by name.

They are far above what people need, and far below what does harm. Staff and systems are not limited.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

_HOUR, _DAY = 3_600, 86_400
_MONTH = 30 * _DAY


class Limited(StrEnum):
    """What is limited: for each person, and where it says so for each matter."""

    DRAFTS = "drafts"
    CHECKS = "checks"
    """Of messages that are not sent: enough for who writes, and too few to find out what a check lets through."""
    CASES = "cases"
    TAKEOVER_PROPOSALS = "takeover_proposals"
    """For each case."""
    DISPUTES = "disputes"
    """For each case."""
    RETURNS = "returns"
    """For each case."""
    OFFERS = "offers"
    """For each dispute."""
    EVIDENCE = "evidence"
    """For each dispute."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times within so many seconds, whenever these begin."""

    times: Annotated[int, Field(ge=1, le=10_000)]
    within_seconds: Annotated[int, Field(ge=1, le=_MONTH)]


Rates = tuple[Rate, ...]
LIMITS: Mapping[Limited, Rates] = MappingProxyType(
    {
        Limited.DRAFTS: (Rate(20, _HOUR), Rate(60, _DAY)),
        Limited.CHECKS: (Rate(60, _HOUR), Rate(300, _DAY)),
        Limited.CASES: (Rate(10, _HOUR), Rate(30, _DAY)),
        Limited.TAKEOVER_PROPOSALS: (Rate(3, _DAY), Rate(10, _MONTH)),
        Limited.DISPUTES: (Rate(3, _DAY), Rate(10, _MONTH)),
        Limited.RETURNS: (Rate(3, _DAY), Rate(10, _MONTH)),
        Limited.OFFERS: (Rate(10, _HOUR), Rate(30, _MONTH)),
        Limited.EVIDENCE: (Rate(20, _HOUR), Rate(60, _MONTH)),
    }
)
INSTEAD: Mapping[Limited, str] = MappingProxyType(
    {
        Limited.DRAFTS: "Open a case with a draft that you have.",
        Limited.CHECKS: "Send the message: the answer says what was found.",
        Limited.CASES: "Write in the conversations of the cases that you have.",
        Limited.TAKEOVER_PROPOSALS: "An agent decides about those that were made; write in the conversation what is new.",
        Limited.DISPUTES: "Write in the conversation what is new.",
        Limited.RETURNS: "Write in the conversation what is to become of the item.",
        Limited.OFFERS: "Answer the other side's offer, or have a mediator decide.",
        Limited.EVIDENCE: "Write to the other side or to the mediator what is missing.",
    }
)
"""What to do instead, for the person who hears of a limit."""
