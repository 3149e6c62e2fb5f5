"""Casework on the memory store: an open case, and processes that run in one transaction each."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from ticketing_situations import GROUNDS, LATER, OPEN

from chassis.aggregate import Cause, Unit
from chassis.testing import Bench
from ombud_contracts.market import load_markets
from ombud_words import Role
from ticketing.cases.domain import case
from ticketing.cases.store import CASES
from ticketing.takeovers.deciding import Ruling, activate
from ticketing.takeovers.domain.grounds import Grounds
from ticketing.takeovers.domain.state import Takeover
from ticketing.takeovers.store import TAKEOVERS

MARKETS = load_markets()
LV = MARKETS["lv"]


def ruling(grounds: Grounds, at: datetime = LATER) -> Ruling:
    """An agent's decision."""
    return Ruling(grounds=grounds, market=LV, decided_by=Role.AGENT, decider_id="agt_1", at=at)


class Casework(Bench[None]):
    """An open case in the memory store, and the processes on it."""

    async def opened(self) -> case.Case:
        state: case.Case = await self.execute(CASES, "cas_1", OPEN)
        return state

    async def run(self, process: Callable[[Unit], Awaitable[object]]) -> list[str]:
        """Run a process and commit it; return the collections that one transaction wrote."""
        session = self.session()
        await process(session.unit(Cause("test", "test")))
        await session.commit()
        return sorted({collection for collection, _ in session.writes.saved})

    async def activated(self, takeover_id: str = "tko_1", grounds: Grounds = GROUNDS) -> list[str]:
        state = await self.case()
        return await self.run(lambda unit: activate(takeover_id, state, ruling(grounds), unit))

    async def case(self) -> case.Case:
        state = await self.session().unit(Cause("test", "test")).read(CASES, "cas_1")
        assert state is not None
        return state

    async def takeovers(self) -> list[Takeover]:
        stored = [s for (collection, _), s in self.store.aggregates.items() if collection == "takeovers"]
        return [TAKEOVERS.decode(s.state) for s in stored]

    def published(self) -> list[str]:
        return [dict(row.headers)["ce_type"].decode() for row in self.store.outbox.values()]
