"""Watches the ledger: debits equal credits per currency, and no seller is charged for a refund that was not paid."""

import asyncio
import logging

from prometheus_client import Gauge

from billing.ledger.store import ledger_totals, over_recovered
from chassis.mongo import Mongo
from chassis.store import Unavailable
from chassis.waiting import set_within

log = logging.getLogger(__name__)
IMBALANCE = Gauge("ombud_ledger_imbalance", "Sum of all postings in minor units; must be 0", ["currency"])
OVER_RECOVERED = Gauge(
    "ombud_ledger_over_recovered_minor", "Charged to sellers for refunds beyond what was paid; must be 0", ["currency"]
)
_EVERY_SECONDS = 30.0


async def watch_ledger(mongo: Mongo, stopping: asyncio.Event) -> None:
    """Measure the ledger's balance until told to stop."""
    while not stopping.is_set():
        try:
            for currency, total in (await ledger_totals(mongo)).items():
                IMBALANCE.labels(currency).set(total)
                if total:
                    log.error("the ledger does not balance", extra={"count": total})
            for currency, over in (await over_recovered(mongo)).items():
                OVER_RECOVERED.labels(currency).set(over)
                if over:
                    log.error("sellers were charged for refunds that were not paid", extra={"count": over})
        except Unavailable:
            log.warning("The ledger could not be measured; it is tried again.")
        await set_within(stopping, _EVERY_SECONDS)
