"""A sanction: what a person's breaches of the rules have led to, decided by data and time alone: pure."""

from messaging.sanctions.domain.event import (
    DECAYED,
    RELEASED,
    REVERSED,
    AppealSanction,
    CountHeld,
    FinishRelease,
    PardonBreaches,
    RecordBreach,
    StepBack,
    UpholdSanction,
)
from messaging.sanctions.domain.ladder import (
    CLAIMS,
    CONDUCT,
    Breach,
    Foothold,
    Ladder,
    height_after,
    height_at,
    ladder_for,
    steps_back_at,
)
from messaging.sanctions.domain.refusals import AppealTooLate, NothingAppealed, NothingToAppeal, UnknownSanction
from messaging.sanctions.domain.sanction import Sanction

__all__ = [
    "CLAIMS",
    "CONDUCT",
    "DECAYED",
    "RELEASED",
    "REVERSED",
    "AppealSanction",
    "AppealTooLate",
    "Breach",
    "CountHeld",
    "FinishRelease",
    "Foothold",
    "Ladder",
    "NothingAppealed",
    "NothingToAppeal",
    "PardonBreaches",
    "RecordBreach",
    "Sanction",
    "StepBack",
    "UnknownSanction",
    "UpholdSanction",
    "height_after",
    "height_at",
    "ladder_for",
    "steps_back_at",
]
