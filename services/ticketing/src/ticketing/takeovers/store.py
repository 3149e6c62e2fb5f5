"""How ticketing keeps takeovers, and the query behind their screen."""

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Reader
from ombud_words import CaseId, TakeoverId
from ticketing.takeovers.domain import takeover
from ticketing.takeovers.publish import publish_takeover

INDEXES: Indexes = {"takeovers": [Index(("case_id", 1), ("at", -1))]}
TAKEOVERS: Kind[takeover.Command, takeover.Event, takeover.Takeover] = Kind(
    collection="takeovers",
    state=takeover.Takeover,
    decide=takeover.decide,
    evolve=takeover.evolve,
    publish=publish_takeover,
    origin=lambda s: Origin(key=s.case_id, case_id=s.case_id, market=s.market, policy_version=s.grounds.clause_version),
    fields=lambda s: {"case_id": s.case_id, "status": s.status.value, "at": s.at},
)


async def list_takeovers(reader: Reader, case_id: CaseId) -> list[takeover.Takeover]:
    """Return the takeovers of a case, newest first (a case has few)."""
    documents = await reader.find("takeovers", {"case_id": case_id}, sort=[("at", -1)], limit=50)
    return [TAKEOVERS.decode(d["state"]) for d in documents]


async def open_proposals(reader: Reader, case_id: CaseId) -> list[TakeoverId]:
    """Return takeovers of a case that are proposed and not decided: some of them, and none only when there is none."""
    where = {"case_id": case_id, "status": takeover.Status.PROPOSED.value}
    return [TakeoverId(d["_id"]) for d in await reader.find("takeovers", where, limit=50, only=["status"])]
