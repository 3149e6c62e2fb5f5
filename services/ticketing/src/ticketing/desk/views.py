"""What the screen beside a case shows: everything that whoever answers must know (R-44)."""

from collections.abc import Sequence
from datetime import datetime

from chassis.http import View
from ombud_words import CaseId, LineId, OrderId
from ticketing.cases.domain import Case
from ticketing.cases.views import CaseCounts
from ticketing.deadlines.views import DeadlineView
from ticketing.orders.views import LineView, OfferedView, StopView, TrackingView
from ticketing.promises.views import PromiseView
from ticketing.takeovers.views import TakeoverView


class RelatedCaseView(View):
    """Another case of the same order, or one that is linked."""

    case_id: CaseId
    number: str
    reason: str
    status: str
    outcome: str | None
    order_id: OrderId | None
    line_id: LineId | None
    opened_at: datetime
    linked_as: list[str]
    """Why it is linked: `same_order`, `same_incident`, `follow_up` or `merged`; empty when it is not."""


class ContextView(View):
    """What belongs to a case, as far as the reader may see it."""

    case_id: CaseId
    languages: list[str]
    """Of the market; the first is that of notices."""
    order: LineView | None
    """The line as it was bought; None for a contact about no order."""
    listing: OfferedView | None
    """What the seller offers at present, for a contact before buying."""
    listing_stop: StopView | None
    """Whether the listing was asked to be stopped, to staff and the seller; None when nobody asked."""
    tracking: TrackingView | None
    desired_outcome: str | None
    related_cases: list[RelatedCaseView]
    """Of the same order, and linked ones; the newest first."""
    open_deadlines: list[DeadlineView]
    live_takeovers: list[TakeoverView]
    """Proposed or active."""
    promises: list[PromiseView]
    """The newest first."""
    buyer_cases: CaseCounts | None
    """How many cases the buyer has, this one included; for staff."""
    seller_cases: CaseCounts | None
    """How many cases the seller has, this one included; for staff."""


def related_view(case: Case, other: Case) -> RelatedCaseView:
    """Return another case as it stands beside one."""
    return RelatedCaseView(
        case_id=other.id,
        number=other.number,
        reason=other.reason,
        status=other.status,
        outcome=other.outcome,
        order_id=other.order_id,
        line_id=other.line_id,
        opened_at=other.opened_at,
        linked_as=[link.kind for link in case.links if link.case_id == other.id],
    )


def related_views(case: Case, others: Sequence[Case]) -> list[RelatedCaseView]:
    """Return other cases, the newest first."""
    newest_first = sorted(others, key=lambda other: (other.opened_at, other.id), reverse=True)
    return [related_view(case, other) for other in newest_first]


class DirectoryView(View):
    """Where what a screen shows instead of an id is found."""

    display_names: str | None
    """A URI template (RFC 6570, level 1) with `{id}`, and perhaps `{role}`, at which the marketplace shows a person's display name to
    whoever may know it; null where it offers none."""
