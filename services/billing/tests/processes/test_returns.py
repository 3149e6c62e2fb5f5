"""What a return costs and gives back: a label of the platform, and the refund, each once and under one decision (casework, sections
5 and 8)."""

import pytest
from billing_desk import PLACED
from money_bench import LV, MARKETS, Billing, appealed, by, paid, refused
from return_events import NO_LABEL_CHARGE, label, refund

from billing.charges.charging import WantedCharge, propose_line
from billing.charges.domain import Status
from billing.decisions.store import known_decision
from billing.ledger.domain import RECOVERABLE, receivable
from billing.lines.store import bought_line
from billing.processes.consumers import hear
from billing.refunds.domain import Status as RefundStatus
from billing.refusals import DecisionTakenBack, SellerNotBound
from chassis.aggregate import Cause
from chassis.testing import told

OWED = receivable("sel_2")


@pytest.mark.rule("S-1")
async def test_a_label_of_the_platform_is_charged_once_at_the_cost_that_was_shown() -> None:
    """INVARIANT: would break if the tariff of today replaced the amount that the seller was shown with the request."""
    billing = Billing()
    await billing.hear(PLACED, label(), label())
    charge = billing.charges()["dec_r", "return_label"]
    assert (charge.status, charge.terms.net_minor, charge.terms.vat_minor) == (Status.POSTED, 500, 100)
    assert (charge.terms.tariff_version, billing.balance(OWED)) == ("2025.9", 600)


@pytest.mark.rule("R-35")
async def test_each_charge_of_a_return_names_the_clause_of_its_own_step_also_when_its_refund_is_ordered_anew() -> None:
    billing = Billing()
    await billing.hear(PLACED, label(), refund(9_000))
    for _ in range(2):
        terms = {line: charge.terms for (_, line), charge in billing.charges().items()}
        assert {line: t.clause for line, t in terms.items()} == {"return_label": "S-6.1", "refund": "S-5.3"}
        assert {t.clause_version for t in terms.values()} == {"2026.1"}
        await billing.hear(refused(billing.refunds()[-1]))
        await billing.again(billing.refunds()[-1])


@pytest.mark.rule("S-1")
async def test_the_sellers_own_label_costs_nothing() -> None:
    billing = Billing()
    await billing.hear(PLACED, label(charged=None))
    assert billing.charges() == {}


@pytest.mark.rule("S-3")
async def test_a_label_that_was_sent_too_early_is_credited_once() -> None:
    billing = Billing()
    await billing.hear(PLACED, label(), NO_LABEL_CHARGE, NO_LABEL_CHARGE)
    assert billing.charges()["dec_r", "return_label"].status == Status.REVERSED
    assert billing.balance(OWED) == 0
    await billing.hear(refund(9_000))
    await billing.hear(paid(billing.refunds()[0]))
    assert billing.balance(OWED) == 9_000, "the decision stands: what comes back is still charged"


@pytest.mark.rule("S-3")
async def test_a_label_whose_withdrawal_is_heard_first_is_not_charged() -> None:
    """INVARIANT: would break if a withdrawal of what was not told yet were forgotten."""
    billing = Billing()
    await billing.hear(PLACED, NO_LABEL_CHARGE, label(), refund(9_000))
    assert set(billing.charges()) == {("dec_r", "refund")}
    assert billing.balance(OWED) == 0


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


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
async def test_a_buyer_who_sent_the_item_back_is_paid_although_the_decision_fell(order: tuple[int, int]) -> None:
    """INVARIANT: would break if the refund of what came back were lost where its decision's fall is heard first: of two topics
    neither waits for the other."""
    billing = Billing()
    events = [refund(9_000), appealed("REVERSED").model_copy(update={"decision_id": "dec_r"})]
    await billing.hear(PLACED, label(), *(events[number] for number in order), refund(9_000))
    (ordered,) = billing.refunds()
    await billing.hear(paid(ordered))
    assert (billing.refunds()[0].status, billing.balance(OWED)) == (RefundStatus.COMPLETED, 0)
    assert billing.balance(RECOVERABLE) == 9_000


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
async def test_a_further_payment_of_a_return_falls_with_its_decision(order: tuple[int, int]) -> None:
    """INVARIANT: would break if a seller paid what a reopened deduction gave by a decision that counts as if it had not been."""
    billing = Billing()
    more = refund(1_500).model_copy(update={"decision_id": "dec_r_2"})
    events = [more, appealed("REVERSED").model_copy(update={"decision_id": "dec_r"})]
    await billing.hear(PLACED, refund(7_000))
    await billing.hear(paid(billing.refunds()[0]), *(events[number] for number in order))
    await billing.hear(*(paid(r) for r in billing.refunds() if r.status == RefundStatus.ORDERED))
    assert [r.status for r in billing.refunds()] == [RefundStatus.COMPLETED] * 2
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (0, 8_500)


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
async def test_a_further_payment_that_fell_is_not_ordered_again(order: tuple[int, int]) -> None:
    """INVARIANT: would break if a refused payment could be ordered anew beside the platform's own in its place."""
    billing = Billing()
    more = refund(1_500).model_copy(update={"decision_id": "dec_r_2"})
    events = [more, appealed("REVERSED").model_copy(update={"decision_id": "dec_r"})]
    await billing.hear(PLACED, refund(7_000))
    await billing.hear(paid(billing.refunds()[0]), *(events[number] for number in order))
    (further,) = (r for r in billing.refunds() if r.status == RefundStatus.ORDERED)
    await billing.hear(refused(further))
    with pytest.raises(DecisionTakenBack):
        await billing.again(further)


@pytest.mark.rule("S-2")
async def test_what_a_carrier_lost_is_the_platforms_loss() -> None:
    """INVARIANT: casework, section 5; would break if the seller paid for what neither side lost."""
    billing = Billing()
    await billing.hear(PLACED, refund(9_000, "platform", "med_1"))
    await billing.hear(paid(billing.refunds()[0]))
    assert (billing.charges(), billing.balance(OWED), billing.balance(RECOVERABLE)) == ({}, 0, 9_000)


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("replayed", [False, True])
async def test_nothing_more_is_charged_by_what_a_carrier_lost_although_its_label_was(replayed: bool) -> None:
    """INVARIANT: would break if the return stayed what its label was decided for, or became that again by a replay."""
    billing = Billing()
    await billing.hear(PLACED)
    lost = [told(label(), "ret_1", 3), told(refund(9_000, "platform", "med_1"), "ret_1", 7)]
    for event in [*lost, *(lost[:1] if replayed else [])]:
        session = billing.session()
        await hear(event, session.unit(Cause("event", "test")), MARKETS)
        await session.commit()
    unit = billing.unit()
    known, line = await known_decision(unit, "dec_r"), await bought_line(unit, "ord_3", "lin_4")
    assert known is not None
    assert known.decision is not None
    assert line is not None
    wanted = WantedCharge(
        decision=known.decision, line="inspection", kind="INSPECTION", net_minor=500, proposed_by="agt_9"
    )
    with pytest.raises(SellerNotBound):
        await propose_line(wanted, "EUR", line, LV, unit)


async def test_a_return_and_a_decision_together_pay_no_more_than_was_paid() -> None:
    """INVARIANT: section 8; the second order is held back for staff."""
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000), refund(9_000))
    statuses = {r.order.decision_id: r.status for r in billing.refunds()}
    assert statuses == {"dec_1": RefundStatus.ORDERED, "dec_r": RefundStatus.FAILED}
