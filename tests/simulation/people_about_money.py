"""People of a simulated marketplace about money: refunds are paid and directed, charges contested, judged and appealed, and sellers
paid out."""

from datetime import datetime, timedelta

from five_services import MARKETS
from people_in_disputes import PeopleInDisputes
from people_of_cases import SELLERS

from billing.charges.appealing import Judgement, appeal, decide_appeal
from billing.charges.charging import WantedCharge, approve, propose_line, refuse, review
from billing.charges.domain import ContestCharge, ReverseCharge, Status, UpholdCharge
from billing.charges.store import CHARGES
from billing.decisions.store import known_decision
from billing.lines import store as lines
from billing.refunds.ordering import cancel, order_anew
from billing.refunds.store import REFUNDS
from chassis.aggregate import Unit
from ombud_contracts.events import marketplace
from ombud_contracts.events.payouts import PayoutRun
from ombud_contracts.vocabulary import Role
from ombud_words import AppealOutcome


class PeopleAboutMoney(PeopleInDisputes):
    """Acts about refunds, charges and payouts as well."""

    async def pay(self) -> None:
        """The payment system carries a refund out, refuses it, or says again what it said."""
        refunds = self.world.nodes["billing"].store.documents("refunds")
        if not refunds:
            return
        order = self.random.choice(refunds)["state"]["order"]
        now, id = self.world.clock(), order["refund_id"]
        paid = marketplace.RefundPaid(
            refund_id=id, amount_minor=order["amount_minor"], currency=order["currency"], paid_at=now
        )
        refused = marketplace.RefundRefused(refund_id=id, reason="account_closed")
        self.world.tell(self.random.choices([paid, refused], [5, 1])[0], id, 1)

    def _charge(self, *fit: Status) -> str | None:
        """Return a charge, most often one in a state that fits; that which somebody works at, where somebody does."""
        known = self.world.nodes["billing"].store.documents("charges")
        fitting = [charge["_id"] for charge in known if charge["status"] in fit]
        if fitting and not self._at_the_same and self.random.random() < 0.8:
            self._last["charge"] = self.random.choice(fitting)
            return self._last["charge"]
        return self._recent("charge", [charge["_id"] for charge in known]) if known else None

    async def contest_a_charge(self) -> None:
        """A seller contests a charge."""
        charge_id = self._charge(Status.NOTIFIED, Status.POSTED, Status.SETTLED)
        if charge_id is not None:
            command = ContestCharge("not_my_fault", self.world.clock())
            await self.world.command("billing", lambda unit: unit.execute(CHARGES, charge_id, command), Role.SELLER)

    async def judge_a_charge(self) -> None:
        """A reviewer upholds a contested charge, or takes it back."""
        charge_id, now = self._charge(Status.CONTESTED), self.world.clock()
        if charge_id is None:
            return

        async def effect(unit: Unit) -> None:
            if self.random.random() < 0.5:
                await review(charge_id, UpholdCharge("evidence_stands", "sup_1", now, now + timedelta(days=30)), unit)
            else:
                await review(charge_id, ReverseCharge("evidence_fails", "sup_1", now), unit)

        await self.world.command("billing", effect, Role.SUPERVISOR)

    async def direct_a_refund(self) -> None:
        """Staff has a refused refund ordered anew, in the same way or another, or gives it up."""
        refunds = self.world.nodes["billing"].store.documents("refunds")
        if not refunds:
            return
        refund_id = self._recent("refund", [refund["_id"] for refund in refunds])
        step = self.random.choice(["retry", "bank_transfer", "cancel"])

        async def effect(unit: Unit) -> None:
            refund = await unit.read(REFUNDS, refund_id)
            assert refund is not None
            if step == "cancel":
                await cancel(refund_id, "given_up", "agt_1", unit)
                return
            method = None if step == "retry" else step
            await order_anew(refund, MARKETS["lv"], method=method, reason="again", by="agt_1", unit=unit)

        await self.world.command("billing", effect, Role.AGENT)

    async def propose_a_charge(self) -> None:
        """An agent proposes a further line of a decision; sometimes one of a kind that nobody may propose."""
        known = self.world.nodes["billing"].store.documents("known_decisions")
        if not known:
            return
        decision_id = self.random.choice(known)["_id"]
        kind = self.random.choice(["REPAIR", "RETURN_LABEL", "INSPECTION", "REFUND", "GOODWILL", "PENALTY"])
        line, amount = f"late_{self.random.randint(1, 3)}", self.random.randint(1, 13_000)

        async def effect(unit: Unit) -> None:
            decision = await known_decision(unit, decision_id)
            if decision is None or decision.decision is None:
                return
            decision.expect_standing()
            of = decision.decision
            paid = await lines.bought_line(unit, of.order_id, of.line_id)
            assert paid is not None, "what was decided was bought"
            wanted = WantedCharge(
                decision=of, line=line, kind=kind, net_minor=amount, proposed_by="agt_1", receipt="rcp_1"
            )
            await propose_line(wanted, "EUR", paid, MARKETS["lv"], unit)

        await self.world.command("billing", effect, Role.AGENT)

    async def answer_a_proposal(self) -> None:
        """A supervisor approves a proposed charge, or refuses it."""
        charge_id = self._charge(Status.PROPOSED)
        if charge_id is None:
            return
        approves = self.random.random() < 0.6

        async def effect(unit: Unit) -> None:
            charge = await unit.read(CHARGES, charge_id)
            assert charge is not None
            if not approves:
                await refuse(charge_id, "not_shown", unit)
                return
            paid = await lines.bought_line(unit, charge.terms.order_id, charge.terms.line_id)
            assert paid is not None, "what is charged was bought"
            await approve(charge, "sup_2", None, paid, MARKETS["lv"], unit)

        await self.world.command("billing", effect, Role.SUPERVISOR)

    async def appeal_a_charge(self) -> None:
        """A seller appeals what was upheld."""
        charge_id = self._charge(Status.UPHELD, Status.SETTLED)
        if charge_id is not None:
            await self.world.command(
                "billing", lambda unit: appeal(charge_id, Role.SELLER, ("facts_wrong",), unit), Role.SELLER
            )

    async def judge_an_appeal(self) -> None:
        """A supervisor who decided nothing about it decides the appeal of a charge, perhaps by another amount."""
        charge_id = self._charge(Status.APPEALED)
        if charge_id is None:
            return
        outcome = self.random.choice(list(AppealOutcome))
        share = self.random.choice([0, 40, 90, 100])

        async def effect(unit: Unit) -> None:
            charge = await unit.read(CHARGES, charge_id)
            assert charge is not None
            paid = await lines.bought_line(unit, charge.terms.order_id, charge.terms.line_id)
            assert paid is not None, "what is charged was bought"
            anew = max(1, charge.terms.net_minor * share // 100) if outcome == AppealOutcome.AMENDED else None
            judgement = Judgement(outcome=outcome, reasons=("looked_again",), reviewer_id="sup_3", net_minor=anew)
            await decide_appeal(charge, judgement, paid, unit)

        await self.world.command("billing", effect, Role.SUPERVISOR)

    async def pay_sellers_out(self) -> None:
        """The marketplace pays a seller out, perhaps says so twice, or late of a run that was to be earlier."""
        at = self.world.clock() - timedelta(hours=self.random.choice([0, 0, 0, 20]))
        self.run_payouts_of(self.random.choice(SELLERS), at, self.random.choice([1, 1, 2]))

    def run_payouts_of(self, seller: str, at: datetime, times: int = 1) -> None:
        """Tell a run of payouts of a seller, so many times."""
        run = PayoutRun(run_id=self._new("run"), seller_id=seller, market="lv", currency="EUR", run_at=at)
        for _ in range(times):
            self.world.tell(run, seller, 1)
