"""What a notice to the parties can be about."""

from ombud_words import AppealId, CaseId, DecisionId, PromiseId, ReturnId, TakeoverId

NoticeSubject = TakeoverId | CaseId | AppealId | DecisionId | PromiseId | ReturnId
