"""Places and releases holds: what is left of the line, of which no two disputes hold the same money."""

from billing.lines.domain import BoughtLine, HoldBack, LetGo
from billing.lines.store import EXPOSURES, exposure_id
from billing.payouts.domain import Held, Hold, PlaceHold, ReleaseHold, Status
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
    """Hold what is left of the line back from the seller's payouts, once; nothing when nothing is left."""
    hold_id = hold_id_of(dispute_id)
    if await unit.read(HOLDS, hold_id) is not None:
        return  # a repeat holds no more
    back = HoldBack(hold_id=hold_id, paid_minor=paid.paid_minor, at=unit.now)
    exposure = await unit.execute(EXPOSURES, exposure_id(order_id, line_id), back)
    amount = exposure.held(hold_id)
    if amount == 0:
        return
    held = Held(
        hold_id=hold_id,
        dispute_id=dispute_id,
        case_id=case_id,
        seller_id=paid.seller_id,
        market=paid.market,
        order_id=order_id,
        line_id=line_id,
        amount_minor=amount,
        currency=Currency(paid.currency),
    )
    await unit.execute(HOLDS, hold_id, PlaceHold(held, unit.now))


async def release(hold_id: HoldId, cause: str, unit: Unit) -> Hold:
    """End a hold, once, whatever else ends it later; an end that is told first leaves nothing to place."""
    before = await unit.read(HOLDS, hold_id)
    hold = await unit.execute(HOLDS, hold_id, ReleaseHold(cause, unit.now))
    if before is not None and before.held is not None and before.status == Status.PLACED:
        held = before.held
        await unit.execute(EXPOSURES, exposure_id(held.order_id, held.line_id), LetGo(hold_id, unit.now))
    return hold
