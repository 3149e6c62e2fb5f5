"""What a notice to the parties can be about."""

from ombud_words import AppealId, CaseId, ComplaintId, DecisionId, PromiseId, ReturnId, TakeoverId

NoticeSubject = TakeoverId | CaseId | AppealId | ComplaintId | DecisionId | PromiseId | ReturnId
