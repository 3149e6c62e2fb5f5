"""A statement on paper: its text read back says the ledger's sums, in the seller's language, with letters of its own (section 6)."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from billing_situations import CHARGE, CONTEST, LATER, NOON, REVERSE, TERMS
from pypdf import PdfReader

from billing.charges.domain import Charge, SettleCharge
from billing.charges.store import CHARGES
from billing.ledger.domain import Entry, balances, receivable
from billing.ledger.store import entry_row
from billing.statements.labels import all_labels, language_of
from billing.statements.paper import PLAIN, amount, fonts, number, to_pdf
from billing.statements.views import StatementView, statement_of
from chassis.testing import fold
from ombud_contracts.market import load_markets
from ombud_contracts.texts import all_texts

MARKETS = load_markets()
LETTERS = "āčēģīķļņšūžąćęłńóśźżäöüßñçãõéабвгдеёжзийклмнопрстуфхцчшщъыьэюя"
TAKE, PAY_BACK = SettleCharge("run_1", LATER), SettleCharge("run_2", LATER + timedelta(days=14))


def charges(number: int) -> list[Charge]:
    """Charges of two markets: some were taken by a payout, and some of those paid back."""
    histories = [[], [TAKE], [CONTEST, REVERSE], [TAKE, CONTEST, REVERSE, PAY_BACK]]
    made = []
    for n in range(number):
        market, currency = ("lv", "EUR") if n % 3 else ("pt", "EUR")
        terms = replace(
            TERMS,
            charge_id=f"chg_{n}",
            market=market,
            currency=currency,
            net_minor=10_000 * n + 7,
            vat_minor=n,
            clause="S-4.1",
            clause_version="2026.1",
        )
        state = fold(CHARGES, [replace(CHARGE, terms=terms), *histories[n % 4]])[1]
        assert state is not None
        made.append(state)
    return made


def entries_of(made: list[Charge]) -> list[Entry]:
    return [e for c in made for e in (c.entry, c.settlement, c.reversal, c.repayment) if e is not None]


def stated(made: list[Charge]) -> StatementView:
    rows = []
    for charge in made:
        for entry in entries_of([charge]):
            row = entry_row(entry, market=charge.terms.market, case_id=charge.terms.case_id)
            rows.append({"_id": row.id, **row.document})
    return statement_of("sel_2", "2026-09", rows, {c.terms.charge_id: c for c in made}, {("lv", "EUR"): 700}, NOON)


def read_back(statement: StatementView, language: str) -> str:
    pdf = to_pdf(statement, MARKETS, language, NOON)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def minor(text: str) -> int:
    """The digits of an amount, whatever stands between them."""
    sign = -1 if text.lstrip().startswith("-") else 1
    return sign * int(re.sub(r"\D", "", text))


def said(text: str, label: str) -> list[int]:
    return [minor(found) for found in re.findall(re.escape(label) + r":\s*(-?[\d\s.,\u00a0]+) EUR", text)]


@pytest.mark.rule("R-10")
@pytest.mark.parametrize("language", sorted(all_labels()))
@pytest.mark.parametrize("number", [1, 5, 120])
def test_the_sums_on_paper_are_the_ledgers(language: str, number: int) -> None:
    """INVARIANT: the total equals the ledger (section 6); a row that is left out at the end of a page would not show here, so
    that each charge is looked for too."""
    made, labels = charges(number), all_labels()[language]
    text = read_back(stated(made), language)
    owed = balances(entries_of(made))[receivable("sel_2"), "EUR"]
    assert said(text, labels.total) == [owed]
    assert sum(said(text, labels.closing)) == owed + 700 == sum(said(text, labels.opening)) + owed
    assert sum(said(text, labels.charged)) + sum(said(text, labels.settled)) == owed
    shown = re.findall(r"chg_\d+", text)
    for charge in made:
        assert shown.count(charge.terms.charge_id) == len(entries_of([charge]))


def test_every_line_lies_on_its_page() -> None:
    """INVARIANT: would break if a row were written below the end of a page, where a reader of texts finds it and nobody else."""
    heights: list[float] = []
    for page in PdfReader(io.BytesIO(to_pdf(stated(charges(60)), MARKETS, "lv", NOON))).pages:
        page.extract_text(visitor_text=lambda _text, _cm, tm, _font, _size: heights.append(tm[5]))
    assert len(heights) > 500
    assert min(heights) >= 0


@pytest.mark.parametrize("language", sorted(all_labels()))
def test_each_charge_stands_with_its_clause_its_tax_and_its_dates(language: str) -> None:
    (charge,) = made = charges(2)[1:]
    text = read_back(stated(made), language)
    labels, riga = all_labels()[language], ZoneInfo("Europe/Riga")
    assert charge.contest_until is not None
    for told in (
        all_texts()[language].charges["HANDLING_FEE"],
        charge.terms.decision_id,
        "S-4.1 (2026.1)",
        "21 %",
        number(10_008, "EUR", labels.decimal).replace("\u00a0", " "),
        f"{charge.contest_until.astimezone(riga):%Y-%m-%d}",
        labels.days_left.format(days=90),
        labels.days_left.format(days=30),
        labels.statuses["SETTLED"],
        "run_1",
        all_texts()[language].clauses["S-4.1"],
    ):
        assert told in text.replace("\u00a0", " ")


def test_a_month_without_charges_says_so() -> None:
    assert all_labels()["lv"].nothing in read_back(stated([]), "lv")


def test_the_font_has_every_letter_of_every_language() -> None:
    """INVARIANT: would break with a font that has no Latvian, Polish or Russian letters, which a reader shows as boxes."""
    words = [*LETTERS, *LETTERS.upper(), *"–·…€\u00a0"]
    for language, labels in all_labels().items():
        words += [*repr(labels.model_dump(mode="json")), *all_texts()[language].charges.values()]
        words += all_texts()[language].clauses.values()
    for name, font in fonts().items():
        assert {c for word in words for c in word if ord(c) not in font.face.charToGlyph} == set(), name
    assert PLAIN in fonts()


def test_every_language_of_charges_has_labels_and_no_other() -> None:
    assert all_labels().keys() == all_texts().keys()


@pytest.mark.parametrize(
    ("asked", "spoken", "market", "language"),
    [
        ("de", ("lv",), ("lv",), "de"),
        (None, ("ru", "lv"), ("lv",), "ru"),
        (None, ("zh", "pt"), ("lv",), "pt"),
        ("zh", (), ("es", "en"), "es"),
        (None, (), (), "en"),
    ],
)
def test_a_statement_is_in_the_language_that_is_asked_for_else_in_the_sellers_else_in_the_markets(
    asked: str | None, spoken: tuple[str, ...], market: tuple[str, ...], language: str
) -> None:
    assert language_of(asked, spoken, market) == language


@pytest.mark.parametrize(
    ("minor_units", "currency", "text"),
    [
        (0, "EUR", "0,00 EUR"),
        (-5, "EUR", "-0,05 EUR"),
        (123_456_789, "PLN", "1\u00a0234\u00a0567,89 PLN"),
        (1_234, "JPY", "1\u00a0234 JPY"),
        (1_234, "KWD", "1,234 KWD"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(minor_units: int, currency: str, text: str) -> None:
    assert amount(minor_units, currency, ",") == text


def test_the_same_statement_is_the_same_bytes() -> None:
    statement = stated(charges(5))
    assert to_pdf(statement, MARKETS, "lv", NOON) == to_pdf(statement, MARKETS, "lv", NOON)
