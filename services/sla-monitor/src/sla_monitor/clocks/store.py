"""How the monitor keeps clocks, and the queries behind its screens and its sweep."""

from collections.abc import Sequence
from zlib import crc32

from chassis.aggregate import Among, Kind, Origin, Unit
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from ombud_words import CaseId
from sla_monitor.clocks.domain import account, parties
from sla_monitor.clocks.domain.account import Account, AccountCommand, AccountEvent
from sla_monitor.clocks.domain.clock import Clock, ClockCommand, decide, evolve
from sla_monitor.clocks.domain.clock_event import ClockEvent
from sla_monitor.clocks.domain.parties import CaseParties, PartiesCommand, PartiesEvent
from sla_monitor.clocks.obligations import OBLIGATIONS, rows_of
from sla_monitor.clocks.publish import publish
from sla_monitor.rules.domain import ClockKind

SHARDS = 256
"""Virtual shards of clocks by case; replicas lease them. Part of the data: never changed."""
CLOCKS_COLLECTION = "clocks"
CASES_COLLECTION = "cases"
ACCOUNTS_COLLECTION = "accounts"
_OF_A_CASE = 2_000
NO_SELLER = ""
"""The seller of a clock whose case is not known yet."""
_OWED = {"due_by": {"$type": "date"}}

INDEXES: Indexes = {
    CLOCKS_COLLECTION: [
        Index(("next_at", 1), ("shard", 1), partial={"next_at": {"$type": "date"}}),
        Index(("case_id", 1), ("kind", 1)),
        Index(("seller_id", 1), ("owner", 1), ("due_by", 1), ("_id", 1), partial=_OWED),
        Index(("market", 1), ("owner", 1), ("due_by", 1), ("_id", 1), partial=_OWED),
    ],
    ACCOUNTS_COLLECTION: [],
    CASES_COLLECTION: [Index(("seller_id", 1), ("market", 1))],
    OBLIGATIONS: [
        Index(
            *(("seller_id", 1), ("market", 1), ("started_at", 1), ("_id", 1)),
            *(("verdict", 1), ("counted_seconds", 1), ("counts", 1)),  # so that figures need no document
            partial={"counts": True},
        )
    ],
}


def shard_of(case_id: CaseId) -> int:
    """Return the shard of a case's clocks."""
    return crc32(case_id.encode()) % SHARDS


def _fields(state: Clock) -> Document:
    owed = state.owed
    return {
        "shard": shard_of(state.ref.case_id),
        "next_at": state.next_at,
        "case_id": state.ref.case_id,
        "kind": state.ref.kind,
        "subject": state.ref.subject,
        "market": state.ref.market,
        "seller_id": state.seller_id,
        "owner": owed.owner if owed else None,
        "due_by": owed.due_by if owed else None,
        "started_at": owed.start_at if owed else None,
        "breach_at": owed.breach_at if owed else None,
    }


CLOCKS: Kind[ClockCommand, ClockEvent, Clock] = Kind(
    collection=CLOCKS_COLLECTION,
    state=Clock,
    decide=decide,
    evolve=evolve,
    publish=publish,
    origin=lambda s: Origin(
        s.ref.case_id,
        s.ref.case_id if s.ref.of_case else None,
        s.ref.market,
        str(s.rounds[-1].policy_version) if s.rounds else None,
    ),
    fields=_fields,
    rows=rows_of,
)

CASES: Kind[PartiesCommand, PartiesEvent, CaseParties] = Kind(
    collection=CASES_COLLECTION,
    state=CaseParties,
    decide=parties.decide,
    evolve=parties.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin(""),
    fields=lambda s: {"market": s.market, "buyer_id": s.buyer_id, "seller_id": s.seller_id},
)


ACCOUNTS: Kind[AccountCommand, AccountEvent, Account] = Kind(
    collection=ACCOUNTS_COLLECTION,
    state=Account,
    decide=account.decide,
    evolve=account.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin(""),
)


async def clocks_of_case(reader: Reader, case_id: CaseId) -> list[Clock]:
    """Return the clocks of a case (a case has few tens, and one for each offer and message that waited)."""
    found = await reader.find(CLOCKS_COLLECTION, {"case_id": case_id}, limit=_OF_A_CASE)
    return [CLOCKS.decode(d["state"]) for d in found]


def clocks_about(case_id: CaseId, kinds: Sequence[ClockKind]) -> Among:
    """Name the clocks of a case that are of these kinds, whatever their subjects."""
    return Among(CLOCKS_COLLECTION, ("case_id", case_id), ("kind", tuple(kinds)), ("subject",), _OF_A_CASE)


async def subjects_of(unit: Unit, case_id: CaseId, kinds: Sequence[ClockKind]) -> list[tuple[ClockKind, str]]:
    """Return the kinds and subjects of a case's clocks of these kinds."""
    return [(ClockKind(d["kind"]), d["subject"]) for d in await unit.among(clocks_about(case_id, kinds))]


async def clock_page(reader: Reader, after: str, limit: int) -> list[Document]:
    """Return ids, markets and kinds of the clocks that follow an id, in the order of ids."""
    only = ["market", "kind"]
    return await reader.find(CLOCKS_COLLECTION, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit, only=only)
