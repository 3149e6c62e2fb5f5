"""What disputes keep back from payouts: what is left of the line, once, until the outcome or the clock says otherwise (section 6)."""

from datetime import datetime, timedelta

import pytest
from billing_desk import PLACED
from hypothesis import given, settings
from hypothesis import strategies as st
from money_bench import Billing, by, paid
from payout_events import ENDS, opened

from billing.lines.store import EXPOSURES, exposure_id
from billing.payouts.domain import Hold, Status
from billing.payouts.holding import hold_id_of
from billing.payouts.store import HOLDS
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


def silence(hold_id: str, **changes: object) -> sla_monitor.ClockBreached:
    breach = sla_monitor.ClockBreached(
        clock_id="clk_1",
        case_id="cas_1",
        kind="payout_hold",
        subject=hold_id,
        about="hold",
        owner="platform",
        round=1,
        due_by=NOON + timedelta(days=60),
        emitted_late=False,
        still_owed=True,
        on_silence="payout_hold_ends",
        policy_version="1",
        calendar_version="1",
        trace=(),
    )
    return breach.model_copy(update=changes)


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
    await billing.hear(silence(hold_id_of("dsp_1"), **changes), at=NOON + timedelta(days=99))
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
STORY: list[Event] = [opened(), *ENDS.values(), *SECOND, by("dec_9", 3_000), silence(hold_id_of("dsp_1"))]


@given(st.lists(st.sampled_from(STORY), max_size=10))
@settings(max_examples=60, deadline=None)
async def test_in_any_order_a_dispute_holds_once_and_no_more_than_the_line(events: list[Event]) -> None:
    """INVARIANT: what is told to the marketplace adds up to what is held, which is never above what was paid."""
    billing, at = Billing(), datetime(2026, 9, 15, 12, tzinfo=NOON.tzinfo)
    await billing.hear(PLACED)
    for event in events:
        await billing.hear(event, at=at)
        standing = sum(e.amount_minor * (1 if isinstance(e, PayoutHoldPlaced) else -1) for e in told(billing))
        assert standing == await held_of_the_line(billing) <= PAID
    for kind in (PayoutHoldPlaced, PayoutHoldReleased):
        ids = [event.hold_id for event in told(billing) if isinstance(event, kind)]
        assert len(ids) == len(set(ids))
