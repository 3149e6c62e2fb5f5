"""The cap: neither what a seller is charged for a line nor what a buyer gets back ever passes what was paid (section 6)."""

from dataclasses import replace
from typing import get_args

import pytest
from billing_situations import EXPOSURE_LADDER, LATER, NOON, RELEASE, RESERVE, RESERVE_REFUND, given, outcomes

from billing.domain import exposure
from billing.domain.exposure import Part
from billing.domain.refusals import RefundAbovePaid
from billing.store import EXPOSURES

COMMANDS: dict[str, exposure.Command] = {
    "reserve": RESERVE,
    "reserve_other": replace(RESERVE, charge_id="chg_2"),
    "release": RELEASE,
    "refund": RESERVE_REFUND,
    "refund_other": replace(RESERVE_REFUND, refund_id="rfd_2"),
}
# In the order of the ladder: nothing, charged, released, refunded, both.
EXPECTED = {
    "reserve": "ChargeReserved - ChargeReserved ChargeReserved -",
    "reserve_other": "ChargeReserved " * 5,
    "release": "- ChargeReleased - - ChargeReleased",
    "refund": "RefundReserved RefundReserved RefundReserved - -",
    "refund_other": "RefundReserved RefundReserved RefundReserved RefundAbovePaid RefundAbovePaid",
}
CHARGED = given(EXPOSURES, RESERVE)
REFUNDED = given(EXPOSURES, RESERVE_REFUND)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(EXPOSURES, EXPOSURE_LADDER, {command: COMMANDS[command]})
    assert [outcome.told for outcome in walk[command].values()] == EXPECTED[command].split()


def test_the_walk_takes_every_command() -> None:
    assert {type(c) for c in COMMANDS.values()} == set(get_args(exposure.Command))


@pytest.mark.parametrize(("wanted", "granted"), [(3_989, 3_989), (3_990, 3_990), (3_991, 3_990), (99_999, 3_990)])
def test_a_charge_is_granted_what_room_is_left(wanted: int, granted: int) -> None:
    outcome = CHARGED.when(exposure.ReserveCharge("chg_2", wanted, 12_990, LATER))
    outcome.then(
        exposure.ChargeReserved("chg_2", granted, LATER), charges=(Part("chg_1", 9_000), Part("chg_2", granted))
    )


def test_a_released_charge_leaves_its_room_to_others() -> None:
    CHARGED.when(RELEASE).then(exposure.ChargeReleased("chg_1", LATER), charges=())
    state = given(EXPOSURES, RESERVE, RELEASE).when(replace(RESERVE, charge_id="chg_2", wanted_minor=12_990)).after
    assert state is not None
    assert (state.granted("chg_1"), state.granted("chg_2")) == (0, 12_990)


@pytest.mark.parametrize(("wanted", "fits"), [(3_990, True), (3_991, False)])
def test_refunds_of_a_line_never_pass_what_was_paid(wanted: int, fits: bool) -> None:
    outcome = REFUNDED.when(exposure.ReserveRefund("rfd_2", wanted, 12_990, NOON))
    if fits:
        parts = (Part("rfd_1", 9_000), Part("rfd_2", 3_990))
        outcome.then(exposure.RefundReserved("rfd_2", 3_990, NOON), refunds=parts)
    else:
        outcome.then_refused(RefundAbovePaid)
