"""Receipts: what whoever opened a case is told of it at once. By when an answer is due is what the clock says (S-5)."""

from datetime import datetime

from chassis.aggregate import Unit
from ombud_words import Counterpart
from ticketing.cases.domain import Case, Notice
from ticketing.deadlines.store import first_due

_ANSWERED_BY = {
    "registered_with_seller": Counterpart.SELLER,
    "registered_with_platform": Counterpart.PLATFORM,
}


async def due_of(notice: Notice, case: Case, unit: Unit) -> datetime | None:
    """Return by when a receipt's answer is due; None for other notices, and while the clock has not said."""
    answers = _ANSWERED_BY.get(notice.template)
    if answers is None:
        return None
    kind = "reply" if answers == Counterpart.SELLER else f"first_response_{case.approach.channel}"
    return await first_due(unit, case.id, kind)
