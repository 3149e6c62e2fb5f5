"""Commands of a complaint about conduct, one of each sort, for tests and for the picture of its states."""

from datetime import UTC, datetime, timedelta

from messaging.conduct.domain.commands import (
    AnswerAllegation,
    AppealConduct,
    CloseComplaint,
    DecideComplaint,
    DecideConductAppeal,
    EndHearing,
    FileComplaint,
    TakeInvestigation,
    TellAccused,
)
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
    SellerId,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNTIL = NOON + timedelta(days=183)
BUYER, SELLER = BuyerId(PersonId("buy_1")), SellerId(PersonId("sel_2"))
INVESTIGATOR, REVIEWER, ANOTHER = PersonId("med_3"), PersonId("sup_4"), PersonId("med_5")


def result(word: ConductResult, by: PersonId = INVESTIGATOR, at: datetime = NOON, number: int = 1) -> DecideComplaint:
    """A result that can be appealed for 183 days."""
    return DecideComplaint(
        decision_id=DecisionId(f"dec_{number}"),
        by=by,
        result=word,
        reasons=("seen",),
        appeal_until=at + timedelta(days=183),
        at=at,
    )


def appeal(by: Role, at: datetime = NOON, number: int = 1) -> AppealConduct:
    """An appeal of a side."""
    return AppealConduct(appeal_id=AppealId(f"apl_{number}"), by=by, grounds=("wrong",), at=at)


def judge(outcome: AppealOutcome, by: PersonId = REVIEWER, at: datetime = NOON) -> DecideConductAppeal:
    """What becomes of the appeal that waits."""
    return DecideConductAppeal(outcome=outcome, reasons=("looked",), reviewer_id=by, at=at)


FILE = FileComplaint(
    complaint_id=ComplaintId("cpl_1"),
    case_id=CaseId("cas_1"),
    market="lv",
    buyer_id=BUYER,
    seller_id=SELLER,
    grounds=(ConductGround.INSULT,),
    at=NOON,
)
TAKE = TakeInvestigation(by=INVESTIGATOR, overrides=False, at=NOON)
TAKE_AGAIN = TakeInvestigation(by=ANOTHER, overrides=False, at=NOON)
TELL, ANSWER, END_HEARING = TellAccused(INVESTIGATOR, NOON), AnswerAllegation(NOON), EndHearing(1, NOON)
FIND, FIND_NOTHING = result(ConductResult.FOUND), result(ConductResult.NOT_FOUND)
SELLER_APPEALS, BUYER_APPEALS = appeal(Role.SELLER), appeal(Role.BUYER)
UPHOLD, REVERSE = judge(AppealOutcome.UPHELD), judge(AppealOutcome.REVERSED)
CLOSE = CloseComplaint(NOON + timedelta(days=183))
