"""What a run of payouts takes, and what disputes keep back from payouts."""

from collections.abc import Mapping

from billing.lines.store import bought_line, is_refused
from billing.payouts.domain import Run
from billing.payouts.holding import hold_id_of, place, release
from billing.payouts.taking import begin, go_on, payout_id_of
from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_contracts import Received
from ombud_contracts.events import disputes
from ombud_contracts.events.payouts import PayoutAdvanced, PayoutRun
from ombud_words import Currency, Role, line_key
from ombud_words import Market as MarketId

_ENDS: Mapping[type[disputes.DisputeEvent], str] = {
    disputes.DisputeSettled: "settled",
    disputes.DisputeExecuted: "executed",
    disputes.DisputeClosed: "closed",
    disputes.DisputeWithdrawn: "withdrawn",
    disputes.DisputeLapsed: "lapsed",
}
"""What ends a hold, and as what it is told. A decision alone does not: it is executed first."""


async def hear_payouts(received: Received, unit: Unit) -> None:
    """Do what follows from one event for payouts. Raises NotYet when a dispute is about a line that was not told yet."""
    match received.event:
        case PayoutRun() as told:
            await begin(_run(told), unit)
        case PayoutAdvanced(payout_id=payout_id, more=True):
            await go_on(payout_id, unit)
        case disputes.DisputeOpened(opened_by=by) as dispute if by != Role.SELLER:
            await _hold(dispute, unit)
        case event if isinstance(event, disputes.DisputeEvent) and type(event) in _ENDS:
            await release(hold_id_of(event.dispute_id), _ENDS[type(event)], unit)


def _run(told: PayoutRun) -> Run:
    market, currency = MarketId(told.market), Currency(told.currency)
    return Run(
        payout_id=payout_id_of(told.run_id, told.seller_id, market, currency),
        run_id=told.run_id,
        seller_id=told.seller_id,
        market=market,
        currency=currency,
        run_at=told.run_at,
    )


async def _hold(dispute: disputes.DisputeOpened, unit: Unit) -> None:
    if await is_refused(unit, dispute.order_id):
        return
    paid = await bought_line(unit, dispute.order_id, dispute.line_id)
    if paid is None:
        raise NotYet(line_key(dispute.order_id, dispute.line_id))
    await place(dispute.dispute_id, dispute.case_id, dispute.order_id, dispute.line_id, paid, unit)
