"""How ticketing keeps order lines and listings: an aggregate for each, so that a decision about one can guard it."""

from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from ombud_words import LineId, LineKey, ListingId, OrderId
from ticketing.orders.domain import (
    OrderLine,
    PublishedListing,
    Purchase,
    RecordDelivery,
    RecordListing,
    RecordPurchase,
    line,
    listing,
)

_ROWS, _DELIVERIES = "order_lines", "deliveries"
"""Where lines were kept as rows without a version: read, and never written."""

_MOST_LINES = 100
INDEXES: Indexes = {"lines": [], "listings": [], _ROWS: [Index(("order_id", 1))]}

LINES: Kind[line.Command, line.Event, OrderLine] = Kind(
    collection="lines",
    state=OrderLine,
    decide=line.decide,
    evolve=line.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("line"),
)


LISTINGS: Kind[RecordListing, listing.ListingTold, PublishedListing] = Kind(
    collection="listings",
    state=PublishedListing,
    decide=listing.decide,
    evolve=listing.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("listing"),
)


async def guard_listing(unit: Unit, listing_id: ListingId) -> PublishedListing | None:
    """Return a listing that a decision rests on, guarded until commit, or None when nothing was told of it."""
    if await unit.read(LISTINGS, listing_id) is None:
        return None
    return await unit.guard(LISTINGS, listing_id)


async def guard_line(unit: Unit, key: LineKey) -> OrderLine | None:
    """Return an order line that a decision rests on, guarded until commit, or None when nothing was told of it."""
    await adopt(unit, key)
    if await unit.read(LINES, key) is None:
        return None
    return await unit.guard(LINES, key)


async def lines_of(unit: Unit, order_id: OrderId) -> dict[LineId, OrderLine]:
    """Return what is known of the lines of an order, by their ids; of one with very many the first."""
    where = {"_id": {"$gte": f"{order_id}|", "$lt": f"{order_id}}}"}}
    found = await unit.find("lines", where, sort=[("_id", 1)], limit=_MOST_LINES)
    return {LineId(row["_id"].partition("|")[2]): LINES.decode(row["state"]) for row in found}


async def adopt(unit: Unit, key: LineKey) -> None:
    """Make an aggregate of the rows in which a line was kept without a version, if nothing newer is known of it."""
    if await unit.read(LINES, key) is not None:
        return
    if row := await unit.find_one(_ROWS, {"_id": key}):
        purchase = Purchase(**{name: value for name, value in row.items() if name != "_id"})
        await unit.execute(LINES, key, RecordPurchase(purchase, unit.now))
    if row := await unit.find_one(_DELIVERIES, {"_id": key}):
        await unit.execute(LINES, key, RecordDelivery(row["at"], unit.now))
