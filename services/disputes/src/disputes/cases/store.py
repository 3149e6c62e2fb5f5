"""How disputes keeps what it knows of cases and order lines."""

from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from chassis.store import Reader
from disputes.cases.domain import (
    BoughtLine,
    KnownCase,
    NoteCase,
    NoteClosing,
    NoteContact,
    OpenedCase,
    Paid,
    case,
    line,
)
from ombud_words import CaseId, Currency, LineId, OrderId, line_key

_CASE_ROWS, _LINE_ROWS = "cases", "order_lines"
"""Where both stood before each of them had a version; they are read until the case or the line is used again."""
_OF_A_LINE = 50
KNOWN_CASES: Kind[case.Command, case.Event, KnownCase] = Kind(
    collection="known_cases",
    state=KnownCase,
    decide=case.decide,
    evolve=case.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("case"),
)
LINES: Kind[line.Command, line.Event, BoughtLine] = Kind(
    collection="bought_lines",
    state=BoughtLine,
    decide=line.decide,
    evolve=line.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("line"),
)
CASE_INDEXES: Indexes = {
    KNOWN_CASES.collection: [Index(("state.opened.order_id", 1), ("state.opened.line_id", 1))],
    LINES.collection: [],
    _CASE_ROWS: [],
    _LINE_ROWS: [],
}


async def known_case(unit: Unit, case_id: CaseId) -> KnownCase | None:
    """Return what is known of a case, which must still be so at commit; None when nobody told of it."""
    if await unit.read(KNOWN_CASES, case_id) is not None:
        return await unit.guard(KNOWN_CASES, case_id)
    row = await unit.find_one(_CASE_ROWS, {"_id": case_id})
    if row is None:
        return None
    at = unit.now
    state = await unit.execute(KNOWN_CASES, case_id, NoteContact(row.get("taken_over", False), at))
    if row.get("closed"):
        state = await unit.execute(KNOWN_CASES, case_id, NoteClosing(closed=True, at=at))
    if "market" in row:
        names = ("market", "buyer_id", "seller_id", "order_id", "line_id", "reason")
        opened = OpenedCase(case_id=case_id, **{name: row[name] for name in names})
        state = await unit.execute(KNOWN_CASES, case_id, NoteCase(opened, at))
    return state


async def case_ids_of_line(reader: Reader, order_id: OrderId, line_id: LineId) -> list[CaseId]:
    """Return the ids of the cases that were told of about an order line."""
    where = {"state.opened.order_id": order_id, "state.opened.line_id": line_id}
    found = await reader.find(KNOWN_CASES.collection, where, limit=_OF_A_LINE, only=["_id"])
    return [CaseId(d["_id"]) for d in found]


async def find_paid_row(reader: Reader, order_id: OrderId, line_id: LineId) -> Paid | None:
    """Return what was paid for a line as it was kept before the line had a version, or None."""
    row = await reader.find_one(_LINE_ROWS, {"_id": line_key(order_id, line_id)})
    return Paid(row["paid_minor"], row["shipping_minor"], Currency(row["currency"])) if row else None


async def currency_of_line(unit: Unit, order_id: OrderId, line_id: LineId) -> Currency | None:
    """Return the currency in which a line was paid; None when no order told of it."""
    line = await unit.read(LINES, line_key(order_id, line_id))
    paid = line.paid if line is not None else await find_paid_row(unit, order_id, line_id)
    return paid.currency if paid is not None else None
