"""What payouts and disputes do to the money of order lines, as further steps of the machine."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from billing_situations import LATER, NOON
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from ledger_steps import BOUGHT, PAID, LedgerSteps

from billing.charges.domain import Charge, Status
from billing.ledger.domain import PAYOUTS, Entry
from billing.payouts.domain import Hold, Payout, Run
from billing.payouts.holding import expire, hold_id_of, place, release, restore
from billing.payouts.store import HOLDS
from billing.payouts.store import PAYOUTS as RUNS
from billing.payouts.taking import begin, go_on, payout_id_of
from chassis.aggregate import Unit
from ombud_words import DisputeId, RunId

BEFORE = NOON - timedelta(hours=1)
AFTER = LATER + timedelta(days=1)
DISPUTES = {f"dsp_{n}": line for n, line in enumerate([*sorted(PAID)] * 3)}


class PayoutSteps(LedgerSteps):
    """Billing that pays out and holds back beside it."""

    @initialize()
    def begin_payouts(self) -> None:
        self.taken_while_contested: list[str] = []
        self.taken_before_posted: list[str] = []

    def payouts(self) -> list[Payout]:
        return [RUNS.decode(state) for state in self.kept("payouts").values()]

    def holds(self) -> list[Hold]:
        return [HOLDS.decode(state) for state in self.kept("holds").values()]

    def charged(self) -> list[Entry]:
        """Return the entries by which something is charged, reversed or refunded."""
        return [e for e in self.entries() if PAYOUTS not in {p.account for p in e.postings}]

    def settled(self) -> list[Entry]:
        """Return the entries by which payouts take and pay back."""
        return [e for e in self.entries() if PAYOUTS in {p.account for p in e.postings}]

    @rule(number=st.integers(0, 5), line=st.sampled_from(sorted(PAID)), at=st.sampled_from([BEFORE, AFTER, AFTER]))
    def run_a_payout(self, number: int, line: str, at: datetime) -> None:
        paid = PAID[line]
        run_id = RunId(f"run_{number}")
        run = Run(
            payout_id=payout_id_of(run_id, paid.seller_id, paid.market, paid.currency),
            run_id=run_id,
            seller_id=paid.seller_id,
            market=paid.market,
            currency=paid.currency,
            run_at=at,
        )
        before = {c.terms.charge_id: c for c in self.charges()}
        self.run_step(lambda unit: begin(run, unit))
        self.run_step(lambda unit: go_on(run.payout_id, unit))
        for charge in self.charges():
            self._look_at(before[charge.terms.charge_id], charge, at)

    def _look_at(self, before: Charge, after: Charge, at: datetime) -> None:
        if before.settlement is not None or after.settlement is None:
            return
        if before.status == Status.CONTESTED:
            self.taken_while_contested.append(after.terms.charge_id)
        if before.posted_at is None or before.posted_at > at:
            self.taken_before_posted.append(after.terms.charge_id)

    @rule(dispute=st.sampled_from(sorted(DISPUTES)))
    def open_a_dispute(self, dispute: str) -> None:
        line = DISPUTES[dispute]
        self.run_step(lambda unit: place(DisputeId(dispute), "cas_0", "ord_1", line, BOUGHT[line], unit))

    @rule(dispute=st.sampled_from(sorted(DISPUTES)), step=st.sampled_from(["settled", "expire", "expire", "restore"]))
    def end_a_hold_or_take_its_end_back(self, dispute: str, step: str) -> None:
        id = hold_id_of(DisputeId(dispute))
        steps: dict[str, Callable[[Unit], Awaitable[None]]] = {
            "settled": lambda unit: release(id, "settled", unit),
            "expire": lambda unit: expire(id, LATER, unit),
            "restore": lambda unit: restore(id, unit),
        }
        self.run_step(steps[step])
