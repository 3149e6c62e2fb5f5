"""What the screens of a case show: its list, itself, its timeline and its notices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.auth import Action, Actor, NotVisible, authorize_role
from chassis.http import Id, Running, Who, read_cursor, write_cursor
from chassis.store import Document
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Role
from ticketing.api.access import case_for
from ticketing.domain.case import Case
from ticketing.domain.takeover import Takeover
from ticketing.notices import render
from ticketing.store import list_deadlines, list_takeovers, page_of_cases, page_of_timeline
from ticketing.views import CasePage, CaseView, NoticeList, NoticeView, TimelinePage, case_view, timeline_entry

PageSize = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500)]


def router_for(markets: Mapping[str, Market]) -> APIRouter:
    """Return the routes that show cases."""
    router = APIRouter()

    @router.get("/cases")
    async def list_cases(actor: Who, runtime: Running, cursor: Cursor = None, limit: PageSize = 20) -> CasePage:
        """List the cases of the person who asks, or those of a member of staff's markets; newest first."""
        authorize_role(actor, Action.READ_CASE)
        where = _own_cases(actor)
        bound = f"cases|{actor.role}|{actor.id}"
        cases = await page_of_cases(runtime.mongo, where, read_cursor(runtime, cursor, bound), limit + 1)
        more = len(cases) > limit
        last = cases[limit - 1] if more else None
        position = [last.opened_at.isoformat(), last.id] if last else None
        return CasePage(
            cases=[case_view(c, []) for c in cases[:limit]],
            next_cursor=write_cursor(runtime, position, bound) if position else None,
        )

    @router.get("/cases/{case_id}")
    async def get_case(case_id: Id, actor: Who, runtime: Running) -> CaseView:
        """Show a case and its deadlines."""
        case = await case_for(runtime, case_id, actor, Action.READ_CASE)
        return case_view(case, await list_deadlines(runtime.mongo, case_id, actor.role))

    @router.get("/cases/{case_id}/timeline")
    async def get_timeline(
        case_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: PageSize = 50
    ) -> TimelinePage:
        """Show what happened in a case, over all services, as far as the reader may see it."""
        await case_for(runtime, case_id, actor, Action.READ_CASE)
        bound = f"timeline|{case_id}|{actor.role}|{actor.id}"
        after = read_cursor(runtime, cursor, bound)
        entries = await page_of_timeline(runtime.mongo, case_id, actor.role, after, limit + 1)
        more = len(entries) > limit
        last = entries[limit - 1] if more else None
        position = [last["at"].isoformat(), last["_id"]] if last else None
        return TimelinePage(
            entries=[timeline_entry(e) for e in entries[:limit]],
            next_cursor=write_cursor(runtime, position, bound) if position else None,
        )

    @router.get("/cases/{case_id}/notices")
    async def get_notices(
        case_id: Id,
        actor: Who,
        runtime: Running,
        language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$")] = None,
    ) -> NoticeList:
        """Show what the parties were told, in a language of the market or the one asked for."""
        case = await case_for(runtime, case_id, actor, Action.READ_CASE)
        chosen = language or markets[case.market].languages[0]
        takeovers = {t.id: t for t in await list_takeovers(runtime.mongo, case_id)}
        return NoticeList(
            notices=[
                NoticeView(
                    about=n.about,
                    template=n.template,
                    issued_at=n.at,
                    text=_notice_text(n.template, chosen, case, takeovers.get(n.about), n.at),
                )
                for n in case.notices
                if actor.staff or actor.role in n.recipients
            ]
        )

    return router


def _own_cases(actor: Actor) -> Document:
    match actor.role:
        case Role.BUYER:
            return {"buyer_id": actor.id}
        case Role.SELLER:
            return {"seller_id": actor.id}
    if not actor.staff:
        raise NotVisible
    return {} if actor.markets is None else {"market": {"$in": sorted(actor.markets)}}


def _notice_text(template: str, language: str, case: Case, takeover: Takeover | None, at: datetime) -> str:
    decision = takeover.decision if takeover else None
    return render(
        template,
        language,
        since=f"{at:%Y-%m-%d %H:%M} UTC",
        number=case.number,
        clause=takeover.grounds.clause if takeover else "",
        until=f"{decision.appeal_until:%Y-%m-%d}" if decision else "",
    )
