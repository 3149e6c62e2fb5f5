"""A seller's monthly statement: a line for each ledger entry of the month, whose total is the ledger's (section 6)."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from billing.charges.domain import Charge
from billing.charges.store import charges_by_id
from billing.charges.views import ChargeView
from billing.ledger.domain import receivable
from billing.ledger.store import balances_before, entries_of_seller
from billing.refunds.views import RefundView
from chassis.http import View
from chassis.store import Document, Figures, Reader
from ombud_contracts.market import Market
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
    vat_basis_points: int
    tariff_version: str
    status: str
    """Of the charge, when the statement was drawn."""
    contest_until: datetime | None
    contest_days_left: int | None
    """Whole days until then, 0 when it has passed."""
    appeal_until: datetime | None
    appeal_days_left: int | None


class Balance(View):
    """What the seller owed in a market when the month began and when it ended."""

    market: str
    currency: str
    opening_minor: int
    movement_minor: int
    closing_minor: int


class CurrencyTotal(View):
    """The sum of the lines in one currency; equal to the month's movement of the seller's account."""

    currency: str
    total_minor: int
    ledger_minor: int


class StatementView(View):
    """What a seller was charged in a month, which in each market lasts from its first midnight to the next month's."""

    seller_id: SellerId
    month: str
    lines: list[StatementLine]
    totals: list[CurrencyTotal]
    balances: list[Balance]

    @property
    def markets(self) -> set[str]:
        """The markets that it tells of."""
        return {line.market for line in self.lines} | {balance.market for balance in self.balances}


class CaseMoneyView(View):
    """All money of a case."""

    case_id: CaseId
    charges: list[ChargeView]
    refunds: list[RefundView]


async def draw(
    reader: Reader,
    figures: Figures,
    seller_id: SellerId,
    month: str,
    markets: Mapping[str, Market],
    now: datetime,
) -> StatementView:
    """Draw a statement of some markets from the ledger. Raises StatementTooLong."""
    entries = await entries_of_seller(reader, seller_id, month, markets, MAX_LINES + 1)
    if len(entries) > MAX_LINES:
        raise StatementTooLong(f"more than {MAX_LINES} entries in {month}")
    charges = await charges_by_id(reader, {e["caused_by"] for e in entries})
    before = await balances_before(figures, seller_id, month, markets)
    return statement_of(seller_id, month, entries, charges, before, now)


def statement_of(
    seller_id: SellerId,
    month: str,
    entries: Sequence[Document],
    charges: Mapping[ChargeId, Charge],
    before: Mapping[tuple[str, str], int],
    now: datetime,
) -> StatementView:
    """Return the statement of these ledger entries on the seller's account, and of the charges that caused them.

    `before` is what was owed when the month began, by market and currency.
    """
    lines = [_line(e, charges[e["caused_by"]], now) for e in entries]
    return StatementView(
        seller_id=seller_id,
        month=month,
        lines=lines,
        totals=_totals(seller_id, entries, lines),
        balances=_balances(lines, before),
    )


def _balances(lines: Sequence[StatementLine], before: Mapping[tuple[str, str], int]) -> list[Balance]:
    moved: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        moved[line.market, line.currency] += line.gross_minor
    return [
        Balance(
            market=market,
            currency=currency,
            opening_minor=before.get((market, currency), 0),
            movement_minor=moved[market, currency],
            closing_minor=before.get((market, currency), 0) + moved[market, currency],
        )
        for market, currency in sorted({*before, *moved})
    ]


def _days_left(until: datetime | None, now: datetime) -> int | None:
    return None if until is None else max(0, (until - now) // timedelta(days=1))


def _line(entry: Document, charge: Charge, now: datetime) -> StatementLine:
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
        vat_basis_points=terms.vat_basis_points,
        tariff_version=terms.tariff_version,
        status=charge.status,
        contest_until=charge.contest_until,
        contest_days_left=_days_left(charge.contest_until, now),
        appeal_until=terms.appeal_until,
        appeal_days_left=_days_left(terms.appeal_until, now),
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
    """Return the statement as CSV (RFC 4180): a line per entry, one per balance when the month began and ended, and one per
    total. No cell is one that a spreadsheet would run."""
    out = io.StringIO()
    names = list(StatementLine.model_fields)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    rows: list[Mapping[str, Any]] = [line.model_dump(mode="json") for line in statement.lines]
    for balance in statement.balances:
        where = {"market": balance.market, "currency": balance.currency}
        rows.append({"entry_id": "OPENING", **where, "gross_minor": balance.opening_minor})
        rows.append({"entry_id": "CLOSING", **where, "gross_minor": balance.closing_minor})
    for total in statement.totals:
        rows.append({"entry_id": "TOTAL", "currency": total.currency, "gross_minor": total.total_minor})
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: object) -> object:
    """Return a value as it stands in a cell: a text that a spreadsheet would run begins with an apostrophe."""
    if isinstance(value, str) and value.startswith(_RUN_BY_SPREADSHEETS):
        return f"'{value}"
    return "" if value is None else value
