"""What the screens of cases show."""

from collections.abc import Sequence
from datetime import datetime

from chassis.http import View
from chassis.store import Document
from ticketing.cases.domain import Case
from ticketing.deadlines.views import DeadlineView, deadline_view


class CaseView(View):
    """A case as its parties and the staff see it."""

    case_id: str
    number: str
    market: str
    order_id: str
    line_id: str
    reason: str
    status: str
    outcome: str | None
    priority: int
    """1 is the most urgent."""
    priority_reasons: list[str]
    opened_at: datetime
    answered_by: str
    """`seller`, or `platform` after a takeover."""
    takeover_id: str | None
    deadlines: list[DeadlineView]


class CasePage(View):
    """Cases, newest first."""

    cases: list[CaseView]
    next_cursor: str | None


def case_view(case: Case, deadlines: Sequence[Document]) -> CaseView:
    """Return the screen of a case."""
    return CaseView(
        case_id=case.id,
        number=case.number,
        market=case.market,
        order_id=case.order_id,
        line_id=case.line_id,
        reason=case.reason,
        status=case.status,
        outcome=case.outcome,
        priority=case.priority,
        priority_reasons=list(case.priority_reasons),
        opened_at=case.opened_at,
        answered_by="platform" if case.taken_over else "seller",
        takeover_id=case.takeover_id,
        deadlines=[deadline_view(d) for d in deadlines],
    )
