"""The route that shows what the parties were told."""

from typing import Annotated

from fastapi import Query

from chassis.auth import Action
from chassis.http import Who
from chassis.routes import ReadUnit, routes
from ombud_words import TakeoverId
from ticketing.cases.access import CaseIdGiven, Markets, addressees_of, case_for
from ticketing.notices.receipts import due_of
from ticketing.notices.views import NoticeList, notice_view
from ticketing.takeovers.store import list_takeovers

router = routes("ticketing")


@router.get("/cases/{case_id}/notices")
async def get_notices(
    case_id: CaseIdGiven,
    actor: Who,
    unit: ReadUnit,
    markets: Markets,
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$")] = None,
) -> NoticeList:
    """Show what the parties were told, in a language of the market or the one asked for. A seller from whom the contact was moved
    still reads what was addressed to the seller."""
    case = await case_for(unit, case_id, actor, Action.READ_CASE, addressees_of)
    chosen = language or markets[case.market].languages[0]
    takeovers = {t.id: t for t in await list_takeovers(unit, case_id)}
    shown = [n for n in case.notices if actor.staff or actor.role in n.recipients]
    views = [
        notice_view(n, case, takeovers.get(TakeoverId(n.about)), chosen, await due_of(n, case, unit), actor.role)
        for n in shown
    ]
    return NoticeList(notices=views)
