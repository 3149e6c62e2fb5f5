"""What nobody asks for: time passes (offers that nobody answered expire, disputes that nobody escalated lapse, never before
their time), and evidence of people who were erased goes."""

import asyncio
import logging

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.store import Conflict, Unavailable
from chassis.waiting import set_within
from disputes.domain.dispute_command import PassTime
from disputes.processes import act
from disputes.store import dispute_ids_due, erase_next_person

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
        await set_within(stopping, _EVERY_SECONDS)


async def erase_evidence(mongo: Mongo, stopping: asyncio.Event) -> None:
    """Erase what erased people submitted until told to stop. Several replicas may do it: the second finds nothing left."""
    while not stopping.is_set():
        try:
            while await erase_next_person(mongo):
                continue
        except Unavailable:
            log.warning("evidence was not erased; it is tried again", extra={"work": "disputes"})
        await set_within(stopping, _EVERY_SECONDS)


async def _pass(dispute_id: str, mongo: Mongo, now: Clock) -> None:
    at = now()
    session = Session(mongo, now)
    cause = Cause(id=f"time:{dispute_id}:{at.isoformat()}", correlation_id=dispute_id)
    await act(dispute_id, PassTime(at), at, session.unit(cause))
    try:
        await session.commit()
    except Conflict:
        return  # somebody answered meanwhile; the next round looks again
