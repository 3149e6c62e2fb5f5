"""How disputes keeps disputes, slots, evidence and what it knows of cases and orders; the queries behind its screens."""

import json
from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Cause, Kind, Origin, Session
from chassis.mongo import Index, Indexes, Mongo
from chassis.sealing import Sealer
from chassis.store import Document
from disputes.domain import dispute, dispute_command, dispute_event, slot
from disputes.publish import publish
from ombud_detection import PolicyRow, rows_from

CASES = "cases"
ORDER_LINES = "order_lines"
EVIDENCE = "evidence"
EVIDENCE_KEYS = "evidence_keys"
ERASURES = "erasures"
POLICIES = "policies"
_PAGE = 200

INDEXES: Indexes = {
    "disputes": [
        Index(("case_id", 1), ("opened_at", 1)),
        Index(("next_at", 1), partial={"next_at": {"$type": "date"}}),
    ],
    "slots": [],
    CASES: [],
    ORDER_LINES: [],
    EVIDENCE: [Index(("dispute_id", 1), ("_id", -1)), Index(("submitter_id", 1)), Index(("sealed", 1))],
    EVIDENCE_KEYS: [Index(("wrapped_by", 1))],
    POLICIES: [Index(("market", 1), ("number", -1))],
    ERASURES: [Index(("erased_at", 1), partial={"done": False})],
}


def _fields(state: dispute.Dispute) -> Document:
    return {
        "case_id": state.opened.case_id,
        "opened_at": state.opened.at,
        "stage": state.stage.value,
        "next_at": state.next_at,
    }


DISPUTES: Kind[dispute_command.Command, dispute_event.Event, dispute.Dispute] = Kind(
    collection="disputes",
    state=dispute.Dispute,
    decide=dispute.decide,
    evolve=dispute.evolve,
    publish=publish,
    origin=lambda s: Origin(s.opened.case_id, s.opened.case_id, s.opened.market),
    fields=_fields,
)
SLOTS: Kind[slot.Command, slot.Event, slot.Slot] = Kind(
    collection="slots",
    state=slot.Slot,
    decide=slot.decide,
    evolve=slot.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("slot"),
)


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What disputes knows of a case."""

    market: str
    buyer_id: str
    seller_id: str
    order_id: str
    line_id: str
    reason: str
    taken_over: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """What was paid for an order line."""

    paid_minor: int
    shipping_minor: int
    currency: str


def slot_id(order_id: str, line_id: str, family: str) -> str:
    """Return the id of the slot of an order line and reason family."""
    return f"slt_{order_id}|{line_id}|{family}"


async def find_known_case(mongo: Mongo, case_id: str) -> KnownCase | None:
    """Return what is known of a case, or None before it was opened."""
    found = await mongo.find_one(CASES, {"_id": case_id})
    if found is None or "market" not in found:
        return None
    names = (n for n in KnownCase.__dataclass_fields__ if n not in ("taken_over", "closed"))
    flags = {"taken_over": found.get("taken_over", False), "closed": found.get("closed", False)}
    return KnownCase(**{n: found[n] for n in names}, **flags)


async def find_bought_line(mongo: Mongo, order_id: str, line_id: str) -> BoughtLine | None:
    """Return what was paid for a line, or None."""
    found = await mongo.find_one(ORDER_LINES, {"_id": f"{order_id}|{line_id}"})
    return BoughtLine(found["paid_minor"], found["shipping_minor"], found["currency"]) if found else None


async def find_dispute(mongo: Mongo, dispute_id: str) -> dispute.Dispute | None:
    """Return a dispute, or None."""
    stored = (await mongo.load("disputes", [dispute_id])).get(dispute_id)
    return DISPUTES.decode(stored.state) if stored else None


async def disputes_of_case(mongo: Mongo, case_id: str) -> list[dispute.Dispute]:
    """Return the disputes of a case, oldest first (a case has few)."""
    documents = await mongo.find("disputes", {"case_id": case_id}, sort=[("opened_at", 1)], limit=50)
    return [DISPUTES.decode(d["state"]) for d in documents]


async def dispute_ids_of_case(mongo: Mongo, case_id: str) -> list[str]:
    """Return the ids of a case's disputes."""
    documents = await mongo.find("disputes", {"case_id": case_id}, limit=50, only=["_id"])
    return [d["_id"] for d in documents]


async def dispute_ids_due(mongo: Mongo, at: datetime, limit: int) -> list[str]:
    """Return disputes for which time must pass."""
    documents = await mongo.find("disputes", {"next_at": {"$lt": at}}, sort=[("next_at", 1)], limit=limit, only=["_id"])
    return [d["_id"] for d in documents]


async def find_evidence_file(mongo: Mongo, evidence_id: str) -> Document | None:
    """Return a submitted file, or None. The caller decides who may see it."""
    return await mongo.find_one(EVIDENCE, {"_id": evidence_id})


async def newest_statements(mongo: Mongo, dispute_id: str, limit: int) -> list[Document]:
    """Return the newest statements of a dispute that both sides see, newest first: the window of the checks."""
    where = {"dispute_id": dispute_id, "audience": "thread", "media_type": {"$regex": "^text/plain"}}
    return await mongo.find(EVIDENCE, where, sort=[("_id", -1)], limit=limit)


async def policy_in_force(mongo: Mongo, market: str, at: datetime) -> tuple[PolicyRow, ...]:
    """Return a market's own rows of the enforcement policy at an instant, as messaging published them."""
    where = {"market": market, "effective_from": {"$lte": at}}
    found = await mongo.find(POLICIES, where, sort=[("number", -1)], limit=1)
    rows = json.loads(found[0]["content"])["rows"] if found else []
    return rows_from({"row": [{**row, "market": market} for row in rows]})


async def erase_next_person(mongo: Mongo) -> bool:
    """Erase what the person submitted whose erasure has waited longest; return False when none waits.

    It can be repeated without harm. What a dispute knows of its evidence stays: kind, side, time, and a hash whose key is gone.
    """
    order = await mongo.find_one(ERASURES, {"done": False}, sort=[("erased_at", 1)])
    if order is None:
        return False
    theirs = {"submitter_id": order["person_id"], "by": order["role"]}
    after = ""
    while page := await mongo.find(
        EVIDENCE, {**theirs, "_id": {"$gt": after}}, sort=[("_id", 1)], limit=_PAGE, only=["_id"]
    ):
        await mongo.remove(EVIDENCE_KEYS, {"_id": {"$in": [row["_id"] for row in page]}})
        after = page[-1]["_id"]
    await mongo.change(EVIDENCE, theirs, [{"$set": {"content": b"", "hash_key": b"", "erased_at": "$$NOW"}}])
    await mongo.change(ERASURES, {"_id": order["_id"]}, [{"$set": {"done": True}}])
    return True


async def seal_next_evidence(mongo: Mongo, sealer: Sealer) -> bool:
    """Seal a piece of evidence that was kept open; return False when there is none. Several replicas may do it at once."""
    row = await mongo.find_one(EVIDENCE, {"sealed": {"$ne": True}, "erased_at": None})
    if row is None:
        return False
    if not await mongo.count(EVIDENCE_KEYS, {"_id": row["_id"]}, limit=1):
        at = await mongo.server_time()
        session = Session(mongo, lambda: at)
        sealer.first_key(row["_id"], session.unit(Cause(row["_id"], row["_id"])))
        await session.commit()
    key = await sealer.key(row["_id"])
    sealed = {"content": key.encrypt(bytes(row["content"])), "sealed": True}
    await mongo.change(EVIDENCE, {"_id": row["_id"], "content": row["content"]}, [{"$set": sealed}])
    return True
