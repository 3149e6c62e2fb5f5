"""What a notice to the parties can be about."""

from ombud_words import AppealId, CaseId, ChargeId, ComplaintId, DecisionId, PromiseId, ReturnId, TakeoverId

NoticeSubject = TakeoverId | CaseId | AppealId | ChargeId | ComplaintId | DecisionId | PromiseId | ReturnId
