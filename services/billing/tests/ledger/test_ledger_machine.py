"""The money of two order lines under any sequence of decisions, contests, reviews and payments, repeats included."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from billing_situations import CONTEST, LATER, NOON
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing.charges.charging import (
    PASSED_ON,
    WantedCharge,
    approve,
    charge_line,
    lapse,
    published_fee,
    review,
    take_back,
)
from billing.charges.domain import Charge, RefuseCharge, ReverseCharge, Status, UpholdCharge
from billing.charges.store import CHARGES
from billing.decisions.domain import Decision, NoteDecision
from billing.decisions.store import DECISIONS as KNOWN
from billing.ledger.domain import RECOVERABLE, Entry, Posting, balances, receivable
from billing.ledger.store import LEDGER
from billing.lines.domain import BoughtLine, NoteLine
from billing.lines.domain.cap import Exposure, Part
from billing.lines.store import EXPOSURES, LINES, exposure_id
from billing.refunds.domain import CompleteRefund, Recovered, Refund
from billing.refunds.domain import Status as RefundStatus
from billing.refunds.ordering import cancel, order_anew, order_refund, take_payment, take_refusal
from billing.refunds.store import REFUNDS
from billing.refusals import (
    AmountAboveCap,
    OutcomeDoesNotMatch,
    OwnDecision,
    RefundAbovePaid,
    RefundNotRefused,
    Refusal,
)
from chassis.aggregate import Cause, Unit
from chassis.testing import Bench
from ombud_contracts.market import load_markets
from ombud_words import ChargeKind, gross, line_key

LV = load_markets()["lv"]
MARKETS = {"lv": LV, "zl": LV.model_copy(update={"id": "zl", "currency": "PLN"})}
PAID = {
    "lin_1": BoughtLine(market="lv", seller_id="sel_1", buyer_id="buy_1", currency="EUR", paid_minor=12_990),
    "lin_2": BoughtLine(market="zl", seller_id="sel_2", buyer_id="buy_2", currency="PLN", paid_minor=500_000),
}
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
    )
    for n, (line, paid) in enumerate([*PAID.items()] * 6)
]
POSTED = (Status.POSTED, Status.CONTESTED, Status.UPHELD, Status.REVERSED)
NEVER_OWED = (Status.REVERSED, Status.WITHDRAWN, Status.RELEASED, Status.PROPOSED)
TAKING = (RefundStatus.ORDERED, RefundStatus.COMPLETED)

decisions = st.sampled_from(DECISIONS)
lines = st.sampled_from(["refund", "return_label", "handling_fee", "late_line"])
kinds = st.sampled_from(sorted(ChargeKind))
amounts = st.integers(1, 600_000) | st.integers(1, 13_000)
indexes = st.integers(0, 50)


class LedgerMachine(RuleBasedStateMachine):
    """Billing in the memory store; every step is one transaction, and may be refused."""

    @initialize()
    def start(self) -> None:
        self.bench: Bench[None] = Bench()
        self.refused: list[type[Refusal]] = []
        self.paid_after_refusal: set[str] = set()

    def run_step(self, step: Callable[[Unit], Awaitable[object]]) -> None:
        async def transaction() -> None:
            session = self.bench.session()
            await step(session.unit(Cause("test", "test")))
            await session.commit()

        try:
            asyncio.run(transaction())
        except Refusal as refusal:
            self.refused.append(type(refusal))

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

    # Steps

    @rule(decision=decisions, line=lines, kind=kinds, amount=amounts | st.none(), proposed=st.booleans())
    def charge(self, decision: Decision, line: str, kind: str, amount: int | None, proposed: bool) -> None:
        if kind in PASSED_ON:
            return  # what passes a refund on follows the refund
        paid, market = PAID[decision.line_id], MARKETS[decision.market]
        who = "agt_9" if proposed else None
        wanted = WantedCharge(decision=decision, line=line, kind=kind, net_minor=amount, proposed_by=who)
        self.run_step(lambda unit: charge_line(wanted, paid, market, NOON, unit))

    @rule(decision=decisions, amount=amounts, goodwill=st.booleans(), kind=st.sampled_from(PASSED_ON))
    def refund(self, decision: Decision, amount: int, goodwill: bool, kind: ChargeKind) -> None:
        paid, market = PAID[decision.line_id], MARKETS[decision.market]
        recovers = [] if goodwill else [Recovered("recovered", kind, amount)]

        async def decided(unit: Unit) -> None:
            await unit.execute(KNOWN, decision.id, NoteDecision(decision, NOON))
            await unit.execute(LINES, line_key("ord_1", decision.line_id), NoteLine(paid, NOON))
            await order_refund(decision, amount, recovers, paid, market, goodwill=goodwill, unit=unit)

        self.run_step(decided)

    @precondition(lambda self: self.kept("charges"))
    @rule(
        at=indexes,
        step=st.sampled_from([*["approve", "contest", "uphold", "reverse"] * 2, "refuse", "lapse", "take_back"]),
    )
    def decide_on_charge(self, at: int, step: str) -> None:
        charge = self.charges()[at % len(self.charges())]
        id = charge.terms.charge_id
        paid, market = PAID[charge.terms.line_id], MARKETS[charge.terms.market]
        steps: dict[str, Callable[[Unit], Awaitable[object]]] = {
            "approve": lambda unit: approve(charge, "sup_1", None, paid, market, unit),
            "refuse": lambda unit: unit.execute(CHARGES, id, RefuseCharge("not_shown", LATER)),
            "lapse": lambda unit: lapse(id, unit),
            "take_back": lambda unit: take_back(id, "breach_withdrawn", LATER, unit),
            "contest": lambda unit: unit.execute(CHARGES, id, CONTEST),
            "uphold": lambda unit: unit.execute(CHARGES, id, UpholdCharge("stands", "agt_1", LATER)),
            "reverse": lambda unit: review(charge.terms.charge_id, ReverseCharge("fails", "agt_1", LATER), unit),
        }
        self.run_step(steps[step])

    @precondition(lambda self: self.granted("lin_1"))
    @rule(at=indexes)
    def contest_and_reverse_a_capped_charge(self, at: int) -> None:
        parts = self.granted("lin_1")
        (charge,) = [c for c in self.charges() if c.terms.charge_id == parts[at % len(parts)].id]
        self.run_step(lambda unit: unit.execute(CHARGES, charge.terms.charge_id, CONTEST))
        self.run_step(lambda unit: review(charge.terms.charge_id, ReverseCharge("fails", "agt_1", LATER), unit))

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
    def decide_on_refund(self, at: int, step: str) -> None:
        refund = self.refunds()[at % len(self.refunds())]
        market, id = MARKETS[refund.order.market], refund.order.refund_id
        if step == "cancel":
            self.run_step(lambda unit: cancel(id, "given_up", "agt_1", unit))
            return
        method = None if step == "retry" else "bank_transfer"
        self.run_step(lambda unit: order_anew(refund, market, method=method, reason="again", by="agt_1", unit=unit))

    # What always holds

    @invariant()
    def debits_equal_credits_in_each_currency(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        for (_, currency), amount in balances(self.entries()).items():
            sums[currency] += amount
        assert set(sums.values()) <= {0}

    @invariant()
    def each_posted_charge_has_one_entry_and_each_reversal_one_opposite(self) -> None:
        of_charges = [e for e in self.entries() if e.caused_by.startswith("chg")]
        for charge in self.charges():
            own = [e for e in of_charges if e.caused_by == charge.terms.charge_id]
            assert len([e for e in own if e.reverses is None]) == (charge.status in POSTED)
            opposite = [e for e in own if e.reverses]
            assert len(opposite) == (charge.status == Status.REVERSED)
            assert not opposite or set(balances(own).values()) == {0}

    @invariant()
    def a_seller_owes_exactly_the_standing_charges(self) -> None:
        folded = balances(self.entries())
        for paid in PAID.values():
            standing = [
                c.terms.gross_minor
                for c in self.charges()
                if c.terms.seller_id == paid.seller_id and c.status in POSTED and c.status != Status.REVERSED
            ]
            assert folded.get((receivable(paid.seller_id), paid.currency), 0) == sum(standing)

    @invariant()
    def gross_sums_of_every_kind_never_pass_what_was_paid_and_the_published_fees(self) -> None:
        """Casework, section 8: each fee once per decision and kind, at most three handling fees per case."""
        for line_id, paid in PAID.items():
            alive = [c.terms for c in self.charges() if c.terms.line_id == line_id and c.status not in NEVER_OWED]
            tariff = MARKETS[paid.market].tariff
            fees = {(t.decision_id, t.kind) for t in alive if published_fee(tariff, t.kind)}
            handling = {(t.decision_id, t.kind): t.case_id for t in alive if t.kind == ChargeKind.HANDLING_FEE}
            beyond = sum(max(0, n - 3) for n in Counter(handling.values()).values())
            allowed = [gross(published_fee(tariff, kind) or 0, tariff.vat_basis_points) for _, kind in fees]
            allowed.append(-beyond * gross(tariff.handling_fee_minor, tariff.vat_basis_points))
            assert sum(t.gross_minor for t in alive) <= paid.paid_minor + sum(allowed)

    @invariant()
    def the_cap_counts_living_charges_and_no_others(self) -> None:
        for line_id, paid in PAID.items():
            parts = self.granted(line_id)
            assert sum(p.minor for p in parts) <= paid.paid_minor
            known = {c.terms.charge_id: c for c in self.charges()}
            assert all(known[p.id].status not in NEVER_OWED for p in parts)
            assert all(known[p.id].terms.gross_minor == p.minor for p in parts)

    @invariant()
    def nothing_is_charged_when_nothing_is_left(self) -> None:
        assert all(c.terms.net_minor > 0 for c in self.charges())

    @invariant()
    def refunds_never_pass_what_was_paid_and_are_booked_once(self) -> None:
        for line_id, paid in PAID.items():
            ordered = [r for r in self.refunds() if r.order.line_id == line_id]
            taking = [r for r in ordered if r.status in TAKING and not r.order.goodwill]
            of_the_line = sum(r.order.amount_minor for r in taking)
            against_its_word = sum(r.order.amount_minor for r in taking if r.order.refund_id in self.paid_after_refusal)
            assert of_the_line - against_its_word <= paid.paid_minor
            assert self.exposure(line_id).refunded_minor == of_the_line
            for refund in ordered:
                booked = [e for e in self.entries() if e.caused_by == refund.order.refund_id]
                assert len(booked) == (refund.status == RefundStatus.COMPLETED)

    @invariant()
    def a_recovery_is_owed_only_for_money_that_was_spent(self) -> None:
        """S-1: the account of what is to be recovered is never overdrawn, in any currency."""
        folded = balances(self.entries())
        assert all(folded.get((RECOVERABLE, currency), 0) >= 0 for currency in ("EUR", "PLN"))
        for charge in (c for c in self.charges() if c.terms.kind in PASSED_ON):
            of_it = [r for r in self.refunds() if r.order.decision_id == charge.terms.decision_id]
            paid = any(r.status == RefundStatus.COMPLETED for r in of_it)
            outstanding = any(r.status == RefundStatus.ORDERED for r in of_it)
            assert charge.status not in POSTED or paid
            assert charge.status != Status.NOTIFIED or outstanding
            assert charge.terms.net_minor <= max(r.order.amount_minor for r in of_it)

    @invariant()
    def goodwill_is_charged_to_nobody(self) -> None:
        assert all(c.terms.kind != ChargeKind.GOODWILL for c in self.charges())
        assert all(not r.order.recovers for r in self.refunds() if r.order.goodwill)

    @invariant()
    def nobody_approves_or_judges_what_is_their_own(self) -> None:
        assert all(c.approved_by != c.terms.proposed_by or c.approved_by is None for c in self.charges())

    @invariant()
    def vat_is_whole_and_none_is_added_to_what_is_passed_on(self) -> None:
        for terms in (c.terms for c in self.charges()):
            assert isinstance(terms.vat_minor, int)
            points = 0 if terms.kind in ("REFUND", "SHIPPING_REFUND") else LV.tariff.vat_basis_points
            assert terms.vat_basis_points == points
            assert abs(terms.vat_minor * 10_000 - terms.net_minor * points) <= 5_000

    @invariant()
    def only_the_rules_refuse(self) -> None:
        known = {RefundAbovePaid, RefundNotRefused, OutcomeDoesNotMatch, AmountAboveCap, OwnDecision}
        assert set(self.refused) <= {*known, *CHARGE_REFUSALS}


CHARGE_REFUSALS = [r for r in Refusal.__subclasses__() if r.__name__.startswith("ChargeNot")]
TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
