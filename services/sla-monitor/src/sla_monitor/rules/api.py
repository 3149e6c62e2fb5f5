"""Policies and calendars over HTTP: every version, what is proposed, its dry run, and its publication."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, authorize_market, readable_markets
from chassis.http import Id, KeyedCommand, RequestModel, Running, View, Who, read_cursor, write_cursor
from chassis.ids import new_id
from ombud_contracts.market import Market
from ombud_rulebooks.domain.candidate import OrderDryRun, ProposeCandidate, PublishCandidate
from sla_monitor.dry_runs.domain import Window
from sla_monitor.rules.domain.candidate_reading import within_years
from sla_monitor.rules.domain.rule_book import Publish, RuleBook, Sort
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.proposals import propose, refuse_earlier
from sla_monitor.rules.store import (
    CANDIDATES,
    RULE_BOOKS,
    Candidate,
    DryRun,
    changes_by_seller,
    versions_of,
)
from sla_monitor.rules.views import (
    CandidateList,
    CandidateReport,
    CandidateView,
    VersionList,
    candidate_report,
    candidate_view,
    version_view,
)

_MOST_VERSIONS = 5_000
"""More than markets publish in years: the list comes as a whole."""
MarketId = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{1,15}$")]
"""Left out: every market in which the reader works."""
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=400)]


class ProposalRequest(RequestModel):
    """A version of a policy row or of a calendar."""

    market: Id
    sort: Sort
    content: dict[str, Any]
    """A policy row (`kind`, `target_seconds` …) or a calendar (`id`, `tz`, `weekly` …), without version and date."""
    effective_from: AwareDatetime
    """New rounds that start from then on run by it."""


class DryRunRequest(RequestModel):
    """The stretch of stored history that is judged by the rules with and without the candidate."""

    from_at: AwareDatetime
    to_at: AwareDatetime


def router_for(rules: Mapping[str, Rules], markets: Mapping[str, Market], notice: timedelta) -> APIRouter:
    """Return the routes about policies; `notice` is how long before it is in force a version is published."""
    router = APIRouter()
    _add_reading(router, markets)
    _add_proposing(router, rules, markets)
    _add_publishing(router, markets, notice)
    return router


def _add_reading(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.get("/policies")
    async def list_policies(actor: Who, runtime: Running, market: MarketId = None) -> VersionList:
        """Show every version of policies and calendars, since when it is in force, and who published it."""
        readable = readable_markets(actor, Action.READ_POLICIES, market, markets)
        found = await versions_of(runtime.mongo, readable, _MOST_VERSIONS)
        return VersionList(versions=[version_view(d) for d in found])

    @router.get("/policy-candidates")
    async def list_candidates(
        actor: Who, runtime: Running, market: MarketId = None, cursor: Cursor = None, limit: Limit = 50
    ) -> CandidateList:
        """Show what was proposed, the newest first."""
        readable = readable_markets(actor, Action.READ_POLICIES, market, markets)
        bound_to = f"candidates|{market}|{actor.id}"
        found, following = await CANDIDATES.page(runtime, readable, cursor, bound_to, limit)
        shown = [candidate_view(c, markets[c.market].currency) for c in found]
        return CandidateList(candidates=shown, next_cursor=following)

    @router.get("/policy-candidates/{candidate_id}")
    async def get_candidate(
        candidate_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: Limit = 100
    ) -> CandidateReport:
        """Show a candidate, and what its dry run found for each seller, in the order of their ids."""
        candidate = await CANDIDATES.visible(runtime, candidate_id, actor, Action.READ_POLICIES, markets)
        run_id = candidate.run.id if candidate.run else ""
        bound_to = f"differences|{run_id}|{actor.id}"
        at = read_cursor(runtime, cursor, bound_to)
        sellers = await changes_by_seller(runtime.mongo, run_id, str(at[0]) if at else None, limit + 1)
        more = len(sellers) > limit
        following = write_cursor(runtime, [sellers[limit - 1]["_id"]], bound_to) if more else None
        return candidate_report(candidate, markets[candidate.market].currency, sellers[:limit], following)


def _add_proposing(router: APIRouter, rules: Mapping[str, Rules], markets: Mapping[str, Market]) -> None:
    @router.post("/policy-candidates", status_code=201, response_model=CandidateView)
    async def propose_candidate(body: ProposalRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Propose a version; it is read and checked at once, and changes nothing yet."""
        authorize_market(actor, Action.PROPOSE_POLICIES, body.market, markets)
        id = new_id("cnd")

        async def effect(unit: Unit) -> View:
            market = body.market
            book = await unit.state(RULE_BOOKS, market) or RuleBook(market)
            version, content = propose(body.sort, body.content, body.effective_from, book, rules[market])
            candidate = Candidate(
                id=id,
                market=market,
                version=version,
                content=content,
                proposed_by=actor.id,
                proposed_at=runtime.now(),
            )
            command = ProposeCandidate(candidate, candidate.proposed_at)
            return candidate_view(await unit.execute(CANDIDATES.kind, id, command), markets[market].currency)

        return await work.once(effect, on=id, status=201)

    @router.post("/policy-candidates/{candidate_id}/dry-runs", status_code=201, response_model=CandidateView)
    async def order_dry_run(
        candidate_id: Id, body: DryRunRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Judge stored history by the rules with and without the candidate. An earlier run of it no longer counts."""
        candidate = await CANDIDATES.visible(runtime, candidate_id, actor, Action.PROPOSE_POLICIES, markets)
        market, run_id = candidate.market, new_id("dry")

        async def effect(unit: Unit) -> View:
            book = await unit.state(RULE_BOOKS, market) or RuleBook(market)
            window, now = Window(within_years(body.from_at), within_years(body.to_at)), runtime.now()
            refuse_earlier(window, candidate.version, book, now)
            run = DryRun(id=run_id, window=window, revision=book.revision, ordered_at=now)
            state = await unit.execute(CANDIDATES.kind, candidate_id, OrderDryRun(run, now))
            return candidate_view(state, markets[market].currency)

        return await work.once(effect, on=candidate_id, status=201)


def _add_publishing(router: APIRouter, markets: Mapping[str, Market], notice: timedelta) -> None:
    @router.post("/policy-candidates/{candidate_id}/publication", response_model=CandidateView)
    async def publish_candidate(candidate_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Publish a candidate after its dry run; of two publications at once one is refused."""
        candidate = await CANDIDATES.visible(runtime, candidate_id, actor, Action.PUBLISH_POLICIES, markets)
        market = candidate.market

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            state = await unit.execute(CANDIDATES.kind, candidate_id, PublishCandidate(actor.id, now, notice))
            assert state.run is not None, "a candidate without a run is refused"
            revision = state.run.revision
            command = Publish(market, state.version, state.content, actor.id, now, revision, candidate_id)
            await unit.execute(RULE_BOOKS, market, command)
            return candidate_view(state, markets[market].currency)

        return await work.once(effect, on=market)
