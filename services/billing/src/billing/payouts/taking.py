"""Takes the charges of a seller from a payout, a page in each transaction: a seller's month may have thousands of them.

A run that is told again takes nothing more, and one that is told late takes nothing that a later one took.
"""

from billing.charges.domain import SettleCharge
from billing.charges.store import CHARGES, charges_for_payout
from billing.payouts.domain import AdvancePayout, Run
from billing.payouts.store import PAYOUTS
from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_words import Currency, Market, PayoutId, RunId, SellerId

PAGE = 200


def payout_id_of(run_id: RunId, seller_id: SellerId, market: Market, currency: Currency) -> PayoutId:
    """Return the id of what a run pays to a seller, which is the same however often the run is told."""
    return PayoutId(derived_id("pay", run_id, seller_id, market, currency))


async def begin(run: Run, unit: Unit) -> None:
    """Take the first page of a run that was not told before."""
    if await unit.read(PAYOUTS, run.payout_id) is None:
        await _take(run, unit)


async def go_on(payout_id: PayoutId, unit: Unit) -> None:
    """Take the next page of a run; nothing after the last."""
    payout = await unit.read(PAYOUTS, payout_id)
    if payout is not None and not payout.done:
        await _take(payout.run, unit)


async def _take(run: Run, unit: Unit) -> None:
    found = await charges_for_payout(unit, run.seller_id, run.market, run.currency, run.run_at, PAGE + 1)
    await unit.session.preload(CHARGES, [charge.terms.charge_id for charge in found[:PAGE]])
    taken = repaid = 0
    for charge_id in (charge.terms.charge_id for charge in found[:PAGE]):
        before = await unit.read(CHARGES, charge_id)
        charge = await unit.execute(CHARGES, charge_id, SettleCharge(run.run_id, unit.now))
        if before is not None and before.settlement is None and charge.settlement is not None:
            taken += charge.terms.gross_minor
        if before is not None and before.repayment is None and charge.repayment is not None:
            repaid += charge.terms.gross_minor
    advance = AdvancePayout(
        run=run,
        taken_minor=taken,
        repaid_minor=repaid,
        charges=min(len(found), PAGE),
        more=len(found) > PAGE,
        at=unit.now,
    )
    await unit.execute(PAYOUTS, run.payout_id, advance)
