"""Brings cases into the lists that were opened before there were lists of rows: an open case that nobody sees is not answered.

A document of a case that was last written before then does not say who owes the answer. Each start of the service looks for
such documents, also those that an older replica wrote while this release was rolled out.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from chassis.aggregate import Cause, Session, Unit
from chassis.mongo import Mongo
from chassis.store import Conflict, Document
from ombud_contracts.events import billing, disputes
from ombud_words import CaseId, DisputeId, RefundId
from ticketing.cases.store import CASES, queue_row
from ticketing.deadlines.consumers import show_next_due
from ticketing.queue.store import QUEUE
from ticketing.timeline.store import TIMELINE
from ticketing.unfinished.domain import Begin, Command, End
from ticketing.unfinished.store import note

log = logging.getLogger(__name__)
_AT_ONCE = 100
_OF_A_CASE = 500
_UNLISTED: Document = {"counterpart": {"$exists": False}}
_LISTED: list[Document] = [{"$set": {"counterpart": {"$ifNull": ["$state.approach.counterpart", "seller"]}}}]
_BEGINNINGS = frozenset({disputes.DisputeOpened.type, billing.RefundOrdered.type})
_ENDINGS = frozenset(
    event.type
    for event in (
        disputes.DisputeSettled,
        disputes.DisputeDecided,
        disputes.DisputeWithdrawn,
        disputes.DisputeLapsed,
        disputes.DisputeClosed,
        billing.RefundCompleted,
    )
)


async def list_earlier_cases(mongo: Mongo, now: Callable[[], datetime]) -> None:
    """Give every case that no list knows its row, with what is due, disputed and unfinished."""
    listed = 0
    while unlisted := await mongo.find(CASES.collection, _UNLISTED, limit=_AT_ONCE, only=["_id"]):
        ids = [CaseId(document["_id"]) for document in unlisted]
        try:
            await _list(ids, mongo, now)
        except Conflict:
            continue  # somebody writes one of them at this moment: what is left is read anew
        listed += len(ids)
    if listed:
        log.info("cases of an earlier release are listed", extra={"count": listed})


async def _list(ids: Sequence[CaseId], mongo: Mongo, now: Callable[[], datetime]) -> None:
    session = Session(mongo, now)
    unit = session.unit(Cause("listing", "listing"))
    await session.preload(CASES, ids)
    for case_id in ids:
        unit.upsert(QUEUE, case_id, queue_row(await unit.guard(CASES, case_id)))
        await show_next_due(case_id, unit)
        await _note_unfinished(case_id, unit)
    await session.commit()
    await mongo.change(CASES.collection, {"_id": {"$in": list(ids)}} | _UNLISTED, _LISTED)


async def _note_unfinished(case_id: CaseId, unit: Unit) -> None:
    where = {"case_id": case_id, "type": {"$in": sorted(_BEGINNINGS | _ENDINGS)}}
    for command in _matters(await unit.find(TIMELINE, where, sort=[("at", 1)], limit=_OF_A_CASE)):
        await note(case_id, command, unit)


def _matters(entries: Iterable[Document]) -> Iterable[Command]:
    for entry in entries:
        said = entry["summary"]
        refund = entry["type"] in (billing.RefundOrdered.type, billing.RefundCompleted.type)
        matter = RefundId(said["refund_id"]) if refund else DisputeId(said["dispute_id"])
        yield Begin(matter, entry["at"]) if entry["type"] in _BEGINNINGS else End(matter, entry["at"])
