"""How ticketing keeps cases, and the queries behind their screens."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.aggregate import Kind, Origin
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader, Upsert
from ombud_words import BuyerId, CaseId, OrderId, ReasonFamily
from ticketing.cases.domain import case, commands, events, slot, state
from ticketing.cases.publish import publish_case
from ticketing.queue.store import QUEUE

INDEXES: Indexes = {
    "cases": [
        Index(("number", 1), unique=True),
        Index(("order_id", 1), ("buyer_id", 1), ("opened_at", -1)),
    ],
    "slots": [],
}


def _fields(state: state.Case) -> Document:
    buyer_id, seller_id = state.parties
    return {
        "number": state.number,
        "buyer_id": buyer_id,
        "seller_id": seller_id,
        "counterpart": state.approach.counterpart.value,
        "order_id": state.order_id,
        "listing_id": state.listing_id,
        "market": state.market,
        "status": state.status.value,
        "priority": state.priority,
        "opened_at": state.opened_at,
    }


def queue_row(state: state.Case) -> Document:
    """Return what a case says of itself in the queue."""
    return {
        **_fields(state),
        "reason": str(state.reason),
        "family": str(state.family),
        "merged_numbers": list(state.merged_numbers),
        "answered_by": state.answered_by.value,
    }


def _queued(_event: events.Event, state: state.Case) -> Iterable[Upsert]:
    yield Upsert(QUEUE, state.id, queue_row(state))


CASES: Kind[commands.Command, events.Event, state.Case] = Kind(
    collection="cases",
    state=state.Case,
    decide=case.decide,
    evolve=case.evolve,
    publish=publish_case,
    origin=lambda s: Origin(key=s.id, case_id=s.id, market=s.market),
    fields=_fields,
    rows=_queued,
)
SLOTS: Kind[slot.Command, slot.Event, slot.Slot] = Kind(
    collection="slots",
    state=slot.Slot,
    decide=slot.decide,
    evolve=slot.evolve,
    publish=lambda _event, _state: None,
    origin=lambda _state: Origin("slot"),
)


async def count_earlier_contacts(reader: Reader, order_id: OrderId, buyer_id: BuyerId, since: datetime) -> int:
    """Return how many cases the buyer opened about an order since then (at most 10 are counted). Complaints about how the seller
    behaved are left out: the seller sees how urgent a case is, and why."""
    of_order = {"order_id": order_id, "buyer_id": buyer_id, "opened_at": {"$gte": since}}
    where = {**of_order, "state.family": {"$ne": ReasonFamily.CONDUCT.value}}
    return await reader.count("cases", where, limit=10)


async def cases_in_order(reader: Reader, case_ids: Sequence[CaseId]) -> list[state.Case]:
    """Return cases in the order of these ids."""
    documents = await reader.find("cases", {"_id": {"$in": list(case_ids)}}, limit=max(1, len(case_ids)))
    known = {d["_id"]: CASES.decode(d["state"]) for d in documents}
    return [known[case_id] for case_id in case_ids if case_id in known]
