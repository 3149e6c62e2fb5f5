"""What somebody who schemes can do with charges and refunds: contest, judge, approve and propose them, pay and direct them."""

from datetime import timedelta

from scheming_about_cases import LV, STAFF
from scheming_in_disputes import SchemersInDisputes

from billing.charges.charging import WantedCharge, approve, propose_line, refuse, review
from billing.charges.domain import ContestCharge, ReverseCharge, Status, UpholdCharge
from billing.charges.store import CHARGES
from billing.decisions.store import DECISIONS, known_decision
from billing.lines.store import bought_line as paid_line
from billing.refunds.domain import Status as RefundStatus
from billing.refunds.ordering import cancel, order_anew
from billing.refunds.store import REFUNDS
from chassis.aggregate import Unit
from ombud_contracts.events import billing, marketplace
from ombud_contracts.vocabulary import Role
from ombud_words import ChargeKind

_LATE = (ChargeKind.REPAIR, ChargeKind.RETURN_LABEL, ChargeKind.INSPECTION)


class SchemersAboutMoney(SchemersInDisputes):
    """Fights about what was charged and paid."""

    # -- Refunds ----------------------------------------------------------------------------------------------------

    async def pay(self) -> None:
        """The payment system carries out a refund that it heard of, refuses it, or says again what it said."""
        found = self._some("billing", REFUNDS, lambda refund: bool(refund["status"] == RefundStatus.ORDERED))
        if found is None or not self._was_ordered(found[0]):
            return
        order, now = found[1]["order"], self.world.clock()
        paid = marketplace.RefundPaid(
            refund_id=found[0], amount_minor=order["amount_minor"], currency=order["currency"], paid_at=now
        )
        refused = marketplace.RefundRefused(refund_id=found[0], reason="account_closed")
        self.world.tell(self.random.choices([paid, refused], [3, 2])[0], found[0], 1)

    def _was_ordered(self, refund_id: str) -> bool:
        """Tell whether the payment system heard of a refund: one that was held back is nobody's to pay."""
        logs = (log for (topic, _), log in self.world.broker.partitions.items() if topic == billing.RefundOrdered.topic)
        told = (record.received.event for log in logs for record in log)
        return any(isinstance(event, billing.RefundOrdered) and event.refund_id == refund_id for event in told)

    async def direct_a_refund(self) -> None:
        """Staff has a refused refund ordered anew, in the same way or another, or gives it up."""
        found = self._some("billing", REFUNDS, lambda refund: bool(refund["status"] == RefundStatus.FAILED))
        if found is None:
            return
        who = self._one_of(Role.AGENT)
        step = self._step({"retry a refund": 2, "refund by bank transfer": 2, "cancel a refund": 1})

        async def effect(unit: Unit) -> None:
            refund = await unit.read(REFUNDS, found[0])
            assert refund is not None, "a refund is never forgotten"
            if step == "cancel a refund":
                await cancel(refund.order.refund_id, "given_up", who, unit)
                return
            method = None if step == "retry a refund" else "bank_transfer"
            await order_anew(refund, LV, method=method, reason="again", by=who, unit=unit)

        await self._as("billing", Role.AGENT, effect)

    # -- Charges ----------------------------------------------------------------------------------------------------

    async def propose_a_charge(self) -> None:
        """Somebody of the staff proposes a further line of a decision; sometimes one of a kind that nobody may propose."""
        found = self._some(
            "billing", DECISIONS, lambda known: bool(known["decision"] and known["decision"]["binds_seller"])
        )
        if found is None:
            return
        role, who = self._staff()
        kind = self.random.choice(_LATE if self._sensible() else list(ChargeKind))
        line, amount = f"late_{self.random.randint(1, 3)}", self.random.choice([0, 100, 690, 2_500, 9_000, 13_000])

        async def effect(unit: Unit) -> None:
            known = await known_decision(unit, found[0])
            if known is None or known.decision is None:
                return
            known.expect_standing()
            paid = await paid_line(unit, known.decision.order_id, known.decision.line_id)
            assert paid is not None, "what was decided was bought"
            wanted = WantedCharge(
                decision=known.decision, line=line, kind=kind, net_minor=amount, proposed_by=who, receipt="rcp_1"
            )
            await propose_line(wanted, paid.currency, paid, LV, unit)

        await self._as("billing", role, effect)

    async def answer_a_proposal(self) -> None:
        """Somebody of the staff approves a charge or refuses it, perhaps their own."""
        found = self._some("billing", CHARGES, lambda charge: bool(charge["status"] == Status.PROPOSED))
        if found is None:
            return
        terms = found[1]["terms"]
        role, who = self._staff((Role.SUPERVISOR,), (terms["decided_by"], terms["proposed_by"]))
        step = self._step({"approve a charge": 3, "refuse a charge": 1})

        async def effect(unit: Unit) -> None:
            charge = await unit.read(CHARGES, found[0])
            assert charge is not None, "a charge is never forgotten"
            if step == "refuse a charge":
                await refuse(charge.terms.charge_id, "not_shown", unit)
                return
            paid = await paid_line(unit, charge.terms.order_id, charge.terms.line_id)
            assert paid is not None, "what is charged was bought"
            await approve(charge, who, LV.authority.approves_up_to(role), paid, LV, unit)

        await self._as("billing", role, effect)

    async def contest_a_charge(self) -> None:
        """A seller contests a charge, in time or not."""
        told = (Status.NOTIFIED, Status.POSTED, Status.SETTLED)
        found = self._some("billing", CHARGES, lambda charge: charge["status"] in told)
        if found is not None:
            command = ContestCharge(self.random.choice(["not_my_fault", "too_much"]), self.world.clock())
            await self._as("billing", Role.SELLER, lambda unit: unit.execute(CHARGES, found[0], command))

    async def judge_a_charge(self) -> None:
        """Somebody of the staff upholds a charge or reverses it, perhaps their own."""
        found = self._some("billing", CHARGES, lambda charge: bool(charge["status"] == Status.CONTESTED))
        if found is None:
            return
        charge, now = found[1], self.world.clock()
        own = (charge["terms"]["decided_by"], charge["terms"]["proposed_by"], charge["approved_by"])
        role, who = self._staff(tuple(STAFF), own)
        step = self._step({"uphold a charge": 1, "reverse a charge": 1})
        until = now + timedelta(days=LV.legal.appeal_days)
        upholds = step == "uphold a charge"
        verdict = UpholdCharge("stands", who, now, until) if upholds else ReverseCharge("fails", who, now)
        await self._as("billing", role, lambda unit: review(charge["terms"]["charge_id"], verdict, unit))

    # -- Payouts ----------------------------------------------------------------------------------------------------

    async def pay_sellers_out(self) -> None:
        """The marketplace pays a seller out, and perhaps says so again, or late of a run that was to be earlier."""
        found = self._some("billing", CHARGES, lambda charge: bool(charge["status"] == Status.POSTED))
        if found is None:
            return
        late = self.random.choice([0, 0, 0, 3])
        self.run_payouts_of(
            found[1]["terms"]["seller_id"], self.world.clock() - timedelta(days=late), self.random.choice([1, 1, 2])
        )
