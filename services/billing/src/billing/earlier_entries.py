"""Says of ledger entries that were written before they did, in which market and case they are: lists are filtered by both.

What an entry books never changes. Each start of the service looks for such entries, also those that an older replica wrote
while this release was rolled out.
"""

import logging
from collections.abc import Set

from billing.charges.store import charges_by_id
from billing.ledger.store import LEDGER
from billing.refunds.store import refunds_by_id
from chassis.mongo import Mongo
from chassis.store import Document
from ombud_words import CaseId, ChargeId, Market, RefundId

log = logging.getLogger(__name__)
_AT_ONCE = 100
Place = tuple[Market | None, CaseId | None]
_NOWHERE: Place = (None, None)
"""Of an entry whose cause is gone: it is in no list."""
_UNLISTED: Document = {"market": {"$exists": False}}


async def list_earlier_entries(mongo: Mongo) -> None:
    """Give every ledger entry its market and its case, as the charge or refund says that caused it."""
    listed = 0
    while unlisted := await mongo.find(LEDGER, _UNLISTED, limit=_AT_ONCE, only=["caused_by"]):
        places = await _places({entry["caused_by"] for entry in unlisted}, mongo)
        for entry in unlisted:
            market, case_id = places.get(entry["caused_by"], _NOWHERE)
            fields = {"market": market, "case_id": case_id}
            await mongo.change(LEDGER, {"_id": entry["_id"]} | _UNLISTED, [{"$set": fields}])
        listed += len(unlisted)
    if listed:
        log.info("ledger entries of an earlier release are listed", extra={"count": listed})


async def _places(causes: Set[ChargeId | RefundId], mongo: Mongo) -> dict[ChargeId | RefundId, Place]:
    charges = await charges_by_id(mongo, [ChargeId(id) for id in causes])
    refunds = await refunds_by_id(mongo, [RefundId(id) for id in causes])
    places: dict[ChargeId | RefundId, Place] = {}
    places |= {id: (c.terms.market, c.terms.case_id) for id, c in charges.items()}
    places |= {id: (r.order.market, r.order.case_id) for id, r in refunds.items()}
    return places
