"""A clock: what one case owes of one kind, told as facts in any order, and what has been announced of it.

The rounds are recomputed from the facts; the clock adds which differences were made known. It sees no time of its own.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ombud_words import SellerId
from sla_monitor.clocks.domain.announcing import PAUSE_CAP_REACHED, announcements, differences, next_look
from sla_monitor.clocks.domain.by_staff import StaffOrder, fact_of_order
from sla_monitor.clocks.domain.clock_event import (
    AnnouncementsRestored,
    BreachClosed,
    BreachWithdrawn,
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockJoined,
    ClockOwnerMoved,
    ClockPaused,
    ClockRef,
    ClockResumed,
    ClockSatisfied,
    ClockStarted,
    ClockVoided,
    ClockWaived,
    ClockWarned,
    DeadlineMoved,
    FactRecorded,
    FactsFolded,
    GraceEnded,
    ReplyHeld,
    ReplyNotCounted,
    RoundSuperseded,
    SellerNamed,
    StaffOrdered,
)
from sla_monitor.clocks.domain.fact import Fact, FactId, pending_holds, place
from sla_monitor.clocks.domain.folding import fold
from sla_monitor.clocks.domain.public_round import PublicRound
from sla_monitor.clocks.domain.reckoning import reckon
from sla_monitor.clocks.domain.round import Round, Run, Verdict, as_round
from sla_monitor.rules.domain import About, Rules, Signal
from sla_monitor.working_time.domain import SlaRefused, micros


@dataclass(frozen=True, slots=True)
class RecordFact:
    """Something happened. `now` is when it became known here, by server time."""

    ref: ClockRef
    fact: Fact
    now: datetime
    rules: Rules
    seller_id: SellerId | None = None
    """Whose case it is, when that is known."""


@dataclass(frozen=True, slots=True)
class NameSeller:
    """The clock began before it was known whose case it is."""

    seller_id: SellerId
    at: datetime


@dataclass(frozen=True, slots=True)
class Fire:
    """Announce what is due by `now`, server time."""

    now: datetime
    rules: Rules


@dataclass(frozen=True, slots=True)
class OrderByStaff:
    """Somebody of the platform pauses the clock, extends its pause, or lets it run again. `fact_id` names the order."""

    order: StaffOrder
    fact_id: FactId
    now: datetime
    rules: Rules


ClockCommand = RecordFact | NameSeller | Fire | OrderByStaff


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: the facts it was told, the rounds they make, what was announced."""

    ref: ClockRef
    facts: tuple[Fact, ...] = ()
    rounds: tuple[Round, ...] = ()
    told: tuple[PublicRound, ...] = ()
    folded_before: datetime | None = None
    """Facts before this instant are folded away and can no longer be added."""
    gates: tuple[bool, ...] | None = None
    last_number: int = 0
    seller_id: SellerId | None = None
    """The seller of the case, whoever owes the action; None until the case is known to be opened."""
    about: About = About.CASE
    """The kind of subject it belongs to."""

    @property
    def next_at(self) -> datetime | None:
        """When the clock must be looked at next; None when only a fact can change it."""
        looks = (next_look(told, round_) for told, round_ in self.told_rounds)
        return min((at for at in looks if at is not None), default=None)

    @property
    def told_rounds(self) -> tuple[tuple[PublicRound, Round], ...]:
        """Every announced round beside what the facts make of it, in order of their start."""
        by_start = {told.start_id: told for told in self.told}
        return tuple((by_start[round_.start_id], round_) for round_ in self.rounds if round_.start_id in by_start)

    @property
    def owed(self) -> Round | None:
        """The round that still waits for its action."""
        return self.rounds[-1] if self.rounds and self.rounds[-1].settled_at is None else None


def verdict_at(round_: Round, now: datetime) -> Verdict:
    """What a round amounts to at an instant: the pure reading, whatever was announced."""
    if round_.settled_at is not None and round_.settled_at <= now:
        return round_.verdict
    if now >= round_.breach_at:
        return Verdict.BREACHED
    if round_.paused_at is not None and round_.pause_ends_by is not None:
        return Verdict.PAUSED if round_.paused_at <= now < round_.pause_ends_by else Verdict.RUNNING
    return Verdict.RUNNING


RoundChange = (
    ClockPaused
    | ClockResumed
    | ClockContinued
    | ClockOwnerMoved
    | DeadlineMoved
    | ClockWarned
    | ClockBreached
    | BreachWithdrawn
    | GraceEnded
    | ClockSatisfied
    | ClockWaived
    | ClockVoided
    | BreachClosed
)


class ClockUnknown(SlaRefused):
    """Nothing was ever told to this clock."""


class FactTooOld(SlaRefused):
    """The fact lies before rounds that were settled long ago and folded away."""


class AnotherClock(SlaRefused):
    """The fact is for a clock with another case, kind or subject."""


def decide(command: ClockCommand, state: Clock | None) -> list[ClockEvent]:
    """Events that follow from a command. Raises ClockUnknown, FactTooOld, AnotherClock, NoPolicyInForce,
    UnknownVersion, the refusals of `by_staff`, and what working time refuses; the state stays as it was then."""
    match command:
        case RecordFact():
            return _record(command, state)
        case NameSeller():
            return [] if _known(state).seller_id else [SellerNamed(command.at, command.seller_id)]
        case Fire():
            return _fire(command, _known(state))
        case OrderByStaff():
            return _order(command, _known(state))
        case _:
            assert_never(command)


def _known(state: Clock | None) -> Clock:
    if state is None:
        raise ClockUnknown("nothing was ever told to this clock")
    return state


def _record(command: RecordFact, state: Clock | None) -> list[ClockEvent]:
    clock, fact, rules = state or Clock(command.ref), command.fact, command.rules
    if clock.ref != command.ref:
        raise AnotherClock("the fact is for another clock")
    if (fact.id, fact.signal) in [(known.id, known.signal) for known in clock.facts]:
        return []
    rules.policies.refuse_before_first(clock.ref.kind, micros(fact.at))
    if clock.folded_before is not None and _is_over(fact) < clock.folded_before:
        raise FactTooOld(f"facts before {clock.folded_before.isoformat()} are settled")
    facts = list(clock.facts)
    insort(facts, fact, key=place)
    runs = reckon(clock.ref.kind, facts, rules, clock.gates)
    made = _made(runs, clock, fact, facts)
    rounds = tuple(round_ for _, round_ in made)
    about = rules.policies.about(clock.ref.kind) if clock.ref.subject else About.CASE
    recorded = FactRecorded(fact.at, clock.ref, tuple(facts), rounds, clock.seller_id or command.seller_id, about)
    changes = differences(clock.ref, clock.told, clock.last_number, clock.rounds, made, fact, command.now, rules)
    events: list[ClockEvent] = [recorded, *changes]
    kept = fold(clock.ref.kind, facts, rounds, clock.gates, rules)
    if kept is not None:
        events.append(FactsFolded(fact.at, kept.since or clock.folded_before, kept.gates, kept.facts, kept.rounds))
    return events


def _order(command: OrderByStaff, clock: Clock) -> list[ClockEvent]:
    runs = reckon(clock.ref.kind, clock.facts, command.rules, clock.gates)
    fact = fact_of_order(command.order, command.fact_id, command.now, runs, clock.facts)
    recorded, *changes = _record(RecordFact(clock.ref, fact, command.now, command.rules), clock)
    return [recorded, StaffOrdered(fact.at, clock.last_number, fact), *changes]


def _made(runs: Sequence[Run], clock: Clock, fact: Fact, facts: Sequence[Fact]) -> list[tuple[Run, Round]]:
    """Runs beside their rounds; a round that was settled before the new fact is the one already kept."""
    holds = pending_holds(facts)
    counts_at = 0 if fact.signal is Signal.TIME_CREDITED else micros(fact.counts_at)
    settled = [round_ for round_ in clock.rounds if round_.settled_at is not None and counts_at]
    kept = {round_.start_id: round_ for round_ in settled if micros(round_.settled_at or fact.at) < counts_at}
    return [
        (run, kept[run.start_id])
        if run.settled is not None and run.settled < counts_at and run.start_id in kept
        else (run, as_round(run, holds))
        for run in runs
    ]


def _is_over(fact: Fact) -> datetime:
    return fact.until if fact.signal is Signal.TIME_CREDITED and fact.until else fact.counts_at


def _fire(command: Fire, clock: Clock) -> list[ClockEvent]:
    return [
        event
        for told, round_ in clock.told_rounds
        for event in announcements(clock.ref, told, round_, command.now, command.rules)
    ]


def evolve(state: Clock | None, event: ClockEvent) -> Clock:
    """The state after an event; it never refuses."""
    if isinstance(event, FactRecorded):
        if state is None:
            return Clock(event.ref, event.facts, event.rounds, seller_id=event.seller_id, about=event.about)
        told, before, gates, last = state.told, state.folded_before, state.gates, state.last_number
        return Clock(state.ref, event.facts, event.rounds, told, before, gates, last, event.seller_id, event.about)
    if state is None:
        raise AssertionError("a clock begins with a recorded fact")
    match event:
        case SellerNamed():
            return replace(state, seller_id=event.seller_id)
        case FactsFolded():
            starts = {round_.start_id for round_ in event.rounds}
            return replace(
                state,
                facts=event.facts,
                rounds=event.rounds,
                told=tuple(told for told in state.told if told.start_id in starts),
                folded_before=event.folded_before,
                gates=event.gates,
            )
        case AnnouncementsRestored():
            return _with_told(state, event.told, event.last_number)
        case ClockStarted():
            fresh = PublicRound(event.number, event.start_id, event.at, 1, event.due_by, event.owner)
            return _with_told(state, (*state.told, fresh), event.number)
        case RoundSuperseded():
            return _with_told(state, tuple(told for told in state.told if told.number != event.number))
        case ClockJoined() | ReplyHeld() | ReplyNotCounted() | StaffOrdered():
            return state
        case _:
            return _with_told(
                state, tuple(_retold(told, event) if told.number == event.number else told for told in state.told)
            )


def _with_told(state: Clock, told: tuple[PublicRound, ...], last_number: int = 0) -> Clock:
    last, before, seller_id = last_number or state.last_number, state.folded_before, state.seller_id
    return Clock(state.ref, state.facts, state.rounds, told, before, state.gates, last, seller_id, state.about)


def _retold(told: PublicRound, event: RoundChange) -> PublicRound:
    """What is known as told of a round after one more event about it."""
    match event:
        case ClockPaused():
            return replace(told, paused_at=event.at, version=event.version, due_by=event.due_by)
        case ClockResumed():
            over = told.paused_at if event.cause == PAUSE_CAP_REACHED else told.pause_over
            return replace(told, paused_at=None, pause_over=over, version=event.version, due_by=event.due_by)
        case ClockContinued():
            verdict = Verdict.RUNNING
            return replace(told, verdict=verdict, settled_at=None, version=event.version, due_by=event.due_by)
        case ClockOwnerMoved():
            return replace(told, owner=event.owner)
        case DeadlineMoved():
            return replace(
                told,
                start_id=event.start_id,
                start_at=event.started_at,
                version=event.version,
                due_by=event.due_by,
            )
        case ClockWarned():
            others = tuple(warning for warning in told.warned if warning[0] != event.percent)
            return replace(told, warned=(*others, (event.percent, event.at, event.version)))
        case ClockBreached():
            return replace(told, breached=True)
        case BreachWithdrawn():
            return replace(told, breached=False, grace_ended=False, version=event.version)
        case GraceEnded():
            return replace(told, grace_ended=True)
        case ClockSatisfied() | ClockWaived() | ClockVoided() | BreachClosed():
            return replace(told, verdict=event.verdict, settled_at=event.at, paused_at=None, due_by=event.due_by)
        case _:
            assert_never(event)
