"""Billing in the memory store, which hears events, and what is decided and paid there."""

from datetime import datetime

from billing_desk import PARTIES, decided

from billing.charges.charging import WantedCharge, propose_line
from billing.charges.domain import Charge
from billing.charges.store import CHARGES
from billing.decisions.store import known_decision
from billing.ledger.store import LEDGER
from billing.lines.store import EXPOSURES, bought_line, exposure_id
from billing.processes.consumers import hear
from billing.refunds.domain import Refund
from billing.refunds.ordering import cancel, order_anew
from billing.refunds.store import REFUNDS
from chassis.aggregate import Cause, Unit
from chassis.testing import NOON, Bench
from chassis.testing.desk import received
from ombud_contracts import Event
from ombud_contracts.events import disputes, marketplace
from ombud_contracts.market import load_markets

MARKETS = load_markets()
LV = MARKETS["lv"]


class Billing(Bench[None]):
    """Billing that hears events, one transaction each."""

    async def hear(self, *events: Event, at: datetime = NOON) -> None:
        for event in events:
            session = self.session()
            await hear(received(event, at), session.unit(Cause("event", "test")), MARKETS)
            await session.commit()

    async def hear_nth(self, sequence: int, subject: str, event: Event) -> None:
        """Hear an event that is the n-th of its aggregate."""
        session = self.session()
        await hear(
            received(event, NOON, sequence=sequence, subject=subject), session.unit(Cause("event", "test")), MARKETS
        )
        await session.commit()

    def unit(self) -> Unit:
        return self.session().unit(Cause("test", "test"))

    def refunds(self) -> list[Refund]:
        kept = [s.state for (collection, _), s in self.store.aggregates.items() if collection == "refunds"]
        return sorted(map(REFUNDS.decode, kept), key=lambda r: (r.order.decision_id, r.order.attempt))

    def charges(self) -> dict[tuple[str, str], Charge]:
        kept = [s.state for (collection, _), s in self.store.aggregates.items() if collection == "charges"]
        return {(c.terms.decision_id, c.terms.line): c for c in map(CHARGES.decode, kept)}

    def balance(self, account: str) -> int:
        rows = self.store.rows.get(LEDGER, {}).values()
        return sum(p["amount_minor"] for row in rows for p in row["postings"] if p["account"] == account)

    async def room(self) -> tuple[int, int]:
        """Return what charges and refunds take of the line."""
        exposure = await self.unit().read(EXPOSURES, exposure_id("ord_3", "lin_4"))
        return (sum(p.minor for p in exposure.charges), exposure.refunded_minor) if exposure else (0, 0)

    async def again(self, refund: Refund, method: str | None = None) -> None:
        session = self.session()
        unit = session.unit(Cause("staff", "test"))
        await order_anew(refund, LV, method=method, reason="account_confirmed", by="agt_1", unit=unit)
        await session.commit()

    async def give_up(self, refund: Refund) -> None:
        session = self.session()
        await cancel(refund.order.refund_id, "decision_appealed", "agt_1", session.unit(Cause("staff", "test")))
        await session.commit()

    def told(self) -> list[str]:
        return [dict(row.headers)["ce_type"].decode() for row in self.store.outbox.values()]  # type: ignore[union-attr]


def by(decision_id: str, refund_minor: int, **changes: object) -> disputes.DisputeDecided:
    outcome = decided(refund_minor)
    decision = outcome.decision.model_copy(update={"decision_id": decision_id, **changes})
    return outcome.model_copy(update={"decision": decision})


def paid(refund: Refund, **changes: object) -> marketplace.RefundPaid:
    o = refund.order
    outcome = marketplace.RefundPaid(
        refund_id=o.refund_id, amount_minor=o.amount_minor, currency=o.currency, paid_at=NOON
    )
    return outcome.model_copy(update=changes)


def refused(refund: Refund) -> marketplace.RefundRefused:
    return marketplace.RefundRefused(refund_id=refund.order.refund_id, reason="card_closed")


def appealed(
    outcome: str, holds: disputes.DisputeDecided | None = None, given_minor: int = 0
) -> disputes.AppealDecided:
    return disputes.AppealDecided(
        **PARTIES,
        dispute_id="dsp_1",
        case_id="cas_1",
        appeal_id="apl_1",
        decision_id="dec_1",
        outcome=outcome,
        reasons=("new_evidence",),
        decision=holds.decision if holds is not None else None,
        given_minor=given_minor,
        decided_by="supervisor",
        reviewer_id="sup_1",
        decided_at=NOON,
    )


async def a_proposal(billing: Billing) -> Charge:
    session = billing.session()
    unit = session.unit(Cause("staff", "test"))
    known = await known_decision(unit, "dec_1")
    bought = await bought_line(unit, "ord_3", "lin_4")
    assert known is not None
    assert known.decision is not None
    assert bought is not None
    wanted = WantedCharge(
        decision=known.decision, line="repair", kind="REPAIR", net_minor=1_000, proposed_by="agt_1", receipt="rcp_1"
    )
    charge = await propose_line(wanted, "EUR", bought, LV, unit)
    await session.commit()
    return charge
