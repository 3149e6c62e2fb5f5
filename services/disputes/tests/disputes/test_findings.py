"""What a decision may find about a side, and what becomes of that when the decision falls (R-45; S-3)."""

from dataclasses import replace

import pytest
from disputes_situations import (
    AMEND,
    APPEAL,
    DECIDE,
    EVIDENCE,
    FALSELY,
    FAST,
    FIND_FALSE,
    FIND_UNFOUNDED,
    KNOWINGLY,
    LATER,
    NOT_AS_DESCRIBED,
    RULES,
    UPHOLD,
    given,
)

from disputes.disputes.domain import events as fact
from disputes.disputes.domain.commands import Decide
from disputes.disputes.store import DISPUTES
from disputes.refusals import (
    AboveAuthority,
    FindingAgainstOutcome,
    FindingNotOfThisDispute,
    FindingWithoutProof,
    Refusal,
    UnknownFact,
)
from ombud_words import AppealOutcome

pytestmark = pytest.mark.rule("R-45")
BUYER_SAYS = replace(EVIDENCE, evidence_id="evd_3", kind="statement", stated=True)
SELLER_SAYS = replace(BUYER_SAYS, evidence_id="evd_4", by="seller")
MEDIATED = given(DISPUTES, FAST, EVIDENCE, BUYER_SAYS, SELLER_SAYS)
DESCRIBED = given(DISPUTES, NOT_AS_DESCRIBED, EVIDENCE, BUYER_SAYS, SELLER_SAYS)


def test_a_refused_claim_finds_nothing_unless_the_decision_says_so() -> None:
    """INVARIANT: would break if a buyer whose claim is refused were counted as a liar."""
    silent = MEDIATED.when(replace(FIND_UNFOUNDED, finding=None))
    assert "FindingMade" not in silent.told
    assert MEDIATED.when(FIND_UNFOUNDED).told == "DisputeDecided+FindingMade+DisputeExecuted+DisputeClosed"


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(FIND_UNFOUNDED, remedy="PARTIAL_REFUND", amount_minor=500), FindingAgainstOutcome),
        (replace(FIND_UNFOUNDED, remedy="GOODWILL", amount_minor=500), FindingAgainstOutcome),
        (replace(FIND_UNFOUNDED, finding=replace(KNOWINGLY, facts=("claim",))), FindingWithoutProof),
        (replace(FIND_UNFOUNDED, finding=replace(KNOWINGLY, facts=("claim", "evd_4"))), FindingWithoutProof),
        (replace(FIND_UNFOUNDED, facts=("claim",)), UnknownFact),
        (replace(FIND_UNFOUNDED, rules=replace(RULES, decides_up_to_minor=12_989)), AboveAuthority),
        (FIND_FALSE, FindingNotOfThisDispute),
    ],
)
def test_a_claim_is_found_unfounded_only_where_the_decision_bears_it_out(
    command: Decide, refusal: type[Refusal]
) -> None:
    """INVARIANT: would break if a buyer whose claim succeeded, or by the seller's word alone, were found to have lied."""
    facts = ("evd_4", *command.facts) if "evd_1" in command.facts else command.facts
    MEDIATED.when(replace(command, facts=facts, reasons=("second_failure",))).then_refused(refusal)


def test_what_a_side_says_itself_proves_something_against_it() -> None:
    admitted = replace(FIND_UNFOUNDED, facts=("evd_3",), finding=replace(KNOWINGLY, facts=("evd_3",)))
    assert "FindingMade" in MEDIATED.when(admitted).told
    admitted = replace(
        FIND_FALSE, facts=(*FALSELY.facts, "evd_4"), finding=replace(FALSELY, facts=("listing_snapshot", "evd_4"))
    )
    assert "FindingMade" in DESCRIBED.when(admitted).told


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(FIND_FALSE, remedy="NONE"), FindingAgainstOutcome),
        (replace(FIND_FALSE, remedy="GOODWILL", amount_minor=500), FindingAgainstOutcome),
        (replace(FIND_FALSE, finding=replace(FALSELY, facts=("evd_1",))), FindingWithoutProof),
        (replace(FIND_FALSE, finding=replace(FALSELY, facts=("listing_snapshot",))), FindingWithoutProof),
        (replace(FIND_FALSE, finding=replace(FALSELY, facts=("listing_snapshot", "claim"))), FindingWithoutProof),
        (replace(FIND_FALSE, finding=replace(FALSELY, facts=("listing_snapshot", "evd_3"))), FindingWithoutProof),
    ],
)
def test_a_description_is_found_false_only_against_what_was_described(command: Decide, refusal: type[Refusal]) -> None:
    """INVARIANT: would break if a seller were found to have lied on the buyer's word alone."""
    DESCRIBED.when(replace(command, facts=("claim", "evd_3", *command.facts))).then_refused(refusal)
    assert DESCRIBED.when(FIND_FALSE).told == "DisputeDecided+FindingMade"


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("by", ["seller", "system"])
def test_nothing_is_found_by_a_claim_that_is_not_the_buyers_own(by: str) -> None:
    """INVARIANT: would break if a buyer answered for what a seller or a lapsed guarantee claimed."""
    for opened, command in ((FAST, FIND_UNFOUNDED), (NOT_AS_DESCRIBED, FIND_FALSE)):
        given(DISPUTES, replace(opened, opened_by=by), EVIDENCE).when(command).then_refused(FindingNotOfThisDispute)


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(
    ("outcome", "falls"),
    [(AppealOutcome.REVERSED, True), (AppealOutcome.UPHELD, False), (AppealOutcome.INADMISSIBLE, False)],
)
def test_a_finding_stands_and_falls_with_its_decision(outcome: AppealOutcome, falls: bool) -> None:
    """INVARIANT: would break if a side stayed found against by a decision that counts as if it had not been."""
    appealed = given(DISPUTES, FAST, EVIDENCE, FIND_UNFOUNDED, replace(APPEAL, by="buyer"))
    events = appealed.when(replace(UPHOLD, outcome=outcome)).events
    assert (fact.FindingWithdrawn(KNOWINGLY, "dec_2", LATER) in events) == falls


@pytest.mark.rule("S-3")
def test_an_amendment_finds_anew_or_nothing() -> None:
    appealed = given(DISPUTES, FAST, EVIDENCE, FIND_UNFOUNDED, replace(APPEAL, by="buyer"))
    assert AMEND.anew is not None
    refund = replace(AMEND, anew=replace(DECIDE, decision_id="dec_3", mediator_id="sup_1"), given_minor=0)
    assert appealed.when(refund).told == "AppealDecided+FindingWithdrawn"
    again = replace(FIND_UNFOUNDED, decision_id="dec_3", mediator_id="sup_1")
    told = appealed.when(replace(AMEND, anew=again, given_minor=0)).told
    assert told == "AppealDecided+FindingWithdrawn+FindingMade+DisputeExecuted+DisputeClosed"
