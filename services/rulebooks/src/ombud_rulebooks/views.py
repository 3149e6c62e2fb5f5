"""What the screens about candidates have in common, as the fields of a service's own views."""

from typing import Any

from ombud_rulebooks.domain import Candidate, DryRun


def of_candidate(candidate: Candidate) -> dict[str, Any]:
    """Return the fields of every candidate: who proposed and who published it, and what it would be."""
    version = candidate.as_version()
    return {
        "candidate_id": candidate.id,
        "market": candidate.market,
        "number": version.number,
        "effective_from": version.effective_from,
        "state": candidate.stage,
        "proposed_by": candidate.proposed_by,
        "proposed_at": candidate.proposed_at,
        "published_by": candidate.published_by,
        "published_at": candidate.published_at,
    }


def of_run(run: DryRun) -> dict[str, Any]:
    """Return the fields of every dry run: what it judges, and how far it has come."""
    from_at, to_at = run.judged_span
    return {
        "dry_run_id": run.id,
        "state": run.stage,
        "from_at": from_at,
        "to_at": to_at,
        "ordered_at": run.ordered_at,
        "finished_at": run.finished_at,
    }
