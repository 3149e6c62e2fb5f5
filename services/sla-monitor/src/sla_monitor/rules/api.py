"""Policies and calendars over HTTP: every version, what is proposed, its dry run, and its publication."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import Query

from chassis.http import Id, Instant, RequestModel, Running, Who
from chassis.preconditions import Thing, versioned
from chassis.routes import KeyedUnit, ReadFigures, ReadUnit, provided, routes
from ombud_contracts.market import Market
from ombud_rulebooks.api import Desk, Proposal
from ombud_rulebooks.domain import Window
from ombud_words import CandidateId
from sla_monitor.rules.domain.book import Candidate, DryRun, RuleBook, Sort
from sla_monitor.rules.domain.proposal import propose, refuse_earlier
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.known import Markets, RulesInForce
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

router = routes("sla-monitor")
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
    effective_from: Instant
    """New rounds that start from then on run by it."""


class DryRunRequest(RequestModel):
    """The stretch of stored history that is judged by the rules with and without the candidate."""

    from_at: Instant
    to_at: Instant


def desk_of(markets: Collection[str], notice: timedelta) -> RuleDesk:
    """Return what the routes about policies share; `notice` is how long before it is in force a version is published."""
    return Desk(RULEBOOK, markets, notice)


OnDesk = Annotated[RuleDesk, provided("rule_desk")]
A_CANDIDATE = Thing.kept_as("candidate_id", RULEBOOK.candidates)


@router.get("/policies")
async def list_policies(actor: Who, unit: ReadUnit, desk: OnDesk, market: MarketId = None) -> VersionList:
    """Show every version of policies and calendars, since when it is in force, and who published it."""
    found = await desk.versions(unit, actor, market, _MOST_VERSIONS)
    return VersionList(versions=[version_view(d) for d in found])


@router.get("/policy-candidates")
async def list_candidates(
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    desk: OnDesk,
    markets: Markets,
    market: MarketId = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CandidateList:
    """Show what was proposed, the newest first."""
    found, following = await desk.candidates(runtime, unit, actor, market, cursor, limit)
    return CandidateList(candidates=[_view(markets, c) for c in found], next_cursor=following)


@router.get("/policy-candidates/{candidate_id}")
@versioned(A_CANDIDATE)
async def get_candidate(
    candidate_id: Id,
    actor: Who,
    unit: ReadUnit,
    figures: ReadFigures,
    runtime: Running,
    desk: OnDesk,
    markets: Markets,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> CandidateReport:
    """Show a candidate, and what its dry run found for each seller, in the order of their ids."""
    candidate = await desk.candidate(unit, actor, candidate_id)
    find = partial(changes_by_seller, figures)
    sellers, following = await desk.findings(runtime, actor, candidate, find, cursor, limit)
    return candidate_report(candidate, markets[candidate.market].currency, sellers, following)


@router.post("/policy-candidates", status_code=201)
async def propose_candidate(
    body: ProposalRequest, actor: Who, unit: KeyedUnit, desk: OnDesk, rules: RulesInForce, markets: Markets
) -> CandidateView:
    """Propose a version; it is read and checked at once, and changes nothing yet."""
    return _view(markets, await desk.propose(unit, actor, body.market, partial(_proposed, rules, body)))


@router.post("/policy-candidates/{candidate_id}/dry-runs", status_code=201)
@versioned(A_CANDIDATE)
async def order_dry_run(
    candidate_id: Id, body: DryRunRequest, actor: Who, unit: KeyedUnit, desk: OnDesk, markets: Markets
) -> CandidateView:
    """Judge stored history by the rules with and without the candidate. An earlier run of it no longer counts."""
    span = body.from_at, body.to_at
    return _view(markets, await desk.order_dry_run(unit, actor, CandidateId(candidate_id), span, _run))


@router.post("/policy-candidates/{candidate_id}/publication")
@versioned(A_CANDIDATE)
async def publish_candidate(
    candidate_id: Id, actor: Who, unit: KeyedUnit, desk: OnDesk, markets: Markets
) -> CandidateView:
    """Publish a candidate after its dry run; of two publications at once one is refused."""
    return _view(markets, await desk.publish(unit, actor, CandidateId(candidate_id)))


def _view(markets: Mapping[str, Market], candidate: Candidate) -> CandidateView:
    return candidate_view(candidate, markets[candidate.market].currency)


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
