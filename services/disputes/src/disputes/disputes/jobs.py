"""What nobody asks for: time passes. Offers that nobody answered expire, disputes that nobody escalated lapse, never before
their time."""

import asyncio
import logging

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.store import Conflict, Unavailable
from chassis.waiting import set_within
from disputes.disputes.course import act
from disputes.disputes.domain import PassTime
from disputes.disputes.store import dispute_ids_due
from ombud_words import DisputeId

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
            log.warning("Offers and disputes that are due could not be ended; it is tried again.")
        await set_within(stopping, _EVERY_SECONDS)


async def _pass(dispute_id: DisputeId, mongo: Mongo, now: Clock) -> None:
    at = now()
    session = Session(mongo, now)
    cause = Cause(id=f"time:{dispute_id}:{at.isoformat()}", correlation_id=dispute_id)
    await act(dispute_id, PassTime(at), at, session.unit(cause))
    try:
        await session.commit()
    except Conflict:
        return  # somebody answered meanwhile; the next round looks again
