"""A complaint about a seller's conduct, and where sellers and buyers stand by what was found: pure."""

from messaging.conduct.domain.commands import (
    AnswerAllegation,
    AppealConduct,
    CloseComplaint,
    ContinueHearing,
    DecideComplaint,
    DecideConductAppeal,
    EndHearing,
    FileComplaint,
    TakeInvestigation,
    TellAccused,
)
from messaging.conduct.domain.refusals import ComplaintTooLate, NoSellerInCase, TooManyComplaints, UnknownComplaint
from messaging.conduct.domain.standing import (
    BY_COMPLAINT,
    BY_DECISION,
    BY_VERDICT,
    Finding,
    RecordFinding,
    Standing,
    StepBack,
    TakeBackFinding,
)
from messaging.conduct.domain.state import DECIDED, UNDECIDED, Complaint, Stage

__all__ = [
    "BY_COMPLAINT",
    "BY_DECISION",
    "BY_VERDICT",
    "DECIDED",
    "UNDECIDED",
    "AnswerAllegation",
    "AppealConduct",
    "CloseComplaint",
    "Complaint",
    "ComplaintTooLate",
    "ContinueHearing",
    "DecideComplaint",
    "DecideConductAppeal",
    "EndHearing",
    "FileComplaint",
    "Finding",
    "NoSellerInCase",
    "RecordFinding",
    "Stage",
    "Standing",
    "StepBack",
    "TakeBackFinding",
    "TakeInvestigation",
    "TellAccused",
    "TooManyComplaints",
    "UnknownComplaint",
]
