"""Policies: what starts, satisfies, pauses, waives and voids each clock, as rows of data. Adding a clock adds a row.

Rows are versioned and effective-dated; a table refuses what could not be applied. It decides nothing about a case.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import NewType

from sla_monitor.rules.domain.signal import FOR_EVERY_CLOCK, UNDOES, Signal
from sla_monitor.rules.domain.subject import About
from sla_monitor.working_time.domain import CalendarId, Mode, SlaRefused, micros

ClockKind = NewType("ClockKind", str)
USUAL_WARNINGS = (50, 75, 90)
"""Shares of the time, in percent, at which a row warns that names no others."""


class PolicyRefused(SlaRefused):
    """The policy cannot be published as written."""


class PolicyUnreadable(PolicyRefused):
    """A field is missing, unknown or of the wrong type; the message names kind and field."""


class UnknownSignal(PolicyRefused):
    """A row names a signal that no clock can be told."""


class TargetIsZero(PolicyRefused):
    """A clock needs time to run."""


class PauseWithoutCap(PolicyRefused):
    """A clock that can pause needs a cap, or a deadline could be put off for ever."""


class SilenceWithoutDefault(PolicyRefused):
    """Every pending action says what happens when its owner stays silent."""


class SilenceUnknown(PolicyRefused):
    """Nobody carries the default on silence out, and no screen knows it (S-6)."""


class EffectiveDatesOverlap(PolicyRefused):
    """Two versions of the same thing would be in force at one instant."""


class SubjectChanged(PolicyRefused):
    """Two versions of a clock are about different kinds of subject: its rounds would belong to nobody."""


class NoPolicyInForce(SlaRefused):
    """No version of the policy was in force at that instant, for example before the clock existed."""


class BeforeAnyPolicy(NoPolicyInForce):
    """The event is older than the market's first policy: no clock of it ever existed."""


class UnknownVersion(SlaRefused):
    """No such version of the policy or calendar was published."""


@dataclass(frozen=True, slots=True)
class Gate:
    """While it is closed nothing starts; closing it ends what runs. `takeover_activated` closes the seller's gate."""

    opened_by: frozenset[Signal]
    closed_by: frozenset[Signal]
    open_at_birth: bool


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """One version of one row of the policy table."""

    kind: ClockKind
    version: int
    effective_from: datetime
    effective_until: datetime | None
    """None: until a later version takes over."""
    title: str
    owner: str
    """The role that owes the action."""
    calendar: CalendarId
    mode: Mode
    target_seconds: int
    on_silence: str
    """What happens by default when the owner stays silent, as a machine-readable word."""
    starts: frozenset[Signal]
    satisfies: frozenset[Signal]
    not_counted: frozenset[Signal] = frozenset()
    """Recorded with their reason, without effect."""
    pauses: frozenset[Signal] = frozenset()
    resumes: frozenset[Signal] = frozenset()
    waives: frozenset[Signal] = frozenset()
    revokes: frozenset[Signal] = frozenset()
    """A waived round continues with the time it had left."""
    continues: frozenset[Signal] = frozenset()
    """A round that was met in time continues with the time it had left."""
    voids: frozenset[Signal] = frozenset()
    gates: tuple[Gate, ...] = ()
    warnings_percent: tuple[int, ...] = USUAL_WARNINGS
    reminder_days: tuple[int, ...] = ()
    """How many days before the deadline its owner is reminded, whatever is counted (R-38): a right would be lost."""
    about: About = About.CASE
    """The kind of subject each clock belongs to (S-7)."""
    floor_seconds: int = 0
    """What a continued round has left at least, in counted time."""
    pause_cap_seconds: int | None = None
    """All pauses of a round together, in counted time."""
    grace_seconds: int = 0
    """Counted time between the breach and the default on silence."""
    hold_cap_seconds: int = 0
    """How long after the deadline (24/7) a reply that waits for moderation keeps a breach from being announced."""
    deadline_given: bool = False
    """The starting signal may name the deadline itself (a promise); the target is for when it does not."""
    given_at_most: bool = False
    """A deadline that the starting signal names counts only where it is earlier than the target's (an offer)."""
    counted_from_given: bool = False
    """The starting signal names an instant (a promised delivery) from which the target is counted."""
    channels: frozenset[str] = frozenset()
    """Only cases of these channels; empty means all."""
    owner_moves: tuple[tuple[Signal, str], ...] = ()
    """Who owes the action after a signal: after a takeover the platform, after a hand-back the seller."""

    gate_signals: frozenset[Signal] = field(init=False)
    noted: frozenset[Signal] = field(init=False)
    """Recorded because a reversed takeover asks what is still owed; without effect by themselves."""
    heard: frozenset[Signal] = field(init=False)
    """Every signal that can change a clock of this kind."""

    def __post_init__(self) -> None:
        turning = (gate.opened_by | gate.closed_by for gate in self.gates)
        object.__setattr__(self, "gate_signals", frozenset[Signal]().union(*turning))
        answers = {Signal.PLATFORM_REPLY} - self.satisfies if self.closed_by_takeover else frozenset[Signal]()
        object.__setattr__(self, "noted", frozenset(answers))
        undoable = self.starts | self.gate_signals | {signal for signal, _ in self.owner_moves}
        undoing = {undo for undo, what in UNDOES.items() if what in undoable}
        waiting = {Signal.REPLY_HELD} if self.hold_cap_seconds else frozenset[Signal]()
        object.__setattr__(self, "heard", FOR_EVERY_CLOCK.union(self.noted, undoing, waiting, *self._signals()))

    @property
    def closed_by_takeover(self) -> bool:
        """Whether nobody but the platform owes this while a takeover lasts."""
        return any(Signal.TAKEOVER_ACTIVATED in gate.closed_by for gate in self.gates)

    def owner_after(self, signal: Signal) -> str | None:
        """Who owes the action after a signal; None when the signal moves it to nobody."""
        return next((owner for moving, owner in self.owner_moves if moving is signal), None)

    def begins_by(self, signal: Signal) -> bool:
        """Whether the signal starts a round, or lets rounds start."""
        return signal in self.starts or any(signal in gate.opened_by for gate in self.gates)

    def reacts_to(self, signal: Signal) -> bool:
        """Whether the signal can change a clock of this kind."""
        if signal is Signal.PAUSE_EXTENDED:
            return bool(self.pauses)
        return signal in self.heard

    def _signals(self) -> Iterable[frozenset[Signal]]:
        yield from (self.starts, self.satisfies, self.not_counted, self.pauses, self.resumes)
        yield from (self.waives, self.revokes, self.continues, self.voids, self.gate_signals)
        yield frozenset(signal for signal, _ in self.owner_moves)


class PolicyTable:
    """All rows in force over time. Raises EffectiveDatesOverlap when two would be in force at once."""

    def __init__(self, rows: Iterable[ClockPolicy]) -> None:
        self.rows = tuple(sorted(rows, key=lambda row: (row.kind, row.effective_from)))
        self._versions: dict[str, tuple[ClockPolicy, ...]] = {}
        for row in self.rows:
            self._versions[row.kind] = (*self._versions.get(row.kind, ()), row)
        for kind, versions in self._versions.items():
            _refuse_change_of_subject(versions)
            refuse_overlap(kind, [(row.version, row.effective_from, row.effective_until) for row in versions])
        self._from = {kind: [micros(row.effective_from) for row in rows] for kind, rows in self._versions.items()}
        self._begins_at = min((micros(row.effective_from) for row in self.rows), default=None)
        self._hearing = {
            signal: [(row.kind, micros(row.effective_from), row.channels) for row in self.rows if row.reacts_to(signal)]
            for signal in Signal
        }
        self._changes_at = sorted({since for starts in self._from.values() for since in starts})
        self._told: dict[tuple[Signal, int, str | None], tuple[ClockKind, ...]] = {}

    @property
    def kinds(self) -> tuple[ClockKind, ...]:
        """Every kind of clock that ever had a row."""
        return tuple(ClockKind(kind) for kind in self._versions)

    def about(self, kind: ClockKind) -> About:
        """What each clock of a kind belongs to; the case for a kind that never had a row."""
        return self._versions[kind][0].about if kind in self._versions else About.CASE

    def in_force(self, kind: ClockKind, at: int) -> ClockPolicy:
        """The row in force at an instant (microseconds). Raises NoPolicyInForce."""
        row = self.found(kind, at)
        if row is None:
            raise NoPolicyInForce(f"no version of clock {kind} was in force at that time")
        return row

    def found(self, kind: ClockKind, at: int) -> ClockPolicy | None:
        """The row in force at an instant (microseconds), or None."""
        place = bisect_right(self._from.get(kind, ()), at)
        row = self._versions[kind][place - 1] if place else None
        ended = row is not None and row.effective_until is not None and at >= micros(row.effective_until)
        return None if ended else row

    def refuse_before_first(self, kind: ClockKind, at: int) -> None:
        """Return when the clock existed at an instant (microseconds), retired or not. Raises NoPolicyInForce."""
        first = self._from.get(kind)
        if not first or at < first[0]:
            raise NoPolicyInForce(f"no version of clock {kind} was in force at that time")

    def refuse_before_all(self, at: datetime) -> None:
        """Return when any clock existed at an instant. Raises BeforeAnyPolicy."""
        if self._begins_at is not None and micros(at) < self._begins_at:
            raise BeforeAnyPolicy("the event is older than the first policy of the market")

    def version(self, kind: ClockKind, version: int) -> ClockPolicy:
        """A row by its version. Raises UnknownVersion."""
        for row in self._versions.get(kind, ()):
            if row.version == version:
                return row
        raise UnknownVersion(f"clock {kind} has no version {version}")

    def kinds_told(self, signal: Signal, at: datetime, channel: str | None = None) -> tuple[ClockKind, ...]:
        """Which clocks of a case must be told of a signal at an instant; the same for every order of arrival.

        A kind hears what any of its versions up to then reacts to: a round goes on with the version it pinned, also when
        a later one no longer listens.
        """
        instant = micros(at)
        asked = (signal, bisect_right(self._changes_at, instant), channel)
        if (known := self._told.get(asked)) is not None:
            return known
        heard = self._hearing.get(signal, ())
        told = {kind: None for kind, since, of in heard if instant >= since and (not of or channel in of)}
        return self._told.setdefault(asked, tuple(told))


def _refuse_change_of_subject(versions: Sequence[ClockPolicy]) -> None:
    for row in versions[1:]:
        if row.about is not versions[0].about:
            raise SubjectChanged(f"clock {row.kind}: about is {versions[0].about} in every version")


def refuse_overlap(name: str, versions: Sequence[tuple[int, datetime, datetime | None]]) -> None:
    """Check (version, effective from, effective until) sorted by date. Raises EffectiveDatesOverlap."""
    for (number, start, until), (next_number, next_start, _) in pairwise(versions):
        if next_start <= start or next_number <= number or (until is not None and until > next_start):
            raise EffectiveDatesOverlap(f"{name}: versions {number} and {next_number} overlap or are out of order")
