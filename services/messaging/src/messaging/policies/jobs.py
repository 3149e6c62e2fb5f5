"""Tries candidates over stored messages: what was found in them is judged again, and nothing is read of what people wrote."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.aggregate import Unit
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.store import Document
from messaging.policies.domain import Candidate, DryRun, Judged, judge, summed
from messaging.policies.known import Policies, rows_of
from messaging.policies.store import CHANGED, MOST_LISTED, RULEBOOK, page_to_judge
from ombud_detection import Finding, Kind, PolicyRow, default_policy
from ombud_rulebooks.jobs import DryRunning
from ombud_words import Audience

_PAGE = 500


def dry_running(mongo: Mongo, policies: Policies, leases: Leases, page: int = _PAGE) -> DryRunning[Candidate]:
    """Return the job; `page` is how many messages are judged in a transaction."""

    async def judge_page(candidate: Candidate, unit: Unit) -> DryRun | None:
        run, market = candidate.run, candidate.market
        assert run is not None, "a candidate is tried by a run"
        found = await page_to_judge(unit, market, *run.judged_span, run.cursor, page)
        if not found:
            return None
        before = policies.rows(market, unit.now)
        after = (*default_policy(), *rows_of(market, candidate.content))
        return _further(run, found, _judged(found, market, before, after), unit)

    return DryRunning(mongo, RULEBOOK, leases, policies.revision, judge_page)


def _judged(
    page: Sequence[Document], market: str, before: Sequence[PolicyRow], after: Sequence[PolicyRow]
) -> list[tuple[Document, Judged]]:
    return [
        (m, judge(_findings(m), m["author_role"], market, m["phase"], before, after))
        for m in page
        if m["audience"] == Audience.THREAD and m["spotted"]
    ]


def _further(run: DryRun, page: Sequence[Document], judged: Sequence[tuple[Document, Judged]], unit: Unit) -> DryRun:
    changed = [(m, j) for m, j in judged if j.changed]
    for message, one in changed[: max(0, MOST_LISTED - run.changed)]:
        unit.upsert(CHANGED, f"{run.id}|{message['_id']}", _row(run, message, one))
    last = page[-1]
    return replace(
        run,
        cursor=(last["submitted_at"].isoformat(), last["_id"]),
        messages=run.messages + len(page),
        changed=run.changed + len(changed),
        changes=summed(run.changes, *(j.changes for _, j in judged)),
    )


def _findings(message: Document) -> list[Finding]:
    return [Finding(s["start"], s["end"], Kind(s["kind"]), s["rule"], s["score"]) for s in message["spotted"]]


def _row(run: DryRun, message: Document, judged: Judged) -> Document:
    return {
        "run_id": run.id,
        "message_id": message["_id"],
        "author_role": message["author_role"],
        "before": judged.before,
        "after": judged.after,
    }
