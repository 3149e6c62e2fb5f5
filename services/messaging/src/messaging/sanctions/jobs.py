"""Sanctions over time, by one replica at a time: steps back that are due, and what waited because of a step that was lifted.

Every step can be repeated, so that a killed process loses nothing.
"""

import asyncio
import logging

from prometheus_client import Counter

from chassis.aggregate import Cause, Session
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.store import Conflict, Unavailable
from chassis.waiting import set_within
from messaging.conversations.domain import MessageNotHeld, ReleaseMessage
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.sanctions.domain import FinishRelease, Sanction, StepBack
from messaging.sanctions.store import SANCTIONS, held_by_sanction, next_to_release, next_to_step_back

log = logging.getLogger(__name__)

_EVERY_SECONDS = 1.0
_PAGE = 100
STEPPED_BACK = Counter("ombud_messaging_sanction_steps_back_total", "Steps back on the sanction ladder, by time alone")
LET_GO = Counter("ombud_messaging_sanction_released_total", "Messages delivered because a sanction was lifted")


class Enforcing:
    """The job of one replica."""

    def __init__(self, mongo: Mongo, leases: Leases) -> None:
        self._mongo = mongo
        self._leases = leases

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop."""
        keeping = asyncio.create_task(self._leases.keep(stopping))
        while not stopping.is_set():
            try:
                worked = bool(self._leases.owned) and await self.work()
            except (Conflict, Unavailable) as error:
                log.info("sanctions go on later", extra={"reason": type(error).__name__})
                worked = False
            await set_within(stopping, 0.001 if worked else _EVERY_SECONDS)
        await keeping

    async def work(self) -> bool:
        """Do one step of each sort; return whether something was done."""
        due = await next_to_step_back(self._mongo, await self._mongo.server_time())
        if due is not None:
            await self._step_back(due)
        lifted = await next_to_release(self._mongo)
        if lifted is not None:
            await self._release(lifted)
        return due is not None or lifted is not None

    async def _session(self) -> Session:
        return self._leases.session(await self._mongo.server_time())

    async def _step_back(self, due: Sanction) -> None:
        session = await self._session()
        unit = session.unit(Cause(due.id, due.id))
        await unit.execute(SANCTIONS, due.id, StepBack(session.now()))
        await session.commit()
        STEPPED_BACK.inc()

    async def _release(self, lifted: Sanction) -> None:
        page = await held_by_sanction(self._mongo, lifted, _PAGE)
        for message in page:
            session = await self._session()
            unit = session.unit(Cause(lifted.id, lifted.id))
            command = ReleaseMessage(message["_id"], session.now())
            try:
                await unit.execute(CONVERSATIONS, conversation_id(message["case_id"]), command)
            except MessageNotHeld:
                continue  # a moderator was faster
            await session.commit()
            LET_GO.inc()
        if len(page) < _PAGE:
            session = await self._session()
            finish = FinishRelease(lifted.held, session.now())
            await session.unit(Cause(lifted.id, lifted.id)).execute(SANCTIONS, lifted.id, finish)
            await session.commit()
