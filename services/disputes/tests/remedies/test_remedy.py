"""What a remedy means in money and duties, and in which order the law allows it (section 5)."""

from dataclasses import replace

import pytest
from disputes_situations import MONEY, RULES
from hypothesis import given
from hypothesis import strategies as st

from disputes.refusals import (
    AmountAboveLeft,
    AmountAbovePaid,
    AmountMissing,
    CurrencyOfAnotherMarket,
    NothingLeft,
    RemedyOutOfOrder,
)
from disputes.remedies.domain import Line, Money, check_order, refund_of, work_out
from ombud_contracts.vocabulary import Remedy

WHOLE = ("FULL_REFUND", "RETURN_AND_REFUND", "RETURNLESS_REFUND")
NAMED = ("PARTIAL_REFUND", "PRICE_REDUCTION", "GOODWILL")
REFUND = Line("refund", "REFUND", 12_990)
PART = Line("refund", "REFUND", 3_000)
LABEL = Line("return_label", "RETURN_LABEL", None)
monies = st.integers(1, 10**9).flatmap(
    lambda paid: st.builds(
        Money,
        paid_minor=st.just(paid),
        shipping_minor=st.integers(0, paid),
        currency=st.just("EUR"),
        return_label_gross_minor=st.integers(0, 10_000),
    )
)


@pytest.mark.parametrize(
    ("remedy", "amount", "refund", "lines", "seller_minor"),
    [
        ("FULL_REFUND", 0, 12_990, (REFUND,), -12_990),
        ("RETURNLESS_REFUND", 0, 12_990, (REFUND,), -12_990),
        ("RETURN_AND_REFUND", 0, 12_990, (REFUND, LABEL), -13_825),
        ("SHIPPING_REFUND", 0, 490, (Line("refund", "SHIPPING_REFUND", 490),), -490),
        ("PARTIAL_REFUND", 3_000, 3_000, (PART,), -3_000),
        ("PRICE_REDUCTION", 3_000, 3_000, (PART,), -3_000),
        ("GOODWILL", 3_000, 3_000, (), 0),
        ("REPLACEMENT", 0, 0, (LABEL,), -835),
        ("REPAIR", 0, 0, (LABEL,), -835),
        *((remedy, 0, 0, (), 0) for remedy in ("MISSING_PART", "REMOTE_HELP", "UNLOCK", "LISTING_CORRECTION", "NONE")),
    ],
)
def test_each_remedy_has_its_refund_its_charges_and_its_cost(
    remedy: str, amount: int, refund: int, lines: tuple[Line, ...], seller_minor: int
) -> None:
    outcome = work_out(remedy, amount, MONEY, 12_990)
    assert (outcome.refund_minor, outcome.lines) == (refund, lines)
    assert {e.party: e.amount_minor for e in outcome.effects} == {"buyer": refund, "seller": seller_minor}


def test_every_remedy_of_the_contracts_can_be_worked_out() -> None:
    assert {work_out(remedy, 1, MONEY, 12_990).remedy for remedy in Remedy} == set(Remedy)


def test_a_party_with_a_duty_is_told_of_it() -> None:
    duties = {
        r: {e.party: e.duties for e in work_out(r, 0, MONEY, 12_990).effects} for r in ("REPAIR", "UNLOCK", "NONE")
    }
    assert duties == {
        "REPAIR": {"buyer": ("return_item",), "seller": ("repair_item",)},
        "UNLOCK": {"buyer": (), "seller": ("unlock_device",)},
        "NONE": {"buyer": (), "seller": ()},
    }


@given(monies, st.sampled_from(sorted(Remedy)), st.integers(0, 2 * 10**9))
def test_nobody_gets_back_more_than_was_paid_and_the_charges_are_what_is_passed_on(
    money: Money, remedy: str, amount: int
) -> None:
    """INVARIANT: no remedy is above what was paid (section 6, the cap); a remedy that ignores the price would break it."""
    if amount > money.paid_minor:
        with pytest.raises(AmountAbovePaid):
            work_out(remedy, amount, money, money.paid_minor)
        return
    if remedy in NAMED and amount == 0:
        with pytest.raises(AmountMissing):
            work_out(remedy, amount, money, money.paid_minor)
        return
    outcome = work_out(remedy, amount, money, money.paid_minor)
    assert 0 <= outcome.refund_minor <= money.paid_minor
    charged = sum(line.amount_minor or 0 for line in outcome.lines)
    assert charged == (0 if remedy == "GOODWILL" else outcome.refund_minor)
    assert len({line.line for line in outcome.lines}) == len(outcome.lines)


@pytest.mark.parametrize("remedy", NAMED)
def test_a_remedy_of_a_named_amount_has_one(remedy: str) -> None:
    with pytest.raises(AmountMissing):
        work_out(remedy, 0, MONEY, 12_990)
    assert work_out(remedy, 1, MONEY, 12_990).refund_minor == 1


def test_a_claimed_amount_can_be_all_that_was_paid() -> None:
    assert refund_of("PARTIAL_REFUND", 12_990, MONEY, 12_990) == 12_990
    assert refund_of("SHIPPING_REFUND", 0, replace(MONEY, shipping_minor=0), 12_990) == 0


@given(monies, st.sampled_from(sorted(Remedy)), st.data())
def test_no_refund_is_above_what_is_left_but_goodwill(money: Money, remedy: str, data: st.DataObject) -> None:
    """Casework, section 4: what is left is what was paid, minus what was ordered; goodwill does not reduce it."""
    left = data.draw(st.integers(0, money.paid_minor))
    amount = data.draw(st.integers(1, money.paid_minor))
    try:
        outcome = work_out(remedy, amount, money, left)
    except (AmountAboveLeft, NothingLeft):
        assert remedy != "GOODWILL"
        return
    assert outcome.from_line_minor <= left
    if remedy in WHOLE:
        assert outcome.refund_minor == left


def test_a_label_costs_the_tariffs_amount_with_its_tax() -> None:
    money = Money.of(paid_minor=12_990, shipping_minor=490, currency="EUR", label_net_minor=690, vat_basis_points=2_100)
    assert money == MONEY
    money.expect_currency("EUR")
    with pytest.raises(CurrencyOfAnotherMarket):
        money.expect_currency("PLN")


# The order of the law

ORDER = RULES.legal_order


@pytest.mark.parametrize(
    ("remedy", "rank"),
    [
        ("PRICE_REDUCTION", "PRICE_REDUCTION"),
        ("PARTIAL_REFUND", "PRICE_REDUCTION"),
        *((remedy, "FULL_REFUND") for remedy in WHOLE),
    ],
)
def test_money_comes_after_mending_unless_a_reason_allows_it(remedy: str, rank: str) -> None:
    with pytest.raises(RemedyOutOfOrder) as refusal:
        check_order(remedy, "CONFORMITY", ("buyer_prefers",), ORDER)
    assert refusal.value.facts["first"] == list(ORDER[: ORDER.index(rank)])
    check_order(remedy, "CONFORMITY", ("second_failure",), ORDER)


@pytest.mark.parametrize("remedy", ["REPAIR", "REPLACEMENT", "GOODWILL", "MISSING_PART", "NONE"])
def test_mending_and_what_the_law_does_not_rank_need_no_reason(remedy: str) -> None:
    check_order(remedy, "CONFORMITY", (), ORDER)


@pytest.mark.parametrize("family", ["DELIVERY", "WITHDRAWAL", "PAYMENT"])
def test_the_order_is_about_conformity_alone(family: str) -> None:
    check_order("FULL_REFUND", family, (), ORDER)


def test_a_market_may_put_money_first() -> None:
    check_order("FULL_REFUND", "CONFORMITY", (), ("FULL_REFUND", "REPAIR"))
