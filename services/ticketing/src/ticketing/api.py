"""Routes of ticketing: a request becomes a command, its effect a view."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import (
    Code,
    Command,
    Id,
    KeyedCommand,
    RequestModel,
    Running,
    Runtime,
    View,
    Who,
    read_cursor,
    write_cursor,
)
from chassis.ids import new_id
from chassis.store import Document
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Reason, Role, Trigger, family_of
from ticketing.domain.case import Case, OpenCase, ResolveCase
from ticketing.domain.priority import Circumstances
from ticketing.domain.refusals import UnknownFact, UnknownOrderLine, UnknownTakeover
from ticketing.domain.takeover import DeclineTakeover, Fact, Takeover
from ticketing.notices import render
from ticketing.processes import activate, close, grounds_from_people, hand_back, propose
from ticketing.store import (
    CASES,
    TAKEOVERS,
    PurchasedLine,
    count_earlier_contacts,
    find_case,
    find_line,
    find_takeover,
    find_timeline_entries,
    list_deadlines,
    list_takeovers,
    page_of_cases,
    page_of_timeline,
)
from ticketing.views import (
    CasePage,
    CaseView,
    NoticeList,
    NoticeView,
    TakeoverView,
    TimelinePage,
    case_view,
    takeover_view,
    timeline_entry,
)

_REPEAT_WITHIN = timedelta(days=30)
PageSize = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500)]


class OpenCaseRequest(RequestModel):
    """What a person says when opening a case."""

    order_id: Id
    line_id: Id
    reason: Reason
    draft_id: Id
    """The first message, which was given to messaging as a draft before."""


class ResolutionRequest(RequestModel):
    """How a case was settled."""

    outcome: Code


FactIds = Annotated[list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_:.-]{1,128}$")]], Field(max_length=50)]
Alternatives = Annotated[list[Code], Field(max_length=10)]


class TakeoverRequest(RequestModel):
    """A takeover to decide or to propose."""

    trigger: Trigger
    facts: FactIds
    """Ids of events of this case that the decision rests on; its timeline lists them."""
    alternatives: Alternatives = Field(default_factory=list)
    """Codes of what was considered instead."""


class ActivationRequest(RequestModel):
    """What a decision adds to the proposal of a takeover."""

    facts: FactIds = Field(default_factory=list)
    """Ids of further events of this case that the decision rests on."""
    alternatives: Alternatives = Field(default_factory=list)
    """Codes of what was considered instead."""


class ReasonRequest(RequestModel):
    """Why, as a code."""

    reason: Code


def router_for(markets: Mapping[str, Market]) -> APIRouter:
    """Return ticketing's routes."""
    router = APIRouter(tags=["ticketing"])
    _add_case_routes(router, markets)
    _add_reading_routes(router, markets)
    _add_takeover_routes(router, markets)
    return router


def parties_of(case: Case) -> Parties:
    """Return whose matter a case is."""
    return Parties(case.market, case.buyer_id, case.seller_id)


async def _case_for(runtime: Runtime, case_id: str, actor: Actor, action: Action) -> Case:
    case = await find_case(runtime.mongo, case_id)
    if case is None:
        raise NotVisible
    authorize(actor, action, parties_of(case))
    return case


def _add_case_routes(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.post("/cases", status_code=201, response_model=CaseView)
    async def open_case(body: OpenCaseRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Open a case about an order line; the answer has its number and priority."""
        line = await find_line(runtime.mongo, body.order_id, body.line_id)
        if line is None:
            raise UnknownOrderLine
        authorize(actor, Action.OPEN_CASE, Parties(line.market, line.buyer_id, line.seller_id))
        command = await _opening(body, line, actor, markets[line.market], runtime)

        async def effect(unit: Unit) -> View:
            return case_view(await unit.execute(CASES, command.case_id, command), [])

        return await work.once(effect, on=command.case_id, status=201)

    @router.post("/cases/{case_id}/resolution", response_model=CaseView)
    async def resolve_case(
        case_id: Id, body: ResolutionRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Say that the matter is settled."""
        await _case_for(runtime, case_id, actor, Action.RESOLVE_CASE)

        async def effect(unit: Unit) -> View:
            case = await unit.execute(CASES, case_id, ResolveCase(body.outcome, runtime.now()))
            return case_view(case, await list_deadlines(runtime.mongo, case_id, actor.role))

        return await work.run(effect, on=case_id)

    @router.post("/cases/{case_id}/closure", response_model=CaseView)
    async def close_case(case_id: Id, actor: Who, work: Command, runtime: Running) -> Response:
        """Close a resolved case; a takeover of it is concluded."""
        await _case_for(runtime, case_id, actor, Action.CLOSE_CASE)

        async def effect(unit: Unit) -> View:
            case = await close(case_id, runtime.now(), unit)
            return case_view(case, await list_deadlines(runtime.mongo, case_id, actor.role))

        return await work.run(effect, on=case_id)


async def _opening(
    body: OpenCaseRequest, line: PurchasedLine, actor: Actor, market: Market, runtime: Runtime
) -> OpenCase:
    at = runtime.now()
    case_id = new_id("cas")
    earlier = await count_earlier_contacts(runtime.mongo, line.order_id, line.buyer_id, at - _REPEAT_WITHIN)
    return OpenCase(
        case_id=case_id,
        number=f"{market.id.upper()}-{at:%y}-{case_id[-8:]}",
        market=market.id,
        buyer_id=line.buyer_id,
        seller_id=line.seller_id,
        order_id=line.order_id,
        line_id=body.line_id,
        reason=body.reason,
        family=family_of(body.reason),
        draft_id=body.draft_id,
        opened_by=actor.role,
        circumstances=Circumstances(body.reason, line.value_minor, line.promised_by, line.delivered_at, earlier, at),
        rights_until=rights_until(line, market),
        at=at,
    )


def rights_until(line: PurchasedLine, market: Market) -> datetime:
    """Return when the last of the buyer's rights lapses: the most favourable of law, platform and seller (section 5)."""
    start = line.delivered_at or max(line.promised_by, line.placed_at)
    months = max(market.legal.statutory_months, market.legal.warranty_months, line.warranty_months)
    days = max(market.legal.return_days, line.return_days, months * 31)
    return start + timedelta(days=days)


def _add_reading_routes(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.get("/cases")
    async def list_cases(actor: Who, runtime: Running, cursor: Cursor = None, limit: PageSize = 20) -> CasePage:
        """List the cases of the person who asks, or those of a member of staff's markets; newest first."""
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
        case = await _case_for(runtime, case_id, actor, Action.READ_CASE)
        return case_view(case, await list_deadlines(runtime.mongo, case_id, actor.role))

    @router.get("/cases/{case_id}/timeline")
    async def get_timeline(
        case_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: PageSize = 50
    ) -> TimelinePage:
        """Show what happened in a case, over all services, as far as the reader may see it."""
        await _case_for(runtime, case_id, actor, Action.READ_CASE)
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
        case = await _case_for(runtime, case_id, actor, Action.READ_CASE)
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


def _own_cases(actor: Actor) -> Document:
    match actor.role:
        case Role.BUYER:
            return {"buyer_id": actor.id}
        case Role.SELLER:
            return {"seller_id": actor.id}
        case _:
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


def _add_takeover_routes(router: APIRouter, markets: Mapping[str, Market]) -> None:
    async def facts_of(runtime: Runtime, case_id: str, event_ids: list[str]) -> tuple[Fact, ...]:
        entries = {e["_id"]: e for e in await find_timeline_entries(runtime.mongo, case_id, event_ids)}
        if len(entries) < len(set(event_ids)):
            raise UnknownFact("a fact is no event of this case; its timeline lists their ids")
        line_shown = Fact("listing_snapshot_of_order_line", ("listing_snapshot",))
        return (*(Fact(id, tuple(entries[id]["shows"])) for id in event_ids), line_shown)

    async def takeover_for(runtime: Runtime, takeover_id: str, actor: Actor, action: Action) -> Takeover:
        takeover = await find_takeover(runtime.mongo, takeover_id)
        if takeover is None:
            raise UnknownTakeover
        await _case_for(runtime, takeover.case_id, actor, action)
        return takeover

    @router.post("/cases/{case_id}/takeovers", status_code=201, response_model=TakeoverView)
    async def take_over(
        case_id: Id, body: TakeoverRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Decide that the platform takes the contact over (every trigger but T1). Refused when a fact that it needs is missing."""
        case = await _case_for(runtime, case_id, actor, Action.TAKE_OVER)
        market = markets[case.market]
        grounds = grounds_from_people(market, body.trigger, await facts_of(runtime, case_id, body.facts))
        takeover_id = new_id("tko")

        async def effect(unit: Unit) -> View:
            decided = await activate(
                takeover_id,
                case,
                grounds,
                market,
                actor.role,
                actor.id,
                tuple(body.alternatives),
                runtime.now(),
                unit,
            )
            return takeover_view(decided)

        return await work.once(effect, on=case_id, status=201)

    @router.post("/cases/{case_id}/takeover-proposals", status_code=201, response_model=TakeoverView)
    async def propose_takeover(
        case_id: Id, body: TakeoverRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Ask the platform to take the contact over; an agent decides."""
        case = await _case_for(runtime, case_id, actor, Action.REQUEST_TAKEOVER)
        facts = await facts_of(runtime, case_id, body.facts)
        grounds = grounds_from_people(markets[case.market], body.trigger, facts)
        takeover_id = new_id("tko")

        async def effect(unit: Unit) -> View:
            return takeover_view(await propose(takeover_id, case, grounds, actor.role, runtime.now(), unit))

        return await work.once(effect, on=case_id, status=201)

    @router.post("/takeovers/{takeover_id}/activation", response_model=TakeoverView)
    async def activate_takeover(
        takeover_id: Id, actor: Who, work: Command, runtime: Running, body: ActivationRequest | None = None
    ) -> Response:
        """Decide a proposed takeover in favour. Facts that the proposal lacks are named here."""
        proposed = await takeover_for(runtime, takeover_id, actor, Action.TAKE_OVER)
        case = await _case_for(runtime, proposed.case_id, actor, Action.TAKE_OVER)
        added = body or ActivationRequest()
        grounds = proposed.grounds.with_facts(await facts_of(runtime, case.id, added.facts))

        async def effect(unit: Unit) -> View:
            decided = await activate(
                takeover_id,
                case,
                grounds,
                markets[case.market],
                actor.role,
                actor.id,
                tuple(added.alternatives),
                runtime.now(),
                unit,
            )
            return takeover_view(decided)

        return await work.run(effect, on=proposed.case_id)

    @router.post("/takeovers/{takeover_id}/refusal", response_model=TakeoverView)
    async def decline_takeover(
        takeover_id: Id, body: ReasonRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide a proposed takeover against."""
        proposed = await takeover_for(runtime, takeover_id, actor, Action.TAKE_OVER)

        async def effect(unit: Unit) -> View:
            command = DeclineTakeover(body.reason, actor.role, runtime.now())
            return takeover_view(await unit.execute(TAKEOVERS, takeover_id, command))

        return await work.run(effect, on=proposed.case_id)

    @router.post("/takeovers/{takeover_id}/hand-back", response_model=TakeoverView)
    async def hand_contact_back(
        takeover_id: Id, body: ReasonRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Decide that the seller owns the contact again."""
        active = await takeover_for(runtime, takeover_id, actor, Action.HAND_BACK)

        async def effect(unit: Unit) -> View:
            ended = await hand_back(takeover_id, body.reason, actor.role, runtime.now(), unit)
            return takeover_view(ended)

        return await work.run(effect, on=active.case_id)

    @router.get("/cases/{case_id}/takeovers")
    async def get_takeovers(case_id: Id, actor: Who, runtime: Running) -> list[TakeoverView]:
        """Show the takeovers of a case with the records of their decisions, newest first."""
        await _case_for(runtime, case_id, actor, Action.READ_CASE)
        return [takeover_view(t) for t in await list_takeovers(runtime.mongo, case_id)]
