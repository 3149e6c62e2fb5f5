"""How disputes keeps where buyers stand as claimants."""

from chassis.aggregate import Kind, Origin
from chassis.ids import derived_id
from chassis.mongo import Indexes
from disputes.claimants.domain import Claimant, Command, Event, decide, evolve
from ombud_words import BuyerId

CLAIMANTS: Kind[Command, Event, Claimant] = Kind(
    collection="claimants",
    state=Claimant,
    decide=decide,
    evolve=evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("claimant"),
)
CLAIMANT_INDEXES: Indexes = {CLAIMANTS.collection: []}


def claimant_id(buyer_id: BuyerId, market: str) -> str:
    """Return the id under which a buyer's standing in a market is kept."""
    return derived_id("clm", buyer_id, market)
