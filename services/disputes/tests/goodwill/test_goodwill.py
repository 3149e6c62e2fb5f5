"""Goodwill: staff gives it, within the limit of the role for the case, once per decision, and it is counted (S-2)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from disputes_situations import ADMITTED, DECIDE, FAST, NOON, RULES, given
from prometheus_client import REGISTRY

from chassis.aggregate import Cause
from chassis.testing import Bench
from disputes.cases.domain import NoteLine, Paid
from disputes.cases.store import LINES
from disputes.disputes.course import act, open_dispute
from disputes.goodwill.domain import Gift, GiveGoodwill, GoodwillGiven, expect_currency
from disputes.goodwill.jobs import first_of_month, measure
from disputes.goodwill.store import GIFTS, GOODWILL, goodwill_id
from disputes.refusals import AboveAuthority, CurrencyOfAnotherMarket
from ombud_contracts.events import disputes as contract
from ombud_contracts.market import load_markets
from ombud_words import Role

GIFT = Gift(
    decision_id="dec_7",
    dispute_id=None,
    case_id="cas_1",
    market="lv",
    order_id="ord_3",
    line_id="lin_4",
    buyer_id="buy_1",
    seller_id="sel_2",
    amount_minor=1_500,
    currency="EUR",
    reason="long_wait",
    given_by="agent",
    giver_id="agt_5",
    at=NOON,
)
AUTHORITY = load_markets()["lv"].authority


@pytest.mark.rule("S-2")
@pytest.mark.parametrize(
    ("role", "limit"), [(Role.AGENT, 2_000), (Role.MEDIATOR, 5_000), (Role.SUPERVISOR, 25_000), (Role.SELLER, 0)]
)
def test_each_role_gives_up_to_its_limit_and_who_is_not_staff_nothing(role: Role, limit: int) -> None:
    """Casework, section 13."""
    assert AUTHORITY.gives_up_to(role) == limit
    nothing = given(GOODWILL)
    nothing.when(GiveGoodwill(replace(GIFT, amount_minor=limit + 1), limit)).then_refused(AboveAuthority)
    if limit:
        gift = replace(GIFT, amount_minor=limit)
        nothing.when(GiveGoodwill(gift, limit)).then(GoodwillGiven(gift), given=(("dec_7", limit),))


@pytest.mark.rule("S-2")
def test_the_limit_holds_for_the_case_whoever_gave_before() -> None:
    before = given(GOODWILL, GiveGoodwill(GIFT, 2_000))
    further = replace(GIFT, decision_id="dec_8", amount_minor=501, given_by="agent")
    before.when(GiveGoodwill(further, 2_000)).then_refused(AboveAuthority)
    assert before.when(GiveGoodwill(replace(further, amount_minor=500), 2_000)).told == "GoodwillGiven"
    assert before.when(GiveGoodwill(further, 5_000)).told == "GoodwillGiven"


def test_the_same_decision_gives_once() -> None:
    assert given(GOODWILL, GiveGoodwill(GIFT, 2_000)).when(GiveGoodwill(GIFT, 2_000)).told == "-"


def test_a_gift_is_told_with_its_reason_and_its_giver() -> None:
    state = given(GOODWILL, GiveGoodwill(GIFT, 2_000)).state
    assert state is not None
    told = GOODWILL.publish(GoodwillGiven(GIFT), state)
    assert told == contract.GoodwillGiven(
        case_id="cas_1",
        decision_id="dec_7",
        order_id="ord_3",
        line_id="lin_4",
        buyer_id="buy_1",
        seller_id="sel_2",
        amount_minor=1_500,
        currency="EUR",
        reason="long_wait",
        given_by="agent",
        giver_id="agt_5",
        given_at=NOON,
    )


def test_a_gift_is_in_the_currency_of_its_market() -> None:
    expect_currency("EUR", "EUR")
    with pytest.raises(CurrencyOfAnotherMarket):
        expect_currency("PLN", "EUR")


@pytest.mark.rule("S-2")
async def test_goodwill_by_a_decision_counts_in_the_case_and_is_told_by_the_decision_alone() -> None:
    """INVARIANT: one limit per case; counting decisions and gifts apart would give twice the limit."""
    bench: Bench[None] = Bench()
    await bench.execute(LINES, "ord_3|lin_4", NoteLine(Paid(12_990, 490, "EUR"), NOON))
    await bench.execute(GOODWILL, goodwill_id("cas_1"), GiveGoodwill(GIFT, 2_000))
    rules = replace(RULES, gives_up_to_minor=5_000)
    generous = replace(DECIDE, remedy="GOODWILL", amount_minor=3_501, rules=rules)
    session = bench.session()
    unit = session.unit(Cause("test", "test"))
    await open_dispute(FAST, ADMITTED, 12_990, unit)
    with pytest.raises(AboveAuthority):
        await act("dsp_1", generous, NOON, unit)
    session = bench.session()
    unit = session.unit(Cause("test", "test"))
    await open_dispute(FAST, ADMITTED, 12_990, unit)
    await act("dsp_1", replace(generous, amount_minor=3_500), NOON, unit)
    await session.commit()
    kept = await bench.session().unit(Cause("test", "test")).read(GOODWILL, goodwill_id("cas_1"))
    assert kept is not None
    assert kept.total_minor == 5_000
    types = [dict(row.headers)["ce_type"] for row in bench.store.outbox.values()]
    assert types.count(b"disputes.goodwill_given") == 1
    assert sorted(row["amount_minor"] for row in bench.store.rows[GIFTS].values()) == [1_500, 3_500]


@pytest.mark.parametrize(("given_minor", "over"), [(500_000, False), (500_001, True)])
def test_more_than_the_months_budget_raises_an_alarm(given_minor: int, over: bool) -> None:
    assert measure("lv", given_minor, AUTHORITY.goodwill_month_minor) is over
    shown = [
        REGISTRY.get_sample_value(f"ombud_goodwill_{name}_minor", {"market": "lv"}) for name in ("month", "budget")
    ]
    assert shown == [given_minor, 500_000]


def test_the_month_is_the_markets() -> None:
    """At 22:30 UTC on 30 September it is October in Riga."""
    at = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
    assert first_of_month(at, "Europe/Riga") == datetime(2026, 9, 30, 21, 0, tzinfo=UTC)
    assert first_of_month(at, "Europe/Lisbon") == datetime(2026, 8, 31, 23, 0, tzinfo=UTC)
