"""Lets time pass: offers that nobody answered expire, disputes that nobody escalated lapse; never before their time."""

import asyncio
import logging

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.store import Conflict, Unavailable
from disputes.domain.dispute_command import PassTime
from disputes.processes import act
from disputes.store import dispute_ids_due

log = logging.getLogger(__name__)
_EVERY_SECONDS = 0.5
_AT_ONCE = 200


async def pass_time(mongo: Mongo, now: Clock, stopping: asyncio.Event) -> None:
    """Expire and lapse what is due until told to stop. Several replicas may do it: the second finds it done."""
    while not stopping.is_set():
        try:
            for dispute_id in await dispute_ids_due(mongo, now(), _AT_ONCE):
                await _pass(dispute_id, mongo, now)
        except Unavailable:
            log.warning("time did not pass", extra={"work": "disputes"})
        try:
            await asyncio.wait_for(stopping.wait(), _EVERY_SECONDS)
        except TimeoutError:
            continue


async def _pass(dispute_id: str, mongo: Mongo, now: Clock) -> None:
    at = now()
    session = Session(mongo, now)
    cause = Cause(id=f"time:{dispute_id}:{at.isoformat()}", correlation_id=dispute_id)
    await act(dispute_id, PassTime(at), at, session.unit(cause))
    try:
        await session.commit()
    except Conflict:
        return  # somebody answered meanwhile; the next round looks again
