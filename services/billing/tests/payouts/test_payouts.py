"""Runs of payouts: each charge is taken once, whatever is told twice, late or out of order, and the sums are what was taken."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from billing_desk import PLACED, REVERSED, TAKEN_OVER
from hypothesis import given, settings
from hypothesis import strategies as st
from money_bench import Billing, by, paid, refused
from payout_events import a_run

from billing.charges.domain import ContestCharge, ReverseCharge, Status
from billing.charges.store import CHARGES
from billing.ledger.domain import PAYOUTS, receivable
from billing.payouts import taking
from chassis.aggregate import Cause
from chassis.testing import NOON
from ombud_contracts import Event, from_record
from ombud_contracts.events.payouts import PayoutAdvanced, PayoutRun

OWED = receivable("sel_2")
DAY = timedelta(days=1)
FEE = 1_815
pytestmark = pytest.mark.rule("R-10")


def advances(billing: Billing) -> list[PayoutAdvanced]:
    rows = (from_record(row.value, row.headers).event for row in billing.store.outbox.values())
    return [event for event in rows if isinstance(event, PayoutAdvanced)]


async def a_fee_and_a_refund() -> Billing:
    billing = Billing()
    await billing.hear(PLACED, TAKEN_OVER, by("dec_1", 9_000))
    await billing.hear(paid(billing.refunds()[0]))
    return billing


async def step(billing: Billing, charge_id: str, *commands: ContestCharge | ReverseCharge) -> None:
    for command in commands:
        session = billing.session()
        await session.unit(Cause("person", "test")).execute(CHARGES, charge_id, command)
        await session.commit()


async def test_a_run_takes_what_stands_and_tells_the_marketplace_how_much() -> None:
    billing = await a_fee_and_a_refund()
    assert billing.balance(OWED) == FEE + 9_000
    await billing.hear(a_run())
    assert (billing.balance(OWED), billing.balance(PAYOUTS)) == (0, FEE + 9_000)
    assert {charge.status for charge in billing.charges().values()} == {Status.SETTLED}
    (told,) = advances(billing)
    assert (told.taken_minor, told.repaid_minor, told.charges, told.more) == (FEE + 9_000, 0, 2, False)
    assert told.run_id == "run_1"
    assert [kind for kind in billing.told() if kind == "billing.charge_settled"] == ["billing.charge_settled"] * 2


@pytest.mark.parametrize(
    "changes",
    [{"seller_id": "sel_9"}, {"market": "pt"}, {"currency": "PLN"}, {"run_at": NOON - DAY}],
    ids=["another seller", "another market", "another currency", "before it was posted"],
)
async def test_a_run_takes_nothing_that_is_not_its_own(changes: dict[str, object]) -> None:
    """INVARIANT: S-1; would break if a run took the charges of another seller, market or currency, or of the future."""
    billing = await a_fee_and_a_refund()
    await billing.hear(a_run(**changes))
    assert billing.balance(OWED) == FEE + 9_000
    (told,) = advances(billing)
    assert (told.taken_minor, told.charges, told.more) == (0, 0, False)


async def test_a_payout_does_not_take_what_was_contested_before_its_refund_was_ordered_anew() -> None:
    """INVARIANT: would break if a refusal of the payment system dropped what the seller had said."""
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000))
    id = billing.charges()["dec_1", "refund"].terms.charge_id
    await step(billing, id, ContestCharge("not_mine", NOON))
    await billing.hear(refused(billing.refunds()[0]))
    await billing.again(billing.refunds()[0])
    await billing.hear(paid(billing.refunds()[1]), a_run(at=NOON + DAY))
    charge = billing.charges()["dec_1", "refund"]
    assert (charge.status, charge.ground, billing.balance(PAYOUTS)) == (Status.CONTESTED, "not_mine", 0)
    assert billing.told().count("billing.charge_contested") == 2, "whoever took it for withdrawn hears of it again"


@pytest.mark.parametrize("again", [a_run(1), a_run(2), a_run(2, NOON + DAY)], ids=["same run", "same time", "later"])
async def test_a_period_that_is_told_twice_is_taken_once(again: PayoutRun) -> None:
    """INVARIANT: exactly once, by the charge and not by the message; each telling is an event with an id of its own."""
    billing = await a_fee_and_a_refund()
    await billing.hear(a_run(1), again, again)
    assert (billing.balance(OWED), billing.balance(PAYOUTS)) == (0, FEE + 9_000)
    assert sum(told.taken_minor for told in advances(billing)) == FEE + 9_000
    assert {charge.settled_by for charge in billing.charges().values()} == {"run_1"}


async def test_a_run_that_is_told_again_takes_nothing_that_was_posted_since() -> None:
    """INVARIANT: exactly once; would break if a replay took a charge that the payout had not paid for."""
    billing = Billing()
    await billing.hear(PLACED, TAKEN_OVER, a_run(at=NOON + DAY))
    await billing.hear(by("dec_1", 9_000))
    await billing.hear(paid(billing.refunds()[0]))
    await billing.hear(a_run(at=NOON + DAY))
    assert (billing.balance(OWED), len(advances(billing))) == (9_000, 1)
    await billing.hear(a_run(2, NOON + 2 * DAY))
    assert billing.balance(OWED) == 0


async def test_a_run_that_is_told_late_finds_nothing_that_a_later_one_took() -> None:
    billing = await a_fee_and_a_refund()
    await billing.hear(a_run(2, NOON + DAY), a_run(1, NOON))
    assert [told.charges for told in advances(billing)] == [2, 0]
    assert billing.balance(PAYOUTS) == FEE + 9_000


@pytest.mark.rule("S-3")
async def test_what_is_reversed_after_it_was_taken_is_paid_back_by_the_next_run_once() -> None:
    billing = await a_fee_and_a_refund()
    await billing.hear(a_run(), REVERSED)
    assert billing.balance(OWED) == -FEE
    await billing.hear(a_run(2, NOON + DAY), a_run(3, NOON + 2 * DAY), a_run(2, NOON + DAY))
    assert (billing.balance(OWED), billing.balance(PAYOUTS)) == (0, 9_000)
    assert [(told.taken_minor, told.repaid_minor) for told in advances(billing)] == [(FEE + 9_000, 0), (0, FEE), (0, 0)]
    assert billing.charges()["tko_1", "handling_fee"].repaid_by == "run_2"


async def test_what_is_contested_is_left_to_a_later_run() -> None:
    billing = await a_fee_and_a_refund()
    fee = billing.charges()["tko_1", "handling_fee"].terms.charge_id
    await step(billing, fee, ContestCharge("not_mine", NOON))
    await billing.hear(a_run())
    assert billing.balance(OWED) == FEE
    await step(billing, fee, ReverseCharge("right", "sup_9", NOON))
    await billing.hear(a_run(2, NOON + DAY))
    assert (billing.balance(OWED), billing.balance(PAYOUTS)) == (0, 9_000)


def pages(told: Iterable[PayoutAdvanced]) -> list[tuple[int, bool]]:
    return [(page.charges, page.more) for page in told]


async def test_a_long_run_is_taken_a_page_at_a_time_and_each_page_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """INVARIANT: would break if a page that is told twice were counted twice, or the last page were never reached."""
    monkeypatch.setattr(taking, "PAGE", 2)
    billing = await five_fees()
    await billing.hear(a_run())
    assert pages(advances(billing)) == [(2, True)]
    for _ in range(4):
        await billing.hear(*advances(billing)[-1:], *advances(billing)[:1])
    assert pages(advances(billing)) == [(2, True), (4, True), (5, False)]
    assert advances(billing)[-1].taken_minor == billing.balance(PAYOUTS) == 5 * FEE
    assert billing.balance(OWED) == 0


async def five_fees() -> Billing:
    billing = Billing()
    await billing.hear(PLACED)
    for number in range(5):
        taken_over = TAKEN_OVER.model_copy(update={"takeover_id": f"tko_{number}", "case_id": f"cas_{number}"})
        await billing.hear(taken_over)
    return billing


STORY: list[Event] = [TAKEN_OVER, by("dec_1", 9_000), REVERSED, *(a_run(n, NOON + n * DAY) for n in range(1, 4))]


@given(st.lists(st.sampled_from(STORY), max_size=12))
@settings(max_examples=60, deadline=None)
async def test_in_any_order_and_however_often_told_what_is_owed_and_taken_is_what_stands(told: list[Event]) -> None:
    """INVARIANT: what payouts took for a charge is its amount while it stands or until the next run, and never twice."""
    billing = Billing()
    await billing.hear(PLACED)
    for number, event in enumerate(told):
        await billing.hear(event, at=NOON + number * DAY)
        for refund in billing.refunds():
            await billing.hear(paid(refund))
    await billing.hear(a_run(9, NOON + 99 * DAY))
    standing = [c for c in billing.charges().values() if c.entry is not None and c.status != Status.REVERSED]
    assert billing.balance(OWED) == 0
    assert billing.balance(PAYOUTS) == sum(charge.terms.gross_minor for charge in standing)
    final = {page.payout_id: page for page in advances(billing)}.values()
    assert sum(page.taken_minor - page.repaid_minor for page in final) == billing.balance(PAYOUTS)
