"""What disputes keep back from payouts: what is left of the line, once, until the outcome or the clock says otherwise (section 6)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from billing_desk import PLACED
from hypothesis import given, settings
from hypothesis import strategies as st
from money_bench import Billing, by, paid, refused
from payout_events import ENDS, a_run, opened
from return_events import refund
from silence_events import hold_silence

from billing.ledger.domain import PAYOUTS
from billing.lines.store import EXPOSURES, exposure_id
from billing.payouts.domain import Hold, Status
from billing.payouts.holding import hold_id_of
from billing.payouts.store import HOLDS
from billing.refunds.domain import Refund
from billing.refunds.domain import Status as RefundStatus
from chassis.consuming import NotYet
from chassis.testing import NOON
from ombud_contracts import Event, from_record
from ombud_contracts.events import disputes, sla_monitor
from ombud_contracts.events.payouts import PayoutHoldEvent, PayoutHoldPlaced, PayoutHoldReleased

pytestmark = pytest.mark.rule("R-10")
PAID = 12_990


def told(billing: Billing) -> list[PayoutHoldEvent]:
    rows = (from_record(row.value, row.headers).event for row in billing.store.outbox.values())
    return [event for event in rows if isinstance(event, PayoutHoldEvent)]


async def hold_of(billing: Billing, dispute_id: str = "dsp_1") -> Hold | None:
    return await billing.unit().read(HOLDS, hold_id_of(dispute_id))


async def held_of_the_line(billing: Billing) -> int:
    exposure = await billing.unit().read(EXPOSURES, exposure_id("ord_3", "lin_4"))
    return sum(part.minor for part in exposure.holds) if exposure is not None else 0


async def a_hold(*before: Event) -> Billing:
    billing = Billing()
    await billing.hear(PLACED, *before, opened())
    return billing


async def test_an_opened_dispute_holds_what_is_left_of_its_line_from_its_sellers_payouts() -> None:
    billing = await a_hold()
    await billing.hear(opened())
    (placed,) = told(billing)
    assert isinstance(placed, PayoutHoldPlaced)
    assert (placed.seller_id, placed.amount_minor, placed.currency, placed.dispute_id) == (
        "sel_2",
        PAID,
        "EUR",
        "dsp_1",
    )
    assert (placed.order_id, placed.line_id, placed.market) == ("ord_3", "lin_4", "lv")


async def test_what_was_refunded_before_is_not_held_again() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_0", 9_000))
    await billing.hear(paid(billing.refunds()[0]), opened())
    assert [event.amount_minor for event in told(billing)] == [PAID - 9_000]


async def test_nothing_is_held_where_nothing_is_left() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_0", PAID), opened())
    assert told(billing) == []


async def test_nothing_is_held_for_what_the_seller_complains_of() -> None:
    billing = Billing()
    await billing.hear(PLACED, opened(opened_by="seller"))
    assert told(billing) == []


async def test_two_disputes_about_one_line_never_hold_the_same_money() -> None:
    """INVARIANT: only the disputed amount is held (section 6); would break if each held the whole line."""
    billing = await a_hold()
    await billing.hear(opened("dsp_2", family="DELIVERY", case_id="cas_2"))
    assert [event.dispute_id for event in told(billing)] == ["dsp_1"]
    assert await held_of_the_line(billing) == PAID


def held_by_what_was_told(billing: Billing) -> dict[str, int]:
    """Return what the marketplace holds back for each dispute if it does as it is told."""
    held: dict[str, int] = {}
    for event in told(billing):
        if isinstance(event, PayoutHoldReleased):
            assert held.pop(event.dispute_id) == event.amount_minor
        else:
            assert isinstance(event, PayoutHoldPlaced) is (event.dispute_id not in held)
            held[event.dispute_id] = event.amount_minor
    return held


@pytest.mark.parametrize("funded_by", ["seller", "platform"])
async def test_a_refund_that_is_paid_while_a_dispute_lasts_is_held_back_no_longer(funded_by: str) -> None:
    """INVARIANT: what is kept from a seller never passes what was paid; would break if it were held and taken at once."""
    billing = await a_hold()
    await billing.hear(refund(9_000, funded_by))
    assert held_by_what_was_told(billing) == {"dsp_1": PAID}, "an order of a refund takes nothing yet"
    await billing.hear(paid(billing.refunds()[0]), a_run(at=NOON + timedelta(days=1)))
    assert held_by_what_was_told(billing) == {"dsp_1": PAID - 9_000}
    assert billing.balance(PAYOUTS) == (9_000 if funded_by == "seller" else 0)
    await billing.hear(ENDS["closed"])
    assert held_by_what_was_told(billing) == {}


async def test_nothing_is_held_when_the_buyer_has_all_of_it_back() -> None:
    billing = await a_hold()
    await billing.hear(refund(PAID))
    await billing.hear(paid(billing.refunds()[0]), ENDS["executed"])
    released = told(billing)[-1]
    assert isinstance(released, PayoutHoldReleased)
    assert (released.cause, released.amount_minor, len(told(billing))) == ("refunded", PAID, 2)


async def test_a_dispute_holds_the_line_when_the_older_one_has_its_outcome() -> None:
    billing = await a_hold()
    await billing.hear(opened("dsp_2", family="DELIVERY", case_id="cas_2"), opened("dsp_3", family="OTHER"))
    await billing.hear(ENDS["withdrawn"])
    assert held_by_what_was_told(billing) == {"dsp_2": PAID}
    await billing.hear(hold_silence(hold_id_of("dsp_2")))
    assert held_by_what_was_told(billing) == {"dsp_3": PAID}


async def test_a_dispute_that_only_waited_is_over_without_a_word() -> None:
    billing = await a_hold()
    await billing.hear(opened("dsp_2"), ENDS["closed"].model_copy(update={"dispute_id": "dsp_2"}), ENDS["closed"])
    assert (held_by_what_was_told(billing), len(told(billing))) == ({}, 2)


@pytest.mark.parametrize(("refund_minor", "first"), [(PAID, {}), (9_000, {"dsp_1": PAID - 9_000})])
async def test_a_dispute_holds_what_a_refused_refund_leaves(refund_minor: int, first: dict[str, int]) -> None:
    billing = await a_hold(by("dec_0", refund_minor))
    assert held_by_what_was_told(billing) == first
    await billing.hear(refused(billing.refunds()[0]))
    assert held_by_what_was_told(billing) == {"dsp_1": PAID}


async def test_a_dispute_about_a_line_that_was_not_told_waits() -> None:
    with pytest.raises(NotYet):
        await Billing().hear(opened())


@pytest.mark.parametrize("cause", ENDS)
async def test_an_outcome_releases_the_hold_once(cause: str) -> None:
    billing = await a_hold()
    await billing.hear(ENDS[cause], ENDS[cause], ENDS["closed"])
    _, released = told(billing)
    assert isinstance(released, PayoutHoldReleased)
    assert (released.cause, released.amount_minor, released.seller_id) == (cause, PAID, "sel_2")
    assert await held_of_the_line(billing) == 0


async def test_a_decision_holds_until_it_is_executed() -> None:
    billing = await a_hold()
    await billing.hear(by("dec_1", 9_000))
    assert len(told(billing)) == 1
    await billing.hear(ENDS["executed"])
    assert len(told(billing)) == 2


@pytest.mark.rule("S-3")
async def test_a_dispute_that_is_opened_again_after_its_lapse_was_withdrawn_holds_again() -> None:
    billing = await a_hold()
    lapse = disputes.LapseWithdrawn(dispute_id="dsp_1", case_id="cas_1", withdrawn_at=NOON)
    await billing.hear(ENDS["lapsed"], lapse, opened("dsp_2"))
    assert [(event.dispute_id, isinstance(event, PayoutHoldPlaced)) for event in told(billing)] == [
        ("dsp_1", True),
        ("dsp_1", False),
        ("dsp_2", True),
    ]
    assert await held_of_the_line(billing) == PAID


@pytest.mark.rule("S-5")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.RELEASED),
        ({"still_owed": False}, Status.PLACED),
        ({"on_silence": "supervisor_alarm"}, Status.PLACED),
        ({"subject": hold_id_of("dsp_9")}, Status.PLACED),
    ],
)
async def test_a_hold_ends_when_its_clock_says_so_and_never_by_counting_days(
    changes: dict[str, object], status: Status
) -> None:
    billing = await a_hold()
    await billing.hear(ENDS["closed"].model_copy(update={"dispute_id": "dsp_8"}), at=NOON + timedelta(days=99))
    await billing.hear(hold_silence(hold_id_of("dsp_1"), **changes), at=NOON + timedelta(days=99))
    hold = await hold_of(billing)
    assert hold is not None
    assert hold.status == status
    if status == Status.RELEASED:
        assert hold.cause == "time_limit"


async def test_an_end_that_is_heard_before_its_dispute_leaves_nothing_to_hold() -> None:
    billing = Billing()
    await billing.hear(PLACED, ENDS["withdrawn"], opened())
    assert (told(billing), await held_of_the_line(billing)) == ([], 0)


SECOND = [opened("dsp_2"), ENDS["closed"].model_copy(update={"dispute_id": "dsp_2"})]
BREACH = hold_silence(hold_id_of("dsp_1"))
NO_BREACH = sla_monitor.BreachWithdrawn(
    **{name: getattr(BREACH, name) for name in sla_monitor.ClockEvent.model_fields},
    cause="outage_credited",
    withdrawn_at=NOON,
)
STORY: list[Event] = [opened(), *ENDS.values(), *SECOND, by("dec_9", 3_000), refund(5_000), BREACH, NO_BREACH]
OUTCOMES = [paid, refused]


@given(st.lists(st.sampled_from([*STORY, *OUTCOMES]), max_size=12))
@settings(max_examples=80, deadline=None)
async def test_in_any_order_what_is_told_is_what_is_held_and_no_more_than_the_line(
    events: list[Event | Callable[[Refund], Event]],
) -> None:
    """INVARIANT: what the marketplace holds as it is told is what billing holds, and with what was paid back never above what
    was paid."""
    billing, at = Billing(), datetime(2026, 9, 15, 12, tzinfo=NOON.tzinfo)
    await billing.hear(PLACED)
    for event in events:
        if isinstance(event, Event):
            await billing.hear(event, at=at)
        elif ordered := [r for r in billing.refunds() if r.status == RefundStatus.ORDERED]:
            await billing.hear(event(ordered[0]), at=at)
        back = sum(r.order.amount_minor for r in billing.refunds() if r.status == RefundStatus.COMPLETED)
        assert sum(held_by_what_was_told(billing).values()) == await held_of_the_line(billing) <= PAID - back
