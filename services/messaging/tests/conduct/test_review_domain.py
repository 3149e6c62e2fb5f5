"""Reviews of sellers, purely: what they rest on, who investigates and appeals, and what falls with a takeover (T5; S-3, S-4)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from complaint_situations import (
    ANOTHER,
    ANSWER,
    BUYER_APPEALS,
    FILE,
    FIND,
    FIND_NOTHING,
    INVESTIGATOR,
    NOON,
    REVIEWER,
    SELLER_APPEALS,
    TAKE,
    TELL,
    UPHOLD,
)

from messaging.conduct.domain import complaint
from messaging.conduct.domain.commands import Command, ConfirmedVerdict, ExtendReview, NoteReviewer, TakeVerdictBack
from messaging.conduct.domain.events import (
    ComplaintClosed,
    ComplaintDecided,
    ConductAppealDecided,
    Event,
    ReviewWithdrawn,
    VerdictTakenBack,
)
from messaging.conduct.domain.refusals import DecidedBefore, NotAppealable, NotInvestigated
from messaging.conduct.domain.state import Complaint, Stage
from ombud_words import AppealOutcome, CaseId, OwnReview, PersonId, Role, TakeoverId

pytestmark = pytest.mark.rule("R-45")
VERDICT = ConfirmedVerdict(
    takeover_id=TakeoverId("tko_1"),
    case_id=CaseId("cas_1"),
    reason="expert_says_so",
    facts=("dsp_1:3",),
    judged_by=PersonId("sup_9"),
)
SECOND = replace(VERDICT, takeover_id=TakeoverId("tko_2"), case_id=CaseId("cas_2"))
REVIEW = replace(FILE, filed_by=Role.SYSTEM, rests_on=(VERDICT,))
EXTEND, EXTEND_MINE = ExtendReview(SECOND, NOON), ExtendReview(replace(SECOND, judged_by=INVESTIGATOR), NOON)
FALLS, SECOND_FALLS = TakeVerdictBack(TakeoverId("tko_1"), NOON), TakeVerdictBack(TakeoverId("tko_2"), NOON)
FOUND = (REVIEW, TAKE, TELL, ANSWER, FIND)


def after(*commands: Command) -> Complaint:
    state: Complaint | None = None
    for command in commands:
        for event in complaint.decide(command, state):
            state = complaint.evolve(state, event)
    assert state is not None
    return state


def kinds(events: Sequence[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


@pytest.mark.rule("S-4")
def test_who_gave_the_verdict_neither_investigates_nor_judges_the_appeal() -> None:
    """INVARIANT: would break if whoever confirmed the report also found against its seller."""
    for by in (INVESTIGATOR, REVIEWER):
        mine = replace(REVIEW, rests_on=(replace(VERDICT, judged_by=by),))
        with pytest.raises(DecidedBefore):
            complaint.decide(replace(TAKE, by=by), after(mine))
    judged = replace(REVIEW, rests_on=(replace(VERDICT, judged_by=REVIEWER),))
    with pytest.raises(OwnReview):
        complaint.decide(UPHOLD, after(judged, TAKE, TELL, ANSWER, FIND, SELLER_APPEALS))


@pytest.mark.rule("S-4")
def test_who_judged_an_appeal_against_the_takeover_judges_nothing_that_rests_on_it() -> None:
    """INVARIANT: would break if whoever upheld the verdict also found against its seller, or judged the seller's appeal."""

    def judged(by: PersonId) -> NoteReviewer:
        return NoteReviewer(VERDICT.takeover_id, by, NOON)

    with pytest.raises(DecidedBefore):
        complaint.decide(TAKE, after(REVIEW, judged(INVESTIGATOR)))
    with pytest.raises(DecidedBefore):
        complaint.decide(FIND, after(REVIEW, TAKE, TELL, ANSWER, judged(INVESTIGATOR)))
    with pytest.raises(OwnReview):
        complaint.decide(UPHOLD, after(*FOUND, SELLER_APPEALS, judged(REVIEWER)))
    assert complaint.decide(judged(REVIEWER), after(REVIEW, judged(REVIEWER))) == []
    assert complaint.decide(judged(REVIEWER), after(FILE)) == [], "a complaint rests on no takeover"


def test_what_a_review_did_not_find_is_final_and_the_buyer_appeals_nothing_of_it() -> None:
    decided = complaint.decide(FIND_NOTHING, after(REVIEW, TAKE))
    assert kinds(decided) == [ComplaintDecided, ComplaintClosed]
    for state in (after(REVIEW, TAKE, FIND_NOTHING), after(*FOUND)):
        with pytest.raises(NotAppealable):
            complaint.decide(BUYER_APPEALS, state)
    assert after(*FOUND, SELLER_APPEALS).appeals


def test_a_review_takes_another_verdict_in_until_its_seller_is_told() -> None:
    """INVARIANT: would break if something were found on what the seller had not been heard about."""
    assert [v.takeover_id for v in after(REVIEW, TAKE, EXTEND, EXTEND).rests_on] == ["tko_1", "tko_2"]
    for before in ((FILE,), (REVIEW, TAKE, TELL), FOUND, (REVIEW, TAKE, FIND_NOTHING)):
        assert complaint.decide(EXTEND, after(*before)) == []
    assert complaint.decide(EXTEND_MINE, after(REVIEW, TAKE)) == [], "not the verdict of who investigates"


@pytest.mark.rule("S-3")
def test_a_review_falls_with_the_last_takeover_that_it_rests_on() -> None:
    """INVARIANT: would break if a seller stayed found against by a verdict that counts as if it had not been."""
    both = (REVIEW, EXTEND, TAKE, TELL, ANSWER, FIND)
    assert kinds(complaint.decide(FALLS, after(*both))) == [VerdictTakenBack]
    assert after(*both, FALLS, FALLS).found
    assert not after(*both, FALLS, SECOND_FALLS).found
    for before in (
        (REVIEW,),
        (REVIEW, TAKE, TELL),
        FOUND,
        (REVIEW, TAKE, FIND_NOTHING),
        (*FOUND, SELLER_APPEALS, UPHOLD),
    ):
        fell = after(*before, FALLS)
        assert (fell.stage, fell.withdrawn, fell.found, fell.rests_on) == (Stage.CLOSED, True, False, ())
        assert complaint.decide(FALLS, fell) == []
        with pytest.raises(NotInvestigated):
            complaint.decide(replace(TAKE, by=ANOTHER), fell)
    assert complaint.decide(FALLS, after(FILE)) == [], "a complaint rests on no takeover"


@pytest.mark.rule("S-3")
def test_an_appeal_that_waits_is_granted_with_the_review_that_falls() -> None:
    told = complaint.decide(FALLS, after(*FOUND, SELLER_APPEALS))
    assert kinds(told) == [ConductAppealDecided, ReviewWithdrawn]
    fell = after(*FOUND, SELLER_APPEALS, FALLS)
    assert (fell.found, fell.appeals[-1].outcome) == (False, AppealOutcome.REVERSED)
