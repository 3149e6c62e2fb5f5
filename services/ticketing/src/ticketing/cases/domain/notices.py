"""What a notice to the parties can be about."""

from ombud_words import (
    AppealId,
    CaseId,
    ChargeId,
    ComplaintId,
    DecisionId,
    DisputeId,
    PromiseId,
    ReturnId,
    TakeoverId,
)

NoticeSubject = TakeoverId | CaseId | AppealId | ComplaintId | DecisionId | PromiseId | ReturnId | DisputeId | ChargeId
"""What ticketing tells parties of."""
