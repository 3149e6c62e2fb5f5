"""A seller's monthly statement: a line for each ledger entry of the month, whose total is the ledger's (section 6)."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.charges.domain import Charge
from billing.charges.store import charges_by_id
from billing.charges.views import ChargeView
from billing.ledger.domain import month_bounds, receivable
from billing.ledger.store import entries_of_seller
from billing.refunds.views import RefundView
from chassis.http import View
from chassis.store import Document, Reader
from ombud_words import CaseId, ChargeId, DecisionId, EntryId, SellerId

MAX_LINES = 10_000


class StatementTooLong(Exception):
    """The month has more entries than one statement holds."""


class StatementLine(View):
    """One charge, or its reversal."""

    entry_id: EntryId
    at: datetime
    charge_id: ChargeId
    case_id: CaseId
    market: str
    decision_id: DecisionId
    kind: str
    line: str
    reversal: bool
    currency: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    """Negative for a reversal."""
    contest_until: datetime | None
    appeal_until: datetime | None


class CurrencyTotal(View):
    """The sum of the lines in one currency; equal to the month's movement of the seller's account."""

    currency: str
    total_minor: int
    ledger_minor: int


class StatementView(View):
    """What a seller was charged in a month."""

    seller_id: SellerId
    month: str
    lines: list[StatementLine]
    totals: list[CurrencyTotal]


class CaseMoneyView(View):
    """All money of a case."""

    case_id: CaseId
    charges: list[ChargeView]
    refunds: list[RefundView]


async def draw(reader: Reader, seller_id: SellerId, month: str) -> StatementView:
    """Draw a statement from the ledger. Raises StatementTooLong."""
    start, end = month_bounds(month)
    entries = await entries_of_seller(reader, seller_id, start, end, MAX_LINES + 1)
    if len(entries) > MAX_LINES:
        raise StatementTooLong(f"more than {MAX_LINES} entries in {month}")
    charges = await charges_by_id(reader, {e["caused_by"] for e in entries})
    return statement_of(seller_id, month, entries, charges)


def statement_of(
    seller_id: SellerId, month: str, entries: Sequence[Document], charges: Mapping[ChargeId, Charge]
) -> StatementView:
    """Return the statement of these ledger entries on the seller's account, and of the charges that caused them."""
    lines = [_line(e, charges[e["caused_by"]]) for e in entries]
    return StatementView(seller_id=seller_id, month=month, lines=lines, totals=_totals(seller_id, entries, lines))


def _line(entry: Document, charge: Charge) -> StatementLine:
    terms = charge.terms
    sign = -1 if entry["reverses"] else 1
    return StatementLine(
        entry_id=entry["_id"],
        at=entry["at"],
        charge_id=terms.charge_id,
        case_id=terms.case_id,
        market=terms.market,
        decision_id=terms.decision_id,
        kind=terms.kind,
        line=terms.line,
        reversal=sign < 0,
        currency=terms.currency,
        net_minor=sign * terms.net_minor,
        vat_minor=sign * terms.vat_minor,
        gross_minor=sign * terms.gross_minor,
        contest_until=charge.contest_until,
        appeal_until=terms.appeal_until,
    )


def _totals(seller_id: SellerId, entries: Sequence[Document], lines: Sequence[StatementLine]) -> list[CurrencyTotal]:
    totals = []
    for currency in sorted({e["currency"] for e in entries}):
        of_lines = sum(n.gross_minor for n in lines if n.currency == currency)
        of_ledger = sum(
            p["amount_minor"]
            for e in entries
            if e["currency"] == currency
            for p in e["postings"]
            if p["account"] == receivable(seller_id)
        )
        totals.append(CurrencyTotal(currency=currency, total_minor=of_lines, ledger_minor=of_ledger))
    return totals


def to_csv(statement: StatementView) -> str:
    """Return the statement as CSV (RFC 4180) with one line per entry and one per total."""
    out = io.StringIO()
    names = list(StatementLine.model_fields)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for line in statement.lines:
        values = line.model_dump(mode="json")
        writer.writerow(["" if values[name] is None else values[name] for name in names])
    for total in statement.totals:
        row = {"entry_id": "TOTAL", "currency": total.currency, "gross_minor": total.total_minor}
        writer.writerow([row.get(name, "") for name in names])
    return out.getvalue()
