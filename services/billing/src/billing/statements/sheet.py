"""The statement as CSV (RFC 4180), for spreadsheets that must run nothing of it."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from billing.statements.views import StatementLine, StatementView


def to_csv(statement: StatementView) -> str:
    """Return the statement as CSV: a line per entry, one per balance when the month began and ended, and one per total.

    No cell is one that a spreadsheet would run. A line with a run of payouts and no net amount is what the run took.
    """
    out = io.StringIO()
    names = list(StatementLine.model_fields)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    rows: list[Mapping[str, Any]] = [line.model_dump(mode="json") for line in statement.lines]
    for settlement in statement.settlements:
        shown = settlement.model_dump(mode="json")
        rows.append({**shown, "gross_minor": settlement.amount_minor, "settled_by": settlement.run_id})
    for balance in statement.balances:
        where = {"market": balance.market, "currency": balance.currency}
        rows.append({"entry_id": "OPENING", **where, "gross_minor": balance.opening_minor})
        rows.append({"entry_id": "CLOSING", **where, "gross_minor": balance.closing_minor})
    for total in statement.totals:
        rows.append({"entry_id": "TOTAL", "currency": total.currency, "gross_minor": total.total_minor})
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula begins, also in full-width characters (OWASP, CSV injection)."""


def _cell(value: object) -> object:
    """Return a value as it stands in a cell: a text that a spreadsheet would run begins with an apostrophe."""
    if isinstance(value, str) and value.startswith(_RUN_BY_SPREADSHEETS):
        return f"'{value}"
    return "" if value is None else value
