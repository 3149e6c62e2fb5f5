"""How billing keeps what was paid for order lines, and what was charged and refunded of it."""

from collections.abc import Sequence

from billing.lines.domain import BoughtLine, NoteLine, bought, cap
from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from ombud_words import LineId, OrderId, line_key

_ROWS = "order_lines"
"""Where lines stood before each of them had a version; they are read until the line is used again."""
LINES: Kind[bought.NoteLine, bought.LineNoted, BoughtLine] = Kind(
    collection="bought_lines",
    state=BoughtLine,
    decide=bought.decide,
    evolve=bought.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("line"),
)
EXPOSURES: Kind[cap.Command, cap.Event, cap.Exposure] = Kind(
    collection="exposures",
    state=cap.Exposure,
    decide=cap.decide,
    evolve=cap.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("exposure"),
)
REFUSED_ORDERS = "refused_orders"
LINE_INDEXES: Indexes = {
    LINES.collection: [],
    _ROWS: [],
    EXPOSURES.collection: [],
    REFUSED_ORDERS: [Index(("market", 1), ("at", -1))],
}
_MOST_SHOWN = 200


def refuse_order(unit: Unit, order_id: OrderId, market: str, currency: str, reason: str) -> None:
    """List an order that is not taken: nothing is charged or refunded for it."""
    unit.upsert(REFUSED_ORDERS, order_id, {"market": market, "currency": currency, "reason": reason, "at": unit.now})


async def take_order(unit: Unit, order_id: OrderId) -> None:
    """Take an order off the list when it is told anew and can be taken."""
    if await is_refused(unit, order_id):
        unit.delete(REFUSED_ORDERS, order_id)


async def is_refused(unit: Unit, order_id: OrderId) -> bool:
    """Whether an order was refused when it was told."""
    return await unit.find_one(REFUSED_ORDERS, {"_id": order_id}) is not None


async def refused_orders(reader: Reader, markets: Sequence[str]) -> list[Document]:
    """Return the orders that were refused in these markets, newest first; at most 200."""
    where = {"market": {"$in": list(markets)}}
    return await reader.find(REFUSED_ORDERS, where, sort=[("at", -1)], limit=_MOST_SHOWN)


def exposure_id(order_id: OrderId, line_id: LineId) -> str:
    """Return the id of an order line's exposure."""
    return f"exp_{line_key(order_id, line_id)}"


async def bought_line(unit: Unit, order_id: OrderId, line_id: LineId) -> BoughtLine | None:
    """Return what was paid for a line, which must still be so at commit; None when no order told of it."""
    key = line_key(order_id, line_id)
    if await unit.read(LINES, key) is not None:
        return await unit.guard(LINES, key)
    row = await unit.find_one(_ROWS, {"_id": key})
    if row is None:
        return None
    line = BoughtLine(**{name: row[name] for name in BoughtLine.__dataclass_fields__})
    return await unit.execute(LINES, key, NoteLine(line, unit.now))
