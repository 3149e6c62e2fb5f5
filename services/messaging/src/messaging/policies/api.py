"""Enforcement policies over HTTP: every version, what is proposed, its dry run, and its publication.

What these routes do is the same for every rulebook: the desk of `ombud_rulebooks` runs their commands.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chassis.http import STRIPPED, WRITTEN, Code, Id, Instant, RequestModel, Running, Who
from chassis.preconditions import Thing, versioned
from chassis.routes import KeyedUnit, ReadUnit, provided, routes
from messaging.conversations.parameters import Cursor, MarketId, PageSize
from messaging.policies.domain import Book, Candidate, DryRun, Version
from messaging.policies.store import RULEBOOK, changed_messages
from messaging.policies.views import (
    CandidateList,
    CandidateReport,
    CandidateView,
    PolicyList,
    candidate_report,
    candidate_view,
    shipped_view,
    version_view,
)
from ombud_detection import Action as Asked
from ombud_detection import Kind, default_policy
from ombud_rulebooks.api import Desk, Proposal
from ombud_rulebooks.domain import Window, within_years
from ombud_words import CandidateId

router = routes("enforcement")
_MOST_VERSIONS = 2_000
"""More than markets publish in years: the list comes as a whole."""
PolicyDesk = Desk[Book, Candidate]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=WRITTEN), STRIPPED]


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
    effective_from: Instant
    """Messages that are sent from then on are judged by it."""


class DryRunRequest(RequestModel):
    """The stored messages that are judged by the policy with and without the candidate, by when they were sent."""

    from_at: Instant
    to_at: Instant


def desk_of(markets: Collection[str], notice: timedelta) -> PolicyDesk:
    """Return what the routes about policies share; `notice` is how long before it is in force a version is published."""
    return Desk(RULEBOOK, markets, notice)


OnDesk = Annotated[PolicyDesk, provided("policy_desk")]
A_CANDIDATE = Thing.kept_as("candidate_id", RULEBOOK.candidates)


@router.get("/policies")
async def list_policies(actor: Who, unit: ReadUnit, desk: OnDesk, market: MarketId = None) -> PolicyList:
    """Show the rows that come with the service, and every version of the markets' own."""
    found = await desk.versions(unit, actor, market, _MOST_VERSIONS)
    return PolicyList(shipped=shipped_view(default_policy()), versions=[version_view(d) for d in found])


@router.get("/policy-candidates")
async def list_candidates(
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    desk: OnDesk,
    market: MarketId = None,
    cursor: Cursor = None,
    limit: PageSize = 30,
) -> CandidateList:
    """Show what was proposed, the newest first."""
    found, following = await desk.candidates(runtime, unit, actor, market, cursor, limit)
    return CandidateList(candidates=[candidate_view(c) for c in found], next_cursor=following)


@router.get("/policy-candidates/{candidate_id}")
@versioned(A_CANDIDATE)
async def get_candidate(
    candidate_id: Id,
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    desk: OnDesk,
    cursor: Cursor = None,
    limit: PageSize = 100,
) -> CandidateReport:
    """Show a candidate, and the messages that something else would become of: ids, never texts."""
    candidate = await desk.candidate(unit, actor, candidate_id)
    find = partial(changed_messages, unit)
    found, following = await desk.findings(runtime, actor, candidate, find, cursor, limit)
    return candidate_report(candidate, found, following)


@router.post("/policy-candidates", status_code=201)
async def propose_candidate(body: ProposalRequest, actor: Who, unit: KeyedUnit, desk: OnDesk) -> CandidateView:
    """Propose a version; it changes nothing yet."""
    return candidate_view(await desk.propose(unit, actor, body.market, partial(_proposed, body)))


@router.post("/policy-candidates/{candidate_id}/dry-runs", status_code=201)
@versioned(A_CANDIDATE)
async def order_dry_run(
    candidate_id: Id, body: DryRunRequest, actor: Who, unit: KeyedUnit, desk: OnDesk
) -> CandidateView:
    """Judge stored messages by the policy with and without the candidate. An earlier run of it no longer counts."""
    span = body.from_at, body.to_at
    return candidate_view(await desk.order_dry_run(unit, actor, CandidateId(candidate_id), span, _run))


@router.post("/policy-candidates/{candidate_id}/publication")
@versioned(A_CANDIDATE)
async def publish_candidate(candidate_id: Id, actor: Who, unit: KeyedUnit, desk: OnDesk) -> CandidateView:
    """Publish a candidate after its dry run; of two publications at once one is refused."""
    return candidate_view(await desk.publish(unit, actor, CandidateId(candidate_id)))


def _proposed(body: ProposalRequest, book: Book, proposal: Proposal) -> Candidate:
    version = book.placed(Version(0, within_years(body.effective_from)))
    return Candidate(
        id=proposal.id,
        market=body.market,
        number=version.number,
        effective_from=version.effective_from,
        content=json.dumps({"rows": [row.model_dump(mode="json") for row in body.rows]}, sort_keys=True),
        proposed_by=proposal.by,
        proposed_at=proposal.at,
    )


def _run(_candidate: Candidate, _book: Book, window: Window, proposal: Proposal) -> DryRun:
    return DryRun(
        id=proposal.id,
        revision=proposal.revision,
        ordered_at=proposal.at,
        from_at=window.from_at,
        to_at=window.to_at,
    )
