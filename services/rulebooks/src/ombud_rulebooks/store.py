"""Candidates as a service keeps them: found, listed by pages, and tried over stored facts by one replica at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from chassis.aggregate import Cause, Kind, Origin, Unit
from chassis.auth import Action, Actor, NotVisible, authorize_market
from chassis.http import Runtime, read_cursor, write_cursor
from chassis.leases import Leases, work_alone
from chassis.mongo import Index, Indexes, Mongo
from chassis.store import Document
from ombud_rulebooks.domain import candidate
from ombud_rulebooks.domain.candidate import AdvanceDryRun, Candidate, CandidateCommand, CandidateEvent, DryRun

_COLLECTION = "policy_candidates"
_LOOK_AGAIN_SECONDS = 0.5

CANDIDATE_INDEXES: Indexes = {
    _COLLECTION: [
        Index(("market", 1), ("proposed_at", -1), ("_id", -1)),
        Index(("ordered_at", 1), partial={"awaits_run": True}),
    ],
}

C = TypeVar("C", bound=Candidate)


def _fields(state: Candidate) -> Document:
    return {
        "market": state.market,
        "proposed_at": state.proposed_at,
        "awaits_run": state.awaits_run,
        "ordered_at": state.run.ordered_at if state.run else None,
    }


class Candidates(Generic[C]):
    """The candidates of a service, whose class says what else they hold."""

    def __init__(self, state: type[C]) -> None:
        self.kind: Kind[CandidateCommand, CandidateEvent, C] = Kind(
            collection=_COLLECTION,
            state=state,
            decide=candidate.decide,
            evolve=cast(Any, candidate.evolve),  # it keeps the class of what was proposed
            publish=lambda _event, _state: None,
            origin=lambda s: Origin(s.market, None, s.market),
            fields=_fields,
        )

    async def find(self, mongo: Mongo, id: str) -> C | None:
        """Return a candidate, or None."""
        stored = (await mongo.load(_COLLECTION, [id])).get(id)
        return self.kind.decode(stored.state) if stored else None

    async def visible(self, runtime: Runtime, id: str, actor: Actor, action: Action, markets: Collection[str]) -> C:
        """Return a candidate with which the actor may do this. Raises NotVisible, Forbidden."""
        found = await self.find(runtime.mongo, id)
        if found is None:
            raise NotVisible
        authorize_market(actor, action, found.market, markets)
        return found

    async def page(
        self, runtime: Runtime, markets: Sequence[str], cursor: str | None, bound_to: str, limit: int
    ) -> tuple[list[C], str | None]:
        """Return a page of what was proposed in these markets, the newest first, and the next page's cursor."""
        where: Document = {"market": {"$in": list(markets)}}
        if after := read_cursor(runtime, cursor, bound_to):
            at, id = datetime.fromisoformat(after[0]), str(after[1])
            where["$or"] = [{"proposed_at": {"$lt": at}}, {"proposed_at": at, "_id": {"$lt": id}}]
        order = [("proposed_at", -1), ("_id", -1)]
        found = await runtime.mongo.find(_COLLECTION, where, sort=order, limit=limit + 1)
        shown = [self.kind.decode(d["state"]) for d in found[:limit]]
        if len(found) <= limit:
            return shown, None
        return shown, write_cursor(runtime, [shown[-1].proposed_at.isoformat(), shown[-1].id], bound_to)

    async def next_to_try(self, mongo: Mongo) -> C | None:
        """Return the candidate whose run was ordered first and is not done, or None."""
        found = await mongo.find_one(_COLLECTION, {"awaits_run": True}, sort=[("ordered_at", 1)])
        return self.kind.decode(found["state"]) if found else None


class DryRunning(Generic[C]):
    """The job that tries candidates. Each page is one transaction with how far it came, so a killed process goes on there.

    `revision` says how many versions of a market this replica knows; None when the market is gone.
    `judge` takes a candidate with its run a page further, rows beside it into the unit; None when no page is left.
    """

    def __init__(
        self,
        mongo: Mongo,
        candidates: Candidates[C],
        leases: Leases,
        revision: Callable[[str], int | None],
        judge: Callable[[C, Unit], Awaitable[DryRun | None]],
    ) -> None:
        self._mongo = mongo
        self._candidates = candidates
        self._leases = leases
        self._revision = revision
        self._judge = judge

    async def run(self, stopping: asyncio.Event) -> None:
        """Judge until told to stop."""
        await work_alone(self._leases, self.work, stopping, _LOOK_AGAIN_SECONDS)

    async def work(self) -> bool:
        """Do one page of the run that was ordered first; return False when there is nothing to do now."""
        candidate = await self._candidates.next_to_try(self._mongo)
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
        await unit.execute(self._candidates.kind, candidate.id, AdvanceDryRun(run, reached, now))
        await session.commit()
        return True
