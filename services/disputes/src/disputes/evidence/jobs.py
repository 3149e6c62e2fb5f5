"""Work on evidence that nobody asks for: what erased people submitted goes, and keys are wrapped anew."""

import asyncio
import logging

from prometheus_client import Gauge

from chassis.mongo import Mongo
from chassis.sealing import Sealer
from chassis.store import Conflict, Unavailable
from chassis.waiting import set_within
from disputes.evidence.store import erase_next_person, seal_next_evidence

log = logging.getLogger(__name__)
_EVERY_SECONDS = 0.5
_SEAL_EVERY_SECONDS = 30.0
_AT_ONCE = 200
TO_REWRAP = Gauge("ombud_disputes_keys_to_rewrap", "Whether keys are left that an older sealing key wraps (0 or 1)")


async def erase_evidence(mongo: Mongo, stopping: asyncio.Event) -> None:
    """Erase what erased people submitted until told to stop. Several replicas may do it: the second finds nothing left."""
    while not stopping.is_set():
        try:
            while await erase_next_person(mongo):
                continue
        except Unavailable:
            log.warning("Evidence was not erased; it is tried again.", extra={"work": "disputes"})
        await set_within(stopping, _EVERY_SECONDS)


async def seal_evidence(mongo: Mongo, sealer: Sealer, stopping: asyncio.Event) -> None:
    """Seal what was kept open, and wrap keys anew after the sealing key changed, until told to stop."""
    while not stopping.is_set():
        more = False
        try:
            done = await sealer.rewrap(_AT_ONCE)
            if done.lost:
                log.error("No configured sealing key opens these keys.", extra={"count": done.lost})
            TO_REWRAP.set(bool(done.found))
            more = (done.found == _AT_ONCE and done.lost < done.found) or await seal_next_evidence(mongo, sealer)
        except (Conflict, Unavailable):
            log.warning("Evidence was not sealed; it is tried again.", extra={"work": "disputes"})
        await set_within(stopping, 0.001 if more else _SEAL_EVERY_SECONDS)
