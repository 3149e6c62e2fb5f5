"""What a dry run predicts is what then happens: the monitor announces, ticketing takes over and billing charges, each by its
own code, over the same fortnight with the rules as they were and as they were proposed."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rule_desk import MARKETS, RuleDesk, a_rule_desk, row

from billing.charges.store import CHARGES
from billing.processes.consumers import charges
from chassis.aggregate import Cause, Session
from chassis.consuming import Consumer
from chassis.memory import MemoryStore
from chassis.testing.desk import received
from ombud_contracts import Event, Received, from_record
from ombud_contracts.events.marketplace import ListingSnapshot, OrderLine, OrderPlaced, SellerTerms
from ombud_contracts.events.ticketing import TakeoverActivated
from ombud_words import BuyerId, CaseId, DraftId, LineId, OrderId, Reason, ReasonFamily, Role, SellerId
from ticketing.cases.domain.commands import OpenCase
from ticketing.cases.domain.priority import Circumstances
from ticketing.cases.store import CASES
from ticketing.consumers import casework

START, END = datetime(2026, 9, 14, tzinfo=UTC), datetime(2026, 9, 26, tzinfo=UTC)
SELLERS = (SellerId("sel_1"), SellerId("sel_2"), SellerId("sel_3"))
COUNT = 24
ANNOUNCED = ("clock_breached", "grace_ended", "breach_withdrawn")


@pytest.fixture(scope="module")
async def before() -> AsyncIterator[RuleDesk]:
    """The fortnight under the rules as they are: candidates are tried on it, and none is published."""
    async with a_rule_desk() as made:
        await play(made)
        yield made


@pytest.fixture
async def after() -> AsyncIterator[RuleDesk]:
    async with a_rule_desk() as made:
        yield made


async def play(desk: RuleDesk) -> None:
    """Two dozen cases of three sellers, with questions and answers that come early and late."""
    chance = random.Random(7)
    said = []
    for n in range(COUNT):
        at = START + timedelta(minutes=chance.randrange(1, 6 * 24 * 60))
        said.append((at, n, "opened"))
        for who in chance.choices(("buyer", "seller"), k=6):
            at += timedelta(minutes=chance.randrange(10, 40 * 60))
            said.append((at, n, who))
    for at, n, who in sorted(one for one in said if one[0] < END):
        await desk.fire_until(at)
        desk.now.at = at
        if who == "opened":
            await desk.open(f"cas_{n}", SELLERS[n % 3], at)
        await desk.say(f"cas_{n}", "buyer" if who == "opened" else who, at)
    await desk.fire_until(END)
    desk.now.at = END


def the_order(n: int) -> OrderPlaced:
    line = OrderLine(
        line_id=LineId("lin_4"),
        listing=ListingSnapshot(listing_id="lst_5", title="Telefons", condition="new", attributes={}),
        quantity=1,
        price_minor=24_900,
        shipping_minor=490,
        promised_by=START,
        terms=SellerTerms(version="1", return_days=30, warranty_months=12),
    )
    return OrderPlaced(
        order_id=OrderId(f"ord_{n}"),
        buyer_id=BuyerId("buy_9"),
        seller_id=SELLERS[n % 3],
        market="lv",
        currency="EUR",
        placed_at=START,
        lines=(line,),
    )


def the_case(n: int) -> OpenCase:
    return OpenCase(
        case_id=CaseId(f"cas_{n}"),
        number=f"LV-26-{n}",
        market="lv",
        buyer_id=BuyerId("buy_9"),
        seller_id=SELLERS[n % 3],
        order_id=OrderId(f"ord_{n}"),
        line_id=LineId("lin_4"),
        reason=Reason.LATE,
        family=ReasonFamily.DELIVERY,
        draft_id=DraftId("drf_1"),
        opened_by=Role.BUYER,
        circumstances=Circumstances(
            base_priority=3,
            value_minor=24_900,
            money_at_risk_minor=50_000,
            promised_by=START,
            delivered_at=None,
            earlier_contacts=0,
            at=START,
        ),
        rights_until=START + timedelta(days=700),
        at=START,
    )


class Service:
    """A consumer on a store of its own."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer, self.store = consumer, MemoryStore()

    def session(self, at: datetime = END) -> Session:
        return Session(self.store, lambda: at)

    async def hears(self, arrived: Received) -> None:
        session = self.session(arrived.metadata.recorded_at)
        await self.consumer.handle(arrived, session.unit(Cause(arrived.metadata.id, "test")))
        await session.commit()

    def told(self, kind: type[Event]) -> list[Received]:
        rows = [from_record(row.value, list(row.headers)) for row in self.store.outbox.values()]
        return [event for event in rows if event.type == kind.type]


async def came_to(desk: RuleDesk) -> Mapping[str, tuple[int, int]]:
    """Return how often each seller was taken over, and what billing charged for it, in minor units with tax."""
    ticketing, billing = Service(casework(MARKETS)), Service(charges(MARKETS))
    for n in range(COUNT):
        session = ticketing.session()
        await session.unit(Cause("test", "test")).execute(CASES, CaseId(f"cas_{n}"), the_case(n))
        await session.commit()
        await billing.hears(received(the_order(n), START))
    for announced in await desk.published(*ANNOUNCED):
        await ticketing.hears(announced)
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for activated in ticketing.told(TakeoverActivated):
        await billing.hears(activated)
        seller = activated.event.seller_id  # type: ignore[union-attr]
        found[seller] = (found[seller][0] + 1, found[seller][1])
    for (collection, _), stored in billing.store.aggregates.items():
        if collection == CHARGES.collection:
            terms = CHARGES.decode(stored.state).terms
            found[terms.seller_id] = (found[terms.seller_id][0], found[terms.seller_id][1] + terms.gross_minor)
    return found


CANDIDATES: dict[str, dict[str, Any]] = {
    "shorter hours": {"target_seconds": 2 * 3600, "mode": "elapsed"},
    "a longer target": {"target_seconds": 3 * 86_400},
    "silence leads to an alarm": {"on_silence": "supervisor_alarm"},
    "silence leads to something else that ticketing carries out": {"on_silence": "takeover_proposal_lapses"},
}


@pytest.mark.rule("S-6")
@pytest.mark.parametrize("changed", CANDIDATES.values(), ids=CANDIDATES.keys())
async def test_what_was_predicted_is_what_ticketing_and_billing_then_do(
    before: RuleDesk, after: RuleDesk, changed: dict[str, Any]
) -> None:
    """INVARIANT: would break if the dry run, or ticketing, judged silence by anything but the row's word."""
    content = row(**changed)
    after.now.at = START - timedelta(hours=1)
    await after.publish(content, START)
    await play(after)
    proposed = await before.propose(content, END + timedelta(days=1))
    report = await before.dry_run(proposed["candidate_id"], START, END)
    predicted = {seller["seller_id"]: seller for seller in report["sellers"]}
    was, became = await came_to(before), await came_to(after)
    assert was != became, "the candidate changes something"
    for seller in SELLERS:
        one = predicted.get(seller, defaultdict(int))
        takeovers, charged = became[seller][0] - was[seller][0], became[seller][1] - was[seller][1]
        assert one["takeovers_gained"] - one["takeovers_lost"] == takeovers
        assert one["charged_minor"] == charged
