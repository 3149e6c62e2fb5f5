"""How billing keeps what was paid for order lines, and what was charged and refunded of it."""

from billing.lines.domain import BoughtLine, NoteLine, bought, cap
from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Indexes
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
LINE_INDEXES: Indexes = {LINES.collection: [], _ROWS: [], EXPOSURES.collection: []}


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
