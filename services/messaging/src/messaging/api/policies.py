"""Enforcement policies over HTTP: every version, what is proposed, its dry run, and its publication."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, authorize_market, readable_markets
from chassis.clock import to_milliseconds
from chassis.http import (
    Code,
    Id,
    KeyedCommand,
    RequestModel,
    Running,
    Text,
    View,
    Who,
    read_cursor,
    write_cursor,
)
from chassis.ids import new_id
from messaging.api.access import Cursor, MarketId, PageSize
from messaging.domain.policy_book import Book, Publish, refuse_overlapping
from messaging.domain.refusals import InstantOutOfRange
from messaging.policy_store import (
    BOOKS,
    CANDIDATES,
    Candidate,
    DryRun,
    changed_messages,
    versions_of,
)
from messaging.policy_views import (
    CandidateList,
    CandidateReport,
    CandidateView,
    PolicyList,
    candidate_report,
    candidate_view,
    shipped_view,
    version_view,
)
from ombud_contracts.market import Market
from ombud_detection import Action as Asked
from ombud_detection import Kind, default_policy
from ombud_rulebooks.domain.candidate import OrderDryRun, ProposeCandidate, PublishCandidate

_MOST_VERSIONS = 2_000
"""More than markets publish in years: the list comes as a whole."""
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Sentence = Annotated[Text, Field(max_length=300)]


class RowRequest(RequestModel):
    """Where a row applies (`any` matches all), and what it asks for. The most specific row wins, then the later one."""

    id: Code
    sentence: Sentence
    """For people: what the row is for."""
    action: Asked
    role: Literal["any", "buyer", "seller", "agent", "mediator", "supervisor"] = "any"
    phase: Literal["any", "before", "during", "after"] = "any"
    """Of the purchase (R-25)."""
    kind: Literal["any"] | Kind = "any"
    minimum_score: Annotated[float, Field(ge=0, le=1)] = 0.0


class ProposalRequest(RequestModel):
    """A version of a market's own rows; they stand above those that come with the service, and replace the version before."""

    market: Id
    rows: Annotated[list[RowRequest], Field(max_length=200)]
    effective_from: AwareDatetime
    """Messages that are sent from then on are judged by it."""


class DryRunRequest(RequestModel):
    """The stored messages that are judged by the policy with and without the candidate, by when they were sent."""

    from_at: AwareDatetime
    to_at: AwareDatetime


def router_for(markets: Mapping[str, Market], notice: timedelta) -> APIRouter:
    """Return the routes about policies; `notice` is how long before it is in force a version is published."""
    router = APIRouter()
    _add_reading(router, markets)
    _add_proposing(router, markets)
    _add_publishing(router, markets, notice)
    return router


def _within_years(at: datetime) -> datetime:
    """Return an instant in UTC, cut to milliseconds. Raises InstantOutOfRange."""
    if not _EARLIEST <= at <= _LATEST:
        raise InstantOutOfRange("an instant lies between the years 2000 and 2100")
    return to_milliseconds(at)


def _add_reading(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.get("/policies")
    async def list_policies(actor: Who, runtime: Running, market: MarketId = None) -> PolicyList:
        """Show the rows that come with the service, and every version of the markets' own."""
        found = await versions_of(
            runtime.mongo, readable_markets(actor, Action.READ_POLICIES, market, markets), _MOST_VERSIONS
        )
        return PolicyList(shipped=shipped_view(default_policy()), versions=[version_view(d) for d in found])

    @router.get("/policy-candidates")
    async def list_candidates(
        actor: Who, runtime: Running, market: MarketId = None, cursor: Cursor = None, limit: PageSize = 30
    ) -> CandidateList:
        """Show what was proposed, the newest first."""
        readable = readable_markets(actor, Action.READ_POLICIES, market, markets)
        bound_to = f"candidates|{market}|{actor.id}"
        found, following = await CANDIDATES.page(runtime, readable, cursor, bound_to, limit)
        return CandidateList(candidates=[candidate_view(c) for c in found], next_cursor=following)

    @router.get("/policy-candidates/{candidate_id}")
    async def get_candidate(
        candidate_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: PageSize = 100
    ) -> CandidateReport:
        """Show a candidate, and the messages that something else would become of: ids, never texts."""
        candidate = await CANDIDATES.visible(runtime, candidate_id, actor, Action.READ_POLICIES, markets)
        run_id = candidate.run.id if candidate.run else ""
        bound_to = f"changed|{run_id}|{actor.id}"
        at = read_cursor(runtime, cursor, bound_to)
        found = await changed_messages(runtime.mongo, run_id, str(at[0]) if at else None, limit + 1)
        following = write_cursor(runtime, [found[limit - 1]["_id"]], bound_to) if len(found) > limit else None
        return candidate_report(candidate, found[:limit], following)


def _add_proposing(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.post("/policy-candidates", status_code=201, response_model=CandidateView)
    async def propose_candidate(body: ProposalRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Propose a version; it changes nothing yet."""
        authorize_market(actor, Action.PROPOSE_POLICIES, body.market, markets)
        id, since = new_id("cnd"), _within_years(body.effective_from)
        content = json.dumps({"rows": [row.model_dump(mode="json") for row in body.rows]}, sort_keys=True)

        async def effect(unit: Unit) -> View:
            book = await unit.state(BOOKS, body.market) or Book(body.market)
            refuse_overlapping(book, since)
            candidate = Candidate(
                id=id,
                market=body.market,
                number=book.revision + 1,
                effective_from=since,
                content=content,
                proposed_by=actor.id,
                proposed_at=runtime.now(),
            )
            command = ProposeCandidate(candidate, candidate.proposed_at)
            return candidate_view(await unit.execute(CANDIDATES.kind, id, command))

        return await work.once(effect, on=id, status=201)

    @router.post("/policy-candidates/{candidate_id}/dry-runs", status_code=201, response_model=CandidateView)
    async def order_dry_run(
        candidate_id: Id, body: DryRunRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Judge stored messages by the policy with and without the candidate. An earlier run of it no longer counts."""
        candidate = await CANDIDATES.visible(runtime, candidate_id, actor, Action.PROPOSE_POLICIES, markets)
        run_id = new_id("dry")

        async def effect(unit: Unit) -> View:
            book = await unit.state(BOOKS, candidate.market) or Book(candidate.market)
            run = DryRun(
                id=run_id,
                from_at=_within_years(body.from_at),
                to_at=_within_years(body.to_at),
                revision=book.revision,
                ordered_at=runtime.now(),
            )
            command = OrderDryRun(run, run.ordered_at)
            return candidate_view(await unit.execute(CANDIDATES.kind, candidate_id, command))

        return await work.once(effect, on=candidate_id, status=201)


def _add_publishing(router: APIRouter, markets: Mapping[str, Market], notice: timedelta) -> None:
    @router.post("/policy-candidates/{candidate_id}/publication", response_model=CandidateView)
    async def publish_candidate(candidate_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Publish a candidate after its dry run; of two publications at once one is refused."""
        candidate = await CANDIDATES.visible(runtime, candidate_id, actor, Action.PUBLISH_POLICIES, markets)

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            state = await unit.execute(CANDIDATES.kind, candidate_id, PublishCandidate(actor.id, now, notice))
            assert state.run is not None, "a candidate without a run is refused"
            command = Publish(
                market=state.market,
                number=state.number,
                effective_from=state.effective_from,
                content=state.content,
                by=actor.id,
                candidate_id=candidate_id,
                revision=state.run.revision,
                at=now,
            )
            await unit.execute(BOOKS, state.market, command)
            return candidate_view(state)

        return await work.once(effect, on=candidate.market)
