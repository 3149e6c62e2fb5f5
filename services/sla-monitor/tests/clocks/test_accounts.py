"""The clock about a seller's look at Discussions (R-06): told on topics without a common order, about no case."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.testing import NOON, FixedClock
from chassis.testing.databases import a_database
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events.marketplace import SellerRegistered
from ombud_contracts.events.messaging import DiscussionsChecked
from ombud_contracts.market import load_markets
from sla_monitor.app import SERVICE
from sla_monitor.clocks.consumers import account_id, clocks
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.store import CASES, clocks_of_case
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

pytestmark = pytest.mark.rule("R-06")

RULES = read_rules(v for market in load_markets().values() for v in versions_of(market))
SELLER = "sel_1"


@pytest.fixture
async def mongo() -> AsyncIterator[Mongo]:
    async with a_database(SERVICE) as opened:
        yield opened


def told(event: Event, at: datetime, number: int) -> Received:
    metadata = Metadata(
        id=f"evt_{number}:1",
        subject=f"evt_{number}",
        sequence=1,
        key=SELLER,
        occurred_at=at,
        recorded_at=at,
        correlation_id="req",
        causation_id="req",
    )
    return Received(type=event.type, event=event, metadata=metadata)


REGISTERED = told(SellerRegistered(seller_id=SELLER, market="lv", languages=("lv",), terms_version="1"), NOON, 1)
ELSEWHERE = told(SellerRegistered(seller_id=SELLER, market="pt", languages=("pt",), terms_version="1"), NOON, 2)
LOOKED_AT = NOON + timedelta(days=1)
LOOKED = told(DiscussionsChecked(seller_id=SELLER, checked_at=LOOKED_AT), LOOKED_AT, 3)


async def take(mongo: Mongo, *received: Received) -> Session:
    """Let the monitor take events, each in a transaction of its own; return the last one."""
    consumer = clocks(RULES)
    for one in received:
        session = Session(mongo, FixedClock(LOOKED_AT))
        await consumer.handle(one, session.unit(Cause(one.metadata.id, "req")))
        await session.commit()
    return session


async def clock_in(mongo: Mongo, market: str) -> Clock:
    found = await clocks_of_case(mongo, account_id(SELLER, market))
    assert [c.ref.kind for c in found] == ["inactivity"]
    return found[0]


@pytest.mark.parametrize("order", list(permutations((REGISTERED, ELSEWHERE, LOOKED))))
async def test_a_look_begins_the_time_anew_in_every_market_whatever_was_told_first(
    mongo: Mongo, order: tuple[Received, ...]
) -> None:
    """INVARIANT: would break if a look that is told before the registration were lost."""
    await take(mongo, *order, LOOKED, REGISTERED)
    for market in ("lv", "pt"):
        clock = await clock_in(mongo, market)
        assert [r.verdict.value for r in clock.rounds] == ["MET", "RUNNING"]
        assert [r.start_at for r in clock.rounds] == [NOON, LOOKED_AT]
        assert (clock.seller_id, clock.ref.subject) == (SELLER, SELLER)


async def test_the_seller_may_see_it_and_it_belongs_to_no_case(mongo: Mongo) -> None:
    session = await take(mongo, REGISTERED)
    parties = await session.unit(Cause("test", "req")).read(CASES, account_id(SELLER, "lv"))
    assert parties is not None
    assert (parties.seller_id, parties.buyer_id, parties.market) == (SELLER, None, "lv")
    assert len(session.writes.outbox) == 1
    assert "ce_caseid" not in dict(session.writes.outbox[0].headers)
    assert await mongo.count("obligations", {}, limit=1) == 0


async def test_a_look_of_a_seller_who_sells_nowhere_starts_nothing(mongo: Mongo) -> None:
    await take(mongo, LOOKED)
    assert await mongo.count("clocks", {}, limit=1) == 0
