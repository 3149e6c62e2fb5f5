"""The appeal of a charge that a reviewer upheld: once, in its time, judged by somebody else, and no step of it twice (casework,
section 6)."""

from dataclasses import replace

import pytest
from billing_situations import (
    AMEND,
    APPEAL,
    APPEAL_UNTIL,
    APPROVE,
    AWAITING_CHARGE,
    CHARGE,
    CONTEST,
    GRANT,
    IN_VAIN,
    INSTEAD,
    LAPSE,
    LARGE_AWAITING,
    LARGE_CHARGE,
    REFUND_PAID,
    REFUND_REFUSED,
    REFUSE,
    REVIVE,
    TERMS,
    TICK,
    UPHOLD,
    given,
)

from billing.charges import domain as charge
from billing.charges.domain import Status
from billing.charges.store import CHARGES
from billing.ledger.domain import balances
from billing.refusals import AmendmentNotLower, OwnDecision
from ombud_words import AppealedBefore, AppealOutcome, AppealTooLate, NothingToAppeal, OwnReview

UPHELD = (CHARGE, CONTEST, UPHOLD)
APPEALED = given(CHARGES, *UPHELD, APPEAL)


def test_what_was_upheld_is_appealed_until_its_last_instant() -> None:
    upheld = given(CHARGES, *UPHELD)
    assert upheld.when(replace(APPEAL, at=APPEAL_UNTIL)).told == "ChargeAppealed"
    upheld.when(replace(APPEAL, at=APPEAL_UNTIL + TICK)).then_refused(AppealTooLate)


def test_what_was_upheld_before_its_window_was_kept_names_no_appeal() -> None:
    """S-11: where nothing says until when, nothing was promised."""
    given(CHARGES, CHARGE, CONTEST, replace(UPHOLD, appeal_until=None)).when(APPEAL).then_refused(NothingToAppeal)


@pytest.mark.rule("S-4")
@pytest.mark.parametrize("who", ["med_1", "agt_7", "sup_1", "agt_1", "sup_8"])
def test_nobody_judges_the_appeal_who_decided_proposed_approved_or_upheld(who: str) -> None:
    """INVARIANT: another person looks again; breaks when one of the four, or a judge of the decision, is forgotten."""
    terms = replace(TERMS, decided_by="med_1", proposed_by="agt_7")
    history = (replace(LARGE_CHARGE, terms=terms), replace(APPROVE, terms=terms), CONTEST, UPHOLD, APPEAL)
    given(CHARGES, *history).when(replace(GRANT, reviewer_id=who, judges=("sup_8",))).then_refused(OwnReview)


@pytest.mark.rule("S-3")
def test_a_granted_appeal_gives_back_what_was_charged_by_an_opposite_entry() -> None:
    after = APPEALED.when(GRANT).after
    assert after is not None
    assert after.entry is not None
    assert after.reversal is not None
    assert after.status == Status.REVERSED
    assert set(balances([after.entry, after.reversal]).values()) == {0}
    assert [(a.outcome, a.reasons) for a in after.appeals] == [(AppealOutcome.REVERSED, ("new_evidence",))]


@pytest.mark.parametrize("outcome", [AppealOutcome.UPHELD, AppealOutcome.INADMISSIBLE])
def test_what_stands_is_not_appealed_again(outcome: AppealOutcome) -> None:
    judged = APPEALED.when(replace(IN_VAIN, outcome=outcome)).after
    assert judged is not None
    assert (judged.status, judged.reversal) == (Status.UPHELD, None)
    given(CHARGES, *UPHELD, APPEAL, replace(IN_VAIN, outcome=outcome)).when(
        replace(APPEAL, appeal_id="apl_2")
    ).then_refused(AppealedBefore)


@pytest.mark.parametrize("net", [TERMS.net_minor, TERMS.net_minor + 1])
def test_an_amendment_never_makes_a_charge_dearer(net: int) -> None:
    anew = replace(TERMS, charge_id="chg_9", net_minor=net)
    APPEALED.when(replace(AMEND, anew=anew)).then_refused(AmendmentNotLower)


def test_an_appeal_waits_on_while_its_refund_is_ordered_anew_and_is_not_asked_for_twice() -> None:
    """S-9: nobody has to say twice what was said before the refund was refused."""
    history = (AWAITING_CHARGE, CONTEST, UPHOLD, APPEAL, REFUND_REFUSED, AWAITING_CHARGE)
    anew = given(CHARGES, *history).when(REFUND_PAID)
    assert anew.after is not None
    assert (anew.told, anew.after.status, len(anew.after.appeals)) == ("ChargePosted", Status.APPEALED, 1)
    decided = given(CHARGES, AWAITING_CHARGE, CONTEST, UPHOLD, APPEAL, IN_VAIN, REFUND_REFUSED, AWAITING_CHARGE)
    decided.when(replace(APPEAL, appeal_id="apl_2")).then_refused(AppealedBefore)


def test_what_was_granted_while_its_refund_was_refused_is_not_charged_when_it_is_ordered_anew() -> None:
    granted = given(CHARGES, AWAITING_CHARGE, CONTEST, UPHOLD, APPEAL, REFUND_REFUSED, GRANT)
    granted.when(AWAITING_CHARGE).then_nothing()


def test_what_takes_the_place_of_an_amended_charge_is_posted_and_final() -> None:
    posted = given(CHARGES).when(INSTEAD)
    assert posted.told == "ChargeProposed+ChargePosted"
    given(CHARGES, INSTEAD).when(APPEAL).then_refused(NothingToAppeal)


@pytest.mark.rule("S-4")
def test_who_approved_it_before_its_refund_was_refused_judges_nothing_about_it_and_may_approve_it_again() -> None:
    """INVARIANT: would break if a charge that is proposed anew forgot who approved it."""
    again = (
        LARGE_AWAITING,
        APPROVE,
        REFUND_REFUSED,
        LARGE_AWAITING,
        replace(APPROVE, approved_by="sup_2"),
        REFUND_PAID,
    )
    given(CHARGES, *again, CONTEST).when(replace(UPHOLD, reviewer_id="sup_1")).then_refused(OwnDecision)
    given(CHARGES, *again, CONTEST, UPHOLD, APPEAL).when(replace(GRANT, reviewer_id="sup_1")).then_refused(OwnReview)
    assert "ChargeApproved" in given(CHARGES, *again[:4]).when(APPROVE).told


@pytest.mark.rule("S-3")
def test_why_it_was_upheld_outlasts_a_lapse_that_was_none() -> None:
    history = (LARGE_AWAITING, APPROVE, CONTEST, UPHOLD, REFUND_REFUSED, LARGE_AWAITING, LAPSE)
    revived = given(CHARGES, *history, replace(REVIVE, refund="ordered")).when(APPROVE)
    assert revived.after is not None
    assert (revived.after.status, revived.after.verdict) == (Status.UPHELD, UPHOLD.reason)


@pytest.mark.rule("S-3")
def test_an_appeal_is_granted_with_the_refusal_of_the_charge_that_is_proposed_anew() -> None:
    """INVARIANT: would break if an appeal waited for ever about what is charged no more, and kept its case open."""
    history = (LARGE_AWAITING, APPROVE, CONTEST, UPHOLD, APPEAL, REFUND_REFUSED, LARGE_AWAITING)
    refused = given(CHARGES, *history).when(REFUSE)
    assert refused.told == "ChargeAppealDecided+ChargeWithdrawn"
    assert refused.after is not None
    assert (refused.after.status, refused.after.appeals[-1].outcome) == (Status.WITHDRAWN, AppealOutcome.REVERSED)


@pytest.mark.rule("S-3")
def test_an_appeal_that_waits_when_the_decision_falls_is_granted_with_it() -> None:
    taken = APPEALED.when(charge.TakeChargeBack("appealed", CONTEST.at)).after
    assert taken is not None
    assert (taken.status, taken.appeals[-1].outcome) == (Status.REVERSED, AppealOutcome.REVERSED)
