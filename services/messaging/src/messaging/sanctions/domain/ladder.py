"""The sanction ladder as data, and where a person stands on it: a pure function of their breaches and of the time.

The order in which breaches become known does not matter; only when they happened does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from ombud_detection.ruledata import (
    BrokenRuleFile,
    Table,
    number_of,
    rule_file,
    tables_of,
    text_of,
    words_of,
)
from ombud_words import CaseId, EventId, MessageId

ANY = "any"
MESSAGES, CONDUCT, CLAIMS = "messages", "conduct", "claims"
"""What a ladder is about: breaches by messages, findings about a seller's conduct, or about a buyer's claims."""
HOLD_ALL, TAKEOVER = "hold_all", "takeover"
HOLDING = (HOLD_ALL, TAKEOVER)
"""Steps on which every message waits for a moderator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What breaches of a role lead to in a market."""

    id: str
    steps: tuple[str, ...]
    """Mildest first; a breach climbs one."""
    decays_after_seconds: int
    """Without a breach for so long, a person steps back."""
    appeal_seconds: int
    """How long a breach can be appealed."""

    @property
    def period(self) -> timedelta:
        """Without a breach for so long, a person steps back."""
        return timedelta(seconds=self.decays_after_seconds)

    @property
    def holds_for(self) -> timedelta:
        """How long after the last breach every message may wait for a moderator."""
        held = [step in HOLDING for step in self.steps]
        return self.period * len(self.steps[held.index(True) :]) if any(held) else timedelta(0)

    def step(self, height: int) -> str | None:
        """Return the step at a height (0 is the ground), or None on the ground."""
        return self.steps[min(height, len(self.steps)) - 1] if height else None

    def next_step(self, height: int) -> str:
        """Return the step that a further breach leads to."""
        return self.steps[min(height, len(self.steps) - 1)]


class Rung(Protocol):
    """What climbs a ladder by one: a breach, or a finding."""

    @property
    def at(self) -> datetime:
        """When it happened."""

    @property
    def name(self) -> str:
        """Orders what happened at one instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A message that broke a rule, by reference."""

    message_id: MessageId
    case_id: CaseId
    at: datetime
    """When it was sent."""
    rules: tuple[str, ...]
    """Ids of the rules that it broke, or a moderator's reasons."""
    event_id: EventId
    """The event that told of it."""

    @property
    def name(self) -> str:
        """Orders what happened at one instant."""
        return self.message_id


@dataclass(frozen=True, slots=True)
class Foothold:
    """A height that was reached at an instant."""

    height: int
    at: datetime


def height_after(ladder: Ladder, base: Foothold | None, breaches: Iterable[Rung]) -> Foothold | None:
    """Return the height after the last of these breaches, and when that was; None without any."""
    for breach in sorted(breaches, key=lambda b: (b.at, b.name)):
        before = height_at(ladder, base, breach.at)
        at = max(base.at, breach.at) if base else breach.at
        base = Foothold(min(before + 1, len(ladder.steps)), at)
    return base


def height_at(ladder: Ladder, foothold: Foothold | None, at: datetime) -> int:
    """Return the height at an instant, steps back included."""
    if foothold is None:
        return 0
    still = max(timedelta(0), at - foothold.at) // ladder.period
    return max(0, foothold.height - still)


def steps_back_at(ladder: Ladder, foothold: Foothold | None, at: datetime) -> datetime | None:
    """Return when the next step back is due after an instant, or None on the ground."""
    if foothold is None or height_at(ladder, foothold, at) == 0:
        return None
    return foothold.at + ladder.period * (max(timedelta(0), at - foothold.at) // ladder.period + 1)


def ladders_from(table: Table) -> dict[tuple[str, str, str], Ladder]:
    """Return ladders by market, role and what they are about, from a table shaped like `rules/sanctions.toml`. Raises BrokenRuleFile."""
    ladders = {}
    for row in tables_of(table, "ladder"):
        steps = words_of(row, "steps")
        days = number_of(row, "decays_after_days"), number_of(row, "appeal_days")
        if not steps or min(days) <= 0:
            raise BrokenRuleFile("a ladder has steps, and days above 0")
        decays, appeal = (int(d * 86_400) for d in days)
        ladder = Ladder(id=text_of(row, "id"), steps=steps, decays_after_seconds=decays, appeal_seconds=appeal)
        if ladder.holds_for > timedelta(seconds=appeal):  # nobody reminds of the end of this time (ADR 96)
            raise BrokenRuleFile(f"ladder {ladder.id}: messages may wait for longer than a sanction can be appealed")
        ladders[text_of(row, "market", ANY), text_of(row, "role"), text_of(row, "about", MESSAGES)] = ladder
    return ladders


@cache
def _shipped() -> dict[tuple[str, str, str], Ladder]:
    return ladders_from(rule_file("sanctions.toml"))


def ladder_for(market: str, role: str, about: str = MESSAGES) -> Ladder | None:
    """Return the ladder of a role in a market, or None for a role that is not sanctioned."""
    return _shipped().get((market, role, about)) or _shipped().get((ANY, role, about))
