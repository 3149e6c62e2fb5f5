"""Policies and calendars over HTTP: every version, what is proposed, its dry run, and its publication."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from chassis.http import Id, KeyedCommand, RequestModel, Running, Who
from ombud_contracts.market import Market
from ombud_rulebooks.api import Desk, Proposal
from ombud_rulebooks.domain import Window
from sla_monitor.rules.domain.book import Candidate, DryRun, RuleBook, Sort
from sla_monitor.rules.domain.proposal import propose, refuse_earlier
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.store import RULEBOOK, changes_by_seller
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
RuleDesk = Desk[RuleBook, Candidate]
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
    desk = Desk(RULEBOOK, markets, notice, partial(_view, markets))
    _add_reading(router, desk, markets)
    _add_proposing(router, desk, rules)
    return router


def _view(markets: Mapping[str, Market], candidate: Candidate) -> CandidateView:
    return candidate_view(candidate, markets[candidate.market].currency)


def _add_reading(router: APIRouter, desk: RuleDesk, markets: Mapping[str, Market]) -> None:
    @router.get("/policies")
    async def list_policies(actor: Who, runtime: Running, market: MarketId = None) -> VersionList:
        """Show every version of policies and calendars, since when it is in force, and who published it."""
        found = await desk.versions(runtime, actor, market, _MOST_VERSIONS)
        return VersionList(versions=[version_view(d) for d in found])

    @router.get("/policy-candidates")
    async def list_candidates(
        actor: Who, runtime: Running, market: MarketId = None, cursor: Cursor = None, limit: Limit = 50
    ) -> CandidateList:
        """Show what was proposed, the newest first."""
        found, following = await desk.candidates(runtime, actor, market, cursor, limit)
        return CandidateList(candidates=[_view(markets, c) for c in found], next_cursor=following)

    @router.get("/policy-candidates/{candidate_id}")
    async def get_candidate(
        candidate_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: Limit = 100
    ) -> CandidateReport:
        """Show a candidate, and what its dry run found for each seller, in the order of their ids."""
        candidate = await desk.candidate(runtime, actor, candidate_id)
        find = partial(changes_by_seller, runtime.mongo)
        sellers, following = await desk.findings(runtime, actor, candidate, find, cursor, limit)
        return candidate_report(candidate, markets[candidate.market].currency, sellers, following)


def _add_proposing(router: APIRouter, desk: RuleDesk, rules: Mapping[str, Rules]) -> None:
    @router.post("/policy-candidates", status_code=201, response_model=CandidateView)
    async def propose_candidate(body: ProposalRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Propose a version; it is read and checked at once, and changes nothing yet."""
        return await desk.propose(runtime, actor, work, body.market, partial(_proposed, rules, body))

    @router.post("/policy-candidates/{candidate_id}/dry-runs", status_code=201, response_model=CandidateView)
    async def order_dry_run(
        candidate_id: Id, body: DryRunRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Judge stored history by the rules with and without the candidate. An earlier run of it no longer counts."""
        return await desk.order_dry_run(runtime, actor, work, candidate_id, (body.from_at, body.to_at), _run)

    @router.post("/policy-candidates/{candidate_id}/publication", response_model=CandidateView)
    async def publish_candidate(candidate_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Publish a candidate after its dry run; of two publications at once one is refused."""
        return await desk.publish(runtime, actor, work, candidate_id)


def _proposed(rules: Mapping[str, Rules], body: ProposalRequest, book: RuleBook, proposal: Proposal) -> Candidate:
    version, content = propose(body.sort, body.content, body.effective_from, book, rules[body.market])
    return Candidate(
        id=proposal.id,
        market=body.market,
        version=version,
        content=content,
        proposed_by=proposal.by,
        proposed_at=proposal.at,
    )


def _run(candidate: Candidate, book: RuleBook, window: Window, proposal: Proposal) -> DryRun:
    refuse_earlier(window, candidate.version, book, proposal.at)
    return DryRun(id=proposal.id, window=window, revision=proposal.revision, ordered_at=proposal.at)
