"""Tries candidates over stored facts, by one replica at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from chassis.aggregate import Cause, Unit
from chassis.leases import Leases, work_alone
from chassis.mongo import Mongo
from ombud_rulebooks.domain import Candidate, DryRun
from ombud_rulebooks.domain.candidate import AdvanceDryRun
from ombud_rulebooks.store import Rulebook

_LOOK_AGAIN_SECONDS = 0.5

C = TypeVar("C", bound=Candidate)
Revision = Callable[[str], int | None]
"""How many versions of a market this replica knows; None when the market is gone."""
Judge = Callable[[C, Unit], Awaitable[DryRun | None]]
"""Takes a candidate with its run a page further, rows beside it into the unit; None when no page is left."""


class DryRunning(Generic[C]):
    """The job that tries candidates. Each page is one transaction with how far it came, so a killed process goes on there."""

    def __init__(
        self, mongo: Mongo, rulebook: Rulebook[Any, Any, C], leases: Leases, revision: Revision, judge: Judge[C]
    ) -> None:
        self._mongo = mongo
        self._rulebook = rulebook
        self._leases = leases
        self._revision = revision
        self._judge = judge

    async def run(self, stopping: asyncio.Event) -> None:
        """Judge until told to stop."""
        await work_alone(self._leases, self.work, stopping, _LOOK_AGAIN_SECONDS)

    async def work(self) -> bool:
        """Do one page of the run that was ordered first; return False when there is nothing to do now."""
        candidate = await self._rulebook.next_to_try(self._mongo)
        run = candidate.run if candidate else None
        if candidate is None or run is None:
            return False
        known = self._revision(candidate.market)
        if known is not None and known < run.revision:
            return False  # this replica has not read the rules that the run was ordered against
        outdated = known != run.revision
        now = await self._mongo.server_time()
        session = self._leases.session(now)
        unit = session.unit(Cause(run.id, run.id))
        further = None if outdated else await self._judge(candidate, unit)
        reached = further or replace(run, finished_at=now, outdated=outdated)
        await unit.execute(self._rulebook.candidates, candidate.id, AdvanceDryRun(run, reached, now))
        await session.commit()
        return True
