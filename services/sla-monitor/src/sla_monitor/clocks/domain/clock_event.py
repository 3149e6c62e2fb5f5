"""What clocks say: past facts about a round, each told once per round and deadline version."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import CaseId, MessageId, SellerId
from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.clocks.domain.public_round import PublicRound
from sla_monitor.clocks.domain.round import Round, Verdict
from sla_monitor.rules.domain import About, ClockKind
from sla_monitor.working_time.domain import CalendarId, Mode, Trace

ACCOUNT = "acc_"
"""What the ids begin with under which clocks of accounts stand, in the place of a case's."""
ORDER_LINE = "orl_"
"""And those under which clocks of order lines stand: of most lines there is never a case."""


@dataclass(frozen=True, slots=True)
class ClockRef:
    """Which clock: one per case, kind and subject (an offer, a return, a promise; empty for the case itself)."""

    case_id: CaseId
    kind: ClockKind
    subject: str
    market: str

    @property
    def of_case(self) -> bool:
        """Whether it is about something of a case, and not about a seller's account or an order line."""
        return not self.case_id.startswith((ACCOUNT, ORDER_LINE))


@dataclass(frozen=True, slots=True)
class FactRecorded:
    """A fact was taken in; `rounds` is what all facts together now make. Private."""

    at: datetime
    ref: ClockRef
    facts: tuple[Fact, ...]
    rounds: tuple[Round, ...]
    seller_id: SellerId | None = None
    about: About = About.CASE


@dataclass(frozen=True, slots=True)
class SellerNamed:
    """It became known whose case it is, after the clock had begun. Private."""

    at: datetime
    seller_id: SellerId


@dataclass(frozen=True, slots=True)
class FactsFolded:
    """Settled rounds that can no longer change were folded away. Private."""

    at: datetime
    folded_before: datetime | None
    gates: tuple[bool, ...] | None
    facts: tuple[Fact, ...]
    rounds: tuple[Round, ...]


@dataclass(frozen=True, slots=True)
class AnnouncementsRestored:
    """After a rebuild: this is what the announcements on the topic had told. Private."""

    at: datetime
    told: tuple[PublicRound, ...]
    last_number: int


@dataclass(frozen=True, slots=True)
class RoundEvent:
    """`at` is when it happened, not when it was found out; `number` counts the clock's rounds as they became known."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class ClockStarted(RoundEvent):
    """Somebody owes something by an instant; the versions are pinned from here on."""

    start_id: FactId
    owner: str
    due_by: datetime
    mode: Mode
    target_seconds: int
    policy_version: int
    calendar_id: CalendarId
    calendar_version: int
    on_silence: str


@dataclass(frozen=True, slots=True)
class ClockJoined(RoundEvent):
    """A further message joined what is already owed; the start stays."""

    fact_id: FactId


@dataclass(frozen=True, slots=True)
class ClockPaused(RoundEvent):
    """The clock stands still for a cause. `due_by` is the latest the deadline can be: when the cap is used up."""

    cause: str
    until_at_most: datetime
    version: int
    due_by: datetime


@dataclass(frozen=True, slots=True)
class ClockResumed(RoundEvent):
    """The clock runs again with the remaining time."""

    cause: str
    version: int
    due_by: datetime


@dataclass(frozen=True, slots=True)
class ClockContinued(RoundEvent):
    """What was waived or answered is owed after all, with the time that was left."""

    cause: str
    version: int
    due_by: datetime


@dataclass(frozen=True, slots=True)
class ClockOwnerMoved(RoundEvent):
    """Another party owes it now (a substitute, the platform); the deadline stays."""

    owner: str


@dataclass(frozen=True, slots=True)
class StaffOrdered(RoundEvent):
    """Somebody of the platform paused the clock, extended its pause, or let it run again; `fact` is what it was told."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class ReplyHeld(RoundEvent):
    """A reply waits for moderation; it will count from its submit time."""

    message_id: MessageId


@dataclass(frozen=True, slots=True)
class ReplyNotCounted(RoundEvent):
    """A reply came and did not satisfy the obligation, for these reasons."""

    message_id: MessageId
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadlineMoved(RoundEvent):
    """The deadline changed otherwise than by a pause; both traces show how."""

    cause: str
    start_id: FactId
    started_at: datetime
    version: int
    was_due_by: datetime
    due_by: datetime
    trace_before: Trace | None
    trace_after: Trace


@dataclass(frozen=True, slots=True)
class ClockWarned(RoundEvent):
    """A share of the time has passed; `at` is when."""

    percent: int
    version: int
    due_by: datetime
    owner: str
    announced_at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class ClockBreached(RoundEvent):
    """The deadline passed without the owed action; `at` is the deadline. Nobody has to act when nothing is owed."""

    version: int
    due_by: datetime
    owner: str
    announced_at: datetime
    late: bool
    still_owed: bool
    on_silence: str
    grace_ends_at: datetime | None
    policy_version: int
    calendar_version: int
    trace: Trace


@dataclass(frozen=True, slots=True)
class BreachWithdrawn(RoundEvent):
    """A breach that was announced was none: an earlier fact arrived late, or a calendar was corrected. What follows is
    another deadline version, so that a breach is told at most once of each."""

    cause: str
    version: int


@dataclass(frozen=True, slots=True)
class GraceEnded(RoundEvent):
    """The grace after a breach passed in silence: the default applies now."""

    version: int
    on_silence: str
    announced_at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class RoundSettled(RoundEvent):
    """The round ended; `corrected` when another end had been told before."""

    verdict: Verdict
    due_by: datetime
    cause: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class ClockSatisfied(RoundSettled):
    """The owed action happened: MET, or MET_LATE."""


@dataclass(frozen=True, slots=True)
class ClockWaived(RoundSettled):
    """Somebody with the right said that it is not needed."""


@dataclass(frozen=True, slots=True)
class ClockVoided(RoundSettled):
    """It no longer applies, and the deadline had not passed."""


@dataclass(frozen=True, slots=True)
class BreachClosed(RoundSettled):
    """It is no longer owed, and it stays a breach (a takeover after the deadline)."""


@dataclass(frozen=True, slots=True)
class RoundSuperseded(RoundEvent):
    """An earlier fact that arrived late shows that this round never was."""

    cause: str


ClockEvent = (
    FactRecorded
    | SellerNamed
    | FactsFolded
    | AnnouncementsRestored
    | ClockStarted
    | ClockJoined
    | ClockPaused
    | ClockResumed
    | ClockContinued
    | ClockOwnerMoved
    | StaffOrdered
    | ReplyHeld
    | ReplyNotCounted
    | DeadlineMoved
    | ClockWarned
    | ClockBreached
    | BreachWithdrawn
    | GraceEnded
    | ClockSatisfied
    | ClockWaived
    | ClockVoided
    | BreachClosed
    | RoundSuperseded
)
