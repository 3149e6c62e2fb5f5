"""Places, moves and releases holds: the oldest dispute about a line that has no outcome holds what is left of it, so that no two
hold the same money, and no hold keeps back what the buyer has again."""

from datetime import datetime

from billing.lines.domain import BoughtLine, HoldBack, LetGo, ShareHolds
from billing.lines.store import EXPOSURES, bought_line, exposure_id
from billing.payouts.domain import (
    ExpireHold,
    Held,
    PlaceHold,
    ReleaseHold,
    ResizeHold,
    RestoreHold,
    Status,
)
from billing.payouts.store import HOLDS
from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_words import CaseId, Currency, DisputeId, HoldId, LineId, OrderId


def hold_id_of(dispute_id: DisputeId) -> HoldId:
    """Return the id of a dispute's hold, which is the same however often the dispute is told."""
    return HoldId(derived_id("hld", dispute_id))


async def place(
    dispute_id: DisputeId, case_id: CaseId, order_id: OrderId, line_id: LineId, paid: BoughtLine, unit: Unit
) -> None:
    """Hold what is left of the line back from the seller's payouts, once; nothing while nothing is left, or an older dispute
    holds it."""
    hold_id = hold_id_of(dispute_id)
    if await unit.read(HOLDS, hold_id) is not None:
        return  # a repeat holds no more
    back = HoldBack(hold_id=hold_id, paid_minor=paid.paid_minor, at=unit.now)
    exposure = await unit.execute(EXPOSURES, exposure_id(order_id, line_id), back)
    held = Held(
        hold_id=hold_id,
        dispute_id=dispute_id,
        case_id=case_id,
        seller_id=paid.seller_id,
        market=paid.market,
        order_id=order_id,
        line_id=line_id,
        amount_minor=exposure.held(hold_id),
        currency=Currency(paid.currency),
    )
    await unit.execute(HOLDS, hold_id, PlaceHold(held, unit.now))


async def release(hold_id: HoldId, cause: str, unit: Unit) -> None:
    """End a dispute's hold, once, by its outcome; one that is told first leaves nothing to place."""
    hold = await unit.execute(HOLDS, hold_id, ReleaseHold(cause, unit.now))
    if hold.held is not None:
        await _let_go(hold.held, unit)


async def expire(hold_id: HoldId, silent_until: datetime, unit: Unit) -> None:
    """End a hold at its time limit, as its clock says; one that was placed after that has a limit of its own."""
    if await unit.read(HOLDS, hold_id) is None:
        return
    hold = await unit.execute(HOLDS, hold_id, ExpireHold(silent_until, unit.now))
    if hold.held is not None and hold.status == Status.RELEASED:
        await _let_go(hold.held, unit)


async def restore(hold_id: HoldId, unit: Unit) -> None:
    """Hold again what a time limit ended that had not passed (S-3), while its dispute has no outcome."""
    before = await unit.read(HOLDS, hold_id)
    if before is None:
        return
    hold = await unit.execute(HOLDS, hold_id, RestoreHold(unit.now))
    if hold.held is None or hold.status != Status.WAITING or before.status == Status.WAITING:
        return
    paid = await bought_line(unit, hold.held.order_id, hold.held.line_id)
    assert paid is not None, "what was held was bought"
    back = HoldBack(hold_id=hold_id, paid_minor=paid.paid_minor, at=unit.now)
    await unit.execute(EXPOSURES, exposure_id(hold.held.order_id, hold.held.line_id), back)
    await share(hold.held.order_id, hold.held.line_id, unit)


async def share(order_id: OrderId, line_id: LineId, unit: Unit) -> None:
    """Have each dispute about a line hold what it may, after a refund was paid or refused, or a dispute ended."""
    id = exposure_id(order_id, line_id)
    exposure = await unit.read(EXPOSURES, id)
    paid = await bought_line(unit, order_id, line_id)
    if exposure is None or not exposure.holds or paid is None:
        return
    exposure = await unit.execute(EXPOSURES, id, ShareHolds(paid.paid_minor, unit.now))
    for part in exposure.holds:
        await unit.execute(HOLDS, HoldId(part.id), ResizeHold(part.minor, unit.now))


async def _let_go(held: Held, unit: Unit) -> None:
    await unit.execute(EXPOSURES, exposure_id(held.order_id, held.line_id), LetGo(held.hold_id, unit.now))
    await share(held.order_id, held.line_id, unit)
