"""Clocks about order lines: they run from the purchase, whether or not there is ever a case (the delivery guarantee).

A line's clocks stand under an id of their own, and their subject is the line's key; whoever is a party of the order sees them.
"""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from ombud_contracts import Received
from ombud_contracts.events import disputes
from ombud_contracts.events.marketplace import (
    DeliveryPromiseChanged,
    OrderDelivered,
    OrderLineCancelled,
    OrderPlaced,
)
from ombud_words import CaseId, LineId, LineKey, OrderId, Remedy, line_key
from sla_monitor.clocks.addressed import fact_id
from sla_monitor.clocks.domain.clock_event import ORDER_LINE, ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.parties import NameParties
from sla_monitor.clocks.store import CASES
from sla_monitor.rules.domain import About, Rules, Signal

Told = tuple[ClockRef, Fact]
_WHOLE = (Remedy.FULL_REFUND, Remedy.RETURN_AND_REFUND, Remedy.RETURNLESS_REFUND)
"""Remedies by which all that is left of a line is given back."""


def matter_of_line(key: LineKey) -> CaseId:
    """Return the id under which the clocks of an order line stand."""
    return CaseId(derived_id(ORDER_LINE.removesuffix("_"), key))


async def of_lines(received: Received, rules: Mapping[str, Rules], unit: Unit) -> list[Told]:
    """Return what clocks of order lines are told. Raises NotYet for a delivery or a change of a line that nobody told of."""
    match received.event:
        case OrderPlaced() as order:
            return await _bought(order, received, rules, unit)
        case (
            OrderDelivered(order_id=order_id, line_id=line_id)
            | DeliveryPromiseChanged(order_id=order_id, line_id=line_id)
            | OrderLineCancelled(order_id=order_id, line_id=line_id)
        ):
            told = await _told(order_id, line_id, _fact_of(received), rules, unit)
            if told is None:
                raise NotYet(line_key(order_id, line_id))
            return told
        case (
            disputes.DisputeDecided(order_id=order_id, line_id=line_id, decision=decision)
            | disputes.DisputeSettled(order_id=order_id, line_id=line_id, decision=decision)
            | disputes.AppealDecided(order_id=order_id, line_id=line_id, decision=disputes.Decision() as decision)
        ) if decision.remedy in _WHOLE:
            fact = Fact(fact_id(received), Signal.LINE_REFUNDED, received.at)
            return await _told(order_id, line_id, fact, rules, unit) or []
        case _:
            return []


def _fact_of(received: Received) -> Fact:
    id = fact_id(received)
    match received.event:
        case DeliveryPromiseChanged(promised_by=until, changed_at=at):
            return Fact(id, Signal.PROMISED_EARLIER, at, until=until)
        case OrderLineCancelled(cancelled_at=at):
            return Fact(id, Signal.LINE_CANCELLED, at)
        case OrderDelivered(delivered_at=at):
            return Fact(id, Signal.DELIVERED, at)
        case _:
            raise AssertionError("a step of an order line")


async def _bought(order: OrderPlaced, received: Received, rules: Mapping[str, Rules], unit: Unit) -> list[Told]:
    """Name the parties of each line, and begin its clocks."""
    found: list[Told] = []
    for line in order.lines:
        key = line_key(order.order_id, line.line_id)
        named = NameParties(order.market, order.buyer_id, order.seller_id, order.placed_at)
        await unit.execute(CASES, matter_of_line(key), named)
        fact = Fact(fact_id(received), Signal.DELIVERY_PROMISED, order.placed_at, until=line.promised_by)
        found += _heard_by(key, order.market, fact, rules)
    return found


async def _told(
    order_id: OrderId, line_id: LineId, fact: Fact, rules: Mapping[str, Rules], unit: Unit
) -> list[Told] | None:
    """Return the clocks of a line that hear it; None of a line that nobody told of."""
    key = line_key(order_id, line_id)
    parties = await unit.read(CASES, matter_of_line(key))
    if parties is None or parties.market is None:
        return None
    return _heard_by(key, parties.market, fact, rules)


def _heard_by(key: LineKey, market: str, fact: Fact, rules: Mapping[str, Rules]) -> list[Told]:
    """Of a line that is older than every rule of its market, or is sold where there are none, no clock hears anything."""
    if market not in rules:
        return []
    policies = rules[market].policies
    kinds = policies.kinds_told(fact.signal, fact.counts_at)
    return [
        (ClockRef(matter_of_line(key), kind, key, market), fact)
        for kind in kinds
        if policies.about(kind) is About.ORDER_LINE
    ]
