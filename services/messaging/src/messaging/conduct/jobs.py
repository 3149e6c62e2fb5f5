"""Steps back on the ladders of conduct and of claims that are due, by one replica at a time. Every step can be repeated."""

import asyncio

from prometheus_client import Counter

from chassis.aggregate import Cause
from chassis.leases import Leases, work_alone
from chassis.mongo import Mongo
from messaging.conduct.domain import StepBack
from messaging.conduct.store import STANDINGS, next_to_step_back

_EVERY_SECONDS = 5.0
STEPPED_BACK = Counter("ombud_messaging_conduct_steps_back_total", "Steps back on the ladder of conduct, by time alone")


class SteppingBack:
    """The job of one replica."""

    def __init__(self, mongo: Mongo, leases: Leases) -> None:
        self._mongo = mongo
        self._leases = leases

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop."""
        await work_alone(self._leases, self.work, stopping, _EVERY_SECONDS)

    async def work(self) -> bool:
        """Take one step back that is due; return whether there was one."""
        now = await self._mongo.server_time()
        due = await next_to_step_back(self._mongo, now)
        if due is None:
            return False
        session = self._leases.session(now)
        await session.unit(Cause(due.id, due.id)).execute(STANDINGS, due.id, StepBack(now))
        await session.commit()
        STEPPED_BACK.inc()
        return True
