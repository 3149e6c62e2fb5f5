"""The cap on gross sums: neither what a seller is charged for a line nor what a buyer gets back ever passes what was paid (section 6)."""

from dataclasses import replace
from typing import get_args

import pytest
from billing_situations import (
    EXPOSURE_LADDER,
    FEE,
    HOLD_BACK_LINE,
    HOLD_BACK_OTHER,
    LATER,
    LET_GO,
    NOON,
    RECORD_REFUND,
    RELEASE,
    RELEASE_REFUND,
    RESERVE,
    RESERVE_FEE,
    RESERVE_REFUND,
    SHARE_HOLDS,
    outcomes,
)
from billing_situations import given as given_situation
from hypothesis import given
from hypothesis import strategies as st

from billing.lines.domain import cap
from billing.lines.domain.cap import Part, net_within
from billing.lines.store import EXPOSURES
from billing.refusals import RefundAbovePaid
from ombud_words import gross, why_order_refused

UNASKED = "RefundReserved+RefundPaid"
COMMANDS: dict[str, cap.Command] = {
    "reserve": RESERVE,
    "reserve_other": replace(RESERVE, charge_id="chg_3"),
    "fee": RESERVE_FEE,
    "release": RELEASE,
    "refund": RESERVE_REFUND,
    "refund_other": replace(RESERVE_REFUND, refund_id="rfd_2"),
    "record_refund": RECORD_REFUND,
    "release_refund": RELEASE_REFUND,
    "hold": HOLD_BACK_LINE,
    "hold_other": HOLD_BACK_OTHER,
    "share": SHARE_HOLDS,
    "let_go": LET_GO,
}
# In the order of the ladder: nothing, charged, released, refunded, both, refund released, held, held and paid, next of two.
EXPECTED = {
    "reserve": "ChargeReserved - ChargeReserved ChargeReserved -" + " ChargeReserved" * 4,
    "reserve_other": "ChargeReserved " * 9,
    "fee": "FeeReserved " * 9,
    "release": "- ChargeReleased - - ChargeReleased - - - -",
    "refund": "RefundReserved RefundReserved RefundReserved - - RefundReserved RefundReserved - RefundReserved",
    "refund_other": "RefundReserved RefundReserved RefundReserved RefundAbovePaid RefundAbovePaid RefundReserved RefundReserved "
    "RefundAbovePaid RefundReserved",
    "record_refund": f"{UNASKED} {UNASKED} {UNASKED} RefundPaid RefundPaid {UNASKED} {UNASKED} - {UNASKED}",
    "release_refund": "- - - RefundReleased RefundReleased - - RefundReleased -",
    "hold": "HeldBack HeldBack HeldBack HeldBack HeldBack HeldBack - - HeldBack",
    "hold_other": "HeldBack HeldBack HeldBack HeldBack HeldBack HeldBack HeldBack HeldBack -",
    "share": "- - - - - - - HoldsShared HoldsShared",
    "let_go": "- - - - - - HoldLetGo HoldLetGo -",
}
CHARGED = given_situation(EXPOSURES, RESERVE)
REFUNDED = given_situation(EXPOSURES, RESERVE_REFUND)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(EXPOSURES, EXPOSURE_LADDER, {command: COMMANDS[command]})
    assert [outcome.told for outcome in walk[command].values()] == EXPECTED[command].split()


def test_the_walk_takes_every_command() -> None:
    assert {type(c) for c in COMMANDS.values()} == set(get_args(cap.Command))


@pytest.mark.parametrize(("wanted", "granted"), [(3_989, 3_989), (3_990, 3_990), (3_991, 3_990), (99_999, 3_990)])
def test_a_charge_is_granted_what_room_is_left(wanted: int, granted: int) -> None:
    outcome = CHARGED.when(replace(RESERVE, charge_id="chg_2", net_minor=wanted, at=LATER))
    outcome.then(cap.ChargeReserved("chg_2", granted, LATER), charges=(Part("chg_1", 9_000), Part("chg_2", granted)))


def test_a_released_charge_leaves_its_room_to_others() -> None:
    CHARGED.when(RELEASE).then(cap.ChargeReleased("chg_1", LATER), charges=())
    state = (
        given_situation(EXPOSURES, RESERVE, RELEASE).when(replace(RESERVE, charge_id="chg_2", net_minor=12_990)).after
    )
    assert state is not None
    assert (state.granted("chg_1"), state.granted("chg_2")) == (0, 12_990)


@pytest.mark.parametrize(("wanted", "fits"), [(3_990, True), (3_991, False)])
def test_refunds_of_a_line_never_pass_what_was_paid(wanted: int, fits: bool) -> None:
    outcome = REFUNDED.when(replace(RESERVE_REFUND, refund_id="rfd_2", wanted_minor=wanted))
    if fits:
        parts = (Part("rfd_1", 9_000), Part("rfd_2", 3_990))
        outcome.then(cap.RefundReserved("rfd_2", 3_990, NOON), refunds=parts)
    else:
        outcome.then_refused(RefundAbovePaid)


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_the_net_within_a_gross_amount_is_the_largest_one(gross_minor: int, basis_points: int) -> None:
    net = net_within(gross_minor, basis_points)
    assert gross(net, basis_points) <= gross_minor < gross(net + 1, basis_points)


@pytest.mark.parametrize("basis_points", [0, 700, 2_100])
def test_what_is_granted_is_the_gross_sum_of_what_fits(basis_points: int) -> None:
    """INVARIANT: the cap holds on gross sums (casework, section 8); counting net amounts would break it."""
    state = CHARGED.when(replace(RESERVE, charge_id="chg_2", net_minor=99_999, vat_basis_points=basis_points)).after
    assert state is not None
    granted = state.granted("chg_2")
    assert granted == gross(net_within(3_990, basis_points), basis_points)
    assert sum(part.minor for part in state.charges) <= 12_990


def test_a_fee_counts_beside_the_cap_while_it_stands() -> None:
    charged = given_situation(EXPOSURES, RESERVE, RESERVE_FEE)
    charged.when(cap.ReleaseCharge("chg_2", LATER)).then(cap.ChargeReleased("chg_2", LATER), fees=())
    again = replace(RESERVE_FEE, charge_id="chg_5", fee=replace(FEE, charge_id="chg_5"))
    (event,) = charged.when(again).events
    assert event == cap.ChargeReserved("chg_5", 0, NOON)


def test_a_refund_that_was_refused_is_left_to_others_and_counts_again_when_it_is_paid_after_all() -> None:
    REFUNDED.when(RELEASE_REFUND).then(cap.RefundReleased("rfd_1", LATER), refunds=())
    whole = replace(RESERVE_REFUND, refund_id="rfd_2", wanted_minor=12_990)
    after = given_situation(EXPOSURES, RESERVE_REFUND, RELEASE_REFUND, whole).when(RECORD_REFUND).after
    assert after is not None
    assert after.refunded_minor == 12_990 + 9_000


@pytest.mark.parametrize(
    ("currency", "market", "reason"),
    [
        ("EUR", "EUR", None),
        *((currency, "EUR", "currency_of_another_market") for currency in ("PLN", "USD", "JPY", "HUF", "eur")),
        ("EUR", None, "unknown_market"),
    ],
)
def test_an_order_in_another_currency_than_its_markets_is_refused(
    currency: str, market: str | None, reason: str | None
) -> None:
    """Casework, section 8."""
    assert why_order_refused(currency, market) == reason


def held_after(*history: cap.Command) -> dict[str, int]:
    """Return what each dispute holds when what changed was shared out."""
    state = given_situation(EXPOSURES, *history).when(SHARE_HOLDS).after
    assert state is not None
    return {part.id: part.minor for part in state.holds}


@pytest.mark.parametrize(
    ("history", "held"),
    [
        ([HOLD_BACK_LINE], {"hld_1": 12_990}),
        ([RESERVE_REFUND, HOLD_BACK_LINE], {"hld_1": 3_990}),
        ([HOLD_BACK_LINE, HOLD_BACK_OTHER], {"hld_1": 12_990, "hld_2": 0}),
        ([HOLD_BACK_LINE, HOLD_BACK_OTHER, LET_GO], {"hld_2": 12_990}),
        ([HOLD_BACK_LINE, RESERVE_REFUND], {"hld_1": 12_990}),
        ([HOLD_BACK_LINE, RESERVE_REFUND, RECORD_REFUND], {"hld_1": 3_990}),
        ([RESERVE_REFUND, HOLD_BACK_LINE, RELEASE_REFUND], {"hld_1": 12_990}),
        ([RESERVE_REFUND, HOLD_BACK_LINE, RELEASE_REFUND, HOLD_BACK_OTHER], {"hld_1": 12_990, "hld_2": 0}),
        ([HOLD_BACK_LINE, HOLD_BACK_OTHER, RESERVE_REFUND, LET_GO], {"hld_2": 3_990}),
        ([HOLD_BACK_LINE, replace(RECORD_REFUND, amount_minor=14_000)], {"hld_1": 0}),
    ],
)
def test_the_oldest_dispute_holds_what_is_left_and_what_is_still_to_be_paid(
    history: list[cap.Command], held: dict[str, int]
) -> None:
    """INVARIANT: holds are for the disputed amount alone, and no two disputes hold the same money (section 6)."""
    assert held_after(*history) == held
