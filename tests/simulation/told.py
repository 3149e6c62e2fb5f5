"""What a world that has come to rest told, and what its services keep: what the principles are asked about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from world import World

from billing.charges.domain import Charge
from billing.charges.store import CHARGES
from ombud_contracts import Event, Received
from ombud_contracts.market import Market
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.store import CLOCKS
from ticketing.takeovers.domain import Takeover
from ticketing.takeovers.store import TAKEOVERS

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was told, each event once, and what the services keep."""

    world: World
    received: Sequence[Received]
    paid_minor: int
    """For every line of this world."""
    market: Market
    charges: Sequence[Charge] = field(init=False)
    clocks: Sequence[Clock] = field(init=False)
    takeovers: Sequence[Takeover] = field(init=False)

    def __post_init__(self) -> None:
        for name, service, kind in (
            ("charges", "billing", CHARGES),
            ("clocks", "sla-monitor", CLOCKS),
            ("takeovers", "ticketing", TAKEOVERS),
        ):
            kept = [kind.decode(d["state"]) for d in self.world.nodes[service].store.documents(kind.collection)]
            object.__setattr__(self, name, kept)

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of a kind in the order in which they were told."""
        return [r.event for r in self.received if isinstance(r.event, kind)]


def told_in(world: World, paid_minor: int, market: Market) -> Told:
    """Return what a world told, each event once, by the time at which it was told; those of one key in their order."""
    first = {r.received.metadata.id: r.received for log in world.broker.partitions.values() for r in reversed(log)}
    logs = world.broker.partitions.values()
    places = {r.received.metadata.id: place for log in logs for place, r in reversed(list(enumerate(log)))}
    in_order = sorted(first.values(), key=lambda r: (r.metadata.recorded_at, places[r.metadata.id]))
    return Told(world, in_order, paid_minor, market)
