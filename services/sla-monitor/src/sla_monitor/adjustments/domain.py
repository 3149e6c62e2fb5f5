"""An adjustment tells one fact to every clock of a market that it concerns, also to those that become known later.

It is ordered explicitly and reported: a migration to another policy version, a calendar's correction, a credit for an
outage. What the fact does to a clock is the clock's own rule.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from ombud_words import AdjustmentId
from sla_monitor.clocks.domain import Clock, Fact, FactId
from sla_monitor.rules.domain import Rules, Signal, UnknownVersion
from sla_monitor.working_time.domain import CalendarId, SlaRefused

LONGEST_CREDIT = timedelta(days=31)


class AdjustmentSort(StrEnum):
    """What is told."""

    POLICY_MIGRATION = "policy_migration"
    CALENDAR_CORRECTION = "calendar_correction"
    OUTAGE_CREDIT = "outage_credit"


@dataclass(frozen=True, slots=True)
class Migration:
    """Running rounds of a kind take another version of their policy."""

    kind: str
    to_version: int


@dataclass(frozen=True, slots=True)
class Correction:
    """Open deadlines are counted again on a corrected calendar: later is taken, earlier is not."""

    calendar: CalendarId
    to_version: int


@dataclass(frozen=True, slots=True)
class Credit:
    """A span does not count, where it overlaps with counted time."""

    from_at: datetime
    until: datetime


Order = Migration | Correction | Credit


@dataclass(frozen=True, slots=True)
class OrderAdjustment:
    """Tell every clock that it concerns."""

    id: AdjustmentId
    market: str
    order: Order
    cause: str
    """A code."""
    by_kind: str
    by: str
    at: datetime
    rules: Rules


@dataclass(frozen=True, slots=True)
class CountTold:
    """A page of clocks was told."""

    cursor: str
    clocks: int
    at: datetime


@dataclass(frozen=True, slots=True)
class FinishAdjustment:
    """Every clock that was known has been told."""

    told: int
    moved: int
    sellers: int
    at: datetime


AdjustmentCommand = OrderAdjustment | CountTold | FinishAdjustment


@dataclass(frozen=True, slots=True)
class AdjustmentOrdered:
    """Somebody with the right ordered it."""

    at: datetime
    id: AdjustmentId
    market: str
    order: Order
    cause: str
    by_kind: str
    by: str


@dataclass(frozen=True, slots=True)
class PageTold:
    """Clocks up to `cursor` have been told. Private."""

    at: datetime
    cursor: str
    clocks: int


@dataclass(frozen=True, slots=True)
class AdjustmentApplied:
    """All were told."""

    at: datetime
    told: int
    moved: int
    sellers: int


AdjustmentEvent = AdjustmentOrdered | PageTold | AdjustmentApplied


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What was ordered, by whom, and how far it has come."""

    id: AdjustmentId
    market: str
    sort: AdjustmentSort
    order: Order
    cause: str
    by_kind: str
    by: str
    ordered_at: datetime
    cursor: str = ""
    clocks: int = 0
    """Clocks that were looked at."""
    applied_at: datetime | None = None

    @property
    def effect(self) -> tuple[datetime, datetime]:
        """The span of event time in which a round must have run to be concerned."""
        if isinstance(self.order, Credit):
            return self.order.from_at, self.order.until
        return self.ordered_at, self.ordered_at


@dataclass(frozen=True, slots=True)
class Standing:
    """The adjustments of a market, for clocks that become known later."""

    adjustments: tuple[Adjustment, ...] = ()
    until: datetime | None = None
    """No adjustment concerns a round that began later."""

    @classmethod
    def of(cls, adjustments: tuple[Adjustment, ...]) -> "Standing":
        """The adjustments of one market."""
        return cls(adjustments, max((a.effect[1] for a in adjustments), default=None))


class AdjustmentUnknown(SlaRefused):
    """There is no such adjustment."""


class VersionNotInForce(SlaRefused):
    """Clocks move only to versions that are in force."""


class NothingToCorrect(SlaRefused):
    """The version is the first of its calendar, so it corrects none."""


class CreditRefused(SlaRefused):
    """The span cannot be credited; the message says why."""


def decide(command: AdjustmentCommand, state: Adjustment | None) -> list[AdjustmentEvent]:
    """Events that follow from a command. Raises the refusals of this module, and UnknownVersion."""
    if isinstance(command, OrderAdjustment):
        if state is not None:
            return []
        _refuse_unfounded(command)
        c = command
        return [AdjustmentOrdered(c.at, c.id, c.market, c.order, c.cause, c.by_kind, c.by)]
    if state is None:
        raise AdjustmentUnknown("there is no such adjustment")
    if state.applied_at is not None:
        return []
    match command:
        case CountTold():
            return [PageTold(command.at, command.cursor, command.clocks)]
        case FinishAdjustment():
            return [AdjustmentApplied(command.at, command.told, command.moved, command.sellers)]
        case _:
            assert_never(command)


def _refuse_unfounded(command: OrderAdjustment) -> None:
    at, rules = command.at, command.rules
    match command.order:
        case Migration(kind=kind, to_version=number):
            row = next((r for r in rules.policies.rows if (r.kind, r.version) == (kind, number)), None)
            if row is None:
                raise UnknownVersion("the policy has no such version in this market")
            if row.effective_from > at or (row.effective_until is not None and row.effective_until <= at):
                raise VersionNotInForce("the policy version is not in force now")
        case Correction(calendar=id, to_version=number):
            versions = [p for p in rules.calendars.published if p.calendar.id == id]
            found = next((p for p in versions if p.calendar.version == number), None)
            if found is None:
                raise UnknownVersion("the calendar has no such version in this market")
            if found is versions[0]:
                raise NothingToCorrect("the version is the first of its calendar, so it corrects none")
            if found.effective_from > at:
                raise VersionNotInForce("the calendar version is not in force yet")
        case Credit(from_at=start, until=end):
            if start >= end or end > at:
                raise CreditRefused("a credit must begin before it ends, and must have ended")
            if end - start > LONGEST_CREDIT:
                raise CreditRefused(f"a credit is at most {LONGEST_CREDIT.days} days long")
        case _:
            assert_never(command.order)


def fact_of(adjustment: Adjustment) -> Fact:
    """The fact that is told; a clock takes it once, because its id is the adjustment's."""
    id, at, cause = FactId(adjustment.id), adjustment.ordered_at, (adjustment.cause,)
    match adjustment.order:
        case Migration(to_version=number):
            return Fact(id, Signal.POLICY_MIGRATED, at, version=number, reasons=cause)
        case Correction(calendar=calendar, to_version=number):
            return Fact(id, Signal.CALENDAR_CORRECTED, at, ref=calendar, version=number, reasons=cause)
        case Credit(from_at=start, until=end):
            return Fact(id, Signal.TIME_CREDITED, at, counts_from=start, until=end, reasons=cause)
        case _:
            assert_never(adjustment.order)


def concerns(adjustment: Adjustment, clock: Clock) -> bool:
    """Whether the clock had a round running then, of the right sort, that it was not told of yet."""
    start, end = adjustment.effect
    running = [r for r in clock.rounds if r.start_at <= end and (r.settled_at is None or r.settled_at > start)]
    match adjustment.order:
        case Migration(kind=kind):
            fits = bool(running) and clock.ref.kind == kind
        case Correction(calendar=calendar):
            fits = any(round_.calendar_id == calendar for round_ in running)
        case Credit():
            fits = bool(running)
        case _:
            assert_never(adjustment.order)
    gone = clock.folded_before is not None and end < clock.folded_before
    return fits and not gone and FactId(adjustment.id) not in [fact.id for fact in clock.facts]


def evolve(state: Adjustment | None, event: AdjustmentEvent) -> Adjustment:
    """The state after an event; it never refuses."""
    if isinstance(event, AdjustmentOrdered):
        e = event
        return Adjustment(e.id, e.market, sort_of(e.order), e.order, e.cause, e.by_kind, e.by, e.at)
    if state is None:
        raise AssertionError("an adjustment begins by being ordered")
    match event:
        case PageTold():
            return replace(state, cursor=event.cursor, clocks=state.clocks + event.clocks)
        case AdjustmentApplied():
            return replace(state, applied_at=event.at)
        case _:
            assert_never(event)


def sort_of(order: Order) -> AdjustmentSort:
    """What an order is called."""
    match order:
        case Migration():
            return AdjustmentSort.POLICY_MIGRATION
        case Correction():
            return AdjustmentSort.CALENDAR_CORRECTION
        case Credit():
            return AdjustmentSort.OUTAGE_CREDIT
        case _:
            assert_never(order)
