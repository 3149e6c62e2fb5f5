"""What a takeover rests on: facts, the deadline that was missed, and what it costs the seller."""

from dataclasses import dataclass, replace
from datetime import datetime

from ombud_words import ChargeKind, Currency, EventId, Trigger


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the decision rests on: an event of the case, and the kinds of fact it shows."""

    event_id: EventId
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the missed deadline, as the SLA monitor counted it."""

    from_at: datetime
    to_at: datetime
    counted: bool
    seconds: int
    cause: str
    calendar_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A charge that the seller is shown before it is made; what was shown is what is charged (casework, 3)."""

    kind: ChargeKind
    net_minor: int
    vat_minor: int
    vat_basis_points: int
    currency: Currency
    tariff_version: str

    @property
    def gross_minor(self) -> int:
        """Return what the seller pays, VAT included."""
        return self.net_minor + self.vat_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a trigger needs in this market, and what was given."""

    trigger: Trigger
    clause: str
    clause_version: str
    scope: str
    required: tuple[str, ...]
    facts: tuple[Fact, ...]
    deadline_trace: tuple[Segment, ...] = ()
    verdict_needs: tuple[str, ...] = ()
    """Kinds of facts for a person's verdict, where the platform has the contact at once; empty where the decision is whole."""

    @property
    def deadline(self) -> datetime | None:
        """The deadline that was missed, for T1; None for decisions that rest on no deadline."""
        return self.deadline_trace[-1].to_at if self.deadline_trace else None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the kinds of fact that are required and not shown; of `photo|video` either is enough."""
        return self._not_shown(self.required)

    @property
    def missing_for_verdict(self) -> tuple[str, ...]:
        """Return the kinds of fact that a verdict against the seller still lacks."""
        return self._not_shown(self.verdict_needs)

    def with_facts(self, facts: tuple[Fact, ...]) -> "Grounds":
        """Return these grounds with more facts; an event counts once."""
        known = {fact.event_id for fact in self.facts}
        return replace(self, facts=(*self.facts, *(fact for fact in facts if fact.event_id not in known)))

    def _not_shown(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        shown = {kind for fact in self.facts for kind in fact.shows}
        return tuple(needed for needed in needs if shown.isdisjoint(needed.split("|")))
