"""What the screen of promises shows."""

from datetime import datetime

from chassis.http import View
from ombud_words import CaseId, PromiseId
from ticketing.promises.domain import Promise


class PromiseView(View):
    """What somebody said that will be done, and by when."""

    promise_id: PromiseId
    case_id: CaseId
    what: str
    """Such as `LABEL` or `REFUND`."""
    owner: str
    """The side that keeps it: `seller` or `platform`."""
    status: str
    """`OPEN`, `KEPT`, `BROKEN` (its time passed, and it can still be kept) or `WITHDRAWN`."""
    made_at: datetime
    due_by: datetime
    ended_at: datetime | None
    late: bool
    """Its time passed before it was kept or withdrawn."""
    reason: str | None
    """Why it was withdrawn, as a code."""


class PromiseList(View):
    """The promises of a case, the newest first."""

    promises: list[PromiseView]


def promise_view(promise: Promise) -> PromiseView:
    """Return a promise as everybody sees it who sees its case."""
    made = promise.made
    return PromiseView(
        promise_id=promise.id,
        case_id=made.case_id,
        what=made.what,
        owner=promise.owner,
        status=promise.status,
        made_at=made.at,
        due_by=made.due_by,
        ended_at=promise.ended_at,
        late=promise.was_broken,
        reason=promise.reason,
    )
