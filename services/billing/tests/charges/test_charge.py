"""A charge: posted once with its entry, contested in its window, and taken back only by an opposite entry (section 6)."""

from dataclasses import replace
from typing import get_args

import pytest
from billing_situations import (
    APPROVE,
    CHARGE,
    CHARGE_LADDER,
    CONTEST,
    CONTEST_UNTIL,
    LARGE_CHARGE,
    LATER,
    NOON,
    REVERSE,
    TAKE_BACK,
    TERMS,
    TICK,
    UPHOLD,
    given,
    outcomes,
)

from billing.charges import domain as charge
from billing.charges.domain import Status
from billing.charges.store import CHARGES
from billing.ledger.domain import Posting
from billing.refusals import ChargeNotPosted, ContestWindowClosed

COMMANDS: dict[str, charge.Command] = {
    "propose": CHARGE,
    "propose_large": LARGE_CHARGE,
    "approve": APPROVE,
    "contest": CONTEST,
    "uphold": UPHOLD,
    "reverse": REVERSE,
    "take_back": TAKE_BACK,
}
POSTED = "ChargeNotified+ChargePosted"
# In the order of the ladder: nothing, proposed, approved, posted, contested, upheld, reversed, withdrawn.
EXPECTED = {
    "propose": f"ChargeProposed+{POSTED} - - - - - - -",
    "propose_large": "ChargeProposed - - - - - - -",
    "approve": f"UnknownCharge {POSTED}" + " ChargeNotProposed" * 6,
    "contest": "UnknownCharge ChargeNotPosted ChargeContested ChargeContested - ChargeNotPosted ChargeNotPosted "
    "ChargeNotPosted",
    "uphold": "UnknownCharge" + " ChargeNotContested" * 3 + " ChargeUpheld" + " ChargeNotContested" * 3,
    "reverse": "UnknownCharge" + " ChargeNotContested" * 3 + " ChargeReversed" + " ChargeNotContested" * 3,
    "take_back": "UnknownCharge ChargeWithdrawn" + " ChargeReversed" * 4 + " - -",
}
CHARGED = given(CHARGES, CHARGE)
CONTESTED = given(CHARGES, CHARGE, CONTEST)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(CHARGES, CHARGE_LADDER, {command: COMMANDS[command]})
    assert [outcome.told for outcome in walk[command].values()] == EXPECTED[command].split()


def test_the_walk_takes_every_command_and_meets_every_event() -> None:
    walk = outcomes(CHARGES, CHARGE_LADDER, COMMANDS)
    assert {type(c) for c in COMMANDS.values()} == set(get_args(charge.Command))
    met = {type(event) for row in walk.values() for outcome in row.values() for event in outcome.events}
    assert met == set(get_args(charge.Event))


def test_a_charge_is_posted_with_its_notice_and_a_balanced_entry() -> None:
    outcome = given(CHARGES).when(CHARGE)
    state = outcome.then(*outcome.events, status=Status.POSTED, contest_until=CONTEST_UNTIL, posted_at=NOON)
    assert state.entry is not None
    assert state.entry.postings == (
        Posting("receivable:sel_2", 1_815),
        Posting("revenue:handling_fee", -1_500),
        Posting("vat:lv", -315),
    )
    assert (state.entry.caused_by, state.entry.reverses, state.entry.at) == ("chg_1", None, NOON)


def test_a_charge_above_the_limit_is_posted_only_when_it_is_approved() -> None:
    given(CHARGES).when(LARGE_CHARGE).then(charge.ChargeProposed(TERMS, NOON), status=Status.PROPOSED, entry=None)
    approved = given(CHARGES, LARGE_CHARGE).when(APPROVE)
    assert approved.after is not None
    assert (approved.after.status, approved.after.posted_at) == (Status.POSTED, LATER)


def test_a_decision_told_twice_charges_once_whatever_the_second_says() -> None:
    """INVARIANT: exactly once per decision and line (section 6); a second proposal that posts would break it."""
    for history in list(CHARGE_LADDER.values())[1:]:
        given(CHARGES, *history).when(replace(CHARGE, terms=replace(TERMS, net_minor=1))).then_nothing()


def test_a_charge_can_be_contested_until_the_last_instant_of_its_window() -> None:
    """Section 6: 90 days from notice."""
    last = replace(CONTEST, at=CONTEST_UNTIL)
    CHARGED.when(last).then(
        charge.ChargeContested("not_my_fault", CONTEST_UNTIL), status=Status.CONTESTED, ground="not_my_fault"
    )
    CHARGED.when(replace(CONTEST, at=CONTEST_UNTIL + TICK)).then_refused(ContestWindowClosed)


def test_a_contest_told_twice_is_one_and_another_ground_comes_too_late() -> None:
    CONTESTED.when(replace(CONTEST, at=CONTEST_UNTIL + TICK)).then_nothing()
    CONTESTED.when(replace(CONTEST, ground="wrong_amount")).then_refused(ChargeNotPosted)


def test_an_upheld_charge_keeps_its_entry() -> None:
    CONTESTED.when(UPHOLD).then(
        charge.ChargeUpheld("evidence_stands", "agt_1", LATER), status=Status.UPHELD, verdict="evidence_stands"
    )


def test_a_reversal_is_an_opposite_entry_beside_the_first() -> None:
    """INVARIANT: nothing is edited or deleted (section 6); changing or dropping the first entry would break it."""
    outcome = CONTESTED.when(REVERSE)
    (event,) = outcome.events
    assert isinstance(event, charge.ChargeReversed)
    state = outcome.then(event, status=Status.REVERSED, reversal=event.entry, verdict="evidence_fails")
    assert state.entry is not None
    assert event.entry.reverses == state.entry.id != event.entry.id
    assert event.entry.postings == tuple(Posting(p.account, -p.amount_minor) for p in state.entry.postings)
    assert (event.entry.currency, event.entry.caused_by, event.entry.at) == ("EUR", "chg_1", LATER)


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("rung", ["approved", "posted", "contested", "upheld"])
def test_a_posted_charge_whose_decision_was_taken_back_gets_an_opposite_entry_whatever_a_reviewer_said(
    rung: str,
) -> None:
    """S-3."""
    before = given(CHARGES, *CHARGE_LADDER[rung])
    (event,) = before.when(TAKE_BACK).events
    assert isinstance(event, charge.ChargeReversed)
    state = before.when(TAKE_BACK).then(event, status=Status.REVERSED, reversal=event.entry, verdict="breach_withdrawn")
    assert state.entry is not None
    assert (event.entry.reverses, event.reviewer_id) == (state.entry.id, "system")
    assert event.entry.postings == tuple(Posting(p.account, -p.amount_minor) for p in state.entry.postings)


def test_a_charge_that_was_not_posted_is_withdrawn_and_never_posted() -> None:
    given(CHARGES, LARGE_CHARGE).when(TAKE_BACK).then(
        charge.ChargeWithdrawn("breach_withdrawn", LATER), status=Status.WITHDRAWN, verdict="breach_withdrawn"
    )
