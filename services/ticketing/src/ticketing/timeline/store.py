"""How ticketing keeps timelines, and the queries behind their screen."""

from collections.abc import Sequence
from datetime import datetime

from chassis.aggregate import Unit
from chassis.auth import Parties
from chassis.live import Glance, glance
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from ombud_contracts import Received
from ombud_words import CaseId, EventId, Role
from ticketing.timeline.entries import entry_of

TIMELINE = "timeline"
_FOLLOWED = 500
"""Entries of a timeline that are followed; an older one that comes late is seen at the next reading."""
_ABOUT_ONE = 500
"""Entries about one thing in a case."""
_FACTS = 50
"""Of a kind in a case; a decision names few."""
INDEXES: Indexes = {TIMELINE: [Index(("case_id", 1), ("at", 1), ("_id", 1))]}


def keep_entry(received: Received, unit: Unit) -> None:
    """Keep what happened, if it belongs to a case."""
    entry = entry_of(received)
    if entry is not None:
        unit.upsert(TIMELINE, received.metadata.id, entry)


async def find_timeline_entries(
    reader: Reader, case_id: CaseId, role: Role, event_ids: Sequence[EventId]
) -> list[Document]:
    """Return the entries of a case with these event ids that a role may see."""
    where = {"_id": {"$in": list(event_ids)}, "case_id": case_id, "visible_to": role}
    return await reader.find(TIMELINE, where, limit=max(1, len(event_ids)))


async def entries_that_show(reader: Reader, case_id: CaseId, kinds: Sequence[str]) -> list[Document]:
    """Return the first entries of a case that show one of these kinds of fact."""
    where = {"case_id": case_id, "shows": {"$in": list(kinds)}}
    return await reader.find(TIMELINE, where, sort=[("at", 1), ("_id", 1)], limit=_FACTS)


async def entries_about(reader: Reader, case_id: CaseId, member: str, id: str) -> list[Document]:
    """Return the first entries of a case whose summary names something, such as one of its disputes."""
    where = {"case_id": case_id, f"summary.{member}": id}
    return await reader.find(TIMELINE, where, sort=[("at", 1), ("_id", 1)], limit=_ABOUT_ONE)


async def page_of_timeline(
    reader: Reader,
    case_ids: Sequence[CaseId],
    role: Role,
    after: list[object] | None,
    limit: int,
    *,
    newest_first: bool,
) -> list[Document]:
    """Return the entries of cases that a role may see, in one direction of time, after a position."""
    where: Document = {"case_id": {"$in": list(case_ids)}, "visible_to": role}
    behind, direction = ("$lt", -1) if newest_first else ("$gt", 1)
    if after is not None:
        at, id = after
        moment = datetime.fromisoformat(str(at))
        where["$or"] = [{"at": {behind: moment}}, {"at": moment, "_id": {behind: id}}]
    return await reader.find(TIMELINE, where, sort=[("at", direction), ("_id", direction)], limit=limit)


async def newest_of_timeline(reader: Reader, case_id: CaseId, role: Role, parties: Parties) -> Glance:
    """Return the newest entries of a case that a role may see, in short. An entry never changes."""
    where: Document = {"case_id": case_id, "visible_to": role}
    newest = [("at", -1), ("_id", -1)]
    rows = await reader.find(TIMELINE, where, sort=newest, limit=_FOLLOWED, only=["_id"])
    told = {"entries": len(rows), "newest_event_id": str(rows[0]["_id"]) if rows else None}
    return glance((row["_id"] for row in rows), told, parties)
