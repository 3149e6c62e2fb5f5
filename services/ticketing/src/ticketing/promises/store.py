"""How ticketing keeps promises, and the query behind their screen."""

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Reader
from ombud_words import CaseId
from ticketing.promises.domain import Command, Event, Promise, decide, evolve
from ticketing.promises.publish import publish_promise

INDEXES: Indexes = {"promises": [Index(("case_id", 1), ("at", -1))]}
PROMISES: Kind[Command, Event, Promise] = Kind(
    collection="promises",
    state=Promise,
    decide=decide,
    evolve=evolve,
    publish=publish_promise,
    origin=lambda s: Origin(key=s.made.case_id, case_id=s.made.case_id, market=s.made.market),
    fields=lambda s: {"case_id": s.made.case_id, "status": s.status.value, "at": s.made.at},
)
_MOST_SHOWN = 100


async def list_promises(reader: Reader, case_id: CaseId) -> list[Promise]:
    """Return the promises of a case, newest first."""
    documents = await reader.find("promises", {"case_id": case_id}, sort=[("at", -1)], limit=_MOST_SHOWN)
    return [PROMISES.decode(d["state"]) for d in documents]
