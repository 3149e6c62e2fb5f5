"""Clocks: every deadline, who owes what by when, and what became of it; the rules they run by, and who moved them
(section 3)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.vocabulary import CaseId, ClockId, Instant, Role
from ombud_words import AdjustmentId, CandidateId, MessageId, OrderId


class ClockEvent(Event):
    """What every event about a clock says: which one, whose, and which of its rounds."""

    version: ClassVar[int] = 2
    clock_id: ClockId
    case_id: CaseId
    """For a clock about a seller's account (`inactivity`) the account, `acc_…`; for one about an order line
    (`delivery_guarantee`), of which there may be no case, the line: `orl_…`."""
    kind: str
    """The policy row, such as `reply` or `platform_reply`."""
    subject: str = ""
    """The dispute, offer, charge, message … that the clock is about; empty for the case itself."""
    about: str | None = None
    """What kind of subject that is, such as `case`, `dispute` or `offer`: two disputes of one case never share a clock."""
    owner: Role | str
    """Who owes the action."""
    round: Annotated[int, Field(ge=1)]
    """A clock can run again, for example for the next unanswered message."""


class ClockStarted(ClockEvent):
    """Somebody owes something by an instant. Policy and calendar versions are pinned from here on."""

    type: ClassVar[str] = "sla-monitor.clock_started"
    topic: ClassVar[str] = topics.CLOCKS
    started_at: Instant
    due_by: Instant
    mode: str
    target_seconds: int
    policy_version: str
    calendar_version: str
    on_silence: str
    """What happens if the owner does nothing (every pending action names it)."""


class ClockWarned(ClockEvent):
    """A share of the time has passed and nothing happened."""

    type: ClassVar[str] = "sla-monitor.clock_warned"
    version: ClassVar[int] = 3
    topic: ClassVar[str] = topics.CLOCKS
    percent: int
    reached_at: Instant
    """When that share was reached."""
    due_by: Instant
    days_before: int | None = None
    """In a reminder: so many days before the deadline, when a right would be lost (R-38); absent in other warnings."""


class ClockBreached(ClockEvent):
    """The deadline passed without the owed action. It stays a breach when the action follows late."""

    type: ClassVar[str] = "sla-monitor.clock_breached"
    topic: ClassVar[str] = topics.CLOCKS
    due_by: Instant
    emitted_late: bool
    """The announcement came later than it should have, for example after an outage."""
    still_owed: bool
    """False when the action has happened meanwhile: nobody has to act on the silence."""
    on_silence: str
    grace_ends_at: Instant | None = None
    """The default on silence applies from then on; absent when it applies at once."""
    policy_version: str
    calendar_version: str
    trace: tuple[TraceSegment, ...]
    """Counted seconds add up exactly to the target."""


class ClockSatisfied(ClockEvent):
    """The owed action happened: MET, or MET_LATE when it came after the deadline."""

    type: ClassVar[str] = "sla-monitor.clock_satisfied"
    topic: ClassVar[str] = topics.CLOCKS
    verdict: str
    satisfied_at: Instant
    due_by: Instant


class BreachWithdrawn(ClockEvent):
    """An announced breach was none: an earlier fact arrived late, or a calendar was corrected."""

    type: ClassVar[str] = "sla-monitor.breach_withdrawn"
    topic: ClassVar[str] = topics.CLOCKS
    cause: str
    withdrawn_at: Instant


class GraceEnded(ClockEvent):
    """The grace after a breach passed in silence: the default applies now."""

    type: ClassVar[str] = "sla-monitor.grace_ended"
    topic: ClassVar[str] = topics.CLOCKS
    on_silence: str
    ended_at: Instant


class BreachClosed(ClockEvent):
    """The action is no longer owed, and the breach stays one (a takeover after the deadline)."""

    type: ClassVar[str] = "sla-monitor.breach_closed"
    topic: ClassVar[str] = topics.CLOCKS
    cause: str
    closed_at: Instant


class RoundSuperseded(ClockEvent):
    """An earlier fact that arrived late shows that this round never was."""

    type: ClassVar[str] = "sla-monitor.round_superseded"
    topic: ClassVar[str] = topics.CLOCKS
    cause: str
    superseded_at: Instant


class ClockContinued(ClockEvent):
    """What was waived or answered is owed after all, with the time that was left."""

    type: ClassVar[str] = "sla-monitor.clock_continued"
    topic: ClassVar[str] = topics.CLOCKS
    cause: str
    continued_at: Instant
    due_by: Instant


class ClockOwnerMoved(ClockEvent):
    """Another party owes the action now; the deadline stays (R-08)."""

    type: ClassVar[str] = "sla-monitor.clock_owner_moved"
    topic: ClassVar[str] = topics.CLOCKS
    moved_at: Instant


class StaffOrderGiven(ClockEvent):
    """The platform's staff paused the clock, gave its pause more time, or let it run again; the actor says who."""

    type: ClassVar[str] = "sla-monitor.staff_order_given"
    topic: ClassVar[str] = topics.CLOCKS
    order_id: OrderId
    order: str
    """`paused_by_staff`, `pause_extended` or `resumed_by_staff`."""
    cause: str | None = None
    until: Instant | None = None
    """When a pause ends at the latest, where the order says so."""
    extended_by_seconds: int | None = None
    ordered_at: Instant


class ClockPaused(ClockEvent):
    """The clock does not run, for a cause and at most until its cap."""

    type: ClassVar[str] = "sla-monitor.clock_paused"
    topic: ClassVar[str] = topics.CLOCKS
    cause: str
    paused_at: Instant
    until_at_most: Instant | None = None


class ClockResumed(ClockEvent):
    """The clock runs again, with the remaining time."""

    type: ClassVar[str] = "sla-monitor.clock_resumed"
    topic: ClassVar[str] = topics.CLOCKS
    resumed_at: Instant
    due_by: Instant


class ClockWaived(ClockEvent):
    """The action is no longer owed, because somebody with the right said so."""

    type: ClassVar[str] = "sla-monitor.clock_waived"
    topic: ClassVar[str] = topics.CLOCKS
    waived_at: Instant


class ClockVoided(ClockEvent):
    """The clock ended without a verdict, because what it measured no longer applies."""

    type: ClassVar[str] = "sla-monitor.clock_voided"
    topic: ClassVar[str] = topics.CLOCKS
    cause: str
    voided_at: Instant


class DeadlineMoved(ClockEvent):
    """A running deadline is later than announced: a corrected calendar, an outage credit, an extension."""

    type: ClassVar[str] = "sla-monitor.deadline_moved"
    topic: ClassVar[str] = topics.CLOCKS
    cause: str
    was_due_by: Instant
    due_by: Instant
    calendar_version: str
    trace_before: tuple[TraceSegment, ...]
    trace_after: tuple[TraceSegment, ...]


class ReplyNotCounted(ClockEvent):
    """A reply came and did not satisfy the obligation; the reason is recorded and shown."""

    type: ClassVar[str] = "sla-monitor.reply_not_counted"
    topic: ClassVar[str] = topics.CLOCKS
    message_id: MessageId
    reasons: tuple[str, ...]
    replied_at: Instant


class RulePublished(Event):
    """What both sorts of publication say. No version is ever changed or taken back; a later one follows it."""

    topic: ClassVar[str] = topics.POLICIES
    market: str
    number: Annotated[int, Field(ge=1)]
    """The version, counted from 1 for each clock and calendar of a market."""
    effective_from: Instant
    """New rounds that start from then on run by it; those that run keep the version they began with."""
    content: str
    """The whole version as JSON text: the fields of a policy row, or of a calendar."""
    candidate_id: CandidateId | None = None
    """What was proposed and run over stored history first; absent for versions that came with a market's file."""
    published_at: Instant


class PolicyPublished(RulePublished):
    """An administrator published a version of a clock's policy row."""

    type: ClassVar[str] = "sla-monitor.policy_published"
    kind: str
    """The clock, such as `reply` or `platform_reply`."""


class CalendarPublished(RulePublished):
    """An administrator published a version of a working calendar."""

    type: ClassVar[str] = "sla-monitor.calendar_published"
    calendar: str


class AdjustmentEvent(Event):
    """What every event about an adjustment says."""

    topic: ClassVar[str] = topics.ADJUSTMENTS
    adjustment_id: AdjustmentId
    market: str
    sort: str
    """`policy_migration`, `calendar_correction` or `outage_credit`."""


class AdjustmentOrdered(AdjustmentEvent):
    """One fact will be told to every clock of the market that it concerns, also to those that become known later."""

    type: ClassVar[str] = "sla-monitor.adjustment_ordered"
    cause: str
    ordered_at: Instant
    kind: str | None = None
    """The clock whose rounds migrate; absent otherwise."""
    calendar: str | None = None
    """The calendar that is corrected; absent otherwise."""
    to_version: int | None = None
    """The version that running rounds take; absent for a credit."""
    from_at: Instant | None = None
    """The span that does not count (a credit); absent otherwise."""
    until: Instant | None = None


class AdjustmentApplied(AdjustmentEvent):
    """Every clock that was known has been told. Each deadline that moved has an event of its own on the clocks' topic."""

    type: ClassVar[str] = "sla-monitor.adjustment_applied"
    clocks_told: int
    clocks_moved: int
    """Those whose deadline is another now."""
    sellers: int
    """How many sellers have a clock that moved."""
    applied_at: Instant
