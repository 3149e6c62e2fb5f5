"""A decision's refund, ordered from the payment system within what was paid for the line."""

from datetime import datetime

from billing.decisions.domain import Decision
from billing.lines.domain import BoughtLine, ReserveRefund
from billing.lines.store import EXPOSURES, exposure_id
from billing.refunds.domain import OrderRefund
from billing.refunds.store import REFUNDS
from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_words import RefundId


async def order_refund(
    decision: Decision, amount_minor: int, paid: BoughtLine, *, goodwill: bool, at: datetime, unit: Unit
) -> None:
    """Order a decision's refund from the payment system, once.

    Goodwill is the platform's own money: it does not reduce what is left of the line. Raises RefundAbovePaid.
    """
    refund_id = RefundId(derived_id("rfd", decision.id))
    if await unit.read(REFUNDS, refund_id) is not None:
        return  # a repeat reserves nothing
    if not goodwill:
        command = ReserveRefund(refund_id=refund_id, wanted_minor=amount_minor, paid_minor=paid.paid_minor, at=at)
        await unit.execute(EXPOSURES, exposure_id(decision.order_id, decision.line_id), command)
    order = OrderRefund(
        refund_id=refund_id,
        case_id=decision.case_id,
        market=decision.market,
        decision_id=decision.id,
        order_id=decision.order_id,
        line_id=decision.line_id,
        buyer_id=decision.buyer_id,
        amount_minor=amount_minor,
        currency=paid.currency,
        goodwill=goodwill,
        at=at,
    )
    await unit.execute(REFUNDS, refund_id, order)
