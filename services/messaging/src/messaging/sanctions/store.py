"""How messaging keeps sanctions, and the queries behind their screens and their job."""

from collections.abc import Sequence
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.ids import derived_id
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from messaging.conversations.store import MESSAGES
from messaging.sanctions.domain import event, sanction
from messaging.sanctions.domain.sanction import Sanction
from messaging.sanctions.publish import publish_sanction
from ombud_words import PersonId, SanctionId

_SANCTIONS = "sanctions"
HELD_BY_SANCTION = "sanction"
"""Why a message waits whose author is moderated."""

SANCTION_INDEXES: Indexes = {
    _SANCTIONS: [
        Index(("person_id", 1)),
        Index(("releasing", 1), partial={"releasing": True}),
        Index(("steps_back_at", 1), partial={"steps_back_at": {"$type": "date"}}),
        Index(("market", 1), ("appealed_at", 1), partial={"appealed_at": {"$type": "date"}}),
    ],
}


def sanction_id(role: str, person_id: PersonId, market: str) -> SanctionId:
    """Return the id of a person's sanction in a role and market."""
    return SanctionId(derived_id("snc", role, person_id, market))


def _fields(state: Sanction) -> Document:
    return {
        "person_id": state.person_id,
        "role": state.role,
        "market": state.market,
        "releasing": state.releasing,
        "appealed_at": state.appealed_at,
        "steps_back_at": _next_step_back(state),
    }


def _next_step_back(state: Sanction) -> datetime | None:
    """When the height that was told last is no longer true."""
    foothold = state.foothold
    if foothold is None or state.height == 0:
        return None
    stretches = foothold.height - state.height
    return state.steps_back_at(foothold.at + stretches * state.ladder.period)


SANCTIONS: Kind[event.Command, event.Event, Sanction] = Kind(
    collection=_SANCTIONS,
    state=Sanction,
    decide=sanction.decide,
    evolve=sanction.evolve,
    publish=publish_sanction,
    origin=lambda s: Origin(key=s.person_id, market=s.market),
    fields=_fields,
)


async def sanctions_of(store: Reader, person_id: PersonId) -> list[Sanction]:
    """Return the sanctions of a person over roles and markets."""
    found = await store.find(_SANCTIONS, {"person_id": person_id}, limit=100)
    return [SANCTIONS.decode(d["state"]) for d in found]


async def appealed_sanctions(store: Reader, markets: Sequence[str], limit: int) -> list[Sanction]:
    """Return sanctions whose appeal waits for a decision, the oldest appeal first."""
    where = {"market": {"$in": list(markets)}, "appealed_at": {"$type": "date"}}
    found = await store.find(_SANCTIONS, where, sort=[("appealed_at", 1)], limit=limit)
    return [SANCTIONS.decode(d["state"]) for d in found]


async def next_to_release(store: Reader) -> Sanction | None:
    """Return a sanction that was lifted and whose waiting messages are not delivered yet, or None."""
    found = await store.find_one(_SANCTIONS, {"releasing": True})
    return SANCTIONS.decode(found["state"]) if found else None


async def next_to_step_back(store: Reader, now: datetime) -> Sanction | None:
    """Return the sanction whose step back has been due for longest, or None."""
    found = await store.find_one(_SANCTIONS, {"steps_back_at": {"$lte": now}}, sort=[("steps_back_at", 1)])
    return SANCTIONS.decode(found["state"]) if found else None


async def held_by_sanction(store: Reader, state: Sanction, limit: int) -> list[Document]:
    """Return messages of a person that wait because of the step they were on."""
    where = {
        "author_id": state.person_id,
        "author_role": state.role,
        "market": state.market,
        "status": "HELD",
        "held_because": HELD_BY_SANCTION,
    }
    return await store.find(MESSAGES, where, limit=limit, only=["case_id"])
