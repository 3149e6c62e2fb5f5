"""How messaging keeps complaints, what was written about them, and where sellers and buyers stand; and the queries behind their screens."""

from collections.abc import Sequence
from datetime import datetime

from chassis.aggregate import Kind, Origin, Unit
from chassis.ids import derived_id
from chassis.mongo import Index, Indexes, Mongo
from chassis.sealing import KEYS
from chassis.store import Document, Filter, Reader
from messaging.conduct.domain import commands, complaint, events, standing
from messaging.conduct.domain.standing import Standing
from messaging.conduct.domain.state import UNDECIDED, Complaint
from messaging.conduct.publish import publish_complaint, publish_standing
from ombud_words import BuyerId, CaseId, ComplaintId, PersonId, SanctionId, SellerId, TakeoverId
from ombud_words.appeals import waiting

_COMPLAINTS = "conduct_complaints"
_STANDINGS = "conduct_standings"
_PLACES = "conduct_places"
CONDUCT_TEXTS = "conduct_texts"
MOST_IN_A_CASE = 5
"""Complaints of one buyer in one case, those included that were decided."""
_OF_A_CASE = 50
"""Complaints and reviews: each review of a case rests on another takeover of it."""
_TEXTS = 20
"""Of a complaint: a statement, and an allegation and an answer for each investigation."""

CONDUCT_INDEXES: Indexes = {
    _COMPLAINTS: [
        Index(("case_id", 1)),
        Index(("market", 1), ("waits_since", 1), partial={"waits_since": {"$type": "date"}}),
        Index(("reviewed_seller_id", 1), partial={"reviewed_seller_id": {"$type": "string"}}),
        Index(("rests_on", 1)),
    ],
    _STANDINGS: [
        Index(("seller_id", 1)),
        Index(("buyer_id", 1), partial={"buyer_id": {"$type": "string"}}),
        Index(("steps_back_at", 1), partial={"steps_back_at": {"$type": "date"}}),
    ],
    CONDUCT_TEXTS: [Index(("complaint_id", 1)), Index(("case_id", 1)), Index(("author_id", 1))],
}


def take_place(case_id: CaseId, number: int, unit: Unit) -> None:
    """Let a complaint be the one of this number in its case: two that are filed at once conflict. Its id is made by chance, for
    from one that counts the seller would learn of the complaints before it."""
    unit.insert(_PLACES, f"{case_id}|{number}", {"taken_at": unit.now})


def standing_id(seller_id: SellerId, market: str) -> SanctionId:
    """Return the id of what findings about a seller have led to in a market."""
    return SanctionId(derived_id("snc", "conduct", seller_id, market))


def claim_standing_id(buyer_id: BuyerId, market: str) -> SanctionId:
    """Return the id of what findings about a buyer's claims have led to in a market."""
    return SanctionId(derived_id("snc", "claims", buyer_id, market))


def _complaint_fields(state: Complaint) -> Document:
    appeal = waiting(state.appeals)
    undecided = state.filed_at if state.stage in UNDECIDED else None
    return {
        "case_id": state.case_id,
        "market": state.market,
        "waits_since": appeal.at if appeal else undecided,
        "reviewed_seller_id": state.seller_id if state.is_review and undecided else None,
        "rests_on": [verdict.takeover_id for verdict in state.rests_on],
    }


COMPLAINTS: Kind[commands.Command, events.Event, Complaint] = Kind(
    collection=_COMPLAINTS,
    state=Complaint,
    decide=complaint.decide,
    evolve=complaint.evolve,
    publish=publish_complaint,
    origin=lambda s: Origin(key=s.case_id, case_id=s.case_id, market=s.market),
    fields=_complaint_fields,
)


def _next_step_back(state: Standing) -> datetime | None:
    """When the height that was told last is no longer true."""
    foothold = state.foothold
    if foothold is None or state.height == 0:
        return None
    stretches = foothold.height - state.height
    return state.steps_back_at(foothold.at + stretches * state.ladder.period)


STANDINGS: Kind[standing.Command, standing.Event, Standing] = Kind(
    collection=_STANDINGS,
    state=Standing,
    decide=standing.decide,
    evolve=standing.evolve,
    publish=publish_standing,
    origin=lambda s: Origin(key=s.person_id, market=s.market),
    fields=lambda s: {
        "seller_id": s.seller_id,
        "buyer_id": s.buyer_id,
        "market": s.market,
        "steps_back_at": _next_step_back(s),
    },
)


async def complaints_of_case(reader: Reader, case_id: CaseId) -> list[Complaint]:
    """Return every complaint in a case, the oldest first."""
    found = await reader.find(_COMPLAINTS, {"case_id": case_id}, limit=_OF_A_CASE)
    return sorted((COMPLAINTS.decode(d["state"]) for d in found), key=lambda c: c.filed_at)


async def reviews_that_wait(reader: Reader, seller_id: SellerId, market: str) -> list[Complaint]:
    """Return reviews of a seller in a market that came to no result, the oldest first."""
    where: Filter = {"reviewed_seller_id": seller_id, "market": market}
    found = await reader.find(_COMPLAINTS, where, limit=_OF_A_CASE)
    return sorted((COMPLAINTS.decode(d["state"]) for d in found), key=lambda c: c.filed_at)


async def reviews_resting_on(reader: Reader, takeover_id: TakeoverId) -> list[Complaint]:
    """Return the reviews that rest on a takeover (it is one)."""
    found = await reader.find(_COMPLAINTS, {"rests_on": takeover_id}, limit=_OF_A_CASE)
    return [COMPLAINTS.decode(d["state"]) for d in found]


async def complaints_that_wait(reader: Reader, markets: Sequence[str], limit: int) -> list[Complaint]:
    """Return complaints that wait for a result or for the decision of an appeal, those first that have waited for longest."""
    where: Filter = {"market": {"$in": list(markets)}, "waits_since": {"$type": "date"}}
    found = await reader.find(_COMPLAINTS, where, sort=[("waits_since", 1)], limit=limit)
    return [COMPLAINTS.decode(d["state"]) for d in found]


async def standings_of(reader: Reader, seller_id: SellerId) -> list[Standing]:
    """Return where a seller stands, market by market."""
    found = await reader.find(_STANDINGS, {"seller_id": seller_id}, limit=100)
    return [STANDINGS.decode(d["state"]) for d in found]


async def claim_standings_of(reader: Reader, buyer_id: BuyerId) -> list[Standing]:
    """Return where a buyer stands by their claims, market by market."""
    found = await reader.find(_STANDINGS, {"buyer_id": buyer_id}, limit=100)
    return [STANDINGS.decode(d["state"]) for d in found]


async def next_to_step_back(reader: Reader, now: datetime) -> Standing | None:
    """Return the standing whose step back has been due for longest, or None."""
    found = await reader.find_one(_STANDINGS, {"steps_back_at": {"$lte": now}}, sort=[("steps_back_at", 1)])
    return STANDINGS.decode(found["state"]) if found else None


async def texts_about(reader: Reader, id: ComplaintId) -> list[Document]:
    """Return what was written about a complaint and not erased, the oldest first, sealed."""
    return await reader.find(CONDUCT_TEXTS, {"complaint_id": id}, sort=[("written_at", 1), ("_id", 1)], limit=_TEXTS)


async def erase_conduct_texts(mongo: Mongo, where: Filter) -> None:
    """Delete what was written about complaints, with its keys. It can be repeated, and is never undone."""
    while texts := await mongo.find(CONDUCT_TEXTS, where, limit=1_000, only=["_id"]):
        ids = [text["_id"] for text in texts]
        await mongo.remove(KEYS, {"_id": {"$in": ids}})
        await mongo.remove(CONDUCT_TEXTS, {"_id": {"$in": ids}})


def by_author(role: str, person_id: PersonId) -> Filter:
    """Return what selects the texts that somebody wrote in a role."""
    return {"author_id": person_id, "author_role": role}
