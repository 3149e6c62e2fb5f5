"""Double entry: what balances is kept, what does not is never made; VAT is whole minor units, half a unit rounded up."""

from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest
from billing_situations import NOON
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.domain import (
    Entry,
    Posting,
    Unbalanced,
    balances,
    charge_entry,
    refund_entry,
    reversal_of,
)
from ombud_words import ChargeKind, vat_of

amounts = st.integers(0, 10**12)
kinds = st.sampled_from(sorted(ChargeKind))
currencies = st.sampled_from(["EUR", "PLN", "CZK"])


def charge_of(id: str, seller: str, kind: str, net: int, vat: int, currency: str) -> Entry:
    return charge_entry(
        id,
        charge_id="chg",
        seller_id=seller,
        kind=kind,
        net_minor=net,
        vat_minor=vat,
        currency=currency,
        market="lv",
        at=NOON,
    )


def made_of(postings: tuple[Posting, ...]) -> Entry:
    return Entry(id="ent", currency="EUR", postings=postings, caused_by="chg", reverses=None, at=NOON)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    id = f"ent_{draw(st.integers(0, 10**6))}"
    currency = draw(currencies)
    if draw(st.booleans()):
        return refund_entry(
            id, refund_id="rfd", amount_minor=draw(amounts), currency=currency, goodwill=draw(st.booleans()), at=NOON
        )
    seller = draw(st.sampled_from(["sel_1", "sel_2"]))
    return charge_of(id, seller, draw(kinds), draw(amounts), draw(amounts), currency)


def total(entry: Entry) -> int:
    return sum(p.amount_minor for p in entry.postings)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-100, 100)), max_size=5))
def test_an_entry_that_does_not_balance_is_never_made(postings: list[tuple[str, int]]) -> None:
    """INVARIANT: debits equal credits (section 6); an entry made without the check would break it."""
    made = tuple(Posting(account, amount) for account, amount in postings)
    if sum(amount for _, amount in postings) == 0:
        assert total(made_of(made)) == 0
        return
    with pytest.raises(Unbalanced):
        made_of(made)


@given(entries())
def test_a_reversal_undoes_its_entry_on_every_account(entry: Entry) -> None:
    reversal = reversal_of(entry, f"{entry.id}-reversed", NOON)
    assert set(balances([entry, reversal]).values()) == {0}
    assert (reversal.reverses, reversal.currency, reversal.caused_by) == (entry.id, entry.currency, entry.caused_by)
    assert replace(reversal_of(reversal, entry.id, NOON), reverses=None) == entry


@given(st.lists(entries(), max_size=20))
def test_balances_are_the_fold_of_entries_and_each_currency_sums_to_zero(made: list[Entry]) -> None:
    folded = balances(made)
    for currency in {e.currency for e in made}:
        assert sum(amount for (_, c), amount in folded.items() if c == currency) == 0
    for (account, currency), amount in folded.items():
        postings = [p for e in made if e.currency == currency for p in e.postings if p.account == account]
        assert amount == sum(p.amount_minor for p in postings)
    assert balances(reversed(made)) == folded


@pytest.mark.parametrize(
    ("kind", "contra"),
    [
        ("REFUND", "refunds_recoverable"),
        ("SHIPPING_REFUND", "refunds_recoverable"),
        *((kind, f"revenue:{kind.lower()}") for kind in ("RETURN_LABEL", "HANDLING_FEE", "PENALTY", "INSPECTION")),
    ],
)
def test_a_charged_refund_recovers_what_was_paid_and_a_fee_is_revenue(kind: str, contra: str) -> None:
    folded = balances([charge_of("ent", "sel_1", kind, 1_000, 210, "EUR")])
    assert folded == {("receivable:sel_1", "EUR"): 1_210, (contra, "EUR"): -1_000, ("vat:lv", "EUR"): -210}


def test_a_refund_that_is_charged_in_full_leaves_nothing_to_recover() -> None:
    paid = refund_entry("ent_1", refund_id="rfd", amount_minor=3_000, currency="EUR", goodwill=False, at=NOON)
    charged = charge_of("ent_2", "sel_1", "REFUND", 3_000, 0, "EUR")
    assert balances([paid, charged])["refunds_recoverable", "EUR"] == 0


@pytest.mark.parametrize(
    ("net_minor", "basis_points", "vat_minor"),
    [(0, 2_100, 0), (690, 2_100, 145), (1_500, 2_100, 315), (50, 100, 1), (49, 100, 0), (149, 100, 1), (150, 100, 2)],
)
def test_half_a_unit_of_vat_is_rounded_up(net_minor: int, basis_points: int, vat_minor: int) -> None:
    assert vat_of(net_minor, basis_points) == vat_minor


@given(amounts, st.integers(0, 10_000))
def test_vat_is_the_exact_share_rounded_half_up_to_whole_units(net_minor: int, basis_points: int) -> None:
    vat = vat_of(net_minor, basis_points)
    assert isinstance(vat, int)
    assert vat == floor(Fraction(net_minor * basis_points, 10_000) + Fraction(1, 2))
