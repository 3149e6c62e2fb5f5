"""A seller's month of 10,000 charges as JSON, CSV and PDF, beside reading the same documents bare and writing them as they are.

Usage: python tests/bench/statements.py [--charges N] [--rounds N] [--json FILE]; needs OMBUD_MONGO. In turns, in one run. The PDF
has a baseline of its own: its texts drawn by the library one below the other, with no layout.
"""

import argparse
import asyncio
import csv
import io
import json
import os
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from rich.console import Console
from rich.table import Table

from billing.app import SERVICE
from billing.charges.domain import ProposeCharge, Terms
from billing.charges.store import CHARGES
from billing.ledger.store import LEDGER
from billing.statements.paper import PLAIN, fonts, to_pdf
from billing.statements.sheet import to_csv
from billing.statements.views import StatementView, draw
from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.parts import indexes_of
from ombud_contracts.market import load_markets
from ombud_words import ChargeId, vat_of

MARKETS = {"lv": load_markets()["lv"]}
SELLER, MONTH = "sel_bench", "2026-09"
NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
AT_ONCE = 500
TERMS = Terms(
    charge_id="chg_0",
    case_id="cas_0",
    seller_id=SELLER,
    market="lv",
    order_id="ord_0",
    line_id="lin_1",
    decision_id="dec_0",
    line="handling_fee",
    kind="HANDLING_FEE",
    net_minor=1_500,
    vat_minor=315,
    vat_basis_points=2_100,
    currency="EUR",
    tariff_version="2026.1",
    capped=False,
    appeal_until=NOON + timedelta(days=30),
    clause="S-4.1",
    clause_version="2026.1",
)
Step = Callable[[], Awaitable[object]]


async def fill(mongo: Mongo, charges: int) -> None:
    """Charge the seller through billing's own commands, many in one transaction."""
    for begin in range(0, charges, AT_ONCE):
        session = Session(mongo, lambda: NOON)
        unit = session.unit(Cause("bench", "bench"))
        for n in range(begin, min(begin + AT_ONCE, charges)):
            net, id = 100 + n, uuid.uuid4().hex[:24]
            terms = replace(
                TERMS,
                charge_id=ChargeId(f"chg_{id}"),
                case_id=f"cas_{id}",
                decision_id=f"dec_{id}",
                net_minor=net,
                vat_minor=vat_of(net, 2_100),
            )
            at = NOON - timedelta(minutes=n)
            proposed = ProposeCharge(terms=terms, needs_approval=False, contest_until=at + timedelta(days=90), at=at)
            await unit.execute(CHARGES, terms.charge_id, proposed)
        await session.commit()


async def documents(mongo: Mongo) -> list[dict[str, Any]]:
    """Read what a statement is made of, and nothing more."""
    entries = await mongo.find(LEDGER, {"accounts": f"receivable:{SELLER}"}, sort=[("at", 1)], limit=100_000)
    ids = [entry["caused_by"] for entry in entries]
    charges = await mongo.find(CHARGES.collection, {"_id": {"$in": ids}}, limit=max(1, len(ids)))
    return [{**entry, "state": {}} for entry in entries] + [charge["state"]["terms"] for charge in charges]


def bare_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(row.values() for row in rows)
    return out.getvalue()


def bare_pdf(statement: StatementView) -> bytes:
    """Draw the texts of every line one below the other."""
    fonts()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for line in statement.lines:
        canvas.setFont(PLAIN, 8)
        for n, text in enumerate(map(str, list(line.model_dump().values())[:14])):
            canvas.drawString(36, 36 + 14 * n, text)
        canvas.showPage() if line.entry_id[-1] == "0" else None
    canvas.save()
    return out.getvalue()


async def seconds(step: Step) -> tuple[float, float]:
    """Return how long a step takes, and how much of the processor this process has for it: the one counts where others work."""
    begin, spent = time.perf_counter(), time.process_time()
    await step()
    return time.perf_counter() - begin, time.process_time() - spent


async def measure(charges: int, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Return the seconds of each round, by what was drawn."""
    mongo = Mongo(os.environ["OMBUD_MONGO"], f"bench-{uuid.uuid4().hex[:8]}")
    try:
        await mongo.ensure(indexes_of(SERVICE))
        await fill(mongo, charges)
        return await _rounds(mongo, rounds)
    finally:
        await mongo.drop()
        await mongo.close()


async def _rounds(mongo: Mongo, rounds: int) -> dict[str, list[tuple[float, float]]]:
    async def drawn() -> StatementView:
        return await draw(mongo, mongo, SELLER, MONTH, MARKETS, NOON)

    statement = await drawn()

    async def pdf_bare() -> bytes:
        return bare_pdf(statement)

    async def as_json() -> bytes:
        return (await drawn()).model_dump_json().encode()

    async def as_csv() -> str:
        return to_csv(await drawn())

    async def as_pdf() -> bytes:
        return to_pdf(await drawn(), MARKETS, "lv", NOON)

    async def json_bare() -> bytes:
        return orjson.dumps(await documents(mongo), default=str)

    async def csv_bare() -> str:
        return bare_csv(await documents(mongo))

    steps: dict[str, Step] = {
        "json": as_json,
        "json, bare": json_bare,
        "csv": as_csv,
        "csv, bare": csv_bare,
        "pdf": as_pdf,
        "pdf, bare": pdf_bare,
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for number in range(rounds + 1):
        for name, step in steps.items():
            one = await seconds(step)
            if number:  # the first one warms up
                taken[name].append(one)
    return taken


def show(charges: int, taken: dict[str, list[tuple[float, float]]]) -> None:
    """Print the medians and their ratios."""
    table = Table(title=f"A statement of {charges:,} charges (medians, s)", title_justify="left")
    for column in ("form", "billing", "bare", "ratio", "processor", "bare", "ratio"):
        table.add_column(column, justify="right")
    for form in ("json", "csv", "pdf"):
        shown = []
        for ours, bare in zip(_medians(taken[form]), _medians(taken[f"{form}, bare"]), strict=True):
            shown += [f"{ours:.2f}", f"{bare:.2f}", f"{ours / bare:.2f}"]
        table.add_row(form, *shown)
    Console().print(table)


def _medians(rounds: list[tuple[float, float]]) -> list[float]:
    return [statistics.median(one) for one in zip(*rounds, strict=True)]


def main(charges: int, rounds: int, json_file: Path | None) -> None:
    """Measure, show, keep the raw data."""
    taken = asyncio.run(measure(charges, rounds))
    show(charges, taken)
    if json_file:
        json_file.write_text(json.dumps({"charges": charges, "seconds": taken}, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--charges", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.charges, given.rounds, given.json)
