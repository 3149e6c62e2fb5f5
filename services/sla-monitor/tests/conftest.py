"""Calendars, rules and stories that the domain's tests are told in."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from riga_rules import HOLIDAYS, RIGA, local, riga_calendar, rules_of

from sla_monitor.clocks.domain.clock import Clock, Fire, RecordFact, decide, evolve
from sla_monitor.clocks.domain.clock_event import ClockEvent, ClockRef, FactRecorded, FactsFolded
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.working_time.domain.calendar import Calendar


@dataclass
class Story:
    """One clock, told facts and fired; it keeps every event with the state that followed."""

    rules: Rules
    kind: str = "reply"
    state: Clock | None = None
    said: list[ClockEvent] = field(default_factory=list)
    facts: int = 0

    @property
    def ref(self) -> ClockRef:
        return ClockRef("cas_1", ClockKind(self.kind), "", "lv")

    @property
    def clock(self) -> Clock:
        assert self.state is not None
        return self.state

    def tell(self, signal: Signal, at: str | datetime, now: str | datetime | None = None, **about: object) -> "Story":
        """A fact at a local time of Riga, known at once unless `now` says later."""
        self.facts += 1
        fact = replace(Fact(f"evt_{self.facts}", signal, local(at)), **about)  # type: ignore[arg-type]
        return self.take(fact, local(now or at))

    def take(self, fact: Fact, now: datetime) -> "Story":
        return self._follow(decide(RecordFact(self.ref, fact, now, self.rules), self.state))

    def fire(self, now: str | datetime) -> "Story":
        return self._follow(decide(Fire(local(now), self.rules), self.clock))

    def _follow(self, events: list[ClockEvent]) -> "Story":
        self.said = [event for event in events if not isinstance(event, FactRecorded | FactsFolded)]
        for event in events:
            self.state = evolve(self.state, event)
        return self

    @property
    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.said]

    @property
    def verdicts(self) -> list[str]:
        return [round_.verdict.value for round_ in self.clock.rounds]

    @property
    def due(self) -> str:
        """The last round's deadline, local time."""
        return shown(self.clock.rounds[-1].due_by)


def shown(at: datetime) -> str:
    """An instant as local time of Riga, to the minute unless there are seconds."""
    there = at.astimezone(RIGA)
    return there.strftime("%Y-%m-%d %H:%M:%S" if there.second else "%Y-%m-%d %H:%M")


@pytest.fixture
def riga() -> Calendar:
    return riga_calendar()


@pytest.fixture
def riga_versions() -> Callable[..., Calendar]:
    return riga_calendar


@pytest.fixture
def make_rules() -> Callable[..., Rules]:
    return rules_of


@pytest.fixture
def rules() -> Rules:
    return rules_of(riga_calendar())


@pytest.fixture
def story(rules: Rules) -> Story:
    return Story(rules)


@pytest.fixture
def story_of(rules: Rules) -> Callable[..., Story]:
    def of(kind: str = "reply", other_rules: Rules | None = None) -> Story:
        return Story(other_rules or rules, kind)

    return of


@pytest.fixture(scope="session")
def any_order_rules() -> Rules:
    """The default rows, and a second calendar version with one holiday more."""
    return rules_of(riga_calendar(1), riga_calendar(2, [*HOLIDAYS, "2026-09-16"]))
