"""A tiny aggregate for chassis tests: a counter per case, told of with the contracts' own `case_closed`."""

from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Kind, Origin
from ombud_contracts.events.ticketing import CaseClosed


@dataclass(frozen=True, slots=True)
class Add:
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Counter:
    total: int
    times: int


class NegativeAmount(Exception):
    """Counters only grow."""


def decide(command: Add, _state: Counter | None) -> list[Added]:
    if command.amount < 0:
        raise NegativeAmount("amounts are positive")
    return [Added(command.amount, command.at)] if command.amount else []


def evolve(state: Counter | None, event: Added) -> Counter:
    state = state or Counter(0, 0)
    return Counter(state.total + event.amount, state.times + 1)


def kind_for(case_id: str, *, told: bool = True) -> Kind[Add, Added, Counter]:
    """Return the counter of a case; one that is not `told` of has no events, and nothing but its version to guard it."""
    return Kind(
        collection="counters",
        state=Counter,
        decide=decide,
        evolve=evolve,
        publish=lambda event, _state: CaseClosed(case_id=case_id, closed_at=event.at) if told else None,
        origin=lambda _state: Origin(key=case_id, case_id=case_id, market="lv"),
    )
