"""What the screens about rules show: versions, candidates with their dry runs, adjustments with their reports."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from chassis.http import View
from chassis.store import Document
from sla_monitor.adjustments.domain import Adjustment, Correction, Credit, Migration
from sla_monitor.dry_runs.domain import Totals
from sla_monitor.rules.store import Candidate, DryRun


class VersionView(View):
    """A version of a policy or calendar, who published it, and since when it is in force."""

    market: str
    sort: Literal["policy", "calendar"]
    name: str
    """The kind of clock, or the calendar's id."""
    number: int
    effective_from: datetime
    published_at: datetime
    published_by: str
    """An administrator, or `market-file` for what the service started with."""
    candidate_id: str | None
    content: dict[str, Any]


class VersionList(View):
    """Every version of policies and calendars."""

    versions: list[VersionView]


class DifferenceView(View):
    """What a candidate would have changed: gained is new with it, lost is gone with it."""

    clocks_changed: int
    breaches_gained: int
    breaches_lost: int
    takeovers_gained: int
    takeovers_lost: int
    proposals_gained: int
    """Takeovers that an agent would have been asked to decide; nothing is charged for them."""
    proposals_lost: int
    charged_minor: int
    """Change of what sellers are charged for takeovers, VAT included, in minor units of `currency`."""


class SellerDifferenceView(DifferenceView):
    """The difference for one seller."""

    seller_id: str


class DryRunView(View):
    """A comparison over stored history, and how far it has come."""

    dry_run_id: str
    state: Literal["running", "finished", "outdated"]
    """`outdated`: rules of the market were published since; run it again."""
    from_at: datetime
    to_at: datetime
    ordered_at: datetime
    finished_at: datetime | None
    clocks: int
    """Clocks that were compared so far."""
    incomplete: int
    """Of those, clocks whose oldest history in the window is no longer kept, or that cannot be reckoned."""
    currency: str
    total: DifferenceView


class CandidateView(View):
    """A proposed version."""

    candidate_id: str
    market: str
    sort: Literal["policy", "calendar"]
    name: str
    number: int
    effective_from: datetime
    state: Literal["proposed", "published"]
    proposed_by: str
    proposed_at: datetime
    published_by: str | None
    published_at: datetime | None
    content: dict[str, Any]
    dry_run: DryRunView | None


class CandidateReport(CandidateView):
    """A candidate with the differences of its dry run, seller by seller."""

    sellers: list[SellerDifferenceView]
    next_cursor: str | None


class CandidateList(View):
    """What was proposed, the newest first."""

    candidates: list[CandidateView]
    next_cursor: str | None


class SellerAdjustedView(View):
    """How many clocks of one seller were told, and how many deadlines moved."""

    seller_id: str
    clocks_told: int
    clocks_moved: int


class AdjustmentView(View):
    """One fact that every clock of a market is told."""

    adjustment_id: str
    market: str
    sort: Literal["policy_migration", "calendar_correction", "outage_credit"]
    state: Literal["ordered", "applied"]
    cause: str
    kind: str | None
    calendar: str | None
    to_version: int | None
    from_at: datetime | None
    until: datetime | None
    ordered_by: str
    ordered_at: datetime
    applied_at: datetime | None
    clocks_read: int
    """Clocks that were looked at so far."""


class AdjustmentReport(AdjustmentView):
    """An adjustment with what it did, seller by seller; clocks that become known later are counted as they come."""

    clocks_told: int
    clocks_moved: int
    clocks_refused: int
    sellers: list[SellerAdjustedView]
    next_cursor: str | None


def version_view(d: Document) -> VersionView:
    """Return the screen of a version."""
    kept = {name: d[name] for name in VersionView.model_fields if name != "content"}
    return VersionView(**kept, content=json.loads(d["content"]))


def candidate_view(candidate: Candidate, currency: str) -> CandidateView:
    """Return the screen of a candidate."""
    return CandidateView(**_candidate(candidate, currency))


def candidate_report(
    candidate: Candidate, currency: str, sellers: Sequence[Document], next_cursor: str | None
) -> CandidateReport:
    """Return a candidate with a page of its dry run's differences."""
    changed = [SellerDifferenceView(seller_id=d["_id"], **{k: v for k, v in d.items() if k != "_id"}) for d in sellers]
    return CandidateReport(**_candidate(candidate, currency), sellers=changed, next_cursor=next_cursor)


def _candidate(c: Candidate, currency: str) -> dict[str, Any]:
    return {
        "candidate_id": c.id,
        "market": c.market,
        "sort": c.version.sort.value,
        "name": c.version.name,
        "number": c.version.number,
        "effective_from": c.version.effective_from,
        "state": c.stage,
        "proposed_by": c.proposed_by,
        "proposed_at": c.proposed_at,
        "published_by": c.published_by,
        "published_at": c.published_at,
        "content": json.loads(c.content),
        "dry_run": _dry_run(c.run, currency) if c.run else None,
    }


def _dry_run(run: DryRun, currency: str) -> DryRunView:
    return DryRunView(
        dry_run_id=run.id,
        state=run.stage,
        from_at=run.window.from_at,
        to_at=run.window.to_at,
        ordered_at=run.ordered_at,
        finished_at=run.finished_at,
        clocks=run.clocks,
        incomplete=run.incomplete,
        currency=currency,
        total=_difference(run.totals),
    )


def _difference(totals: Totals) -> DifferenceView:
    return DifferenceView(**{name: getattr(totals, name) for name in DifferenceView.model_fields})


def adjustment_view(adjustment: Adjustment) -> AdjustmentView:
    """Return the screen of an adjustment."""
    return AdjustmentView(**_adjustment(adjustment))


def adjustment_report(
    adjustment: Adjustment, counted: tuple[int, int, int], sellers: Sequence[Document], next_cursor: str | None
) -> AdjustmentReport:
    """Return an adjustment with its totals (told, moved, refused) and a page of its sellers."""
    told, moved, refused = counted
    each = [SellerAdjustedView(seller_id=d["_id"], clocks_told=d["told"], clocks_moved=d["moved"]) for d in sellers]
    return AdjustmentReport(
        **_adjustment(adjustment),
        clocks_told=told,
        clocks_moved=moved,
        clocks_refused=refused,
        sellers=each,
        next_cursor=next_cursor,
    )


def _adjustment(a: Adjustment) -> dict[str, Any]:
    order = a.order
    return {
        "adjustment_id": a.id,
        "market": a.market,
        "sort": a.sort.value,
        "state": "ordered" if a.applied_at is None else "applied",
        "cause": a.cause,
        "kind": order.kind if isinstance(order, Migration) else None,
        "calendar": order.calendar if isinstance(order, Correction) else None,
        "to_version": None if isinstance(order, Credit) else order.to_version,
        "from_at": order.from_at if isinstance(order, Credit) else None,
        "until": order.until if isinstance(order, Credit) else None,
        "ordered_by": a.by,
        "ordered_at": a.ordered_at,
        "applied_at": a.applied_at,
        "clocks_read": a.clocks,
    }
