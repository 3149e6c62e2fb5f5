"""What a person's sanction can be told to do, and what happens to it: references and rule ids, never words."""

from dataclasses import dataclass
from datetime import datetime

from messaging.sanctions.domain.ladder import Breach, Ladder
from ombud_words import CaseId, MessageId, PersonId, SanctionId

DECAYED, RELEASED, REVERSED = "decayed", "message_released", "reversed"
"""Why a sanction is lifted."""

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBreach:
    """A message broke a rule; `ladder` is what that leads to now."""

    sanction_id: SanctionId
    person_id: PersonId
    role: str
    market: str
    ladder: Ladder
    breach: Breach
    at: datetime


@dataclass(frozen=True, slots=True)
class CountHeld:
    """A message waits for a moderator because of the step that its author is on."""

    message_id: MessageId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PardonBreaches:
    """Messages broke no rule after all; every breach that stands when none is named."""

    message_ids: tuple[MessageId, ...]
    cause: str
    """`message_released` or `reversed`."""
    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AppealSanction:
    """The person asks a supervisor to look again."""

    grounds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class UpholdSanction:
    """A supervisor decided an appeal against the person."""

    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class StepBack:
    """Time has passed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class FinishRelease:
    """What waited because of the step was delivered; `held` is how many had been counted when it was looked for."""

    held: int
    at: datetime


Command = RecordBreach | CountHeld | PardonBreaches | AppealSanction | UpholdSanction | StepBack | FinishRelease

# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionImposed:
    """A breach was recorded; this is the height it led to."""

    recorded: RecordBreach
    height: int
    takeover_round: int
    """Counts how often the person came to the step of a takeover."""
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageCounted:
    message_id: MessageId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionLifted:
    """Breaches weigh nothing any more, or time has passed."""

    cause: str
    """`decayed`, `message_released` or `reversed`."""
    pardoned: tuple[MessageId, ...]
    reasons: tuple[str, ...]
    height: int
    was_height: int
    releases: bool
    """Messages that waited because of the step are delivered."""
    withdrawn_from: tuple[CaseId, ...]
    """Cases whose takeover is no longer proposed."""
    at: datetime
    clears: bool = False
    """Breaches that are no longer remembered one by one are pardoned, too."""


@dataclass(frozen=True, slots=True)
class SanctionAppealed:
    grounds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class SanctionUpheld:
    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldReleased:
    at: datetime


Event = SanctionImposed | MessageCounted | SanctionLifted | SanctionAppealed | SanctionUpheld | HeldReleased
