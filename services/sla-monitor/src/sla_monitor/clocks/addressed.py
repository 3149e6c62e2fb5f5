"""A fact for clocks, and which of them hear it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ombud_contracts import Received
from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.rules.domain import About


@dataclass(frozen=True, slots=True)
class AddressedFact:
    """A fact of a case, and what within the case it names: a dispute, an offer, a charge, a message, a takeover."""

    fact: Fact
    names: Mapping[About, str] = field(default_factory=dict)
    whole_case: bool = False
    """Clocks about what it does not name hear it too, whatever subjects of the case they have."""
    of_channel: bool = False
    """What it tells depends on the channel by which the platform was asked."""

    def subject_for(self, about: About) -> str | None:
        """Return the subject of the clock that hears it among those about this kind of thing; None: not named."""
        return "" if about is About.CASE else self.names.get(about)


def fact_id(received: Received) -> FactId:
    """Return the id of what an event tells: the event's own."""
    return FactId(received.metadata.id)
