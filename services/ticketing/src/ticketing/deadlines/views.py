"""What the screens of a case show of its deadlines."""

from datetime import datetime

from chassis.http import View
from chassis.store import Document
from ombud_words import ClockId, Role


class CostView(View):
    """A charge, as it is shown before it is made."""

    kind: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    """What the seller pays, VAT included."""
    currency: str
    tariff_version: str


class DeadlineView(View):
    """Who owes what by when, and what happens if they stay silent (R-34)."""

    clock_id: ClockId
    kind: str
    owner: str
    verdict: str
    due_by: datetime | None
    on_silence: str | None
    costs: list[CostView]
    """What silence will cost the seller, who alone sees it beside staff; what was shown first is what is charged."""


def deadline_view(deadline: Document, reader: Role) -> DeadlineView:
    """Return one deadline of a reader's screen."""
    costs = deadline.get("costs") or [] if reader != Role.BUYER else []
    return DeadlineView(
        clock_id=deadline["clock_id"],
        kind=deadline["kind"],
        owner=deadline["owner"],
        verdict=deadline["verdict"],
        due_by=deadline.get("due_by"),
        on_silence=deadline.get("on_silence"),
        costs=[CostView(**{name: cost[name] for name in CostView.model_fields}) for cost in costs],
    )
