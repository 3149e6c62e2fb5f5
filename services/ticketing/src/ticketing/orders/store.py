"""How ticketing keeps order lines and listings: an aggregate for each, so that a decision about one can guard it."""

from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from chassis.store import Document
from ombud_words import LineId, LineKey, ListingId, OrderId, SellerId
from ticketing.orders.domain import (
    Listing,
    OrderLine,
    PublishedListing,
    Purchase,
    RecordDelivery,
    RecordListing,
    RecordPurchase,
    Stop,
    line,
    listing,
    stop,
)
from ticketing.orders.publish import publish_stop

_ROWS, _DELIVERIES = "order_lines", "deliveries"
"""Where lines were kept as rows without a version: read, and never written."""

_MOST_LINES = 100
_BY_MODEL = Index(("model", 1), ("_id", 1))
INDEXES: Indexes = {"lines": [_BY_MODEL], "listings": [_BY_MODEL], "stops": [], _ROWS: [Index(("order_id", 1))]}


def _sold(purchase: Purchase | None) -> Document:
    """Return by what lines are sought."""
    if purchase is None or purchase.listing is None:
        return {}
    return {"model": model_of(purchase.listing), "seller_id": purchase.seller_id, "market": purchase.market}


LINES: Kind[line.Command, line.Event, OrderLine] = Kind(
    collection="lines",
    state=OrderLine,
    decide=line.decide,
    evolve=line.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("line"),
    fields=lambda state: _sold(state.purchase),
)


LISTINGS: Kind[RecordListing, listing.ListingTold, PublishedListing] = Kind(
    collection="listings",
    state=PublishedListing,
    decide=listing.decide,
    evolve=listing.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("listing"),
    fields=lambda state: {"model": state.model, "seller_id": state.seller_id, "market": state.market},
)


STOPS: Kind[stop.Command, stop.Event, Stop] = Kind(
    collection="stops",
    state=Stop,
    decide=stop.decide,
    evolve=stop.evolve,
    publish=publish_stop,
    origin=lambda s: Origin(key=s.request.model, market=s.request.market),
)


async def stop_of(unit: Unit, listing_id: ListingId | None) -> Stop | None:
    """Return whether a listing was asked to be stopped, and what became of it; None when nobody asked."""
    if listing_id is None:
        return None
    return await unit.read(STOPS, listing_id)


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


def model_of(listing: Listing) -> str:
    """Return what a listing is a piece of: its model, or where nobody told of one the listing itself."""
    return listing.model or listing.listing_id


async def lines_of_model(
    unit: Unit, model: str, seller_id: SellerId | None, after: str, limit: int
) -> list[tuple[LineKey, OrderLine]]:
    """Return order lines of a model, of one seller or of all, in the order of their ids after one."""
    where = _of_model(model, seller_id, after)
    found = await unit.find("lines", where, sort=[("_id", 1)], limit=limit)
    return [(LineKey(row["_id"]), LINES.decode(row["state"])) for row in found]


async def listings_of_model(
    unit: Unit, model: str, seller_id: SellerId | None, after: str, limit: int
) -> list[tuple[ListingId, PublishedListing]]:
    """Return what is offered of a model, by one seller or by all, in the order of the listings' ids after one."""
    where = _of_model(model, seller_id, after)
    found = await unit.find("listings", where, sort=[("_id", 1)], limit=limit)
    return [(ListingId(row["_id"]), LISTINGS.decode(row["state"])) for row in found]


def _of_model(model: str, seller_id: SellerId | None, after: str) -> Document:
    of_seller = {} if seller_id is None else {"seller_id": seller_id}
    return {"model": model, "_id": {"$gt": after}, **of_seller}


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
