"""What was parked and is replayed after later events changes nothing that these said."""

from datetime import timedelta

import pytest

from billing.cases.store import KNOWN_CASES
from billing.lines.store import LINES
from billing.processes.consumers import charges
from chassis.aggregate import Cause, Session, Unit
from chassis.mongo import Mongo
from chassis.testing import NOON, FixedClock, told
from ombud_contracts import Received
from ombud_contracts.events import marketplace, ticketing
from ombud_contracts.market import load_markets

CLOSED = ticketing.CaseClosed(case_id="cas_1", closed_at=NOON)
REOPENED = ticketing.CaseReopened(case_id="cas_1", cause="buyer_message", reopened_at=NOON)


def placed(price_minor: int) -> marketplace.OrderPlaced:
    line = marketplace.OrderLine(
        line_id="lin_1",
        listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
        quantity=1,
        price_minor=price_minor,
        shipping_minor=0,
        promised_by=NOON + timedelta(days=2),
        terms=marketplace.SellerTerms(version="1", return_days=30, warranty_months=12),
    )
    return marketplace.OrderPlaced(
        order_id="ord_1",
        buyer_id="buy_1",
        seller_id="sel_1",
        market="lv",
        currency="EUR",
        placed_at=NOON,
        lines=(line,),
    )


def reading(mongo: Mongo) -> Unit:
    return Session(mongo, FixedClock()).unit(Cause("test", "test"))


async def hear(mongo: Mongo, *heard: Received) -> None:
    consumer = charges(load_markets())
    for received in heard:
        session = Session(mongo, FixedClock())
        await consumer.handle(received, session.unit(Cause(received.metadata.id, "test")))
        await session.commit()


@pytest.mark.parametrize(("events", "closed"), [((CLOSED, REOPENED), False), ((REOPENED, CLOSED), True)])
async def test_a_case_is_as_its_last_event_says_in_whatever_order_they_come(
    mongo: Mongo, events: tuple[ticketing.CaseClosed | ticketing.CaseReopened, ...], closed: bool
) -> None:
    first, last = (told(event, "cas_1", n, case_id="cas_1") for n, event in enumerate(events, 4))
    await hear(mongo, last, first)
    case = await reading(mongo).read(KNOWN_CASES, "cas_1")
    assert case is not None
    assert case.closed is closed


async def test_an_order_is_as_it_was_last_told(mongo: Mongo) -> None:
    await hear(mongo, told(placed(5_000), "ord_1", 2), told(placed(9_000), "ord_1", 1))
    paid = await reading(mongo).read(LINES, "ord_1|lin_1")
    assert paid is not None
    assert paid.paid_minor == 5_000
