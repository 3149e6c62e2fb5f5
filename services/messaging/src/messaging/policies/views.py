"""What the screens about enforcement policies show: versions, and candidates with their dry runs."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from chassis.http import View
from chassis.store import Document
from messaging.policies.domain import Candidate, DryRun
from ombud_detection import PolicyRow
from ombud_rulebooks.views import of_candidate, of_run
from ombud_words import CandidateId, MessageId, PersonId


class RowView(View):
    """Where a row applies (`any` matches all), and what it asks for."""

    id: str
    sentence: str
    action: str
    """`allow`, `flag`, `redact`, `hold` or `block`."""
    role: str
    phase: str
    kind: str
    minimum_score: float


class VersionView(View):
    """A version of a market's policy, who published it, and since when it is in force."""

    market: str
    number: int
    effective_from: datetime
    published_at: datetime
    published_by: PersonId
    candidate_id: CandidateId
    rows: list[RowView]


class PolicyList(View):
    """The rows that come with the service, and every version of the markets' own, which stand above them."""

    shipped: list[RowView]
    versions: list[VersionView]


class ChangeView(View):
    """How many messages of a role would be treated otherwise, for one kind of finding."""

    role: str
    kind: str
    before: str
    after: str
    messages: int


class DryRunView(View):
    """Stored messages judged again, and how far that has come."""

    dry_run_id: str
    state: Literal["running", "finished", "outdated"]
    """`outdated`: a policy of the market was published since; run it again."""
    from_at: datetime
    to_at: datetime
    ordered_at: datetime
    finished_at: datetime | None
    messages: int
    """Judged so far."""
    changed: int
    """Messages that something else would become of, as a whole."""
    changes: list[ChangeView]


class CandidateView(View):
    """A proposed version."""

    candidate_id: CandidateId
    market: str
    number: int
    effective_from: datetime
    state: Literal["proposed", "published"]
    proposed_by: PersonId
    proposed_at: datetime
    published_by: PersonId | None
    published_at: datetime | None
    rows: list[RowView]
    dry_run: DryRunView | None


class ChangedMessageView(View):
    """A message that something else would become of."""

    message_id: MessageId
    author_role: str
    before: str
    after: str


class CandidateReport(CandidateView):
    """A candidate with the messages that its dry run lists (at most 10,000), in the order of their ids."""

    changed_messages: list[ChangedMessageView]
    next_cursor: str | None


class CandidateList(View):
    """What was proposed, the newest first."""

    candidates: list[CandidateView]
    next_cursor: str | None


def shipped_view(rows: Sequence[PolicyRow]) -> list[RowView]:
    """Return the screen of rows."""
    return [RowView(**{name: getattr(row, name) for name in RowView.model_fields}) for row in rows]


def version_view(d: Document) -> VersionView:
    """Return the screen of a version."""
    kept = {name: d[name] for name in VersionView.model_fields if name != "rows"}
    return VersionView(**kept, rows=json.loads(d["content"])["rows"])


def candidate_view(candidate: Candidate) -> CandidateView:
    """Return the screen of a candidate."""
    return CandidateView(**_candidate(candidate))


def candidate_report(candidate: Candidate, changed: Sequence[Document], next_cursor: str | None) -> CandidateReport:
    """Return a candidate with a page of the messages that its dry run lists."""
    messages = [ChangedMessageView(**{n: d[n] for n in ChangedMessageView.model_fields}) for d in changed]
    return CandidateReport(**_candidate(candidate), changed_messages=messages, next_cursor=next_cursor)


def _candidate(c: Candidate) -> dict[str, Any]:
    return {
        **of_candidate(c),
        "rows": json.loads(c.content)["rows"],
        "dry_run": _dry_run(c.run) if c.run else None,
    }


def _dry_run(run: DryRun) -> DryRunView:
    return DryRunView(
        **of_run(run),
        messages=run.messages,
        changed=run.changed,
        changes=[ChangeView(**{n: getattr(c, n) for n in ChangeView.model_fields}) for c in run.changes],
    )
