"""What others hear of adjustments; None for what is the monitor's own."""

from typing import Any, assert_never

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import sla_monitor as contract
from sla_monitor.adjustments import domain


def publish_adjustment(event: domain.AdjustmentEvent, state: domain.Adjustment) -> ContractEvent | None:
    """Return what others hear of an adjustment; each deadline that moves has an event of its own."""
    head: dict[str, Any] = {"adjustment_id": state.id, "market": state.market, "sort": state.sort.value}
    match event:
        case domain.PageTold():
            return None
        case domain.AdjustmentOrdered():
            return contract.AdjustmentOrdered(**head, cause=event.cause, ordered_at=event.at, **_ordered(event.order))
        case domain.AdjustmentApplied(told=told, moved=moved, sellers=sellers):
            return contract.AdjustmentApplied(
                **head, clocks_told=told, clocks_moved=moved, sellers=sellers, applied_at=event.at
            )
        case _:
            assert_never(event)


def _ordered(order: domain.Order) -> dict[str, Any]:
    match order:
        case domain.Migration(kind=kind, to_version=number):
            return {"kind": kind, "to_version": number}
        case domain.Correction(calendar=calendar, to_version=number):
            return {"calendar": calendar, "to_version": number}
        case domain.Credit(from_at=start, until=end):
            return {"from_at": start, "until": end}
        case _:
            assert_never(order)
