"""How evidence is kept, erased and sealed, and what it is judged by."""

import json
from datetime import datetime

from chassis.aggregate import Cause, Session
from chassis.mongo import Index, Indexes, Mongo
from chassis.sealing import Sealer
from chassis.store import Document, Reader
from ombud_detection import PolicyRow, rows_from
from ombud_words import DisputeId, EvidenceId, ReturnId

EVIDENCE = "evidence"
EVIDENCE_KEYS = "evidence_keys"
ERASURES = "erasures"
POLICIES = "policies"
_PAGE = 200
EVIDENCE_INDEXES: Indexes = {
    EVIDENCE: [Index(("dispute_id", 1), ("_id", -1)), Index(("submitter_id", 1)), Index(("sealed", 1))],
    EVIDENCE_KEYS: [Index(("wrapped_by", 1))],
    POLICIES: [Index(("market", 1), ("number", -1))],
    ERASURES: [Index(("erased_at", 1), partial={"done": False})],
}


async def find_evidence_file(reader: Reader, evidence_id: EvidenceId) -> Document | None:
    """Return a submitted file, or None. The caller decides who may see it."""
    return await reader.find_one(EVIDENCE, {"_id": evidence_id})


async def newest_statements(reader: Reader, matter_id: DisputeId | ReturnId, limit: int) -> list[Document]:
    """Return the newest statements of a dispute or a return that both sides see, newest first: the window of the checks."""
    where = {"dispute_id": matter_id, "audience": "thread", "media_type": {"$regex": "^text/plain"}}
    return await reader.find(EVIDENCE, where, sort=[("_id", -1)], limit=limit)


async def policy_in_force(reader: Reader, market: str, at: datetime) -> tuple[PolicyRow, ...]:
    """Return a market's own rows of the enforcement policy at an instant, as messaging published them."""
    where = {"market": market, "effective_from": {"$lte": at}}
    found = await reader.find(POLICIES, where, sort=[("number", -1)], limit=1)
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
