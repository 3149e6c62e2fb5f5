"""What an appeal of a dispute's decision does to money: what was charged by it is credited, what holds instead is charged, and
what the buyer was given stays the buyer's (S-3; casework, section 6)."""

from datetime import datetime, timedelta

import pytest
from billing_desk import CLOSED, PLACED
from money_bench import Billing, appealed, by, paid, refused
from payout_events import ENDS

from billing.charges.domain import Status
from billing.decisions.store import known_decision
from billing.ledger.domain import RECOVERABLE, receivable
from billing.refunds.domain import Status as RefundStatus
from billing.refusals import DecisionTakenBack
from chassis.testing import NOON
from ombud_contracts import Event
from ombud_contracts.events import disputes

OWED = receivable("sel_2")
TAKEN_BACK = disputes.DecisionTakenBack(
    dispute_id="dsp_1", case_id="cas_1", decision_id="dec_1", fact="guarantee_lapsed", taken_back_at=NOON
)
pytestmark = pytest.mark.rule("S-3")


async def a_paid_refund(amount_minor: int) -> Billing:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", amount_minor))
    await billing.hear(paid(billing.refunds()[0]))
    return billing


@pytest.mark.parametrize("outcome", ["UPHELD", "INADMISSIBLE"])
async def test_a_decision_that_stands_moves_nothing(outcome: str) -> None:
    billing = await a_paid_refund(9_000)
    await billing.hear(appealed(outcome))
    assert (billing.balance(OWED), len(billing.refunds())) == (9_000, 1)


async def test_what_a_reversed_decision_charged_is_credited_once_and_the_buyer_keeps_what_was_paid() -> None:
    billing = await a_paid_refund(9_000)
    await billing.hear(appealed("REVERSED"), appealed("REVERSED"))
    assert billing.charges()["dec_1", "refund"].status == Status.REVERSED
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (0, 9_000)
    assert [r.status for r in billing.refunds()] == [RefundStatus.COMPLETED]


async def test_what_the_system_decided_by_no_fact_is_credited_once_also_with_the_appeal_that_waited() -> None:
    billing = await a_paid_refund(9_000)
    await billing.hear(TAKEN_BACK, appealed("REVERSED"), TAKEN_BACK)
    assert billing.charges()["dec_1", "refund"].status == Status.REVERSED
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (0, 9_000)


async def test_a_refund_that_is_paid_after_its_decision_was_reversed_is_charged_to_nobody() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000), appealed("REVERSED"))
    assert billing.charges()["dec_1", "refund"].status == Status.WITHDRAWN
    await billing.hear(paid(billing.refunds()[0]))
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (0, 9_000)


@pytest.mark.parametrize("fall", [appealed("REVERSED"), TAKEN_BACK], ids=["reversed", "taken back"])
async def test_a_decision_that_is_told_after_its_fall_pays_the_buyer_and_charges_nobody(fall: Event) -> None:
    """INVARIANT: would break if a parked decision, replayed after its fall, left a dispute that waits for its refund for ever, and
    the seller's payout held for it."""
    billing = Billing()
    await billing.hear(PLACED, fall, by("dec_1", 9_000), by("dec_1", 9_000))
    (ordered,) = billing.refunds()
    await billing.hear(paid(ordered))
    assert billing.charges() == {}
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (0, 9_000)


async def test_a_refused_refund_of_a_reversed_decision_is_not_ordered_again() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000))
    await billing.hear(refused(billing.refunds()[0]), appealed("REVERSED"))
    with pytest.raises(DecisionTakenBack):
        await billing.again(billing.refunds()[0])


async def test_an_amendment_upwards_pays_and_charges_what_is_still_owed_when_it_is_paid() -> None:
    billing = await a_paid_refund(2_000)
    more = appealed("AMENDED", by("dec_2", 9_000), given_minor=2_000)
    await billing.hear(more, more)
    assert [(r.order.decision_id, r.order.amount_minor) for r in billing.refunds()] == [
        ("dec_1", 2_000),
        ("dec_2", 7_000),
    ]
    assert billing.balance(OWED) == 2_000, "the seller owes what was paid, and not yet what was only ordered"
    await billing.hear(paid(billing.refunds()[1]))
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (9_000, 0)
    assert {key: c.status for key, c in billing.charges().items()} == {
        ("dec_1", "refund"): Status.REVERSED,
        ("dec_2", "refund"): Status.POSTED,
        ("dec_2", "refund_more"): Status.POSTED,
    }
    assert await billing.room() == (9_000, 9_000)


async def test_an_amendment_downwards_charges_less_and_asks_nothing_back_from_the_buyer() -> None:
    billing = await a_paid_refund(9_000)
    await billing.hear(appealed("AMENDED", by("dec_2", 4_000), given_minor=9_000))
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (4_000, 5_000)
    assert (len(billing.refunds()), await billing.room()) == (1, (4_000, 9_000))


async def test_what_a_refused_refund_did_not_give_is_ordered_whole_by_what_holds_instead() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000))
    await billing.hear(refused(billing.refunds()[0]))
    await billing.give_up(billing.refunds()[0])
    await billing.hear(appealed("AMENDED", by("dec_2", 9_000)))
    await billing.hear(paid(billing.refunds()[1]))
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (9_000, 0)


async def test_what_holds_instead_is_carried_out_in_a_closed_case_too() -> None:
    billing = await a_paid_refund(2_000)
    await billing.hear(CLOSED, appealed("AMENDED", by("dec_2", 5_000), given_minor=2_000))
    assert [r.order.amount_minor for r in billing.refunds()] == [2_000, 3_000]


def filed(by: str) -> disputes.DecisionAppealed:
    return disputes.DecisionAppealed(
        dispute_id="dsp_1",
        case_id="cas_1",
        appeal_id="apl_1",
        decision_id="dec_1",
        by=by,
        grounds=("facts_wrong",),
        appealed_at=NOON,
    )


@pytest.mark.rule("S-11")
@pytest.mark.parametrize(("by_whom", "left", "shown"), [("buyer", "seller", True), ("seller", "buyer", False)])
@pytest.mark.parametrize("outcome", ["UPHELD", "INADMISSIBLE"])
async def test_a_charge_shows_the_time_that_the_appeals_of_its_decision_leave_the_seller(
    by_whom: str, left: str, shown: bool, outcome: str
) -> None:
    """INVARIANT: would break if a statement said that a right is over which the seller still has, or had used."""
    billing, until = await a_paid_refund(9_000), NOON + timedelta(days=44)
    assert await times_to_appeal(billing) == {NOON}
    await billing.hear(filed(by_whom))
    assert await times_to_appeal(billing) == {None}, "while it waits no time passes"
    await billing.hear(appealed(outcome).model_copy(update={"appeal_by": left, "appeal_until": until}))
    assert await times_to_appeal(billing) == {until if shown else None}


@pytest.mark.rule("S-11")
async def test_an_appeal_that_is_told_again_after_its_outcome_hides_no_date() -> None:
    """INVARIANT: would break if what was parked and replayed took away the date that the outcome named."""
    billing, until = await a_paid_refund(9_000), NOON + timedelta(days=44)
    outcome = appealed("UPHELD").model_copy(update={"appeal_by": "seller", "appeal_until": until})
    await billing.hear_nth(7, "dsp_1", outcome)
    await billing.hear_nth(6, "dsp_1", filed("buyer"))
    assert await times_to_appeal(billing) == {until}


async def times_to_appeal(billing: Billing) -> set[datetime | None]:
    """Until when the seller may appeal, by the decision and by each of its charges."""
    known = await known_decision(billing.unit(), "dec_1")
    assert known is not None
    assert known.decision is not None
    return {known.decision.appeal_until, *(charge.terms.appeal_until for charge in billing.charges().values())}


async def test_an_appeal_of_a_decision_that_is_not_known_keeps_nothing() -> None:
    billing = Billing()
    await billing.hear(PLACED, filed("buyer"))
    assert await known_decision(billing.unit(), "dec_1") is None


@pytest.mark.rule("S-11")
async def test_what_both_sides_agreed_to_names_no_appeal() -> None:
    """INVARIANT: an appeal that is shown can be filed; only what the platform decides is appealed."""
    billing = Billing()
    await billing.hear(PLACED, ENDS["settled"])
    assert billing.charges()["dec_1", "refund"].terms.appeal_until is None
    await billing.hear(by("dec_2", 1_000))
    assert billing.charges()["dec_2", "refund"].terms.appeal_until == NOON
