"""What the screens about adjustments show: the order, and the report of what it did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from chassis.http import View
from chassis.store import Document
from ombud_words import AdjustmentId, SellerId
from sla_monitor.adjustments.domain import Adjustment, Correction, Credit, Migration


class SellerAdjustedView(View):
    """How many clocks of one seller were told, and how many deadlines moved."""

    seller_id: SellerId
    clocks_told: int
    clocks_moved: int


class AdjustmentView(View):
    """One fact that every clock of a market is told."""

    adjustment_id: AdjustmentId
    market: str
    sort: Literal["policy_migration", "calendar_correction", "outage_credit"]
    state: Literal["ordered", "applied"]
    cause: str
    kind: str | None
    calendar: str | None
    to_version: int | None
    from_at: datetime | None
    until: datetime | None
    ordered_by: str
    ordered_at: datetime
    applied_at: datetime | None
    clocks_read: int
    """Clocks that were looked at so far."""


class AdjustmentReport(AdjustmentView):
    """An adjustment with what it did, seller by seller; clocks that become known later are counted as they come."""

    clocks_told: int
    clocks_moved: int
    clocks_refused: int
    sellers: list[SellerAdjustedView]
    next_cursor: str | None


def adjustment_view(adjustment: Adjustment) -> AdjustmentView:
    """Return the screen of an adjustment."""
    return AdjustmentView(**_adjustment(adjustment))


def adjustment_report(
    adjustment: Adjustment, counted: tuple[int, int, int], sellers: Sequence[Document], next_cursor: str | None
) -> AdjustmentReport:
    """Return an adjustment with its totals (told, moved, refused) and a page of its sellers."""
    told, moved, refused = counted
    each = [SellerAdjustedView(seller_id=d["_id"], clocks_told=d["told"], clocks_moved=d["moved"]) for d in sellers]
    return AdjustmentReport(
        **_adjustment(adjustment),
        clocks_told=told,
        clocks_moved=moved,
        clocks_refused=refused,
        sellers=each,
        next_cursor=next_cursor,
    )


def _adjustment(a: Adjustment) -> dict[str, Any]:
    order = a.order
    return {
        "adjustment_id": a.id,
        "market": a.market,
        "sort": a.sort.value,
        "state": "ordered" if a.applied_at is None else "applied",
        "cause": a.cause,
        "kind": order.kind if isinstance(order, Migration) else None,
        "calendar": order.calendar if isinstance(order, Correction) else None,
        "to_version": None if isinstance(order, Credit) else order.to_version,
        "from_at": order.from_at if isinstance(order, Credit) else None,
        "until": order.until if isinstance(order, Credit) else None,
        "ordered_by": a.by,
        "ordered_at": a.ordered_at,
        "applied_at": a.applied_at,
        "clocks_read": a.clocks,
    }
