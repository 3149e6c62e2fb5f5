"""Money by what billing hears, in the memory store: a charge follows the money that it recovers, nothing that was decided
ends as a dead letter, and what is handled late is posted when it is handled (casework, section 8)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from billing_desk import CLOSED, PLACED, TAKEN_OVER
from money_bench import LV, MARKETS, Billing, a_proposal, by, paid, refused

from billing.charges.domain import Status
from billing.ledger.domain import RECOVERABLE, receivable
from billing.lines.domain import NoteLine
from billing.lines.store import LINES, REFUSED_ORDERS
from billing.processes.consequences import undo
from billing.processes.consumers import hear
from billing.refunds.domain import Status as RefundStatus
from billing.refunds.ordering import NOTHING_LEFT, order_anew
from billing.refusals import CurrencyOfAnotherMarket, RefundAbovePaid, RefundNotRefused, RefundPaidBefore
from chassis.aggregate import Cause
from chassis.store import Conflict
from chassis.testing import NOON
from chassis.testing.desk import received
from ombud_contracts.events import disputes


async def a_refused_refund(amount: int = 12_990) -> Billing:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", amount))
    await billing.hear(refused(billing.refunds()[0]))
    return billing


@pytest.mark.rule("S-1")
async def test_the_seller_owes_a_refund_when_it_is_paid_and_not_before() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 12_990))
    (refund,) = billing.refunds()
    charge = billing.charges()["dec_1", "refund"]
    assert (charge.status, charge.contest_until) == (Status.NOTIFIED, NOON + timedelta(days=90))
    assert billing.balance(receivable("sel_2")) == 0
    await billing.hear(paid(refund), paid(refund))
    assert billing.charges()["dec_1", "refund"].status == Status.POSTED
    assert (billing.balance(receivable("sel_2")), billing.balance(RECOVERABLE)) == (12_990, 0)


@pytest.mark.rule("S-1")
@pytest.mark.parametrize(("first", "second"), [(12_990, 12_990), (9_000, 9_000), (12_990, 1)])
async def test_a_refused_refund_charges_nobody_and_leaves_its_room_to_a_second_decision(
    first: int, second: int
) -> None:
    billing = await a_refused_refund(first)
    assert billing.charges()["dec_1", "refund"].status == Status.RELEASED
    assert (billing.balance(receivable("sel_2")), await billing.room()) == (0, (0, 0))
    await billing.hear(by("dec_2", second))
    assert [(r.order.amount_minor, r.status) for r in billing.refunds()] == [
        (first, RefundStatus.FAILED),
        (second, RefundStatus.ORDERED),
    ]
    assert await billing.room() == (second, second)


@pytest.mark.parametrize(
    ("method", "status"), [(None, RefundStatus.RETRIED), ("bank_transfer", RefundStatus.OTHER_METHOD)]
)
async def test_a_refused_refund_is_ordered_anew_and_its_charge_follows_again(
    method: str | None, status: RefundStatus
) -> None:
    billing = await a_refused_refund()
    await billing.again(billing.refunds()[0], method)
    first, second = billing.refunds()
    assert (first.status, second.status) == (status, RefundStatus.ORDERED)
    assert (second.order.replaces, second.order.method, second.order.attempt) == (first.order.refund_id, method, 2)
    assert second.order.refund_id != first.order.refund_id
    assert billing.charges()["dec_1", "refund"].status == Status.NOTIFIED
    await billing.hear(paid(second))
    assert billing.charges()["dec_1", "refund"].status == Status.POSTED
    assert billing.balance(receivable("sel_2")) == 12_990
    step = "billing.refund_retried" if method is None else "billing.refund_redirected"
    assert billing.told().count(step) == 1


async def test_a_refund_that_is_refused_again_can_be_ordered_a_third_time() -> None:
    billing = await a_refused_refund()
    await billing.again(billing.refunds()[0])
    await billing.hear(refused(billing.refunds()[1]))
    assert (billing.charges()["dec_1", "refund"].status, await billing.room()) == (Status.RELEASED, (0, 0))
    with pytest.raises(RefundNotRefused):
        await billing.again(billing.refunds()[0])
    await billing.again(billing.refunds()[1], "bank_transfer")
    assert [r.order.attempt for r in billing.refunds()] == [1, 2, 3]


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("orders", [1, 2])
@pytest.mark.parametrize("goodwill", [False, True])
async def test_a_refund_is_not_ordered_anew_when_an_earlier_order_was_paid_after_all(
    orders: int, goodwill: bool
) -> None:
    """INVARIANT: nobody is paid twice for one decision because the payment system paid late what it had refused."""
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 3_000, **({"remedy": "GOODWILL"} if goodwill else {})))
    await billing.hear(refused(billing.refunds()[0]))
    for order in range(orders):
        await billing.again(billing.refunds()[order])
        await billing.hear(refused(billing.refunds()[order + 1]))
    await billing.hear(paid(billing.refunds()[0]))
    with pytest.raises(RefundPaidBefore):
        await billing.again(billing.refunds()[orders])
    assert [r.status for r in billing.refunds()].count(RefundStatus.ORDERED) == 0
    await billing.give_up(billing.refunds()[orders])


@pytest.mark.rule("S-9")
async def test_a_payment_between_the_look_and_the_order_anew_is_seen() -> None:
    """INVARIANT: what an order anew rests on holds at commit; goodwill takes no room by which it would be noticed."""
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 3_000, remedy="GOODWILL"))
    await billing.hear(refused(billing.refunds()[0]))
    await billing.again(billing.refunds()[0])
    await billing.hear(refused(billing.refunds()[1]))
    session = billing.session()
    unit = session.unit(Cause("staff", "test"))
    await order_anew(billing.refunds()[1], LV, method=None, reason="again", by="agt_1", unit=unit)
    await billing.hear(paid(billing.refunds()[0]))
    with pytest.raises(Conflict):
        await session.commit()


@pytest.mark.rule("S-3")
async def test_what_was_taken_back_is_not_charged_when_its_refund_is_paid_after_all() -> None:
    """INVARIANT: a decision that was taken back costs the seller nothing, also where its refund had been held back."""
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000), by("dec_2", 9_000))
    session = billing.session()
    await undo("dec_2", "cas_1", [], "breach_withdrawn", session.unit(Cause("test", "test")))
    await session.commit()
    (held_back,) = [r for r in billing.refunds() if r.order.decision_id == "dec_2"]
    assert held_back.status == RefundStatus.FAILED
    await billing.hear(paid(held_back))
    assert ("dec_2", "refund") not in billing.charges()
    assert billing.balance(receivable("sel_2")) == 0


@pytest.mark.rule("S-10")
async def test_a_refund_is_not_ordered_anew_when_another_took_what_was_left() -> None:
    billing = await a_refused_refund()
    await billing.hear(by("dec_2", 1))
    with pytest.raises(RefundAbovePaid):
        await billing.again(billing.refunds()[0])
    assert billing.refunds()[0].status == RefundStatus.FAILED


async def test_a_refund_that_is_given_up_costs_nobody_anything() -> None:
    billing = await a_refused_refund()
    await billing.give_up(billing.refunds()[0])
    assert billing.refunds()[0].status == RefundStatus.CANCELLED
    assert (billing.balance(receivable("sel_2")), await billing.room()) == (0, (0, 0))
    with pytest.raises(RefundNotRefused):
        await billing.again(billing.refunds()[0])
    assert billing.told().count("billing.refund_cancelled") == 1


@pytest.mark.parametrize("step", ["nothing", "cancelled", "retried", "retried_and_paid"])
async def test_a_refund_that_is_paid_after_all_is_booked_and_charged_once(step: str) -> None:
    """INVARIANT: one charge per decision and line, however often the payment system pays."""
    billing = await a_refused_refund(3_000)
    first = billing.refunds()[0]
    if step == "cancelled":
        await billing.give_up(first)
    elif step != "nothing":
        await billing.again(first)
    if step == "retried_and_paid":
        await billing.hear(paid(billing.refunds()[1]))
    await billing.hear(paid(first), paid(first))
    assert billing.charges()["dec_1", "refund"].status == Status.POSTED
    assert billing.balance(receivable("sel_2")) == 3_000
    twice = step == "retried_and_paid"
    assert billing.balance(RECOVERABLE) == (3_000 if twice else 0), "what was paid twice is the platform's"


@pytest.mark.rule("S-10")
async def test_refunds_of_two_decisions_never_pass_what_was_paid_and_neither_is_a_dead_letter() -> None:
    """A decision that disputes made while a refused refund was ordered anew: staff decides what becomes of it."""
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000), by("dec_2", 9_000))
    held = billing.refunds()[1]
    assert (held.status, held.reason) == (RefundStatus.FAILED, NOTHING_LEFT)
    assert ("dec_2", "refund") not in billing.charges()
    assert billing.told().count("billing.refund_ordered") == 1
    assert billing.told().count("billing.refund_failed") == 1
    await billing.hear(refused(billing.refunds()[0]))
    await billing.again(held)
    assert billing.charges()["dec_2", "refund"].status == Status.NOTIFIED


@pytest.mark.rule("S-1")
@pytest.mark.parametrize(
    ("refund_minor", "lines", "charged"),
    [
        (0, [("refund", "REFUND", 12_990)], []),
        (3_000, [("refund", "REFUND", 12_990)], [3_000]),
        (3_000, [("refund", "REFUND", 2_000), ("shipping", "SHIPPING_REFUND", 2_000)], [2_000, 1_000]),
        (3_000, [("goodwill", "GOODWILL", 3_000)], []),
        (3_000, [("penalty", "PENALTY", 3_000)], []),
    ],
)
async def test_a_line_recovers_no_more_than_the_refund(
    refund_minor: int, lines: list[tuple[str, str, int]], charged: list[int]
) -> None:
    named = tuple(disputes.DecisionLine(line=n, kind=kind, amount_minor=amount) for n, kind, amount in lines)
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", refund_minor, lines=named))
    assert [c.terms.net_minor for c in billing.charges().values()] == charged


@pytest.mark.rule("S-2")
async def test_goodwill_of_staff_is_paid_once_and_charged_to_nobody() -> None:
    given = disputes.GoodwillGiven(
        case_id="cas_1",
        decision_id="dec_7",
        order_id="ord_3",
        line_id="lin_4",
        buyer_id="buy_1",
        seller_id="sel_2",
        amount_minor=2_000,
        currency="EUR",
        reason="long_wait",
        given_by="agent",
        giver_id="agt_1",
        given_at=NOON,
    )
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 12_990), given, given)
    gift = billing.refunds()[1]
    assert (gift.order.amount_minor, gift.order.goodwill, gift.order.buyer_id) == (2_000, True, "buy_1")
    await billing.hear(refused(gift))
    await billing.again(gift)
    await billing.hear(paid(billing.refunds()[2]))
    assert (billing.balance("goodwill"), billing.balance(receivable("sel_2"))) == (2_000, 0)
    assert [line for _, line in billing.charges()] == ["refund"]


async def test_what_is_handled_late_is_posted_when_it_is_handled_and_the_window_runs_from_the_notice() -> None:
    """INVARIANT: a month whose statement was drawn stays as it is."""
    billing = Billing()
    await billing.hear(PLACED)
    billing.clock.advance(days=40)
    handled = billing.clock()
    await billing.hear(TAKEN_OVER, by("dec_1", 3_000))
    await billing.hear(paid(billing.refunds()[0]))
    for charge in billing.charges().values():
        assert (charge.posted_at, charge.contest_until) == (handled, handled + timedelta(days=90))
        assert charge.entry is not None
        assert charge.entry.at == handled


@pytest.mark.parametrize("currency", ["PLN", "USD", "JPY", "HUF"])
async def test_an_order_in_another_currency_is_listed_and_nothing_moves_for_it(currency: str) -> None:
    billing = Billing()
    await billing.hear(PLACED.model_copy(update={"currency": currency}), TAKEN_OVER)
    listed = billing.store.rows[REFUSED_ORDERS]["ord_3"]
    assert (listed["currency"], listed["market"], listed["reason"]) == (currency, "lv", "currency_of_another_market")
    assert (billing.refunds(), billing.charges()) == ([], {})
    assert await billing.unit().read(LINES, "ord_3|lin_4") is None


async def test_for_a_line_that_was_noted_in_another_currency_before_nothing_moves_either() -> None:
    billing = Billing()
    await billing.hear(PLACED)
    line = await billing.unit().read(LINES, "ord_3|lin_4")
    assert line is not None
    await billing.execute(LINES, "ord_3|lin_4", NoteLine(replace(line, currency="PLN"), NOON))
    await billing.hear(TAKEN_OVER, by("dec_1", 3_000))
    (held,) = billing.refunds()
    assert (held.status, held.reason, billing.charges()) == (RefundStatus.FAILED, "currency_of_another_market", {})
    with pytest.raises(CurrencyOfAnotherMarket):
        await billing.again(held)
    await billing.give_up(held)


async def test_an_order_that_is_told_anew_in_its_markets_currency_is_taken() -> None:
    billing = Billing()
    for n, currency in enumerate(("PLN", "EUR"), 1):
        session = billing.session()
        order = received(PLACED.model_copy(update={"currency": currency}), NOON, sequence=n, subject="ord_3")
        await hear(order, session.unit(Cause("event", "test")), MARKETS)
        await session.commit()
    assert billing.store.rows[REFUSED_ORDERS] == {}
    assert await billing.unit().read(LINES, "ord_3|lin_4") is not None


async def test_closing_a_case_ends_its_proposals_and_nothing_else() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 3_000))
    await a_proposal(billing)
    await billing.hear(CLOSED)
    assert {line: c.status for (_, line), c in billing.charges().items()} == {
        "refund": Status.NOTIFIED,
        "repair": Status.WITHDRAWN,
    }
