"""Policies and calendars over HTTP: every version, what is proposed, its dry run, and its publication."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize, authorize_role
from chassis.http import Id, KeyedCommand, RequestModel, Running, Runtime, View, Who, read_cursor, write_cursor
from chassis.ids import new_id
from ombud_contracts.market import Market
from sla_monitor.domain.candidate import Candidate, OrderDryRun, ProposeCandidate, PublishCandidate
from sla_monitor.domain.candidate_reading import within_years
from sla_monitor.domain.dry_run import Window
from sla_monitor.domain.rule_book import Publish, RuleBook, Sort
from sla_monitor.domain.rules import Rules
from sla_monitor.policy_store import (
    CANDIDATES,
    RULE_BOOKS,
    candidates_of,
    changes_by_seller,
    find_candidate,
    versions_of,
)
from sla_monitor.policy_views import (
    CandidateList,
    CandidateReport,
    CandidateView,
    VersionList,
    candidate_report,
    candidate_view,
    version_view,
)
from sla_monitor.proposals import propose

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


def _authorize(actor: Actor, action: Action, market: str, markets: Mapping[str, Market]) -> None:
    if market not in markets:
        raise NotVisible
    authorize(actor, action, Parties(market))


def _readable(actor: Actor, market: str | None, markets: Mapping[str, Market]) -> list[str]:
    """The markets whose rules are shown: the one that was asked for, or all in which the reader works."""
    if market is not None:
        _authorize(actor, Action.READ_POLICIES, market, markets)
        return [market]
    authorize_role(actor, Action.READ_POLICIES)
    return [id for id in markets if actor.markets is None or id in actor.markets]


async def _candidate_for(
    runtime: Runtime, id: str, actor: Actor, action: Action, markets: Mapping[str, Market]
) -> Candidate:
    candidate = await find_candidate(runtime.mongo, id)
    if candidate is None:
        raise NotVisible
    _authorize(actor, action, candidate.market, markets)
    return candidate


def _add_reading(router: APIRouter, markets: Mapping[str, Market]) -> None:
    @router.get("/policies")
    async def list_policies(actor: Who, runtime: Running, market: MarketId = None) -> VersionList:
        """Show every version of policies and calendars, since when it is in force, and who published it."""
        found = await versions_of(runtime.mongo, _readable(actor, market, markets), _MOST_VERSIONS)
        return VersionList(versions=[version_view(d) for d in found])

    @router.get("/policy-candidates")
    async def list_candidates(
        actor: Who, runtime: Running, market: MarketId = None, cursor: Cursor = None, limit: Limit = 50
    ) -> CandidateList:
        """Show what was proposed, the newest first."""
        readable = _readable(actor, market, markets)
        bound_to = f"candidates|{market}|{actor.id}"
        at = read_cursor(runtime, cursor, bound_to)
        before = (datetime.fromisoformat(at[0]), str(at[1])) if at else None
        found = await candidates_of(runtime.mongo, readable, before, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        following = write_cursor(runtime, [last.proposed_at.isoformat(), last.id], bound_to) if last else None
        shown = [candidate_view(c, markets[c.market].currency) for c in found[:limit]]
        return CandidateList(candidates=shown, next_cursor=following)

    @router.get("/policy-candidates/{candidate_id}")
    async def get_candidate(
        candidate_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: Limit = 100
    ) -> CandidateReport:
        """Show a candidate, and what its dry run found for each seller, in the order of their ids."""
        candidate = await _candidate_for(runtime, candidate_id, actor, Action.READ_POLICIES, markets)
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
        _authorize(actor, Action.PROPOSE_POLICIES, body.market, markets)
        id = new_id("cnd")

        async def effect(unit: Unit) -> View:
            market = body.market
            book = await unit.state(RULE_BOOKS, market) or RuleBook(market)
            version, content = propose(body.sort, body.content, body.effective_from, book, rules[market])
            command = ProposeCandidate(id, market, version, content, actor.id, runtime.now())
            return candidate_view(await unit.execute(CANDIDATES, id, command), markets[market].currency)

        return await work.once(effect, on=id, status=201)

    @router.post("/policy-candidates/{candidate_id}/dry-runs", status_code=201, response_model=CandidateView)
    async def order_dry_run(
        candidate_id: Id, body: DryRunRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Judge stored history by the rules with and without the candidate. An earlier run of it no longer counts."""
        candidate = await _candidate_for(runtime, candidate_id, actor, Action.PROPOSE_POLICIES, markets)
        market, run_id = candidate.market, new_id("dry")

        async def effect(unit: Unit) -> View:
            window = Window(within_years(body.from_at), within_years(body.to_at))
            book = await unit.state(RULE_BOOKS, market) or RuleBook(market)
            known = [v.effective_from for v in book.of(candidate.version.sort, candidate.version.name)]
            since = max((at for at in known if at <= runtime.now()), default=None)
            command = OrderDryRun(run_id, window, book.revision, since, runtime.now())
            return candidate_view(await unit.execute(CANDIDATES, candidate_id, command), markets[market].currency)

        return await work.once(effect, on=candidate_id, status=201)


def _add_publishing(router: APIRouter, markets: Mapping[str, Market], notice: timedelta) -> None:
    @router.post("/policy-candidates/{candidate_id}/publication", response_model=CandidateView)
    async def publish_candidate(candidate_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Publish a candidate after its dry run; of two publications at once one is refused."""
        candidate = await _candidate_for(runtime, candidate_id, actor, Action.PUBLISH_POLICIES, markets)
        market = candidate.market

        async def effect(unit: Unit) -> View:
            now = runtime.now()
            state = await unit.execute(CANDIDATES, candidate_id, PublishCandidate(actor.id, now, notice))
            assert state.run is not None, "a candidate without a run is refused"
            revision = state.run.revision
            command = Publish(market, state.version, state.content, actor.id, now, revision, candidate_id)
            await unit.execute(RULE_BOOKS, market, command)
            return candidate_view(state, markets[market].currency)

        return await work.once(effect, on=market)
