"""What disputes knows of cases and lines, also of those that it kept before each of them had a version."""

from dataclasses import replace

import pytest
from disputes_desk import BUYER, CLAIM, CLOSED, MEDIATOR, decision
from disputes_desk import taken_over as activated
from disputes_situations import DECIDE, FAST, NOON, OPEN

from chassis.aggregate import Cause, Session
from chassis.testing import FixedClock, Situations
from chassis.testing.desk import Desk, a_desk
from disputes.app import SERVICE
from disputes.cases.domain import NoteLine, OrderRefund, Paid, RecallRefund
from disputes.cases.store import LINES
from disputes.disputes.store import DISPUTES
from disputes.refusals import AmountAboveLeft, Refusal

CASE = {"market": "lv", "buyer_id": "buy_1", "seller_id": "sel_2", "order_id": "ord_3", "line_id": "lin_4"}
LINE = {"paid_minor": 12_990, "shipping_minor": 490, "currency": "EUR"}
PAID = Paid(paid_minor=12_990, shipping_minor=490, currency="EUR")
given = Situations(Refusal).given


def test_what_is_left_is_what_was_paid_minus_what_was_ordered_once_per_decision() -> None:
    """Casework, section 4."""
    bought = given(LINES, NoteLine(PAID, NOON), OrderRefund("dec_1", 9_000, NOON))
    assert bought.state is not None
    assert bought.state.left_minor == 3_990
    bought.when(OrderRefund("dec_1", 9_000, NOON)).then_nothing()
    refusal = bought.when(OrderRefund("dec_2", 3_991, NOON)).then_refused(AmountAboveLeft)
    assert refusal.facts == {"left_minor": 3_990}
    after = bought.when(OrderRefund("dec_2", 3_990, NOON)).after
    assert after is not None
    assert after.left_minor == 0


def test_an_order_that_is_told_again_does_not_forget_what_was_ordered() -> None:
    bought = given(LINES, NoteLine(PAID, NOON), OrderRefund("dec_1", 9_000, NOON))
    after = bought.when(NoteLine(replace(PAID, paid_minor=10_000), NOON)).after
    assert after is not None
    assert after.left_minor == 1_000


def test_what_was_ordered_before_is_a_fact_also_above_what_was_paid() -> None:
    bought = given(LINES, NoteLine(PAID, NOON), RecallRefund("dec_1", 9_000, NOON))
    after = bought.when(RecallRefund("dec_2", 9_000, NOON)).after
    assert after is not None
    assert after.left_minor == 0


async def kept_before(desk: Desk, **flags: bool) -> None:
    """Keep a case and its line as they stood before each of them had a version."""
    session = Session(desk.mongo, FixedClock())
    unit = session.unit(Cause("test", "test"))
    unit.insert("cases", "cas_1", {**CASE, "reason": "DEFECTIVE", **flags})
    unit.insert("order_lines", "ord_3|lin_4", LINE)
    await session.commit()


@pytest.mark.parametrize(
    ("flags", "status", "stage"),
    [({}, 201, "NEGOTIATION"), ({"taken_over": True}, 201, "MEDIATION"), ({"closed": True}, 409, None)],
)
async def test_a_case_and_a_line_that_were_kept_before_are_understood(
    flags: dict[str, bool], status: int, stage: str | None
) -> None:
    async with a_desk(SERVICE) as desk:
        await kept_before(desk, **flags)
        answer = await desk.post(BUYER, "/cases/cas_1/disputes", CLAIM)
        assert (answer.status_code, answer.json().get("stage")) == (status, stage)


async def test_what_arrives_about_a_case_that_was_kept_before_is_added_to_it() -> None:
    async with a_desk(SERVICE) as desk:
        await kept_before(desk)
        await desk.hears(activated())
        assert (await desk.done(BUYER, "/cases/cas_1/disputes", CLAIM))["stage"] == "MEDIATION"
        await desk.hears(CLOSED)
        assert (await desk.post(BUYER, "/cases/cas_1/disputes", {**CLAIM, "reason": "LATE"})).status_code == 409


async def test_what_outcomes_ordered_before_is_taken_from_what_is_left() -> None:
    async with a_desk(SERVICE) as desk:
        await kept_before(desk)
        session = Session(desk.mongo, FixedClock())
        unit = session.unit(Cause("test", "test"))
        await unit.execute(DISPUTES, "dsp_1", FAST)
        await unit.execute(DISPUTES, "dsp_1", replace(DECIDE, remedy="PRICE_REDUCTION", amount_minor=9_000))
        await unit.execute(DISPUTES, "dsp_2", replace(OPEN, dispute_id="dsp_2", family="DELIVERY", fast_track=True))
        await session.commit()
        answer = await desk.post(MEDIATOR, "/disputes/dsp_2/decision", decision("PRICE_REDUCTION", 9_000))
        assert (answer.status_code, answer.json()["left_minor"]) == (409, 3_990)
        whole = await desk.done(MEDIATOR, "/disputes/dsp_2/decision", decision())
        assert whole["decision"]["refund_minor"] == 3_990
