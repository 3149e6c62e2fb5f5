"""A charge: posted once with its entry, contested in its window, and taken back only by an opposite entry (section 6)."""

from dataclasses import replace
from typing import Literal, get_args

import pytest
from billing_situations import (
    AMEND,
    APPEAL,
    APPEAL_UNTIL,
    APPROVE,
    AWAITING_CHARGE,
    CASE_CLOSED,
    CHARGE,
    CHARGE_LADDER,
    CONTEST,
    CONTEST_UNTIL,
    GRANT,
    IN_VAIN,
    LAPSE,
    LARGE_AWAITING,
    LARGE_CHARGE,
    LATER,
    NOON,
    REFUND_PAID,
    REFUND_REFUSED,
    REFUSE,
    REVERSE,
    REVIVE,
    SETTLE,
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
from billing.ledger.domain import Posting, balances
from billing.refusals import AboveAuthority, ChargeNotNotified, ContestWindowClosed, OwnDecision

COMMANDS: dict[str, charge.Command] = {
    "propose": CHARGE,
    "propose_large": LARGE_CHARGE,
    "approve": APPROVE,
    "refuse": REFUSE,
    "case_closed": CASE_CLOSED,
    "lapse": LAPSE,
    "lapse_of_an_earlier_round": replace(LAPSE, silent_until=NOON - TICK),
    "revive": REVIVE,
    "revive_awaiting": replace(REVIVE, refund="ordered"),
    "revive_refused": replace(REVIVE, refund="refused"),
    "refund_paid": REFUND_PAID,
    "refund_refused": REFUND_REFUSED,
    "window": charge.NoteContestWindow(CONTEST_UNTIL + TICK, NOON),
    "appeal_time": charge.NoteAppealTime(None, NOON),
    "contest": CONTEST,
    "uphold": UPHOLD,
    "reverse": REVERSE,
    "appeal": APPEAL,
    "appeal_in_vain": IN_VAIN,
    "appeal_granted": GRANT,
    "amend": AMEND,
    "take_back": TAKE_BACK,
    "settle": SETTLE,
}
POSTED = "ChargeNotified+ChargePosted"
# For each command: what it leads to → situations of the ladder; `*` is every other one. Nothing exists before its proposal.
PROPOSED = "proposed large_awaiting large_paid"
RELEASED = "released released_contested released_upheld released_appealed"
WAITING = "appealed appealed_unposted released_appealed settled_appealed"
EXPECTED = {
    "propose": {
        f"ChargeProposed+{POSTED}": "nothing released",
        "ChargeProposed+ChargeNotified+ChargeContested+ChargePosted": "released_contested",
        "ChargeProposed+ChargeNotified+ChargeContested+ChargeUpheld+ChargePosted": "released_upheld released_appealed",
        "-": "*",
    },
    "propose_large": {"ChargeProposed": f"nothing {RELEASED}", "-": "*"},
    "approve": {
        f"ChargeApproved+{POSTED}": "proposed large_paid",
        "ChargeApproved+ChargeNotified": "large_awaiting",
        "ChargeNotProposed": "*",
    },
    "refuse": {"ChargeWithdrawn": PROPOSED, "ChargeNotProposed": "*"},
    "case_closed": {"ChargeWithdrawn": PROPOSED, "-": "*"},
    "lapse": {"ChargeWithdrawn": PROPOSED, "-": "*"},
    "lapse_of_an_earlier_round": {"-": "*"},
    "revive": {"ChargeProposed": "lapsed", "-": "*"},
    "revive_awaiting": {"ChargeProposed": "lapsed", "-": "*"},
    "revive_refused": {"ChargeReleased": "lapsed", "-": "*"},
    "refund_paid": {"ChargePosted": "notified appealed_unposted", "RefundArrived": "large_awaiting", "-": "*"},
    "refund_refused": {"ChargeReleased": "notified large_awaiting appealed_unposted", "-": "*"},
    "window": {"-": f"{PROPOSED} withdrawn lapsed posted_instead", "ContestWindowNoted": "*"},
    "appeal_time": {"-": "decision_appealed", "AppealTimeNoted": "*"},
    "contest": {
        "ChargeContested": "approved posted paid notified credited decision_appealed settled",
        "-": "contested settled_contested",
        "ContestWindowClosed": "posted_instead",
        "ChargeNotNotified": "*",
    },
    "uphold": {"ChargeUpheld": "contested settled_contested", "ChargeNotContested": "*"},
    "reverse": {"ChargeReversed": "contested settled_contested", "ChargeNotContested": "*"},
    "appeal": {
        "ChargeAppealed": "upheld settled_upheld settled_then_upheld",
        "-": "appealed appealed_unposted settled_appealed",
        "AppealedBefore": "appealed_in_vain",
        "NothingToAppeal": "*",
    },
    "appeal_in_vain": {"ChargeAppealDecided": WAITING, "NothingAppealed": "*"},
    "appeal_granted": {
        "ChargeAppealDecided+ChargeReversed": "appealed settled_appealed",
        "ChargeAppealDecided+ChargeWithdrawn": "appealed_unposted released_appealed",
        "NothingAppealed": "*",
    },
    "amend": {
        "ChargeAppealDecided+ChargeReversed": "appealed settled_appealed",
        "ChargeNotPosted": "appealed_unposted released_appealed",
        "NothingAppealed": "*",
    },
    "take_back": {
        "ChargeAppealDecided+ChargeWithdrawn": "appealed_unposted released_appealed",
        "ChargeAppealDecided+ChargeReversed": "appealed settled_appealed",
        "ChargeWithdrawn": f"{PROPOSED} notified released released_contested released_upheld",
        "-": "reversed withdrawn lapsed to_repay repaid appeal_granted appealed_to_repay",
        "ChargeReversed": "*",
    },
    "settle": {
        "ChargeSettled": "approved posted paid credited decision_appealed upheld appealed_in_vain posted_instead",
        "ChargeRepaid": "to_repay appealed_to_repay",
        "-": "*",
    },
}


def expected(command: str, situation: str) -> str:
    if situation == "nothing" and not command.startswith("propose"):
        return "UnknownCharge"
    table = EXPECTED[command]
    named = [outcome for outcome, situations in table.items() if situation in situations.split()]
    return named[0] if named else next(outcome for outcome, situations in table.items() if situations == "*")


CHARGED = given(CHARGES, CHARGE)
CONTESTED = given(CHARGES, CHARGE, CONTEST)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(CHARGES, CHARGE_LADDER, {command: COMMANDS[command]})
    found = {situation: outcome.told for situation, outcome in walk[command].items()}
    assert found == {situation: expected(command, situation) for situation in CHARGE_LADDER}


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
    proposed = charge.ChargeProposed(TERMS, NOON, needs_approval=True)
    given(CHARGES).when(LARGE_CHARGE).then(proposed, status=Status.PROPOSED, entry=None)
    approved = given(CHARGES, LARGE_CHARGE).when(APPROVE)
    assert approved.after is not None
    assert (approved.after.status, approved.after.posted_at) == (Status.POSTED, LATER)


def test_a_decision_told_twice_charges_once_whatever_the_second_says() -> None:
    """INVARIANT: exactly once per decision and line (section 6); a second proposal that posts would break it."""
    for rung, history in CHARGE_LADDER.items():
        if rung == "nothing" or rung in RELEASED.split():
            continue
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
    CONTESTED.when(replace(CONTEST, ground="wrong_amount")).then_refused(ChargeNotNotified)


def test_an_upheld_charge_keeps_its_entry() -> None:
    CONTESTED.when(UPHOLD).then(
        charge.ChargeUpheld("evidence_stands", "agt_1", LATER, APPEAL_UNTIL),
        status=Status.UPHELD,
        verdict="evidence_stands",
        upheld_because="evidence_stands",
        reviewed_by="agt_1",
        upheld_at=LATER,
        appeal_until=APPEAL_UNTIL,
    )


def test_what_was_contested_waits_for_its_verdict_when_its_refund_is_ordered_anew() -> None:
    """INVARIANT: nobody has to say twice what they said in time; would break if a payout took what nobody had judged."""
    again = given(CHARGES, AWAITING_CHARGE, CONTEST, REFUND_REFUSED).when(replace(AWAITING_CHARGE, at=LATER)).after
    assert again is not None
    assert (again.status, again.ground, again.verdict) == (Status.CONTESTED, "not_my_fault", None)
    paid = given(CHARGES, AWAITING_CHARGE, CONTEST, REFUND_REFUSED, AWAITING_CHARGE, REFUND_PAID)
    paid.when(SETTLE).then_nothing()


def test_what_somebody_must_approve_anew_is_contested_as_it_was_when_it_is_approved() -> None:
    history = (AWAITING_CHARGE, CONTEST, REFUND_REFUSED, LARGE_AWAITING)
    told = ("ChargeApproved", "ChargeNotified", "ChargeContested")
    assert given(CHARGES, *history).when(replace(APPROVE, at=LATER)).told == "+".join(told)


def test_a_verdict_stands_when_the_refund_is_ordered_anew() -> None:
    history = (AWAITING_CHARGE, CONTEST, UPHOLD, REFUND_REFUSED, AWAITING_CHARGE)
    again = given(CHARGES, *history)
    assert again.state is not None
    assert (again.state.status, again.state.verdict) == (Status.UPHELD, "evidence_stands")
    again.when(CONTEST).then_refused(ChargeNotNotified)


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(
    ("refund", "status", "awaits"),
    [
        ("ordered", Status.PROPOSED, True),
        ("paid", Status.PROPOSED, False),
        (None, Status.PROPOSED, False),
        ("refused", Status.RELEASED, True),
    ],
)
def test_what_lapsed_too_early_is_proposed_again_as_its_refund_stands(
    refund: Literal["ordered", "paid", "refused"] | None, status: Status, awaits: bool
) -> None:
    again = given(CHARGES, LARGE_AWAITING, LAPSE).when(replace(REVIVE, refund=refund)).after
    assert again is not None
    assert (again.status, again.awaits_refund, again.lapsed) == (status, awaits, False)


def test_what_a_person_refused_is_not_proposed_again() -> None:
    given(CHARGES, LARGE_CHARGE, replace(REFUSE, reason="lapsed")).when(REVIVE).then_nothing()


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


@pytest.mark.rule("S-1")
def test_what_recovers_a_refund_is_told_at_once_and_posted_when_the_refund_is_paid() -> None:
    """INVARIANT: the charge follows the money (casework, section 8); posting it at the decision would break it."""
    notified = given(CHARGES).when(AWAITING_CHARGE)
    assert notified.told == "ChargeProposed+ChargeNotified"
    paid = given(CHARGES, AWAITING_CHARGE).when(REFUND_PAID)
    assert paid.after is not None
    assert (paid.after.status, paid.after.posted_at, paid.after.contest_until) == (Status.POSTED, LATER, CONTEST_UNTIL)


@pytest.mark.rule("S-1")
def test_a_refund_that_is_refused_releases_its_charge_until_it_is_ordered_anew() -> None:
    released = given(CHARGES, AWAITING_CHARGE, REFUND_REFUSED)
    assert released.state is not None
    assert (released.state.status, released.state.entry) == (Status.RELEASED, None)
    smaller = replace(AWAITING_CHARGE, terms=replace(TERMS, net_minor=1_000, vat_minor=210), at=LATER)
    again = given(CHARGES, AWAITING_CHARGE, REFUND_REFUSED, smaller, REFUND_PAID)
    assert again.state is not None
    assert again.state.entry is not None
    assert again.state.entry.postings[0] == Posting("receivable:sel_2", 1_210)


def test_a_large_charge_is_posted_when_both_its_refund_was_paid_and_somebody_approved() -> None:
    for history in ((LARGE_AWAITING, APPROVE, REFUND_PAID), (LARGE_AWAITING, REFUND_PAID, APPROVE)):
        state = given(CHARGES, *history).state
        assert state is not None
        assert state.status == Status.POSTED


@pytest.mark.rule("S-4")
@pytest.mark.parametrize("role", ["proposed_by", "decided_by"])
def test_who_proposed_or_decided_neither_approves_nor_judges(role: str) -> None:
    own = replace(TERMS, **{role: "sup_1"})  # type: ignore[arg-type]
    proposed = given(CHARGES, replace(LARGE_CHARGE, terms=own))
    proposed.when(replace(APPROVE, terms=own)).then_refused(OwnDecision)
    by_another = replace(APPROVE, terms=own, approved_by="sup_2")
    contested = given(CHARGES, replace(LARGE_CHARGE, terms=own), by_another, CONTEST)
    for verdict in (UPHOLD, REVERSE):
        contested.when(replace(verdict, reviewer_id="sup_1")).then_refused(OwnDecision)
        contested.when(replace(verdict, reviewer_id="sup_2")).then_refused(OwnDecision)
        assert contested.when(replace(verdict, reviewer_id="sup_3")).refusal is None


@pytest.mark.parametrize(("limit", "approved"), [(1_815, True), (1_814, False), (None, True)])
def test_an_approval_is_within_the_limit_of_the_role(limit: int | None, approved: bool) -> None:
    """Casework, section 13."""
    outcome = given(CHARGES, LARGE_CHARGE).when(replace(APPROVE, limit_minor=limit))
    if approved:
        assert outcome.told == f"ChargeApproved+{POSTED}"
    else:
        outcome.then_refused(AboveAuthority)


def test_an_approved_charge_costs_what_the_cap_left_at_the_approval() -> None:
    lowered = replace(TERMS, net_minor=1_000, vat_minor=210, capped=True)
    state = given(CHARGES, LARGE_CHARGE, replace(APPROVE, terms=lowered)).state
    assert state is not None
    assert state.entry is not None
    assert (state.terms, state.approved_by, state.entry.postings[0].amount_minor) == (lowered, "sup_1", 1_210)


def contested_before_the_refund(*then: charge.Command) -> charge.Charge:
    state = given(CHARGES, AWAITING_CHARGE, CONTEST, *then).state
    assert state is not None
    return state


@pytest.mark.rule("S-11")
def test_the_seller_contests_from_the_notice_on_and_the_refund_changes_nothing_of_that() -> None:
    """The window runs from the notice, so that it must be open while the refund is on its way."""
    paid = contested_before_the_refund(REFUND_PAID)
    assert (paid.status, paid.entry is not None) == (Status.CONTESTED, True)
    assert contested_before_the_refund(REFUND_PAID, REVERSE).status == Status.REVERSED
    upheld = contested_before_the_refund(UPHOLD, REFUND_PAID)
    assert (upheld.status, upheld.entry is not None) == (Status.UPHELD, True)


def test_a_contest_that_is_right_before_the_refund_was_paid_withdraws_the_charge_for_good() -> None:
    withdrawn = contested_before_the_refund(REVERSE, REFUND_PAID)
    assert (withdrawn.status, withdrawn.entry, withdrawn.verdict) == (Status.WITHDRAWN, None, "evidence_fails")
    assert contested_before_the_refund(REVERSE, AWAITING_CHARGE).status == Status.WITHDRAWN


def test_a_contested_charge_is_released_with_its_refund() -> None:
    assert contested_before_the_refund(REFUND_REFUSED).status == Status.RELEASED
    assert contested_before_the_refund(UPHOLD, REFUND_REFUSED).status == Status.RELEASED


SETTLED = given(CHARGES, CHARGE, SETTLE)


@pytest.mark.rule("R-10")
def test_a_payout_takes_what_the_seller_owes_by_a_charge_and_leaves_nothing_owed() -> None:
    """INVARIANT: casework 8; would break if a payout took another amount than the charge's entry says."""
    state = SETTLED.state
    assert state is not None
    assert state.entry is not None
    assert state.settlement is not None
    assert state.settlement.postings == (Posting("payouts_clearing", 1_815), Posting("receivable:sel_2", -1_815))
    assert (state.status, state.settled_by, state.settlement.caused_by) == (Status.SETTLED, "run_1", "chg_1")
    assert balances([state.entry, state.settlement])["receivable:sel_2", "EUR"] == 0


@pytest.mark.rule("S-11")
def test_a_settled_charge_is_contested_within_its_window_and_once() -> None:
    SETTLED.when(replace(CONTEST, at=CONTEST_UNTIL)).then(
        charge.ChargeContested("not_my_fault", CONTEST_UNTIL), status=Status.CONTESTED, ground="not_my_fault"
    )
    SETTLED.when(replace(CONTEST, at=CONTEST_UNTIL + TICK)).then_refused(ContestWindowClosed)
    for rung in ("settled_upheld", "settled_then_upheld"):
        given(CHARGES, *CHARGE_LADDER[rung]).when(replace(CONTEST, ground="again")).then_refused(ChargeNotNotified)


def test_what_is_contested_waits_for_its_verdict_before_a_payout_takes_it() -> None:
    CONTESTED.when(SETTLE).then_nothing()
    assert given(CHARGES, CHARGE, CONTEST, UPHOLD).when(SETTLE).told == "ChargeSettled"


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("undone", [(CONTEST, REVERSE), (TAKE_BACK,)], ids=["reviewed", "taken back"])
def test_what_was_taken_of_a_charge_that_is_reversed_is_paid_back_by_the_next_run_once(
    undone: tuple[charge.Command, ...],
) -> None:
    """INVARIANT: the seller ends as if it had not been; would break if a reversal after the payout were not paid back, or twice."""
    before = given(CHARGES, CHARGE, SETTLE, *undone)
    next_run = charge.SettleCharge("run_2", LATER + TICK)
    state = given(CHARGES, CHARGE, SETTLE, *undone, next_run).state
    assert before.when(next_run).told == "ChargeRepaid"
    assert state is not None
    entries = [e for e in (state.entry, state.settlement, state.reversal, state.repayment) if e is not None]
    assert (len(entries), set(balances(entries).values()), state.repaid_by) == (4, {0}, "run_2")
    assert len({e.id for e in entries}) == 4
    given(CHARGES, CHARGE, SETTLE, *undone, next_run).when(charge.SettleCharge("run_3", LATER)).then_nothing()


def test_a_charge_that_was_reversed_before_any_payout_is_neither_taken_nor_paid_back() -> None:
    given(CHARGES, CHARGE, CONTEST, REVERSE).when(SETTLE).then_nothing()


def test_another_run_takes_nothing_of_what_one_took() -> None:
    for run in ("run_1", "run_2"):
        SETTLED.when(charge.SettleCharge(run, LATER + TICK)).then_nothing()
