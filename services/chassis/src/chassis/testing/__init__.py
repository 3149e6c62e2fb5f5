"""What tests of services use: a clock that stands still, given/when/then over an aggregate, commands against the memory
store, polling with a deadline.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from chassis.aggregate import C, Cause, E, Kind, S, Session
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.memory import MemoryStore
from chassis.mongo import Mongo
from chassis.store import LEASES
from ombud_contracts import Event as ContractEvent
from ombud_contracts import Metadata, Received
from ombud_words import CaseId

T = TypeVar("T")
R = TypeVar("R", bound=Exception)
NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
"""A Tuesday."""


@dataclass(slots=True)
class FixedClock:
    """Returns the same instant until moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **duration: float) -> None:
        """Move forward by a `timedelta`."""
        self.at += timedelta(**duration)


async def _nothing_moves() -> object:
    return None


@dataclass(slots=True)
class Patience:
    """Waits that last as long as something moves: a busy machine is slow, and no fault.

    Patience ends after `within_seconds` from whose beginning to whose end `moving` returned the same.
    """

    within_seconds: float
    moving: Callable[[], Awaitable[object]] = _nothing_moves
    _seen: object = field(default_factory=object)
    _ends: float = 0.0

    async def is_over(self) -> bool:
        """Whether nothing moved for so long. It looks when a stretch ends, and at the first call."""
        if time.monotonic() < self._ends:
            return False
        before, self._seen = self._seen, await self.moving()
        self._ends = time.monotonic() + self.within_seconds
        return self._seen == before


async def eventually(
    what: str,
    probe: Callable[[], Awaitable[T | None]],
    within_seconds: float = 60.0,
    *,
    moving: Callable[[], Awaitable[object]] = _nothing_moves,
) -> T:
    """Poll until the probe returns something true, and return it. Fails saying what it was waiting for.

    `moving` tells where things stand: `within_seconds` then begin anew as long as that changes.
    """
    patience = Patience(within_seconds, moving)
    while True:
        found = await probe()
        if found:
            return found
        if await patience.is_over():
            raise AssertionError(f"waited {within_seconds} s in which nothing moved for {what}; last saw {found!r}")
        await asyncio.sleep(0.05)


async def alone(mongo: Mongo, work: str) -> Leases:
    """Return a lease of a work that a replica holds; others that ask for one believe that they hold it too."""
    leases = Leases(mongo, f"{work}-{new_id('work')}", 1, "test")
    await leases.refresh()
    return leases


async def overslept(mongo: Mongo, work: str) -> Leases:
    """Return a lease that ran out, of a replica that has not noticed."""
    leases = await alone(mongo, work)
    await mongo.change(LEASES, {"work": leases.work}, [{"$set": {"expires_at": {"$subtract": ["$$NOW", 1]}}}])
    return leases


def fold(kind: Kind[C, E, S], commands: list[C], state: S | None = None) -> tuple[list[E], S | None]:
    """Decide commands one after the other; return all events and the state they produce."""
    told: list[E] = []
    for command in commands:
        for event in kind.decide(command, state):
            told.append(event)
            state = kind.evolve(state, event)
    return told, state


@dataclass(frozen=True, slots=True)
class Outcome(Generic[E, S]):
    """What a command led to: facts, or a refusal."""

    before: S | None
    events: list[E]
    after: S | None
    refusal: Exception | None = None

    def then(self, *events: E, **changed: object) -> S:
        """Expect exactly these facts, and a state that differs from the one before in exactly these members."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.events == list(events)
        assert self.after is not None
        if self.before is None:
            assert {name: getattr(self.after, name) for name in changed} == changed
        else:
            assert self.after == replace(self.before, **changed)  # type: ignore[type-var]
        return self.after

    def then_nothing(self) -> None:
        """Expect no fact: a repeat that changes nothing."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.events == []
        assert self.after == self.before

    def then_refused(self, refusal: type[R]) -> R:
        """Expect this refusal, and return it."""
        assert isinstance(self.refusal, refusal), f"{self.told} instead of {refusal.__name__}"
        return self.refusal

    @property
    def told(self) -> str:
        """The outcome in one word: `-` for nothing, the facts, or the refusal."""
        if self.refusal is not None:
            return type(self.refusal).__name__
        return "+".join(type(event).__name__ for event in self.events) or "-"


@dataclass(frozen=True, slots=True)
class Situation(Generic[C, E, S]):
    """What happened so far to one aggregate."""

    kind: Kind[C, E, S]
    refusal: type[Exception] | tuple[type[Exception], ...]
    state: S | None

    def when(self, *commands: C) -> Outcome[E, S]:
        """Decide commands one after the other. Any exception but a refusal of the domain passes through."""
        events: list[E] = []
        after = self.state
        try:
            for command in commands:
                for event in self.kind.decide(command, after):
                    events.append(event)
                    after = self.kind.evolve(after, event)
        except self.refusal as refusal:
            return Outcome(self.state, [], self.state, refusal)
        return Outcome(self.state, events, after)


@dataclass(frozen=True, slots=True)
class Situations:
    """Situations of one domain, whose refusals have this base class, or these."""

    refusal: type[Exception] | tuple[type[Exception], ...]

    def given(self, kind: Kind[C, E, S], *commands: C) -> Situation[C, E, S]:
        """Build a situation through commands, none of which is refused."""
        return Situation(kind, self.refusal, fold(kind, list(commands))[1])

    def outcomes(
        self, kind: Kind[C, E, S], ladder: Mapping[str, Sequence[C]], commands: Mapping[str, C]
    ) -> dict[str, dict[str, Outcome[E, S]]]:
        """Walk every command over every situation: command → situation → outcome."""
        return {
            name: {rung: self.given(kind, *history).when(command) for rung, history in ladder.items()}
            for name, command in commands.items()
        }


def told(
    event: ContractEvent, subject: str, sequence: int, *, case_id: CaseId | None = None, at: datetime = NOON
) -> Received:
    """Return a contract event as a consumer receives it: the `sequence`-th of an aggregate."""
    metadata = Metadata(
        id=f"{subject}:{sequence}",
        subject=subject,
        sequence=sequence,
        key=case_id or subject,
        occurred_at=at,
        recorded_at=at,
        market="lv",
        case_id=case_id,
        correlation_id="test",
        causation_id="test",
    )
    return Received(metadata=metadata, event=event, type=event.type)


@dataclass
class Bench(Generic[T]):
    """Runs handlers against the memory store and keeps what was published."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FixedClock = field(default_factory=FixedClock)

    def session(self) -> Session:
        """Return a new session."""
        return Session(self.store, self.clock)

    async def execute(self, kind: Kind[Any, Any, Any], id: str, command: Any) -> Any:
        """Execute and commit one command."""
        session = self.session()
        state = await session.unit(Cause("test", "test")).execute(kind, id, command)
        await session.commit()
        return state
