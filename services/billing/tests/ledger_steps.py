"""What can happen to the money of order lines, as steps that a machine takes in any order: each is one transaction that ends
whole or is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from billing_situations import CONTEST, LATER, NOON
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from billing.cases.domain import NoteClosing
from billing.cases.store import KNOWN_CASES
from billing.charges.charging import (
    PASSED_ON,
    WantedCharge,
    approve,
    end_proposals,
    lapse,
    propose_line,
    refuse,
    review,
)
from billing.charges.domain import LATE_KINDS, Charge, ContestCharge, ReverseCharge, Status, UpholdCharge
from billing.charges.store import CHARGES
from billing.decisions.domain import Decision
from billing.decisions.store import DECISIONS as KNOWN
from billing.ledger.domain import Entry, Posting
from billing.ledger.store import LEDGER
from billing.lines.domain import BoughtLine, NoteLine
from billing.lines.domain.cap import Exposure, Part
from billing.lines.store import EXPOSURES, LINES, exposure_id
from billing.processes.consequences import ChargedLine, Decided, Refunded, carry_out, undo
from billing.refunds.domain import CompleteRefund, Refund
from billing.refunds.domain import Status as RefundStatus
from billing.refunds.ordering import cancel, order_anew, revive, take_payment, take_refusal
from billing.refunds.store import REFUNDS
from billing.refusals import Refusal
from chassis.aggregate import Cause, Unit
from chassis.testing import Bench
from ombud_contracts.market import load_markets
from ombud_words import ChargeKind, line_key

_LV = load_markets()["lv"]
LV = _LV.model_copy(update={"tariff": _LV.tariff.model_copy(update={"penalties_minor": {"abuse": 2_500}})})
MARKETS = {"lv": LV, "zl": LV.model_copy(update={"id": "zl", "currency": "PLN"})}
PAID = {
    "lin_1": BoughtLine(market="lv", seller_id="sel_1", buyer_id="buy_1", currency="EUR", paid_minor=12_990),
    "lin_2": BoughtLine(market="zl", seller_id="sel_2", buyer_id="buy_2", currency="PLN", paid_minor=500_000),
}
ABROAD = BoughtLine(market="lv", seller_id="sel_1", buyer_id="buy_1", currency="JPY", paid_minor=30_000)
"""A line that was noted before orders in another currency than their market's were refused."""
BOUGHT = {**PAID, "lin_3": ABROAD}
REVIEWERS = ("agt_1", "med_7", "sup_1", "sup_2")
DECISIONS = [
    Decision(
        id=f"dec_{n}",
        case_id=f"cas_{n // 8}",
        market=paid.market,
        seller_id=paid.seller_id,
        buyer_id=paid.buyer_id,
        order_id="ord_1",
        line_id=line,
        appeal_until=LATER,
        decided_by="med_7" if n % 2 else None,
        binds_seller=n not in (8, 9),
    )
    for n, (line, paid) in enumerate([*([*PAID.items()] * 6), ("lin_3", ABROAD)])
]
NEVER_OWED = (Status.REVERSED, Status.WITHDRAWN, Status.RELEASED, Status.PROPOSED)
TAKING = (RefundStatus.ORDERED, RefundStatus.COMPLETED)

FEES = (ChargeKind.HANDLING_FEE, ChargeKind.RETURN_LABEL, ChargeKind.INSPECTION)

decisions = st.sampled_from(DECISIONS)
cases = st.sampled_from(sorted({decision.case_id for decision in DECISIONS}))
names = st.sampled_from(["refund", "return_label", "handling_fee", "abuse"])
kinds = st.sampled_from(sorted(ChargeKind))
amounts = st.integers(1, 600_000) | st.integers(1, 13_000)
charged_lines = st.builds(ChargedLine, names, kinds, amounts | st.none())
refunded = st.builds(Refunded, amounts, goodwill=st.booleans())
indexes = st.integers(0, 50)
people = st.sampled_from(REVIEWERS)


class LedgerSteps(RuleBasedStateMachine):
    """Billing in the memory store."""

    @initialize()
    def start(self) -> None:
        self.bench: Bench[None] = Bench()
        self.refused: list[type[Refusal]] = []
        self.paid_after_refusal: set[str] = set()
        self.judged: list[tuple[Charge, str]] = []
        """Charges as they were when somebody approved or reviewed them."""
        self.contested_late: list[str] = []
        self.ordered_after_payment: list[str] = []
        """Decisions whose refund was ordered although an order of it was paid."""
        for line_id, paid in BOUGHT.items():
            note = NoteLine(paid, NOON)
            self.run_step(lambda unit, line=line_id, note=note: unit.execute(LINES, line_key("ord_1", line), note))

    def run_step(self, step: Callable[[Unit], Awaitable[object]]) -> bool:
        """Take a step; return whether the rules let it."""

        async def transaction() -> None:
            session = self.bench.session()
            await step(session.unit(Cause("test", "test")))
            await session.commit()

        try:
            asyncio.run(transaction())
        except Refusal as refusal:
            self.refused.append(type(refusal))
            return False
        return True

    def kept(self, collection: str) -> dict[str, Any]:
        return {id: s.state for (c, id), s in self.bench.store.aggregates.items() if c == collection}

    def charges(self) -> list[Charge]:
        return [CHARGES.decode(state) for state in self.kept("charges").values()]

    def refunds(self) -> list[Refund]:
        return [REFUNDS.decode(state) for state in self.kept("refunds").values()]

    def exposure(self, line_id: str) -> Exposure:
        state = self.kept("exposures").get(exposure_id("ord_1", line_id))
        return EXPOSURES.decode(state) if state else Exposure()

    def granted(self, line_id: str) -> list[Part]:
        """Return the parts of a line for which something was left under the cap."""
        return [part for part in self.exposure(line_id).charges if part.minor]

    def taken_back(self) -> set[str]:
        return {id for id, state in self.kept("known_decisions").items() if KNOWN.decode(state).taken_back}

    def decided(self) -> list[Decision]:
        """Return the decisions that stand: the route refuses a proposal by any other."""
        known = [KNOWN.decode(state) for state in self.kept("known_decisions").values()]
        return [one.decision for one in known if one.decision is not None and not one.taken_back]

    def entries(self) -> list[Entry]:
        return [
            Entry(
                id=id,
                currency=d["currency"],
                postings=tuple(Posting(**p) for p in d["postings"]),
                caused_by=d["caused_by"],
                reverses=d["reverses"],
                at=d["at"],
            )
            for id, d in self.bench.store.rows.get(LEDGER, {}).items()
        ]

    @rule(decision=decisions, lines=st.lists(charged_lines, max_size=3), refund=refunded | st.none())
    def decide(self, decision: Decision, lines: list[ChargedLine], refund: Refunded | None) -> None:
        paid, market = BOUGHT[decision.line_id], MARKETS[decision.market]
        decided = Decided(decision=decision, lines=lines, refund=refund, paid=paid)
        self.run_step(lambda unit: carry_out(decided, market, unit))

    @rule(case=cases, line=st.sampled_from(sorted(PAID)), kind=st.sampled_from(FEES))
    def decide_everything_in_a_case_with_a_fee(self, case: str, line: str, kind: str) -> None:
        for decision in (d for d in DECISIONS if (d.case_id, d.line_id) == (case, line)):
            self.decide(decision, [ChargedLine("fee", kind), ChargedLine("fee_again", kind)], None)

    @rule(decision=decisions, announced=st.lists(kinds, max_size=2))
    def take_a_decision_back(self, decision: Decision, announced: list[str]) -> None:
        self.run_step(lambda unit: undo(decision.id, decision.case_id, announced, "breach_withdrawn", unit))

    @precondition(lambda self: self.decided())
    @rule(at=indexes, kind=st.sampled_from([*LATE_KINDS * 3, *ChargeKind]), amount=amounts)
    def propose_a_late_line(self, at: int, kind: str, amount: int) -> None:
        decision = self.decided()[at % len(self.decided())]
        paid, market = BOUGHT[decision.line_id], MARKETS[decision.market]
        wanted = WantedCharge(
            decision=decision, line="late", kind=kind, net_minor=amount, proposed_by="agt_1", receipt="rcp_1"
        )
        self.run_step(lambda unit: propose_line(wanted, market.currency, paid, market, unit))

    @rule(case=cases, closed=st.booleans())
    def close_or_reopen(self, case: str, closed: bool) -> None:
        async def ended(unit: Unit) -> None:
            await unit.execute(KNOWN_CASES, case, NoteClosing(closed, NOON))
            if closed:
                await end_proposals(case, unit)

        self.run_step(ended)

    def proposals(self) -> list[Charge]:
        return [charge for charge in self.charges() if charge.open_proposal]

    @precondition(lambda self: self.proposals())
    @rule(at=indexes, who=people)
    def approve_a_proposal(self, at: int, who: str) -> None:
        charge = self.proposals()[at % len(self.proposals())]
        paid, market = BOUGHT[charge.terms.line_id], MARKETS[charge.terms.market]
        if self.run_step(lambda unit: approve(charge, who, None, paid, market, unit)):
            self.judged.append((charge, who))

    @precondition(lambda self: self.kept("charges"))
    @rule(at=indexes, who=people, step=st.sampled_from(["uphold", "reverse"]))
    def judge_a_charge(self, at: int, who: str, step: str) -> None:
        charge = self.charges()[at % len(self.charges())]
        id = charge.terms.charge_id
        steps: dict[str, Callable[[Unit], Awaitable[object]]] = {
            "uphold": lambda unit: review(id, UpholdCharge("stands", who, LATER), unit),
            "reverse": lambda unit: review(id, ReverseCharge("fails", who, LATER), unit),
        }
        if self.run_step(steps[step]):
            self.judged.append((charge, who))

    @precondition(lambda self: self.kept("charges"))
    @rule(at=indexes, step=st.sampled_from([*["contest"] * 2, "contest_late", "refuse", "lapse", "lapse", "revive"]))
    def answer_a_charge(self, at: int, step: str) -> None:
        charge = self.charges()[at % len(self.charges())]
        id = charge.terms.charge_id
        if step == "contest_late":
            late = ContestCharge("late", (charge.contest_until or NOON) + timedelta(seconds=1))
            if self.run_step(lambda unit: unit.execute(CHARGES, id, late)):
                self.contested_late.append(id)
            return
        steps: dict[str, Callable[[Unit], Awaitable[object]]] = {
            "refuse": lambda unit: refuse(id, "not_shown", unit),
            "lapse": lambda unit: lapse(id, LATER, unit),
            "revive": lambda unit: revive(id, unit),
            "contest": lambda unit: unit.execute(CHARGES, id, CONTEST),
        }
        self.run_step(steps[step])

    @precondition(lambda self: self.granted("lin_1"))
    @rule(at=indexes)
    def contest_and_reverse_a_capped_charge(self, at: int) -> None:
        parts = self.granted("lin_1")
        (charge,) = [c for c in self.charges() if c.terms.charge_id == parts[at % len(parts)].id]
        self.run_step(lambda unit: unit.execute(CHARGES, charge.terms.charge_id, CONTEST))
        self.run_step(lambda unit: review(charge.terms.charge_id, ReverseCharge("fails", "sup_2", LATER), unit))

    @precondition(lambda self: self.kept("refunds"))
    @rule(at=indexes, difference=st.sampled_from([0, 0, 0, 1]))
    def pay(self, at: int, difference: int) -> None:
        refund = self.refunds()[at % len(self.refunds())]
        order = refund.order
        if refund.status not in TAKING and not difference:
            self.paid_after_refusal.add(order.refund_id)
        command, market = CompleteRefund(order.amount_minor + difference, order.currency, LATER), MARKETS[order.market]
        self.run_step(lambda unit: take_payment(order.refund_id, command, market, unit))

    @precondition(lambda self: self.kept("refunds"))
    @rule(at=indexes)
    def fail(self, at: int) -> None:
        order = self.refunds()[at % len(self.refunds())].order
        self.run_step(lambda unit: take_refusal(order.refund_id, "card_closed", LATER, unit))

    @precondition(lambda self: self.kept("refunds"))
    @rule(at=indexes, step=st.sampled_from(["retry", "redirect", "cancel"]))
    def direct_a_refund(self, at: int, step: str) -> None:
        refund = self.refunds()[at % len(self.refunds())]
        if step == "cancel":
            self.run_step(lambda unit: cancel(refund.order.refund_id, "given_up", "agt_1", unit))
            return
        self.order_anew(refund, None if step == "retry" else "bank_transfer")

    def order_anew(self, refund: Refund, method: str | None) -> bool:
        market, of = MARKETS[refund.order.market], refund.order.decision_id
        paid = [r for r in self.refunds() if r.order.decision_id == of and r.status == RefundStatus.COMPLETED]
        ordered = self.run_step(
            lambda unit: order_anew(refund, market, method=method, reason="again", by="agt_1", unit=unit)
        )
        if ordered and paid:
            self.ordered_after_payment.append(of)
        return ordered

    @precondition(lambda self: self.kept("refunds"))
    @rule(at=indexes, method=st.sampled_from([None, "bank_transfer"]))
    def pay_late_what_was_refused_and_ordered_anew(self, at: int, method: str | None) -> None:
        refunds = [r for r in self.refunds() if r.status == RefundStatus.FAILED] or self.refunds()
        at %= len(refunds)
        id = refunds[at].order.refund_id
        if not self.order_anew(refunds[at], method):
            return
        (again,) = [r for r in self.refunds() if r.order.replaces == id]
        self.run_step(lambda unit: take_refusal(again.order.refund_id, "card_closed", LATER, unit))
        self.pay(next(n for n, r in enumerate(self.refunds()) if r.order.refund_id == id), 0)
        self.order_anew(next(r for r in self.refunds() if r.order.refund_id == again.order.refund_id), method)


def passed_on(charge: Charge) -> bool:
    """Tell whether a charge recovers a refund."""
    return charge.terms.kind in PASSED_ON
