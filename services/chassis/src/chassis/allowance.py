"""Limits per person, kept with what they limit: a use counts if its effect was written, on whichever replica."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.aggregate import Kind, Origin, Unit
from chassis.auth import Actor
from chassis.limits import INSTEAD, LIMITS, Limited, Rate, Rates
from chassis.mongo import Index, Indexes
from chassis.problems import Problem

ALLOWANCES_COLLECTION = "allowances"
_KEPT_SECONDS = 31 * 86_400
"""Longer than the longest window."""
ALLOWANCE_INDEXES: Indexes = {ALLOWANCES_COLLECTION: [Index(("last_at", 1), kept_seconds=_KEPT_SECONDS)]}


class TooOften(Exception):
    """The person did this as often as anybody may, for now."""

    def __init__(self, rate: Rate, again_at: datetime) -> None:
        super().__init__(f"{rate.times} times within {rate.within_seconds} seconds")
        self.rate = rate
        self.again_at = again_at


@dataclass(frozen=True, slots=True)
class Use:
    """Do it once more."""

    rates: Rates
    at: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """It was done; `kept` are the earlier uses that can still matter."""

    kept: tuple[datetime, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Allowance:
    """When a person did something, oldest first, as far as it matters."""

    uses: tuple[datetime, ...]


def decide(command: Use, state: Allowance | None) -> list[Used]:
    """Return the use. Raises TooOften, which says when there is room again in every window."""
    uses = state.uses if state else ()
    full = [(rate, uses[-rate.times]) for rate in command.rates if len(uses) >= rate.times]
    again = [(rate, first + timedelta(seconds=rate.within_seconds)) for rate, first in full]
    rate, again_at = max(again, key=lambda one: one[1], default=(None, command.at))
    if rate is not None and again_at > command.at:
        raise TooOften(rate, again_at)
    most = max(rate.times for rate in command.rates)
    return [Used(uses[-most:], command.at)]


def evolve(_state: Allowance | None, event: Used) -> Allowance:
    """Return the uses after one more."""
    return Allowance((*event.kept, event.at))


ALLOWANCES: Kind[Use, Used, Allowance] = Kind(
    collection=ALLOWANCES_COLLECTION,
    state=Allowance,
    decide=decide,
    evolve=evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("allowance"),
    fields=lambda s: {"last_at": s.uses[-1]},
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a service, as they are configured."""

    configured: Mapping[Limited, Rates]

    async def use(self, what: Limited, actor: Actor, at: datetime, unit: Unit, matter: str = "") -> None:
        """Count one use of a party in a matter. Raises Problem (429) that says what to do, and when it is allowed again."""
        if actor.staff:
            return
        rates = self.configured.get(what, LIMITS[what])
        # A key of its own, so that the row does not tell who did what.
        named = hashlib.sha256("\x1f".join((what, actor.role, actor.id, matter)).encode()).hexdigest()
        try:
            await unit.execute(ALLOWANCES, f"alw_{named}", Use(rates, at))
        except TooOften as often:
            raise _problem(what, often, at) from None


def _problem(what: Limited, often: TooOften, at: datetime) -> Problem:
    seconds = max(1, math.ceil((often.again_at - at).total_seconds()))
    return Problem(
        429,
        "too_often",
        f"At most {often.rate.times} in {often.rate.within_seconds} seconds. {INSTEAD[what]}",
        facts={"limit": what, "times": often.rate.times, "within_seconds": often.rate.within_seconds},
        headers={"Retry-After": str(seconds)},
    )
