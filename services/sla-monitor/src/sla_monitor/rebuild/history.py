"""What a clock's own announcements, read again from the topic, say was told: the inverse of `publish`."""

from dataclasses import dataclass, field
from datetime import datetime

from ombud_contracts.events import sla_monitor as contract
from sla_monitor.clocks.domain import REMINDER, Fact, FactId, Verdict
from sla_monitor.rebuild.domain import Heard
from sla_monitor.rules.domain import Signal


@dataclass
class _Round:
    number: int
    started_at: datetime
    due_by: datetime | None
    owner: str
    version: int = 1
    verdict: Verdict = Verdict.RUNNING
    settled_at: datetime | None = None
    paused_at: datetime | None = None
    pause_over: datetime | None = None
    warned: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    breached: bool = False
    grace_ended: bool = False

    def moved(self, due_by: datetime | None) -> None:
        self.due_by = due_by
        self.version += 1

    def settled(self, verdict: Verdict, at: datetime) -> None:
        self.verdict, self.settled_at, self.paused_at = verdict, at, None


@dataclass
class History:
    """The announcements of one clock, taken in by sequence; a repeated one changes nothing."""

    sequence: int = 0
    last_number: int = 0
    not_counted: set[str] = field(default_factory=set)
    orders: list[Fact] = field(default_factory=list)
    """What staff ordered: facts that no other topic holds."""
    _rounds: dict[int, _Round] = field(default_factory=dict)

    def take(self, event: contract.ClockEvent, sequence: int) -> None:
        """Take the next announcement."""
        if sequence <= self.sequence:
            return
        self.sequence = sequence
        self.last_number = max(self.last_number, event.round)
        if isinstance(event, contract.ClockStarted):
            self._rounds[event.round] = _Round(event.round, event.started_at, event.due_by, event.owner)
        elif isinstance(event, contract.RoundSuperseded):
            self._rounds.pop(event.round, None)
        elif isinstance(event, contract.ReplyNotCounted):
            self.not_counted.add(event.message_id)
        elif isinstance(event, contract.StaffOrderGiven):
            self.orders.append(_order(event))
        elif event.round in self._rounds:
            _tell(self._rounds[event.round], event)

    @property
    def heard(self) -> tuple[Heard, ...]:
        """What was told of each round that still stands."""
        return tuple(
            Heard(
                number=known.number,
                started_at=known.started_at,
                owner=known.owner,
                version=known.version,
                due_by=known.due_by,
                verdict=known.verdict,
                settled_at=known.settled_at,
                paused_at=known.paused_at,
                pause_over=known.pause_over,
                warned=tuple((percent, at, version) for percent, (at, version) in known.warned.items()),
                breached=known.breached,
                grace_ended=known.grace_ended,
            )
            for known in self._rounds.values()
        )


def _order(event: contract.StaffOrderGiven) -> Fact:
    return Fact(
        FactId(event.order_id),
        Signal(event.order),
        event.ordered_at,
        until=event.until,
        seconds=event.extended_by_seconds,
        reasons=(event.cause,) if event.cause else (),
    )


def _tell(known: _Round, event: contract.ClockEvent) -> None:
    match event:
        case contract.ClockOwnerMoved(owner=owner):
            known.owner = owner
        case contract.ClockWarned(percent=percent, reached_at=at, days_before=days):
            known.warned[percent if days is None else REMINDER + days] = at, known.version
        case contract.ClockBreached():
            known.breached = True
        case contract.BreachWithdrawn():
            known.breached = known.grace_ended = False
            known.version += 1
        case contract.GraceEnded():
            known.grace_ended = True
        case contract.ClockPaused(paused_at=at):
            known.moved(None)
            known.paused_at = at
        case contract.ClockResumed(due_by=due_by):
            known.moved(due_by)
            known.pause_over, known.paused_at = known.paused_at, None
        case contract.ClockContinued(due_by=due_by):
            known.moved(due_by)
            known.verdict, known.settled_at = Verdict.RUNNING, None
        case contract.DeadlineMoved(due_by=due_by, trace_after=trace):
            known.moved(due_by)
            known.started_at = trace[0].from_at if trace else known.started_at
        case contract.ClockSatisfied(verdict=verdict, satisfied_at=at):
            known.settled(Verdict(verdict), at)
        case contract.ClockWaived(waived_at=at):
            known.settled(Verdict.WAIVED, at)
        case contract.ClockVoided(voided_at=at):
            known.settled(Verdict.VOID, at)
        case contract.BreachClosed(closed_at=at):
            known.settled(Verdict.BREACHED, at)
