"""What others hear about conduct, written by hand: the people and things differ in kind, so that a swap is noticed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.aggregate import Kind
from messaging.conduct.domain.commands import (
    AnswerAllegation,
    AppealConduct,
    CloseComplaint,
    Command,
    ConfirmedVerdict,
    ContinueHearing,
    DecideComplaint,
    DecideConductAppeal,
    EndHearing,
    ExtendReview,
    FileComplaint,
    TakeInvestigation,
    TakeVerdictBack,
    TellAccused,
)
from messaging.conduct.domain.standing import BY_COMPLAINT, Finding, RecordFinding, StepBack, TakeBackFinding
from messaging.conduct.store import COMPLAINTS, STANDINGS
from messaging.sanctions.domain import Ladder
from ombud_contracts import Event
from ombud_contracts.events import conduct as told
from ombud_contracts.events import reviews
from ombud_words import (
    AppealId,
    AppealOutcome,
    BuyerId,
    CaseId,
    ComplaintId,
    ConductGround,
    ConductResult,
    DecisionId,
    PersonId,
    Role,
    SanctionId,
    SellerId,
    TakeoverId,
)

NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
ONE, TWO, UNTIL = NOON + timedelta(hours=1), NOON + timedelta(hours=2), NOON + timedelta(days=183)
COMPLAINT, CASE = ComplaintId("cpl_1"), CaseId("cas_2")
BUYER, SELLER = BuyerId(PersonId("buy_3")), SellerId(PersonId("sel_4"))
INVESTIGATOR, REVIEWER = PersonId("med_5"), PersonId("sup_6")
FILE = FileComplaint(
    complaint_id=COMPLAINT,
    case_id=CASE,
    market="lv",
    buyer_id=BUYER,
    seller_id=SELLER,
    grounds=(ConductGround.THREAT,),
    at=NOON,
)
VERDICT = ConfirmedVerdict(
    takeover_id=TakeoverId("tko_9"), case_id=CASE, reason="expert", facts=("dsp_1:3",), judged_by=PersonId("agt_7")
)
REVIEW = replace(FILE, filed_by=Role.SYSTEM, rests_on=(VERDICT,))
TAKE = TakeInvestigation(by=INVESTIGATOR, overrides=False, at=ONE)
TELL, ANSWER = TellAccused(INVESTIGATOR, ONE), AnswerAllegation(TWO)
UNKNOWN = {"complaint_id": COMPLAINT, "case_id": CASE, "accused_knows": False}
KNOWN = UNKNOWN | {"accused_knows": True}


def result(word: ConductResult) -> DecideComplaint:
    return DecideComplaint(
        decision_id=DecisionId("dec_7"), by=INVESTIGATOR, result=word, reasons=("seen",), appeal_until=UNTIL, at=TWO
    )


FIND = result(ConductResult.FOUND)
APPEAL = AppealConduct(appeal_id=AppealId("apl_8"), by=Role.SELLER, grounds=("misread",), at=TWO)
GRANT = DecideConductAppeal(outcome=AppealOutcome.REVERSED, reasons=("looked",), reviewer_id=REVIEWER, at=UNTIL)
DECIDED = {
    "decision_id": "dec_7",
    "buyer_id": BUYER,
    "seller_id": SELLER,
    "reasons": ("seen",),
    "decider_id": INVESTIGATOR,
    "appeal_until": UNTIL,
    "decided_at": TWO,
}


def events_of(kind: Kind[Any, Any, Any], commands: list[Any]) -> list[Event]:
    """What is told by the last of these commands."""
    state: Any = None
    heard: list[Event] = []
    for command in commands:
        events, heard = kind.decide(command, state), []
        for event in events:
            state = kind.evolve(state, event)
        heard = [one for event in events if (one := kind.publish(event, state)) is not None]
    return heard


AS_A_REVIEW = [
    reviews.ReviewBegun,
    reviews.ReviewToldToSeller,
    reviews.ReviewHeard,
    reviews.ReviewDecided,
    reviews.ReviewAppealed,
    reviews.ReviewAppealDecided,
]


@pytest.mark.parametrize("last", [[], [TAKE, TELL]])
def test_what_is_told_of_a_review(last: list[Command]) -> None:
    """INVARIANT: would break if who reads an event took a review for the complaint of a buyer."""
    opened = {"seller_id": SELLER, "grounds": ("THREAT",), "takeover_id": "tko_9", "opened_at": NOON}
    assert events_of(COMPLAINTS, [REVIEW]) == [reviews.ReviewOpened(**UNKNOWN, **opened)]
    fell = reviews.ReviewWithdrawn(
        **(KNOWN if last else UNKNOWN), seller_id=SELLER, takeover_id="tko_9", withdrawn_at=TWO
    )
    assert events_of(COMPLAINTS, [REVIEW, *last, TakeVerdictBack(TakeoverId("tko_9"), TWO)]) == [fell]
    for number, event in enumerate(AS_A_REVIEW, 2):
        assert [type(one) for one in events_of(COMPLAINTS, [REVIEW, TAKE, TELL, ANSWER, FIND, APPEAL, GRANT][:number])][
            :1
        ] == [event]
    both = [REVIEW, ExtendReview(replace(VERDICT, takeover_id=TakeoverId("tko_8")), ONE)]
    assert events_of(COMPLAINTS, both) == []
    assert events_of(COMPLAINTS, [*both, TakeVerdictBack(TakeoverId("tko_8"), TWO)]) == []


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (
            [FILE],
            [
                told.ConductComplaintFiled(
                    **UNKNOWN, buyer_id=BUYER, seller_id=SELLER, grounds=("THREAT",), filed_at=NOON
                )
            ],
        ),
        ([FILE, TAKE], [told.ConductInvestigationBegun(**UNKNOWN, investigator_id=INVESTIGATOR, begun_at=ONE)]),
        (
            [FILE, TAKE, result(ConductResult.NOT_FOUND)],
            [told.ConductDecided(**UNKNOWN, **DECIDED, result="NOT_FOUND", appeal_by="buyer")],
        ),
        ([FILE, TAKE, TELL], [told.ConductAccusedTold(**KNOWN, seller_id=SELLER, grounds=("THREAT",), told_at=ONE)]),
        ([FILE, TAKE, TELL, ANSWER], [told.ConductAccusedHeard(**KNOWN, answered=True, heard_at=TWO)]),
        ([FILE, TAKE, TELL, EndHearing(1, TWO)], [told.ConductAccusedHeard(**KNOWN, answered=False, heard_at=TWO)]),
        (
            [FILE, TAKE, TELL, EndHearing(1, TWO), ContinueHearing(1, UNTIL)],
            [told.ConductHearingContinued(**KNOWN, finding_withdrawn=False, continued_at=UNTIL)],
        ),
        (
            [FILE, TAKE, TELL, EndHearing(1, TWO), FIND, ContinueHearing(1, UNTIL)],
            [told.ConductHearingContinued(**KNOWN, finding_withdrawn=True, continued_at=UNTIL)],
        ),
        (
            [FILE, TAKE, TELL, ANSWER, FIND],
            [told.ConductDecided(**KNOWN, **DECIDED, result="FOUND", appeal_by="seller")],
        ),
        (
            [FILE, TAKE, TELL, ANSWER, FIND, APPEAL],
            [told.ConductAppealed(**KNOWN, appeal_id="apl_8", by="seller", grounds=("misread",), appealed_at=TWO)],
        ),
        (
            [FILE, TAKE, TELL, ANSWER, FIND, APPEAL, GRANT],
            [
                told.ConductAppealDecided(
                    **KNOWN,
                    appeal_id="apl_8",
                    by="seller",
                    outcome="REVERSED",
                    reasons=("looked",),
                    reviewer_id=REVIEWER,
                    decided_at=UNTIL,
                ),
                told.ConductComplaintClosed(**KNOWN, closed_at=UNTIL),
            ],
        ),
        (
            [FILE, TAKE, TELL, ANSWER, FIND, CloseComplaint(UNTIL)],
            [told.ConductComplaintClosed(**KNOWN, closed_at=UNTIL)],
        ),
    ],
)
def test_what_is_told_of_a_complaint(commands: list[Command], expected: list[Event]) -> None:
    assert events_of(COMPLAINTS, commands) == expected


LADDER = Ladder(
    id="x", steps=("notice", "warning", "listing_limits"), decays_after_seconds=86_400, appeal_seconds=86_400
)


def record(number: int, at: datetime) -> RecordFinding:
    finding = Finding(about=ComplaintId(f"cpl_{number}"), by=BY_COMPLAINT, case_id=CASE, grounds=("THREAT",), at=at)
    return RecordFinding(
        sanction_id=SanctionId("snc_9"), seller_id=SELLER, market="lv", ladder=LADDER, finding=finding, at=at
    )


HEAD = {"sanction_id": "snc_9", "person_id": SELLER, "role": "seller"}


def test_what_is_told_of_a_step_and_of_a_step_back() -> None:
    first, second = record(1, NOON), record(2, ONE)
    assert events_of(STANDINGS, [first, second]) == [
        told.ConductSanctioned(
            **HEAD,
            step="warning",
            breaches=2,
            next_step="listing_limits",
            case_id=CASE,
            found_by="complaint",
            found_in="cpl_2",
            grounds=("THREAT",),
            steps_back_at=ONE + timedelta(days=1),
            sanctioned_at=ONE,
        )
    ]
    lifted = {**HEAD, "step": "notice", "was_step": "warning"}
    assert events_of(STANDINGS, [first, second, TakeBackFinding(ComplaintId("cpl_1"), TWO)]) == [
        told.ConductSanctionLifted(**lifted, breaches=1, cause="reversed", reversed_in="cpl_1", lifted_at=TWO)
    ]
    late = ONE + timedelta(days=1)
    assert events_of(STANDINGS, [first, second, StepBack(late)]) == [
        told.ConductSanctionLifted(**lifted, breaches=2, cause="decayed", lifted_at=late)
    ]
