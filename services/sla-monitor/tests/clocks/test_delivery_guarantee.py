"""The delivery guarantee runs from the purchase, for each order line, whether or not there is ever a case (product rules,
section 5)."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from case_clocks import RULES, example

from chassis.aggregate import Cause, Session
from chassis.consuming import NotYet
from chassis.memory import MemoryStore
from chassis.testing import NOON
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events import disputes, marketplace
from ombud_contracts.golden import golden_example
from ombud_words import LineKey
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain.clock import Clock, Fire
from sla_monitor.clocks.order_lines import matter_of_line
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CASES, CLOCKS, clocks_of_case

pytestmark = [pytest.mark.rule("R-47"), pytest.mark.rule("S-5")]
DAY = timedelta(days=1)
PLACED = NOON
PROMISED = NOON + 3 * DAY
MARKETS_DAYS = 14 * DAY
"""What the row gives beyond the promised day."""
DUE = PROMISED + MARKETS_DAYS
LINE: dict[str, Any] = {"order_id": "ord_3", "line_id": "lin_4"}
KEY = LineKey("ord_3|lin_4")
MATTER = matter_of_line(KEY)


def order(
    market: str = "lv", placed_at: datetime = PLACED, promised_by: datetime = PROMISED
) -> marketplace.OrderPlaced:
    data = golden_example(marketplace.OrderPlaced)["data"]
    line = data["lines"][0] | {"line_id": "lin_4", "promised_by": promised_by.isoformat()}
    changed = {"order_id": "ord_3", "market": market, "placed_at": placed_at.isoformat(), "lines": [line]}
    return marketplace.OrderPlaced.model_validate(data | changed)


def delivered(at: datetime) -> Event:
    return marketplace.OrderDelivered(**LINE, delivered_at=at)


def promised(by: datetime, at: datetime) -> Event:
    return marketplace.DeliveryPromiseChanged(**LINE, promised_by=by, changed_at=at)


def cancelled(at: datetime) -> Event:
    return marketplace.OrderLineCancelled(**LINE, reason="sold_out", cancelled_at=at)


class Deliveries:
    """Clocks of order lines, which hear what the marketplace tells."""

    def __init__(self) -> None:
        self.store, self.consumer, self.heard = MemoryStore(), clocks(RULES), 0

    async def hears(self, event: Event, at: datetime, case_id: str | None = None) -> None:
        self.heard += 1
        id = f"evt_{self.heard}"
        metadata = Metadata(
            id=f"{id}:1",
            subject=id,
            sequence=1,
            key="ord_3",
            occurred_at=at,
            recorded_at=at,
            case_id=case_id,
            market="lv" if case_id else None,
            correlation_id=id,
            causation_id=id,
        )
        session = Session(self.store, lambda: at)
        received = Received(metadata=metadata, event=event, type=event.type)
        await self.consumer.handle(received, session.unit(Cause(metadata.id, id)))
        await session.commit()

    async def fire(self, at: datetime) -> None:
        session = Session(self.store, lambda: at)
        for clock in await clocks_of_case(self.store, MATTER):
            await session.unit(Cause("time", "time")).execute(CLOCKS, clock_id(clock.ref), Fire(at, RULES["lv"]))
        await session.commit()

    async def clock(self) -> Clock:
        found = await clocks_of_case(self.store, MATTER)
        assert [(c.ref.kind, c.ref.subject, c.about.value) for c in found] == [
            ("delivery_guarantee", KEY, "order_line")
        ]
        return found[0]

    async def rounds(self) -> list[tuple[str, datetime]]:
        return [(r.verdict.value, r.due_by) for r in (await self.clock()).rounds]


async def test_a_purchase_begins_it_and_the_markets_days_follow_the_promised_one() -> None:
    deliveries = Deliveries()
    await deliveries.hears(order(), PLACED)
    assert await deliveries.rounds() == [("RUNNING", DUE)]
    clock = await deliveries.clock()
    assert clock.rounds[0].owner == "seller"
    parties = await Session(deliveries.store, lambda: NOON).unit(Cause("t", "t")).read(CASES, MATTER)
    assert parties is not None
    assert (parties.market, parties.buyer_id, parties.seller_id) == ("lv", order().buyer_id, order().seller_id)


async def test_a_delivery_in_time_meets_it_and_nothing_after_it_begins_it_again() -> None:
    """INVARIANT: would break if an order that is told again, or another day, ran for what has arrived."""
    deliveries = Deliveries()
    await deliveries.hears(order(), PLACED)
    await deliveries.hears(delivered(PROMISED), PROMISED)
    await deliveries.hears(promised(PROMISED - DAY, PROMISED + DAY), PROMISED + DAY)
    await deliveries.hears(order(), PROMISED + 2 * DAY)
    assert await deliveries.rounds() == [("MET", DUE)]


@pytest.mark.parametrize("told", list(permutations(range(3))), ids=str)
async def test_another_day_counts_where_it_is_earlier_whatever_is_told_first(told: tuple[int, ...]) -> None:
    """INVARIANT: would break if a seller put off by a new day what the buyer bought on."""
    deliveries = Deliveries()
    await deliveries.hears(order(), PLACED)
    days = [
        (promised(PROMISED + 5 * DAY, PLACED + DAY), DUE),
        (promised(PROMISED - DAY, PLACED + DAY), DUE - DAY),
        (promised(PROMISED + 9 * DAY, PLACED + 2 * DAY), DUE),
    ]
    for number in told:
        await deliveries.hears(days[number][0], PLACED + 2 * DAY)
    assert await deliveries.rounds() == [("RUNNING", DUE - DAY)]


async def test_a_day_that_is_named_when_the_time_has_passed_changes_nothing() -> None:
    deliveries = Deliveries()
    await deliveries.hears(order(), PLACED)
    await deliveries.fire(DUE + DAY)
    await deliveries.hears(promised(PROMISED - DAY, DUE + DAY), DUE + DAY)
    clock = await deliveries.clock()
    assert (clock.rounds[0].due_by, clock.told[0].breached) == (DUE, True)


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(("came_at", "stands"), [(DUE, False), (DUE + timedelta(milliseconds=1), True)])
async def test_a_delivery_that_is_told_late_is_judged_by_when_it_came(came_at: datetime, stands: bool) -> None:
    """INVARIANT: would break if a seller were punished for a carrier who tells late."""
    deliveries = Deliveries()
    await deliveries.hears(order(), PLACED)
    await deliveries.fire(DUE + DAY)
    assert (await deliveries.clock()).told[0].breached
    await deliveries.hears(delivered(came_at), DUE + 2 * DAY)
    clock = await deliveries.clock()
    assert clock.told[0].breached is stands
    assert clock.rounds[0].verdict == ("MET_LATE" if stands else "MET")


async def test_a_line_that_is_cancelled_has_no_guarantee() -> None:
    deliveries = Deliveries()
    await deliveries.hears(order(), PLACED)
    await deliveries.hears(cancelled(PLACED + DAY), PLACED + DAY)
    await deliveries.fire(DUE + DAY)
    assert await deliveries.rounds() == [("VOID", DUE)]


@pytest.mark.parametrize(
    ("remedy", "verdict"), [("FULL_REFUND", "VOID"), ("RETURNLESS_REFUND", "VOID"), ("PARTIAL_REFUND", "RUNNING")]
)
@pytest.mark.parametrize("outcome", [disputes.DisputeDecided, disputes.DisputeSettled, disputes.AppealDecided])
async def test_what_is_given_back_in_whole_needs_no_guarantee(outcome: type[Event], remedy: str, verdict: str) -> None:
    deliveries = Deliveries()
    await deliveries.hears(order(), PLACED)
    decision = golden_example(disputes.DisputeDecided)["data"]["decision"] | {"remedy": remedy}
    await deliveries.hears(example(outcome, **LINE, decision=decision), PLACED + DAY, case_id="cas_1")
    assert await deliveries.rounds() == [(verdict, DUE)]


async def test_an_outcome_about_a_line_that_nobody_told_of_waits_for_nothing() -> None:
    deliveries = Deliveries()
    await deliveries.hears(example(disputes.DisputeDecided, **LINE), PLACED, case_id="cas_1")
    assert await clocks_of_case(deliveries.store, MATTER) == []


@pytest.mark.parametrize("event", [delivered(PROMISED), promised(PROMISED, PLACED), cancelled(PLACED)])
async def test_what_is_told_before_its_order_waits_for_it(event: Event) -> None:
    """INVARIANT: would break if a delivery were lost that is told first: the guarantee would lapse."""
    deliveries = Deliveries()
    with pytest.raises(NotYet):
        await deliveries.hears(event, PROMISED)


@pytest.mark.parametrize("told", [order("atlantis"), order(placed_at=datetime(1999, 1, 1, tzinfo=NOON.tzinfo))])
async def test_no_clock_runs_where_there_is_no_rule(told: marketplace.OrderPlaced) -> None:
    """INVARIANT: would break if an order of an unknown market, or of a time before all rules, went to the dead letters."""
    deliveries = Deliveries()
    await deliveries.hears(told, PLACED)
    assert await clocks_of_case(deliveries.store, MATTER) == []
    await deliveries.hears(delivered(PROMISED), PROMISED)
