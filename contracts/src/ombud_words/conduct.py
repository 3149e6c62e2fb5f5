"""Complaints about a seller's conduct: what can be alleged, and what is found (casework, section 7)."""

from enum import StrEnum


class ConductGround(StrEnum):
    """What a seller is said to have done."""

    INSULT = "INSULT"
    DISCRIMINATION = "DISCRIMINATION"
    THREAT = "THREAT"
    PRESSURE_TO_WITHDRAW = "PRESSURE_TO_WITHDRAW"
    """To give up a complaint, a return, a dispute or a rating."""
    OFF_PLATFORM_PRESSURE = "OFF_PLATFORM_PRESSURE"
    FALSE_ADVERTISING = "FALSE_ADVERTISING"
    FRAUD = "FRAUD"


class ConductResult(StrEnum):
    """What an investigation came to."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
