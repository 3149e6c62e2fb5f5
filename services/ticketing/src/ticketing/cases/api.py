"""Opening, resolving and showing cases."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from fastapi import Query
from pydantic import ConfigDict, JsonValue, StringConstraints, model_validator

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, authorize_role, markets_asked
from chassis.event_stream import EventStream
from chassis.http import Code, IdForm, RequestModel, Running, Who, read_cursor, write_cursor
from chassis.limits import Limited
from chassis.live import STREAM, Follows, LiveLists
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, LimitsPerPerson, ReadFigures, ReadUnit, WriteUnit, routes
from ombud_contracts.market import Market
from ombud_words import (
    CaseId,
    ContactOrigin,
    Counterpart,
    DraftId,
    LineId,
    ListingId,
    OrderId,
    Reason,
    Remedy,
    line_key,
)
from ticketing.cases.access import A_CASE, CaseIdGiven, Markets, case_for
from ticketing.cases.domain.commands import MoveContact, ResolveCase
from ticketing.cases.listing import CaseFilter, CaseListQuery, FirstPageQuery, FollowedCases, rows_for
from ticketing.cases.living import expect_finished, move
from ticketing.cases.opening import (
    About,
    Contact,
    about_line,
    about_listing,
    about_market,
    asker_of,
    expect_taken,
    open_case_about,
)
from ticketing.cases.showing import all_shown, shown
from ticketing.cases.store import CASES, cases_in_order
from ticketing.cases.views import CaseCounts, CasePage, CaseView, ReasonList, counts_view, market_reasons
from ticketing.orders.store import guard_line, guard_listing
from ticketing.queue.store import count_queue, page_of_queue

router = routes("ticketing")


_A_LINE_OR_NONE: list[JsonValue] = [
    {
        "properties": {
            "order_id": {"type": "string"},
            "line_id": {"type": "string"},
            "listing_id": {"type": "null"},
        },
        "required": ["order_id", "line_id"],
    },
    {"properties": {"order_id": {"type": "null"}, "line_id": {"type": "null"}}},
]


class OpenCaseRequest(RequestModel):
    """What a person says when opening a case."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _A_LINE_OR_NONE})

    order_id: Annotated[OrderId, IdForm] | None = None
    line_id: Annotated[LineId, IdForm] | None = None
    """Of the order. What a seller answers is about an order line or a listing; what the platform answers may be about none."""
    listing_id: Annotated[ListingId, IdForm] | None = None
    """What a buyer asks about before buying, for the reasons that allow it; then no order is named (R-25)."""
    market: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,15}$")] | None = None
    """Whose desk answers, where neither an order line nor a listing is named."""
    reason: Reason
    draft_id: Annotated[DraftId, IdForm]
    """The first message, which was given to messaging as a draft before."""
    origin: Literal["site", "app"] = "site"
    desired_outcome: Remedy | None = None
    """What the asker would like (R-39): one of the remedies of the reason, which `POST /intakes` lists."""

    @model_validator(mode="after")
    def _names_a_line_whole(self) -> Self:
        if (self.order_id is None) != (self.line_id is None):
            raise ValueError("an order line is named by order_id and line_id together")
        if self.order_id is not None and self.listing_id is not None:
            raise ValueError("a contact is about an order line or about a listing that is not bought yet")
        return self


class MoveRequest(RequestModel):
    """Why a contact is moved to the other counterpart."""

    to: Counterpart
    reason: Code
    """Such as `wrong_door`."""


class ResolutionRequest(RequestModel):
    """How a case was settled."""

    outcome: Code
    despite: Code | None = None
    """Why the case is resolved although a dispute or refund of it is live; needed then only."""


@router.post("/cases", status_code=201)
async def open_case(
    body: OpenCaseRequest,
    actor: Who,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    markets: Markets,
) -> CaseView:
    """Open a case with the seller of an order line or a listing, or with the platform, as the reason says."""
    about = await _about(body, actor, markets, unit)
    whose = asker_of(actor, about)
    await limits.use(Limited.CASES, actor, unit.now, unit)
    contact = Contact(
        reason=body.reason,
        draft_id=body.draft_id,
        origin=ContactOrigin(body.origin),
        desired_outcome=body.desired_outcome,
    )
    return await shown(await open_case_about(contact, about, whose, actor, unit), actor, unit)


async def _about(body: OpenCaseRequest, actor: Actor, markets: Mapping[str, Market], unit: Unit) -> About:
    if body.order_id is None or body.line_id is None:
        if body.listing_id is None:
            return about_market(body.reason, body.market, markets)
        return about_listing(body.reason, body.listing_id, await guard_listing(unit, body.listing_id), markets)
    line = await guard_line(unit, line_key(body.order_id, body.line_id))
    expect_taken(line, actor)
    return about_line(body.reason, body.line_id, line, markets)


@router.post("/cases/{case_id}/move")
@versioned(A_CASE)
async def move_case(case_id: CaseIdGiven, body: MoveRequest, actor: Who, unit: WriteUnit) -> CaseView:
    """Move a contact that came in by the wrong door to the other counterpart, who owes the answer from then on."""
    await case_for(unit, case_id, actor, Action.MOVE_CASE)
    command = MoveContact(to=body.to, reason=body.reason, by=actor.role, at=unit.now)
    case = await move(case_id, command, unit)
    return await shown(case, actor, unit)


@router.post("/cases/{case_id}/resolution")
@versioned(A_CASE)
async def resolve_case(case_id: CaseIdGiven, body: ResolutionRequest, actor: Who, unit: WriteUnit) -> CaseView:
    """Say that the matter is settled."""
    await case_for(unit, case_id, actor, Action.RESOLVE_CASE)
    await expect_finished(case_id, body.despite, unit)
    case = await unit.execute(CASES, case_id, ResolveCase(body.outcome, unit.now, body.despite))
    return await shown(case, actor, unit)


@router.get("/cases")
async def list_cases(
    actor: Who, unit: ReadUnit, runtime: Running, asked: Annotated[CaseListQuery, Query()]
) -> CasePage:
    """List the cases of the person who asks, or those of a member of staff's markets, with their deadlines."""
    authorize_role(actor, Action.READ_CASE)
    bound = f"cases|{actor.role}|{actor.id}|{asked.model_dump_json(exclude={'cursor', 'limit'})}"
    after = read_cursor(runtime, asked.cursor, bound)
    rows, position = await page_of_queue(unit, rows_for(actor, asked), asked.order, after, asked.limit)
    ids = [CaseId(row["_id"]) for row in rows]
    return CasePage(
        cases=await all_shown(await cases_in_order(unit, ids), actor, unit),
        next_cursor=write_cursor(runtime, position, bound) if position else None,
    )


@router.get("/cases/counts")
async def count_cases(actor: Who, figures: ReadFigures, asked: Annotated[CaseFilter, Query()]) -> CaseCounts:
    """Count the cases that a list with this filter would show."""
    authorize_role(actor, Action.READ_CASE)
    return counts_view(await count_queue(figures, rows_for(actor, asked)))


@router.get("/cases/events", status_code=200, response_class=EventStream, responses=STREAM)
async def follow_cases(follower: Follows, lists: LiveLists, asked: Annotated[FirstPageQuery, Query()]) -> EventStream:
    """Follow the first page of a list of cases: it differs from what was last told."""
    authorize_role(follower.actor, Action.READ_CASE)
    return await lists.follow("cases", FollowedCases.of(follower.actor, asked), follower, Action.READ_CASE)


@router.get("/reasons")
async def list_reasons(
    _actor: Who,
    markets: Markets,
    market: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None,
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$")] = None,
) -> ReasonList:
    """List the reasons for which a case can be opened in a market, or in all, in the language that is asked for."""
    return ReasonList(markets=[market_reasons(m, language) for m in markets_asked(markets, market)])


@router.get("/cases/{case_id}")
@versioned(A_CASE)
async def get_case(case_id: CaseIdGiven, actor: Who, unit: ReadUnit) -> CaseView:
    """Show a case and its deadlines."""
    case = await case_for(unit, case_id, actor, Action.READ_CASE)
    return await shown(case, actor, unit)
