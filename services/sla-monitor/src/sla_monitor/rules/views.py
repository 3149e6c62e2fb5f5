"""What the screens about rules show: versions, and candidates with their dry runs."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from chassis.http import View
from chassis.store import Document
from ombud_rulebooks.views import of_candidate, of_run
from ombud_words import CandidateId, SellerId
from sla_monitor.rules.domain.book import Candidate, DryRun
from sla_monitor.rules.domain.trial import Totals


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
    candidate_id: CandidateId | None
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

    seller_id: SellerId


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

    candidate_id: CandidateId
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
        **of_candidate(c),
        "sort": c.version.sort.value,
        "name": c.version.name,
        "content": json.loads(c.content),
        "dry_run": _dry_run(c.run, currency) if c.run else None,
    }


def _dry_run(run: DryRun, currency: str) -> DryRunView:
    return DryRunView(
        **of_run(run),
        clocks=run.clocks,
        incomplete=run.incomplete,
        currency=currency,
        total=_difference(run.totals),
    )


def _difference(totals: Totals) -> DifferenceView:
    return DifferenceView(**{name: getattr(totals, name) for name in DifferenceView.model_fields})
