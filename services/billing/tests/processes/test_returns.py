"""What a return costs and gives back: a label of the platform, and the refund, each once and under one decision (casework, sections
5 and 8)."""

import pytest
from billing_desk import PARTIES, PLACED
from money_bench import Billing, by, paid, refused

from billing.charges.domain import Status
from billing.ledger.domain import RECOVERABLE, receivable
from billing.refunds.domain import Status as RefundStatus
from chassis.testing import NOON
from ombud_contracts.events import returns
from ombud_contracts.events.ticketing import AnnouncedCharge

OWED = receivable("sel_2")
SHOWN = AnnouncedCharge(
    kind="RETURN_LABEL", net_minor=500, vat_minor=100, vat_basis_points=2_000, currency="EUR", tariff_version="2025.9"
)
OF_LINE = {**PARTIES, "return_id": "ret_1", "case_id": "cas_1", "decision_id": "dec_r"}


def label(charged: AnnouncedCharge | None = SHOWN) -> returns.ReturnLabelIssued:
    return returns.ReturnLabelIssued(
        **OF_LINE,
        by="system" if charged is not None else "seller",
        charged=charged,
        clause="S-6.1",
        clause_version="2026.1",
        appeal_until=NOON,
        issued_at=NOON,
    )


def refund(amount_minor: int, funded_by: str = "seller", decider: str = "system") -> returns.ReturnRefundOrdered:
    return returns.ReturnRefundOrdered(
        **OF_LINE,
        amount_minor=amount_minor,
        currency="EUR",
        funded_by=funded_by,
        clause="S-5.3",
        clause_version="2026.1",
        decided_by="system" if decider == "system" else "mediator",
        decider_id=decider,
        appeal_until=NOON,
        ordered_at=NOON,
    )


@pytest.mark.rule("S-1")
async def test_a_label_of_the_platform_is_charged_once_at_the_cost_that_was_shown() -> None:
    """INVARIANT: would break if the tariff of today replaced the amount that the seller was shown with the request."""
    billing = Billing()
    await billing.hear(PLACED, label(), label())
    charge = billing.charges()["dec_r", "return_label"]
    assert (charge.status, charge.terms.net_minor, charge.terms.vat_minor) == (Status.POSTED, 500, 100)
    assert (charge.terms.tariff_version, billing.balance(OWED)) == ("2025.9", 600)


@pytest.mark.rule("S-1")
async def test_the_sellers_own_label_costs_nothing() -> None:
    billing = Billing()
    await billing.hear(PLACED, label(charged=None))
    assert billing.charges() == {}


@pytest.mark.rule("S-3")
async def test_a_label_that_was_sent_too_early_is_credited_once() -> None:
    billing = Billing()
    withdrawn = returns.ReturnLabelChargeWithdrawn(
        return_id="ret_1", case_id="cas_1", decision_id="dec_r", withdrawn_at=NOON
    )
    await billing.hear(PLACED, label(), withdrawn, withdrawn)
    assert billing.charges()["dec_r", "return_label"].status == Status.REVERSED
    assert billing.balance(OWED) == 0
    await billing.hear(refund(9_000))
    await billing.hear(paid(billing.refunds()[0]))
    assert billing.balance(OWED) == 9_000, "the decision stands: what comes back is still charged"


async def test_the_charge_of_a_return_follows_its_money() -> None:
    billing = Billing()
    await billing.hear(PLACED, label(), refund(9_000), refund(9_000))
    (ordered,) = billing.refunds()
    assert (ordered.order.amount_minor, ordered.status) == (9_000, RefundStatus.ORDERED)
    assert billing.balance(OWED) == 600, "nothing is posted of a refund that was not paid"
    await billing.hear(paid(ordered), paid(ordered))
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (9_600, 0)
    assert billing.charges()["dec_r", "refund"].status == Status.POSTED


async def test_a_refused_refund_of_a_return_releases_its_charge_and_can_be_ordered_anew() -> None:
    billing = Billing()
    await billing.hear(PLACED, refund(9_000))
    await billing.hear(refused(billing.refunds()[0]))
    assert billing.charges()["dec_r", "refund"].status == Status.RELEASED
    await billing.again(billing.refunds()[0])
    await billing.hear(paid(billing.refunds()[1]))
    assert billing.balance(OWED) == 9_000


@pytest.mark.rule("S-2")
async def test_what_a_carrier_lost_is_the_platforms_loss() -> None:
    """INVARIANT: casework, section 5; would break if the seller paid for what neither side lost."""
    billing = Billing()
    await billing.hear(PLACED, refund(9_000, "platform", "med_1"))
    await billing.hear(paid(billing.refunds()[0]))
    assert (billing.charges(), billing.balance(OWED), billing.balance(RECOVERABLE)) == ({}, 0, 9_000)


async def test_a_return_and_a_decision_together_pay_no_more_than_was_paid() -> None:
    """INVARIANT: section 8; the second order is held back for staff."""
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000), refund(9_000))
    statuses = {r.order.decision_id: r.status for r in billing.refunds()}
    assert statuses == {"dec_1": RefundStatus.ORDERED, "dec_r": RefundStatus.FAILED}
