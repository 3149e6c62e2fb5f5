"""Facts of cases as contract events; None for those that are ticketing's own."""

from typing import assert_never

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import ticketing as contract
from ticketing.cases.domain import case


def publish_case(event: case.Event, state: case.Case) -> ContractEvent | None:
    """Return what others hear of a case."""
    match event:
        case case.CaseOpened():
            return contract.CaseOpened(
                case_id=event.case_id,
                number=event.number,
                market=event.market,
                buyer_id=event.buyer_id,
                seller_id=event.seller_id,
                order_id=event.order_id,
                line_id=event.line_id,
                reason=event.reason,
                family=event.family,
                phase="after",
                priority=event.priority,
                priority_reasons=event.priority_reasons,
                draft_id=event.draft_id,
                opened_by=event.opened_by,
                opened_at=event.at,
            )
        case case.CaseResolved(outcome, at):
            return contract.CaseResolved(case_id=state.id, outcome=outcome, resolved_at=at)
        case case.CaseClosed(at):
            return contract.CaseClosed(case_id=state.id, closed_at=at)
        case case.CaseReopened(cause, at):
            return contract.CaseReopened(case_id=state.id, cause=cause, reopened_at=at)
        case case.NoticeIssued():
            return contract.NoticeIssued(
                case_id=state.id,
                about=event.about,
                template=event.template,
                recipients=event.recipients,
                issued_at=event.at,
            )
        case case.ContactTakenOver() | case.ContactHandedBack() | case.AnswerNoted():
            return None  # told by the takeover itself, and by the message
        case _:
            assert_never(event)
