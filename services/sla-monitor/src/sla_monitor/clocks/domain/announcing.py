"""What has to be told, given what was told before: differences after a new fact, and what an instant makes due.

Each announcement is made once per round and deadline version, never before its time.
"""

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime, timedelta

from ombud_words import MessageId
from sla_monitor.clocks.domain.clock_event import (
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
    GraceEnded,
    ReplyHeld,
    ReplyNotCounted,
    RoundSuperseded,
)
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.public_round import PublicRound
from sla_monitor.clocks.domain.round import REMINDER, Round, Run, Verdict
from sla_monitor.rules.domain import ClockKind, Rules, Signal
from sla_monitor.working_time.domain import EVERY_MOMENT, SECOND, Mode, Stopped, Target, Trace, micros, trace

ON_TIME_WITHIN = timedelta(seconds=10)
"""An announcement later than this says so; punctual ones take milliseconds, clocks of servers differ by less."""
PAUSE_CAP_REACHED = "pause_cap_reached"
_SETTLED_AS: dict[Verdict, type[ClockSatisfied | ClockWaived | ClockVoided | BreachClosed]] = {
    Verdict.MET: ClockSatisfied,
    Verdict.MET_LATE: ClockSatisfied,
    Verdict.WAIVED: ClockWaived,
    Verdict.VOID: ClockVoided,
    Verdict.BREACHED: BreachClosed,
}
_LATE_VERDICTS = (Verdict.MET_LATE, Verdict.BREACHED)


def trace_round(kind: ClockKind, round_: Round, rules: Rules) -> Trace:
    """How a round's deadline came about."""
    working = rules.calendars.version(round_.calendar_id, round_.calendar_version)
    start, amount = micros(round_.start_at), round_.target_seconds * SECOND
    stopped = [Stopped(micros(stop.from_at), micros(stop.to_at), stop.cause) for stop in round_.stops]
    if round_.deadline_given:
        target = Target(EVERY_MOMENT, start, amount, Mode.ELAPSED)
    else:
        row = rules.policies.version(kind, round_.policy_version)
        target = working.target(start, row.target_seconds * SECOND, round_.mode)
    return trace(working, start, target, amount, stopped, micros(round_.due_by))


def differences(
    ref: ClockRef,
    told: Sequence[PublicRound],
    last_number: int,
    before: Sequence[Round],
    now_made: Sequence[tuple[Run, Round]],
    fact: Fact,
    now: datetime,
    rules: Rules,
) -> Iterator[ClockEvent]:
    """What a new fact changed, compared with what was told."""
    matched = _matched(told, now_made)
    kept = [known.number for known in matched if known is not None]
    for gone in [one for one in told if one.number not in kept]:
        if gone.breached:
            yield BreachWithdrawn(fact.at, gone.number, fact.signal.value, gone.version)
        yield RoundSuperseded(fact.at, gone.number, fact.signal.value)
    number = last_number
    was = {round_.start_id: round_ for round_ in before}
    for (run, round_), found in zip(now_made, matched, strict=True):
        known = found
        if known is None:
            number += 1
            known = PublicRound(number, round_.start_id, round_.start_at, 1, round_.due_by, round_.owner)
            yield _started(ref, known, round_, rules)
        previous = was.get(known.start_id)
        if previous is round_:
            continue
        yield from _changed(ref, known, previous, round_, fact, now, rules)
        yield from _said_of_fact(known, run, round_, fact)


def _matched(told: Sequence[PublicRound], now_made: Sequence[tuple[Run, Round]]) -> list[PublicRound | None]:
    """For each round the one that was told under its start, or under a start it has since taken in."""
    by_start = {known.start_id: known for known in told}
    matched: list[PublicRound | None] = [by_start.pop(run.start_id, None) for run, _ in now_made]
    if by_start:
        for place, (run, _) in enumerate(now_made):
            if matched[place] is None:
                found = next((by_start.pop(i) for i in run.ids if i in by_start), None)
                matched[place] = found
    return matched


def _started(ref: ClockRef, known: PublicRound, round_: Round, rules: Rules) -> ClockStarted:
    row = rules.policies.version(ref.kind, round_.policy_version)
    return ClockStarted(
        at=round_.start_at,
        number=known.number,
        start_id=round_.start_id,
        owner=round_.owner,
        due_by=round_.due_by,
        mode=round_.mode,
        target_seconds=round_.target_seconds,
        policy_version=round_.policy_version,
        calendar_id=round_.calendar_id,
        calendar_version=round_.calendar_version,
        on_silence=row.on_silence,
    )


def _said_of_fact(known: PublicRound, run: Run, round_: Round, fact: Fact) -> Iterator[ClockEvent]:
    """What the fact itself means for the round in whose time it falls."""
    if fact.id in run.ids:
        if fact.id != run.start_id and known.start_id == run.start_id:
            yield ClockJoined(fact.at, known.number, fact.id)
        return
    if not (round_.start_at <= fact.at and (round_.settled_at is None or fact.at < round_.settled_at)):
        return
    if fact.signal in run.row.not_counted:
        yield ReplyNotCounted(fact.at, known.number, MessageId(fact.ref or fact.id), fact.reasons)
    elif fact.signal is Signal.REPLY_HELD and round_.pending_check:
        yield ReplyHeld(fact.at, known.number, MessageId(fact.ref or fact.id))


def _changed(
    ref: ClockRef, known: PublicRound, was: Round | None, round_: Round, fact: Fact, now: datetime, rules: Rules
) -> Iterator[ClockEvent]:
    number, settled = known.number, round_.settled_at is not None
    told_pause = yield from _pause_changed(known, round_, fact)
    explained = told_pause or (settled and known.paused_at is not None)
    if known.settled_at is not None and not settled:
        explained = True
        yield ClockContinued(fact.at, number, fact.signal.value, _version(known, round_), round_.due_by)
    if round_.start_id != known.start_id or (round_.due_by != known.due_by and not explained):
        yield _deadline_moved(ref, known, was, round_, fact, rules)
    if round_.owner != known.owner:
        yield ClockOwnerMoved(fact.at, number, round_.owner)
    holds = round_.verdict in _LATE_VERDICTS or (not settled and round_.breach_at <= now)
    version = _version(known, round_)
    if known.breached and not holds:
        version = known.version + 1
        yield BreachWithdrawn(fact.at, number, fact.signal.value, version)
    if settled and not known.breached and round_.verdict in _LATE_VERDICTS and now >= round_.due_by:
        yield _breached(ref, number, version, round_, now, rules)
    if settled and (round_.verdict, round_.settled_at) != (known.verdict, known.settled_at):
        event = _SETTLED_AS[round_.verdict]
        corrected = known.settled_at is not None
        yield event(round_.settled_at or now, number, round_.verdict, round_.due_by, round_.cause, corrected=corrected)


def _version(known: PublicRound, round_: Round) -> int:
    return known.version + (round_.due_by != known.due_by)


def _pause_changed(known: PublicRound, round_: Round, fact: Fact) -> Generator[ClockEvent, None, bool]:
    """What a pause's beginning or end makes known; returns whether it did."""
    if round_.paused_at is not None and round_.pause_ends_by is not None:
        if round_.paused_at in (known.paused_at, known.pause_over):
            return False
        yield ClockPaused(
            round_.paused_at,
            known.number,
            round_.pause_cause,
            round_.pause_ends_by,
            _version(known, round_),
            round_.due_by,
        )
        return True
    if known.paused_at is not None and round_.settled_at is None:
        yield ClockResumed(fact.at, known.number, fact.signal.value, _version(known, round_), round_.due_by)
        return True
    return False


def _deadline_moved(
    ref: ClockRef, known: PublicRound, was: Round | None, round_: Round, fact: Fact, rules: Rules
) -> DeadlineMoved:
    return DeadlineMoved(
        at=fact.at,
        number=known.number,
        cause=fact.reasons[0] if fact.signal is Signal.TIME_CREDITED and fact.reasons else fact.signal.value,
        start_id=round_.start_id,
        started_at=round_.start_at,
        version=_version(known, round_),
        was_due_by=known.due_by,
        due_by=round_.due_by,
        trace_before=None if was is None else trace_round(ref.kind, was, rules),
        trace_after=trace_round(ref.kind, round_, rules),
    )


def _breached(ref: ClockRef, number: int, version: int, round_: Round, now: datetime, rules: Rules) -> ClockBreached:
    return ClockBreached(
        at=round_.due_by,
        number=number,
        version=version,
        due_by=round_.due_by,
        owner=round_.owner,
        announced_at=now,
        late=now - round_.breach_at > ON_TIME_WITHIN,
        still_owed=round_.settled_at is None,
        on_silence=rules.policies.version(ref.kind, round_.policy_version).on_silence,
        grace_ends_at=round_.grace_ends_at,
        policy_version=round_.policy_version,
        calendar_version=round_.calendar_version,
        trace=trace_round(ref.kind, round_, rules),
    )


def announcements(
    ref: ClockRef, known: PublicRound, round_: Round, now: datetime, rules: Rules
) -> Iterator[ClockEvent]:
    """What an instant makes due for one round. A breach already overdue silences warnings that came to nothing."""
    number, version = known.number, known.version
    if breach_is_owed(known, round_) and round_.breach_at <= now:
        yield _breached(ref, number, version, round_, now, rules)
        known_breached = True
    else:
        known_breached = known.breached
        yield from _resumption_and_warnings(known, round_, now)
    if known_breached and grace_is_owed(known, round_) and round_.grace_ends_at and round_.grace_ends_at <= now:
        yield GraceEnded(
            at=round_.grace_ends_at,
            number=number,
            version=version,
            on_silence=rules.policies.version(ref.kind, round_.policy_version).on_silence,
            announced_at=now,
            late=now - round_.grace_ends_at > ON_TIME_WITHIN,
        )


def _resumption_and_warnings(known: PublicRound, round_: Round, now: datetime) -> Iterator[ClockEvent]:
    ends_by = cap_end_owed(known, round_)
    if ends_by is not None and ends_by <= now:
        yield ClockResumed(ends_by, known.number, PAUSE_CAP_REACHED, known.version, round_.due_by)
    reached = [(percent, at) for percent, at in warnings_owed(known, round_) if at <= now]
    for percent, reached_at in reached:
        if not any(REMINDER < later < percent for later, _ in reached):
            late = now - reached_at > ON_TIME_WITHIN
            yield ClockWarned(reached_at, known.number, percent, known.version, round_.due_by, round_.owner, now, late)


def breach_is_owed(known: PublicRound, round_: Round) -> bool:
    """Whether a breach is still to be told when its time comes."""
    return not known.breached and (round_.settled_at is None or round_.verdict in _LATE_VERDICTS)


def grace_is_owed(known: PublicRound, round_: Round) -> bool:
    """Whether the end of grace is still to be told."""
    return round_.grace_ends_at is not None and not known.grace_ended and round_.settled_at is None


def cap_end_owed(known: PublicRound, round_: Round) -> datetime | None:
    """When an open pause's cap is used up, if that is still to be told."""
    return round_.pause_ends_by if round_.paused_at not in (None, known.pause_over) else None


def warnings_owed(known: PublicRound, round_: Round) -> Sequence[tuple[int, datetime]]:
    """Thresholds still to be told, in order; none after a breach or an end."""
    if known.breached or round_.settled_at is not None:
        return ()
    return [warning for warning in round_.warnings if known.owes_warning(*warning)]


def next_look(known: PublicRound, round_: Round) -> datetime | None:
    """When the round must be looked at next, or None."""
    settled = round_.settled_at is not None
    earliest: datetime | None = None
    if not known.breached and not settled:
        earliest = next((at for percent, at in round_.warnings if known.owes_warning(percent, at)), None)
    if breach_is_owed(known, round_):
        earliest = _earlier(earliest, round_.breach_at)
    elif known.breached and grace_is_owed(known, round_):
        earliest = _earlier(earliest, round_.grace_ends_at)
    return earliest if settled else _earlier(earliest, cap_end_owed(known, round_))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return one if one < other else other
