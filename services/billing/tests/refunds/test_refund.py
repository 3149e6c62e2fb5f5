"""A refund: ordered once, and completed only as it was ordered (section 6)."""

from dataclasses import replace
from typing import get_args

import pytest
from billing_situations import (
    CANCEL,
    COMPLETE,
    FAIL,
    HOLD_BACK,
    LATER,
    ORDER,
    REDIRECT,
    REFUND_LADDER,
    RETRY,
    given,
    outcomes,
)

from billing.ledger.domain import Posting
from billing.refunds import domain as refund
from billing.refunds.domain import Status
from billing.refunds.store import REFUNDS
from billing.refusals import OutcomeDoesNotMatch

COMMANDS: dict[str, refund.Command] = {
    "order": ORDER,
    "hold_back": HOLD_BACK,
    "complete": COMPLETE,
    "fail": FAIL,
    "retry": RETRY,
    "redirect": REDIRECT,
    "cancel": CANCEL,
}
# In the order of the ladder: nothing, ordered, completed, failed, completed after failing, held back, retried, redirected,
# cancelled, paid after all.
EXPECTED = {
    "order": "RefundOrdered" + " -" * 9,
    "hold_back": "RefundHeldBack" + " -" * 9,
    "complete": "UnknownRefund RefundCompleted - RefundCompleted -" + " RefundCompleted" * 4 + " -",
    "fail": "UnknownRefund RefundFailed" + " -" * 8,
    **{
        step: f"UnknownRefund {' RefundNotRefused' * 2} {told} RefundNotRefused {told}" + " RefundNotRefused" * 4
        for step, told in (("retry", "RefundReplaced"), ("redirect", "RefundReplaced"), ("cancel", "RefundCancelled"))
    },
}
ORDERED = given(REFUNDS, ORDER)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(REFUNDS, REFUND_LADDER, {command: COMMANDS[command]})
    assert [outcome.told for outcome in walk[command].values()] == EXPECTED[command].split()


def test_the_walk_takes_every_command_and_meets_every_event() -> None:
    walk = outcomes(REFUNDS, REFUND_LADDER, COMMANDS)
    assert {type(c) for c in COMMANDS.values()} == set(get_args(refund.Command))
    met = {type(event) for row in walk.values() for outcome in row.values() for event in outcome.events}
    assert met == set(get_args(refund.Event))


@pytest.mark.parametrize("goodwill", [False, True])
def test_a_paid_refund_is_to_be_recovered_and_goodwill_is_kept_apart(goodwill: bool) -> None:
    """Section 5: goodwill is kept apart in the ledger."""
    outcome = given(REFUNDS, replace(ORDER, goodwill=goodwill)).when(COMPLETE)
    (event,) = outcome.events
    assert isinstance(event, refund.RefundCompleted)
    outcome.then(event, status=Status.COMPLETED)
    account = "goodwill" if goodwill else "refunds_recoverable"
    assert event.entry.postings == (Posting(account, 3_000), Posting("payments_clearing", -3_000))


@pytest.mark.parametrize("change", [{"amount_minor": 2_999}, {"amount_minor": 3_001}, {"currency": "PLN"}])
def test_an_outcome_of_another_amount_or_currency_is_refused_at_any_time(change: dict[str, object]) -> None:
    """INVARIANT: money leaves as it was ordered; booking what was reported instead would break it."""
    for history in list(REFUND_LADDER.values())[1:]:
        other = replace(COMPLETE, **change)  # type: ignore[arg-type]
        given(REFUNDS, *history).when(other).then_refused(OutcomeDoesNotMatch)


def test_a_failed_refund_may_be_paid_after_all_and_a_paid_one_never_fails() -> None:
    ORDERED.when(FAIL).then(refund.RefundFailed("card_closed", LATER), status=Status.FAILED, reason="card_closed")
    assert given(REFUNDS, ORDER, FAIL).when(COMPLETE).told == "RefundCompleted"
    given(REFUNDS, ORDER, COMPLETE).when(FAIL).then_nothing()


def test_a_decision_told_twice_orders_one_refund() -> None:
    ORDERED.when(replace(ORDER, amount_minor=1)).then_nothing()


@pytest.mark.parametrize(
    ("step", "status"),
    [(RETRY, Status.RETRIED), (REDIRECT, Status.OTHER_METHOD), (CANCEL, Status.CANCELLED)],
)
def test_staff_decides_what_becomes_of_a_refused_refund(step: refund.Command, status: Status) -> None:
    """Casework, section 8."""
    state = given(REFUNDS, ORDER, FAIL, step).state
    assert state is not None
    assert state.status == status
