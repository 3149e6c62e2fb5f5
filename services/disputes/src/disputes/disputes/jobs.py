"""What nobody asks for: time passes (offers that nobody answered expire, disputes that nobody escalated lapse, never before
their time), evidence of people who were erased goes, and keys are wrapped anew."""

import asyncio
import logging

from prometheus_client import Gauge

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.sealing import Sealer
from chassis.store import Conflict, Unavailable
from chassis.waiting import set_within
from disputes.domain.dispute_command import PassTime
from disputes.processes import act
from disputes.store import dispute_ids_due, erase_next_person, seal_next_evidence

log = logging.getLogger(__name__)
_EVERY_SECONDS = 0.5
_SEAL_EVERY_SECONDS = 30.0
_AT_ONCE = 200
TO_REWRAP = Gauge("ombud_disputes_keys_to_rewrap", "Whether keys are left that an older sealing key wraps (0 or 1)")


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


async def seal_evidence(mongo: Mongo, sealer: Sealer, stopping: asyncio.Event) -> None:
    """Seal what was kept open, and wrap keys anew after the sealing key changed, until told to stop."""
    while not stopping.is_set():
        more = False
        try:
            done = await sealer.rewrap(_AT_ONCE)
            if done.lost:
                log.error("keys that no configured sealing key opens", extra={"count": done.lost})
            TO_REWRAP.set(bool(done.found))
            more = (done.found == _AT_ONCE and done.lost < done.found) or await seal_next_evidence(mongo, sealer)
        except (Conflict, Unavailable):
            log.warning("evidence was not sealed; it is tried again", extra={"work": "disputes"})
        await set_within(stopping, 0.001 if more else _SEAL_EVERY_SECONDS)


async def _pass(dispute_id: str, mongo: Mongo, now: Clock) -> None:
    at = now()
    session = Session(mongo, now)
    cause = Cause(id=f"time:{dispute_id}:{at.isoformat()}", correlation_id=dispute_id)
    await act(dispute_id, PassTime(at), at, session.unit(cause))
    try:
        await session.commit()
    except Conflict:
        return  # somebody answered meanwhile; the next round looks again
