"""A sanction: what a person's breaches of the rules have led to, decided by data and time alone: pure."""

from messaging.sanctions.domain.event import (
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
from messaging.sanctions.domain.ladder import Breach, Ladder, ladder_for
from messaging.sanctions.domain.refusals import AppealTooLate, NothingAppealed, NothingToAppeal, UnknownSanction
from messaging.sanctions.domain.sanction import Sanction

__all__ = [
    "RELEASED",
    "REVERSED",
    "AppealSanction",
    "AppealTooLate",
    "Breach",
    "CountHeld",
    "FinishRelease",
    "Ladder",
    "NothingAppealed",
    "NothingToAppeal",
    "PardonBreaches",
    "RecordBreach",
    "Sanction",
    "StepBack",
    "UnknownSanction",
    "UpholdSanction",
    "ladder_for",
]
