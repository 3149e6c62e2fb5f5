"""Runs candidates over stored messages, page by page, by one replica at a time: what was found in them is judged again, and
nothing is read of what people wrote. Each page is one transaction with how far it came, so a killed process goes on there.
"""

import asyncio
import logging
from collections.abc import Sequence

from chassis.aggregate import Cause, Session, Unit
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.store import Conflict, Document, Unavailable
from messaging.domain.detection import Finding, Kind, default_policy
from messaging.domain.policy_candidate import Candidate, CountPage, DryRun, FinishDryRun
from messaging.domain.policy_trial import Judged, judge, summed
from messaging.policies import Policies, rows_of
from messaging.policy_store import CANDIDATES, CHANGED, MOST_LISTED, next_dry_run, page_to_judge
from ombud_contracts.vocabulary import Audience

log = logging.getLogger(__name__)

_PAGE = 500
_LOOK_AGAIN_SECONDS = 0.5


class DryRunning:
    """The job of one replica."""

    def __init__(self, mongo: Mongo, policies: Policies, leases: Leases, page: int = _PAGE) -> None:
        self._mongo = mongo
        self._policies = policies
        self._leases = leases
        self._page_size = page

    async def run(self, stopping: asyncio.Event) -> None:
        """Judge until told to stop."""
        keeping = asyncio.create_task(self._leases.keep(stopping))
        while not stopping.is_set():
            try:
                worked = bool(self._leases.owned) and await self.work()
            except (Conflict, Unavailable) as error:
                log.info("dry run goes on later", extra={"reason": type(error).__name__})
                worked = False
            try:
                await asyncio.wait_for(stopping.wait(), 0.001 if worked else _LOOK_AGAIN_SECONDS)
            except TimeoutError:
                continue
        await keeping

    async def work(self) -> bool:
        """Do one page of the run that was ordered first; return False when there is nothing to do now."""
        candidate = await next_dry_run(self._mongo)
        run = candidate.run if candidate else None
        if candidate is None or run is None:
            return False
        known = self._policies.revision(candidate.market)
        if known < run.revision:
            return False  # this replica has not read the policies that the run was ordered against
        outdated = known > run.revision
        now = await self._mongo.server_time()
        session = Session(self._mongo, lambda: now)
        unit = session.unit(Cause(run.id, run.id))
        window = (run.from_at, run.to_at)
        page = (
            [] if outdated else await page_to_judge(self._mongo, candidate.market, *window, run.cursor, self._page_size)
        )
        if page:
            await unit.execute(CANDIDATES, candidate.id, self._judged(candidate, run, page, unit))
        else:
            await unit.execute(CANDIDATES, candidate.id, FinishDryRun(run.id, now, outdated))
        await session.commit()
        return True

    def _judged(self, candidate: Candidate, run: DryRun, page: Sequence[Document], unit: Unit) -> CountPage:
        now, market = unit.session.now(), candidate.market
        before = self._policies.rows(market, now)
        after = (*default_policy(), *rows_of(market, candidate.content))
        judged = [
            (m, judge(_findings(m), m["author_role"], market, m["phase"], before, after))
            for m in page
            if m["audience"] == Audience.THREAD and m["spotted"]
        ]
        changed = [(m, j) for m, j in judged if j.changed]
        for message, one in changed[: max(0, MOST_LISTED - run.changed)]:
            unit.upsert(CHANGED, f"{run.id}|{message['_id']}", _row(run, message, one))
        last = page[-1]
        return CountPage(
            run_id=run.id,
            cursor=(last["submitted_at"].isoformat(), last["_id"]),
            messages=len(page),
            changed=len(changed),
            changes=summed(*(j.changes for _, j in judged)),
            at=now,
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
