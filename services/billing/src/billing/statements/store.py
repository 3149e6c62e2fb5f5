"""How statements keep which languages a seller reads."""

from billing.statements.domain import Command, Event, KnownSeller, decide, evolve
from chassis.aggregate import Kind, Origin
from chassis.mongo import Indexes

SELLERS: Kind[Command, Event, KnownSeller] = Kind(
    collection="known_sellers",
    state=KnownSeller,
    decide=decide,
    evolve=evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("seller"),
)
SELLER_INDEXES: Indexes = {SELLERS.collection: []}
