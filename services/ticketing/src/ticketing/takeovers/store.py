"""How ticketing keeps takeovers, and the query behind their screen."""

from chassis.aggregate import Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from chassis.store import Reader
from ombud_words import CaseId, TakeoverId
from ticketing.takeovers.domain import model, search, takeover
from ticketing.takeovers.domain.commands import Command
from ticketing.takeovers.domain.events import Event
from ticketing.takeovers.domain.state import UNDECIDED, Takeover
from ticketing.takeovers.publish import publish_search, publish_takeover

INDEXES: Indexes = {"takeovers": [Index(("case_id", 1), ("at", -1))], "searches": [], "models": []}
TAKEOVERS: Kind[Command, Event, Takeover] = Kind(
    collection="takeovers",
    state=Takeover,
    decide=takeover.decide,
    evolve=takeover.evolve,
    publish=publish_takeover,
    origin=lambda s: Origin(key=s.case_id, case_id=s.case_id, market=s.market, policy_version=s.grounds.clause_version),
    fields=lambda s: {"case_id": s.case_id, "status": s.status.value, "at": s.at},
)


SEARCHES: Kind[search.Command, search.Event, search.Search] = Kind(
    collection="searches",
    state=search.Search,
    decide=search.decide,
    evolve=search.evolve,
    publish=publish_search,
    origin=lambda s: Origin(key=s.sought.model),
)


MODELS: Kind[model.Command, model.Event, model.ProductModel] = Kind(
    collection="models",
    state=model.ProductModel,
    decide=model.decide,
    evolve=model.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("model"),
)


async def guard_model(unit: Unit, model_id: str) -> model.ProductModel:
    """Return the searches that stand for a model, which must still be so at commit: one that begins meanwhile conflicts."""
    if await unit.read(MODELS, model_id) is None:
        return await unit.execute(MODELS, model_id, model.NoteModel(unit.now))
    return await unit.guard(MODELS, model_id)


async def list_takeovers(reader: Reader, case_id: CaseId) -> list[Takeover]:
    """Return the takeovers of a case, newest first (a case has few)."""
    documents = await reader.find("takeovers", {"case_id": case_id}, sort=[("at", -1)], limit=50)
    return [TAKEOVERS.decode(d["state"]) for d in documents]


async def open_proposals(reader: Reader, case_id: CaseId) -> list[TakeoverId]:
    """Return takeovers of a case that nobody decided: some of them, and none only when there is none."""
    where = {"case_id": case_id, "status": {"$in": [status.value for status in UNDECIDED]}}
    return [TakeoverId(d["_id"]) for d in await reader.find("takeovers", where, limit=50, only=["status"])]
