"""Reasons are rows of data: checked whole when they are read, complete, and different where a market or category says so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ombud_contracts
from ombud_contracts.market import InvalidMarkets, Market, load_markets
from ombud_contracts.vocabulary import Reason, ReasonFamily
from ombud_words import FACT_KINDS, Role, Terms, shows

LATVIA = (Path(ombud_contracts.__file__).parent / "markets" / "lv.toml").read_text()
LV = load_markets()["lv"]
BOUGHT = datetime(2026, 1, 10, tzinfo=UTC)
TERMS = Terms(placed_at=BOUGHT, promised_by=BOUGHT + timedelta(days=3), return_days=45, warranty_months=6)
DELIVERED = BOUGHT + timedelta(days=2)
MONTH = timedelta(days=31)


def with_rows(folder: Path, rows: str) -> Market:
    """Return Latvia with rows of its own, as another market."""
    (folder / "lt.toml").write_text(LATVIA.replace('id = "lv"\nname', 'id = "lt"\nname', 1) + rows)
    return load_markets(folder)["lt"]


def closes(reason: str, terms: Terms = TERMS, delivered_at: datetime | None = DELIVERED) -> datetime | None:
    return LV.closes_at(LV.reason(Reason(reason)), terms, delivered_at)


def test_every_market_has_a_row_for_every_reason() -> None:
    assert all(set(market.reasons.rows) == set(Reason) for market in load_markets().values())


@pytest.mark.parametrize(
    ("reason", "counterpart", "family"),
    [
        ("NOT_RECEIVED", "seller", "DELIVERY"),
        ("LATE", "seller", "DELIVERY"),
        ("DAMAGED", "seller", "CONFORMITY"),
        ("WARRANTY", "seller", "CONFORMITY"),
        ("LOCKED_DEVICE", "seller", "CONFORMITY"),
        ("CHANGE_OF_MIND", "seller", "WITHDRAWAL"),
        ("ORDER_STATUS", "seller", "INFORMATION"),
        ("PRE_SALE", "seller", "INFORMATION"),
        ("PAYMENT", "platform", "PAYMENT"),
        ("REFUND_STATUS", "platform", "PAYMENT"),
        ("TECHNICAL", "platform", "INFORMATION"),
        ("SUGGESTION", "platform", "INFORMATION"),
        ("OTHER", "platform", "INFORMATION"),
        ("SELLER_SALES", "platform", "INFORMATION"),
        ("SELLER_CONDUCT", "platform", "CONDUCT"),
    ],
)
def test_the_default_rows_are_those_of_the_table(reason: str, counterpart: str, family: str) -> None:
    """Casework, section 2."""
    row = LV.reason(Reason(reason))
    assert (row.counterpart, row.family) == (counterpart, ReasonFamily(family))
    assert row.disputable == (counterpart == "seller" and family != "INFORMATION")


@pytest.mark.parametrize(
    ("reason", "ends"),
    [
        ("LATE", TERMS.promised_by + timedelta(days=60)),
        ("DAMAGED", DELIVERED + 24 * MONTH),
        ("DEFECTIVE", DELIVERED + 24 * MONTH),
        ("WARRANTY", DELIVERED + 12 * MONTH),
        ("CHANGE_OF_MIND", DELIVERED + timedelta(days=45)),
        ("SELLER_CONDUCT", BOUGHT + 12 * MONTH),
        ("UNSAFE", None),
        ("ORDER_STATUS", None),
    ],
)
def test_a_window_is_the_longest_of_law_platform_and_the_sellers_terms(reason: str, ends: datetime | None) -> None:
    """Product rules, section 5: the most favourable wins."""
    assert closes(reason) == ends


def test_a_delivery_that_nobody_told_of_counts_from_its_promise() -> None:
    assert closes("CHANGE_OF_MIND", delivered_at=None) == TERMS.promised_by + timedelta(days=45)
    assert closes("LATE", delivered_at=None) == closes("LATE")


def test_a_market_and_a_category_of_it_change_fields_of_a_row(tmp_path: Path) -> None:
    market = with_rows(
        tmp_path,
        "[reasons.LATE]\nwindow = { begins = 'promised', days = 90 }\n"
        "[reasons.categories.phones.LATE]\nbase_priority = 2\n",
    )
    plain, phone = market.reason(Reason.LATE), market.reason(Reason.LATE, "phones")
    assert (plain.window and plain.window.days, plain.base_priority) == (90, 3)
    assert (phone.window and phone.window.days, phone.base_priority) == (90, 2)
    assert market.reason(Reason.LATE, "shoes") == plain
    assert market.reason(Reason.DAMAGED, "phones") == LV.reason(Reason.DAMAGED)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ("[reasons.NONSENSE]\nbase_priority = 1\n", "reasons.rows.NONSENSE"),
        ("[reasons.LATE]\nbase_priority = 9\n", "reasons.rows.LATE.base_priority"),
        ("[reasons.LATE]\nfast_track = ['photo']\n", "a party could skip the negotiation by itself: photo"),
        ("[reasons.LATE]\nrequired_evidence = ['selfie']\n", "not kinds of facts: selfie"),
        ("[reasons.LATE]\nwindow = { begins = 'promised' }\n", "a window must last for some time"),
        ("[reasons.LATE]\nwindow = { begins = 'birth', days = 1 }\n", "reasons.rows.LATE.window.begins"),
        ("[reasons.LATE]\nremedies = ['CAKE']\n", "reasons.rows.LATE.remedies"),
        ("[reasons.LATE]\ncounterpart = 'platform'\n", "what the platform answers is not disputed with a seller"),
        ("[reasons.PRE_SALE]\nasked_by = ['seller']\n", "a seller cannot ask itself"),
        ("[reasons.LATE]\nmatters = ['listing']\n", "nobody disputes what was not bought"),
        ("[reasons.categories.phones.LATE]\ncolour = 1\n", "reasons.categories.phones.LATE.colour"),
        ("[reasons]\nLATE = 3\n", "reasons"),
        ("[reasons]\ncategories = 3\n", "reasons"),
    ],
)
def test_a_row_that_cannot_hold_is_refused_when_it_is_read(tmp_path: Path, rows: str, error: str) -> None:
    with pytest.raises(InvalidMarkets) as refused:
        with_rows(tmp_path, rows)
    assert error in str(refused.value)


def test_a_takeover_needs_facts_of_kinds_that_somebody_can_show(tmp_path: Path) -> None:
    changed = LATVIA.replace('id = "lv"\nname', 'id = "lt"\nname', 1)
    (tmp_path / "lt.toml").write_text(changed.replace('"photo|video|imei_check"', '"photo|selfie"', 1))
    with pytest.raises(InvalidMarkets, match="not kinds of facts: selfie"):
        load_markets(tmp_path)


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("photo", {"buyer", "seller", "agent", "mediator", "supervisor", "system"}),
        ("expert_notice", {"agent", "mediator", "supervisor", "system"}),
        ("confirmed_video", {"agent", "mediator", "supervisor", "system"}),
        ("imei_check", {"system"}),
        ("listing_snapshot", {"system"}),
        ("holiday_picture", {"buyer", "seller", "agent", "mediator", "supervisor", "system"}),
    ],
)
def test_a_fact_counts_when_somebody_shows_it_who_can(kind: str, who: set[str]) -> None:
    """Casework, section 3; a kind that nobody knows is whatever a party calls its upload."""
    assert {role for role in Role if shows(kind, role)} - {"administrator"} == who
    assert not any(shows(known, "stranger") for known, shown in FACT_KINDS.items() if shown > 1)
