"""What a clock is told: a signal with its event time. The order in which facts arrive is not part of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from sla_monitor.rules.domain import ORDER_AT_ONE_INSTANT, Signal

FactId = NewType("FactId", str)
"""The id of what told the fact: an event, an adjustment, or an order of staff."""
_SETTLES_A_HOLD = frozenset({Signal.REPLY_RELEASED, Signal.REPLY_BLOCKED, Signal.QUALIFYING_REPLY, Signal.OTHER_REPLY})
_COUNTED_FROM_EARLIER = frozenset({Signal.REPLY_RELEASED, Signal.TIME_CREDITED})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, as told to a clock, by which it is known with its signal: an event may tell a clock two things.
    `id` is that of the event; times are event times."""

    id: FactId
    signal: Signal
    at: datetime
    ref: str | None = None
    """The message, offer or request it is about."""
    counts_from: datetime | None = None
    """Submit time of a released reply, or of one that waits; start of a credit; start of what a merged case still owed."""
    until: datetime | None = None
    """End of a credit; planned end of a pause by staff; the deadline a promise names."""
    seconds: int | None = None
    """By how much staff extend the cap of a pause."""
    version: int | None = None
    """The policy or calendar version that an explicit correction or migration names."""
    owner: str | None = None
    """Whom the obligation moves to."""
    reasons: tuple[str, ...] = ()

    @property
    def counts_at(self) -> datetime:
        """The instant from which it has its effect."""
        return self.counts_from if self.counts_from and self.signal in _COUNTED_FROM_EARLIER else self.at


def place(fact: Fact) -> tuple[datetime, int, str]:
    """Where a fact stands among others: by event time, then by kind, then by id."""
    return fact.counts_at, ORDER_AT_ONE_INSTANT[fact.signal], fact.id


@dataclass(frozen=True, slots=True)
class Hold:
    """A reply that waits for moderation."""

    submitted_at: datetime
    waits_since: datetime
    """When it was held; later than it was submitted for one that was blocked and appealed."""


def pending_holds(facts: Iterable[Fact]) -> list[Hold]:
    """Replies that still wait for moderation: what was decided before a reply began to wait says nothing about it."""
    known = list(facts)
    if not any(fact.signal is Signal.REPLY_HELD for fact in known):
        return []
    held: dict[str | None, Hold] = {}
    for fact in sorted(known, key=lambda f: (f.at, ORDER_AT_ONE_INSTANT[f.signal])):
        if fact.signal is Signal.REPLY_HELD:
            held[fact.ref] = Hold(fact.counts_from or fact.at, fact.at)
        elif fact.signal in _SETTLES_A_HOLD:
            held.pop(fact.ref, None)
    return sorted(held.values(), key=lambda hold: hold.submitted_at)
