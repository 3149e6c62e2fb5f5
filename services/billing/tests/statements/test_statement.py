"""A statement: a line per ledger entry, whose totals are the ledger's, and whose CSV says the same (section 6)."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from billing_situations import CHARGE, CONTEST, NOON, REVERSE, TERMS
from hypothesis import given
from hypothesis import strategies as st

from billing.charges.domain import Charge, Command
from billing.charges.store import CHARGES
from billing.ledger.domain import Entry, balances, month_bounds, receivable
from billing.ledger.store import entry_row
from billing.statements.sheet import to_csv
from billing.statements.views import StatementTooLong, StatementView, draw, statement_of
from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.store import Document
from chassis.testing import FixedClock, fold
from ombud_contracts.market import load_markets
from ombud_contracts.vocabulary import ChargeKind

MARKETS = load_markets()
RIGA = ZoneInfo("Europe/Riga")
SEPTEMBER, OCTOBER = month_bounds("2026-09", RIGA)
amounts = st.integers(0, 10**9)
BEFORE = {("lv", "EUR"): 700, ("pt", "EUR"): -50}


def document(entry: Entry) -> Document:
    row = entry_row(entry, market="lv", case_id="cas_1")
    return {"_id": row.id, **row.document}


@st.composite
def charged(draw: st.DrawFn) -> list[Charge]:
    """Charges of one seller in several currencies; some were reversed."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        terms = replace(
            TERMS,
            charge_id=f"chg_{number}",
            kind=draw(st.sampled_from(sorted(ChargeKind))),
            line=draw(
                st.sampled_from(
                    ["plain", 'with "quotes"', "with,comma", "with;semicolon", "=1+1", "@now", "-2", "+3", "\tx"]
                )
            ),
            net_minor=draw(amounts),
            vat_minor=draw(amounts),
            currency=draw(st.sampled_from(["EUR", "PLN"])),
            appeal_until=draw(st.none() | st.just(NOON)),
        )
        steps: list[Command] = [replace(CHARGE, terms=terms)]
        if draw(st.booleans()):
            steps += [CONTEST, REVERSE]
        state = fold(CHARGES, steps)[1]
        assert state is not None
        made.append(state)
    return made


def entries_of(charges: list[Charge]) -> list[Entry]:
    return [e for c in charges for e in (c.entry, c.reversal) if e is not None]


def stated(charges: list[Charge]) -> StatementView:
    documents = [document(e) for e in entries_of(charges)]
    return statement_of("sel_2", "2026-09", documents, {c.terms.charge_id: c for c in charges}, BEFORE, NOON)


@given(charged())
def test_the_total_of_the_lines_is_the_ledgers_in_each_currency(charges: list[Charge]) -> None:
    """INVARIANT: a statement's total is the ledger's; a line for anything but an entry would break it."""
    statement = stated(charges)
    folded = balances(entries_of(charges))
    assert len(statement.lines) == len(entries_of(charges))
    assert {t.currency for t in statement.totals} == {c.terms.currency for c in charges}
    for total in statement.totals:
        assert total.total_minor == total.ledger_minor == folded[receivable("sel_2"), total.currency]


@given(charged())
def test_a_line_is_net_and_vat_and_a_reversal_the_negative_of_its_charge(charges: list[Charge]) -> None:
    lines = stated(charges).lines
    assert all(line.gross_minor == line.net_minor + line.vat_minor for line in lines)
    assert {n.charge_id: n.currency for n in lines} == {c.terms.charge_id: c.terms.currency for c in charges}
    for charge in (c for c in charges if c.reversal):
        first, reversal = [line for line in lines if line.charge_id == charge.terms.charge_id]
        assert (first.reversal, reversal.reversal) == (False, True)
        assert reversal.gross_minor == -first.gross_minor == -charge.terms.gross_minor


@given(charged())
def test_the_csv_reads_back_to_the_same_numbers(charges: list[Charge]) -> None:
    """RFC 4180: lines end with CR LF, fields with commas and quotes are quoted."""
    statement = stated(charges)
    text = to_csv(statement)
    assert text.count("\r\n") == 1 + len(statement.lines) + 2 * len(statement.balances) + len(statement.totals)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    body, sums = rows[: len(statement.lines)], rows[len(statement.lines) :]
    for row, line in zip(body, statement.lines, strict=True):
        said: dict[str, Any] = line.model_dump(mode="json")
        read = {name: value.removeprefix("'") for name, value in row.items()}
        assert read == {name: "" if value is None else str(value) for name, value in said.items()}
        assert not row["line"].startswith(("=", "+", "-", "@", "\t")), "a spreadsheet would run it"
    told = {(r["entry_id"], r["market"], r["currency"], int(r["gross_minor"])) for r in sums}
    assert told == {
        *(("TOTAL", "", t.currency, t.total_minor) for t in statement.totals),
        *(("OPENING", b.market, b.currency, b.opening_minor) for b in statement.balances),
        *(("CLOSING", b.market, b.currency, b.closing_minor) for b in statement.balances),
    }


@given(charged())
def test_balances_lead_from_what_was_owed_over_the_lines_to_what_is_owed(charges: list[Charge]) -> None:
    """INVARIANT: casework 8; would break if a line were in no balance, or a balance in no market or currency of its own."""
    statement = stated(charges)
    assert {(b.market, b.currency): b.opening_minor for b in statement.balances if b.opening_minor} == BEFORE
    for balance in statement.balances:
        of = [n for n in statement.lines if (n.market, n.currency) == (balance.market, balance.currency)]
        assert balance.movement_minor == sum(n.gross_minor for n in of)
        assert balance.closing_minor == balance.opening_minor + balance.movement_minor
    assert sum(b.movement_minor for b in statement.balances) == sum(n.gross_minor for n in statement.lines)


def test_days_left_are_whole_days_until_the_last_instant_and_none_after_it() -> None:
    until = {None: None, NOON - timedelta(days=3): 0, NOON + timedelta(hours=23): 0, NOON + timedelta(days=14): 14}
    for appeal_until, left in until.items():
        charge = fold(CHARGES, [replace(CHARGE, terms=replace(TERMS, appeal_until=appeal_until))])[1]
        assert charge is not None
        (line,) = stated([charge]).lines
        assert (line.appeal_until, line.appeal_days_left) == (appeal_until, left)


@pytest.mark.parametrize(
    ("zone", "month", "start", "end"),
    [
        ("UTC", "2026-12", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("Europe/Riga", "2026-09", datetime(2026, 8, 31, 21, tzinfo=UTC), datetime(2026, 9, 30, 21, tzinfo=UTC)),
        ("Europe/Riga", "2026-10", datetime(2026, 9, 30, 21, tzinfo=UTC), datetime(2026, 10, 31, 22, tzinfo=UTC)),
        ("Europe/Lisbon", "2028-02", datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_month_lasts_from_its_first_midnight_to_the_next_months(
    zone: str, month: str, start: datetime, end: datetime
) -> None:
    assert month_bounds(month, ZoneInfo(zone)) == (start, end)


async def test_a_statement_has_the_months_entries_of_the_seller_and_no_others(mongo: Mongo) -> None:
    tick = timedelta(milliseconds=1)
    posted = {"before": SEPTEMBER - tick, "first": SEPTEMBER, "last": OCTOBER - tick, "after": OCTOBER}
    for id, at in posted.items():
        await keep(mongo, id, "sel_2", at)
    await keep(mongo, "others", "sel_9", SEPTEMBER)
    statement = await draw(mongo, mongo, "sel_2", "2026-09", MARKETS, NOON)
    assert [line.charge_id for line in statement.lines] == ["first", "last"]
    assert [(t.total_minor, t.ledger_minor) for t in statement.totals] == [(2 * 1_815, 2 * 1_815)]
    assert (await draw(mongo, mongo, "sel_3", "2026-09", MARKETS, NOON)).balances == []


async def test_a_statement_that_is_too_long_is_refused_and_not_cut(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INVARIANT: would break if a total were shown over some of the entries."""
    for id in ("first", "second"):
        await keep(mongo, id, "sel_2", SEPTEMBER)
    monkeypatch.setattr("billing.statements.views.MAX_LINES", 2)
    assert len((await draw(mongo, mongo, "sel_2", "2026-09", MARKETS, NOON)).lines) == 2
    monkeypatch.setattr("billing.statements.views.MAX_LINES", 1)
    with pytest.raises(StatementTooLong):
        await draw(mongo, mongo, "sel_2", "2026-09", MARKETS, NOON)


async def test_a_balance_ends_where_the_next_month_begins_in_each_market_by_its_own_clocks(mongo: Mongo) -> None:
    """INVARIANT: casework 8; would break if an entry of the last night stood in two months, or in none."""
    lisbon = month_bounds("2026-09", ZoneInfo("Europe/Lisbon"))[0]
    for market, first in (("lv", SEPTEMBER), ("pt", lisbon)):
        for number, at in enumerate((first - timedelta(days=40), first - timedelta(seconds=1), first)):
            await keep(mongo, f"{market}_{number}", "sel_2", at, market)
    months = [await draw(mongo, mongo, "sel_2", m, MARKETS, NOON) for m in ("2026-07", "2026-08", "2026-09", "2026-10")]
    for market in ("lv", "pt"):
        seen = [b for s in months for b in s.balances if b.market == market]
        assert [(b.opening_minor, b.closing_minor) for b in seen] == [
            (0, 1_815),
            (1_815, 3_630),
            (3_630, 5_445),
            (5_445, 5_445),
        ]
    alone = await draw(mongo, mongo, "sel_2", "2026-09", {"pt": MARKETS["pt"]}, NOON)
    assert {line.market for line in alone.lines} == alone.markets == {"pt"}


async def keep(mongo: Mongo, charge_id: str, seller_id: str, at: datetime, market: str = "lv") -> None:
    session = Session(mongo, FixedClock(at))
    terms = replace(TERMS, charge_id=charge_id, seller_id=seller_id, market=market)
    await session.unit(Cause("test", "test")).execute(CHARGES, charge_id, replace(CHARGE, terms=terms, at=at))
    await session.commit()
