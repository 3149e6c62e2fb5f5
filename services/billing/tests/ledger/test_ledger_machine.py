"""The money of order lines under any sequence of decisions, contests, reviews, reversals, payments, payouts and holds, repeats
included."""

from collections import Counter, defaultdict

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant
from ledger_steps import DECISIONS, LV, MARKETS, NEVER_OWED, PAID, TAKING, LedgerSteps, passed_on
from payout_steps import PayoutSteps

from billing.cases.store import KNOWN_CASES
from billing.charges.charging import published_fee
from billing.charges.domain import LATE_KINDS, Status
from billing.ledger.domain import PAYOUTS, RECOVERABLE, balances, receivable
from billing.payouts.domain import Status as HoldStatus
from billing.payouts.domain.hold import TIME_LIMIT
from billing.refunds.domain import Refund
from billing.refunds.domain import Status as RefundStatus
from billing.refusals import (
    AmountAboveCap,
    CaseClosed,
    ChargeNotContested,
    ChargeNotNotified,
    ChargeNotProposed,
    ContestWindowClosed,
    CurrencyOfAnotherMarket,
    DecisionTakenBack,
    FeeAlreadyCharged,
    KindNotChargeable,
    OutcomeDoesNotMatch,
    OwnDecision,
    RefundAbovePaid,
    RefundNotRefused,
    RefundPaidBefore,
    SellerNotBound,
)
from ombud_words import ChargeKind, gross


class LedgerMachine(PayoutSteps):
    """What holds after every step."""

    @invariant()
    def debits_equal_credits_in_each_currency(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        for (_, currency), amount in balances(self.entries()).items():
            sums[currency] += amount
        assert set(sums.values()) <= {0}

    @invariant()
    def each_posted_charge_has_one_entry_and_each_reversal_one_opposite(self) -> None:
        of_charges = [e for e in self.charged() if e.caused_by.startswith("chg")]
        for charge in self.charges():
            own = [e for e in of_charges if e.caused_by == charge.terms.charge_id]
            assert len([e for e in own if e.reverses is None]) == (charge.entry is not None)
            opposite = [e for e in own if e.reverses]
            assert len(opposite) == (charge.status == Status.REVERSED)
            assert not opposite or set(balances(own).values()) == {0}

    @invariant()
    def a_seller_owes_exactly_the_standing_charges(self) -> None:
        folded = balances(self.entries())
        for paid in PAID.values():
            own = [c for c in self.charges() if c.terms.seller_id == paid.seller_id and c.entry is not None]
            standing = sum(c.terms.gross_minor for c in own if c.status != Status.REVERSED)
            taken = sum(c.terms.gross_minor for c in own if c.settlement is not None and c.repayment is None)
            assert folded.get((receivable(paid.seller_id), paid.currency), 0) == standing - taken

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
    def at_most_three_handling_fees_of_a_case_stand_beside_the_cap(self) -> None:
        for line_id in PAID:
            fees = [fee for fee in self.exposure(line_id).fees if fee.kind == ChargeKind.HANDLING_FEE]
            assert max(Counter(fee.case_id for fee in fees).values(), default=0) <= 3

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
                assert all(abs(p.amount_minor) == refund.order.amount_minor for e in booked for p in e.postings)

    @invariant()
    def nothing_is_ordered_again_that_was_paid(self) -> None:
        """S-1: the buyer has the money of a decision once, unless the payment system pays against its own word."""
        assert self.ordered_after_payment == []

    @invariant()
    def a_recovery_is_owed_only_for_money_that_was_spent(self) -> None:
        """S-1: the account of what is to be recovered is never overdrawn, in any currency."""
        folded = balances(self.entries())
        assert all(folded.get((RECOVERABLE, currency), 0) >= 0 for currency in ("EUR", "PLN"))
        for charge in filter(passed_on, self.charges()):
            of_it = [r for r in self.refunds() if r.order.decision_id == charge.terms.decision_id]
            paid = any(r.status == RefundStatus.COMPLETED for r in of_it)
            outstanding = any(r.status == RefundStatus.ORDERED for r in of_it)
            assert charge.entry is None or paid
            assert charge.status != Status.NOTIFIED or outstanding
            assert charge.status not in (Status.POSTED, Status.REVERSED) or charge.entry is not None
            assert charge.terms.net_minor <= max(r.order.amount_minor for r in of_it)

    @invariant()
    def goodwill_is_charged_to_nobody(self) -> None:
        assert all(c.terms.kind != ChargeKind.GOODWILL for c in self.charges())
        assert all(not r.order.recovers for r in self.refunds() if r.order.goodwill)

    @invariant()
    def what_is_recovered_for_a_decision_never_passes_what_was_paid_for_it(self) -> None:
        """S-1: whatever was retried, paid twice or reversed in between."""
        for decision in DECISIONS:
            standing = [c for c in filter(passed_on, self.charges()) if c.entry and c.status != Status.REVERSED]
            owed = sum(c.terms.gross_minor for c in standing if c.terms.decision_id == decision.id)
            paid = [r for r in self.refunds() if r.status == RefundStatus.COMPLETED and not r.order.goodwill]
            assert owed <= sum(r.order.amount_minor for r in paid if r.order.decision_id == decision.id)

    @invariant()
    def nothing_stands_of_a_decision_that_was_taken_back(self) -> None:
        """S-3: its charges are ended or reversed, and their entries sum to nothing, whatever came before or comes later."""
        gone, entries = self.taken_back(), self.charged()
        for charge in (c for c in self.charges() if c.terms.decision_id in gone):
            assert charge.status in (Status.REVERSED, Status.WITHDRAWN)
            own = [e for e in entries if e.caused_by == charge.terms.charge_id]
            assert set(balances(own).values()) <= {0}

    @invariant()
    def nothing_that_a_person_proposed_waits_in_a_closed_case(self) -> None:
        closed = {id for id, state in self.kept("known_cases").items() if KNOWN_CASES.decode(state).closed}
        waiting = [c for c in self.charges() if c.terms.proposed_by is not None and c.open_proposal]
        assert closed.isdisjoint(c.terms.case_id for c in waiting)

    @invariant()
    def money_moves_in_the_currency_of_the_line_and_its_market(self) -> None:
        assert all(c.terms.line_id in PAID for c in self.charges())
        assert all(c.terms.currency == PAID[c.terms.line_id].currency for c in self.charges())
        for refund in (r for r in self.refunds() if r.order.line_id not in PAID):
            assert refund.status in (RefundStatus.FAILED, RefundStatus.CANCELLED) or paid_anyway(self, refund)

    @invariant()
    def a_late_line_has_a_receipt_and_a_closed_kind(self) -> None:
        late = [c.terms for c in self.charges() if c.terms.proposed_by is not None]
        assert all(terms.kind in LATE_KINDS and terms.receipt for terms in late)

    @invariant()
    def nothing_more_is_charged_by_what_was_not_decided_against_the_seller(self) -> None:
        """S-1: late lines need a decision that binds."""
        unbound = {decision.id for decision in DECISIONS if not decision.binds_seller}
        assert unbound.isdisjoint(c.terms.decision_id for c in self.charges() if c.terms.proposed_by is not None)

    @invariant()
    def a_penalty_costs_what_its_row_of_the_tariff_says(self) -> None:
        penalties = [c.terms for c in self.charges() if c.terms.kind == ChargeKind.PENALTY]
        assert all(terms.net_minor <= LV.tariff.penalties_minor.get(terms.line, 0) for terms in penalties)

    @invariant()
    def nobody_approves_or_judges_what_is_their_own(self) -> None:
        """S-4: not what they decided, proposed or approved."""
        for charge, who in self.judged:
            assert who not in (charge.terms.decided_by, charge.terms.proposed_by, charge.approved_by)

    @invariant()
    def nothing_is_contested_after_its_time(self) -> None:
        assert self.contested_late == []

    @invariant()
    def vat_is_whole_and_none_is_added_to_what_is_passed_on(self) -> None:
        for terms in (c.terms for c in self.charges()):
            assert isinstance(terms.vat_minor, int)
            points = 0 if terms.kind in ("REFUND", "SHIPPING_REFUND") else LV.tariff.vat_basis_points
            assert terms.vat_basis_points == points
            assert abs(terms.vat_minor * 10_000 - terms.net_minor * points) <= 5_000

    @invariant()
    def a_payout_takes_a_charge_once_and_pays_it_back_once_when_it_is_reversed(self) -> None:
        """R-10: entry for entry, and the sums that the marketplace was told are those of the ledger."""
        for charge in self.charges():
            own = [e for e in self.settled() if e.caused_by == charge.terms.charge_id]
            assert len([e for e in own if e.reverses is None]) == (charge.settlement is not None)
            assert len([e for e in own if e.reverses]) == (charge.repayment is not None)
            assert {abs(p.amount_minor) for e in own for p in e.postings} <= {charge.terms.gross_minor}
            assert charge.repayment is None or charge.status == Status.REVERSED
            assert charge.status != Status.SETTLED or charge.settlement is not None
        folded = balances(self.entries())
        for currency in ("EUR", "PLN"):
            told = [run for run in self.payouts() if run.run.currency == currency]
            assert folded.get((PAYOUTS, currency), 0) == sum(run.taken_minor - run.repaid_minor for run in told)

    @invariant()
    def a_payout_takes_nothing_that_is_contested_or_was_posted_after_it(self) -> None:
        assert (self.taken_while_contested, self.taken_before_posted) == ([], [])

    @invariant()
    def disputes_hold_each_unit_of_a_line_once_and_no_ledger_has_it(self) -> None:
        """R-10: what is held is what the marketplace was told, and with what buyers have back never above what was paid."""
        for line_id, paid in PAID.items():
            held = {(part.id, part.minor) for part in self.exposure(line_id).holds if part.minor}
            back = [r for r in self.refunds() if r.order.line_id == line_id and not r.order.goodwill]
            given_back = sum(r.order.amount_minor for r in back if r.status == RefundStatus.COMPLETED)
            assert sum(minor for _, minor in held) <= max(0, paid.paid_minor - given_back)
            placed = [h.held for h in self.holds() if h.held is not None and h.status == HoldStatus.PLACED]
            assert {(h.hold_id, h.amount_minor) for h in placed if h.line_id == line_id} == held
        assert not any(e.caused_by.startswith("hld") for e in self.entries())

    @invariant()
    def what_is_left_of_a_line_is_held_while_a_dispute_about_it_waits(self) -> None:
        for line_id, paid in PAID.items():
            live = [h for h in self.holds() if h.held is not None and h.held.line_id == line_id and not h.ended]
            if any(hold.cause != TIME_LIMIT for hold in live):
                held = sum(part.minor for part in self.exposure(line_id).holds)
                assert held >= paid.paid_minor - self.exposure(line_id).refunded_minor

    @invariant()
    def only_the_rules_refuse(self) -> None:
        assert set(self.refused) <= RULES


def paid_anyway(machine: LedgerSteps, refund: Refund) -> bool:
    """Tell whether the payment system paid what nobody ordered from it."""
    return refund.order.refund_id in machine.paid_after_refusal


RULES = {
    AmountAboveCap,
    CaseClosed,
    ChargeNotContested,
    ChargeNotNotified,
    ChargeNotProposed,
    ContestWindowClosed,
    CurrencyOfAnotherMarket,
    DecisionTakenBack,
    FeeAlreadyCharged,
    KindNotChargeable,
    OutcomeDoesNotMatch,
    OwnDecision,
    RefundAbovePaid,
    RefundNotRefused,
    RefundPaidBefore,
    SellerNotBound,
}
"""What may refuse a step; anything else is a fault."""
TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


@pytest.mark.long
class TestLedgerForLong(LedgerMachine.TestCase):
    """The same, four times as often."""

    settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
