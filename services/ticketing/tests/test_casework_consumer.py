"""What ticketing does on hearing of orders, clocks and messages: deadlines are shown, T1 is decided, cases reopen."""

from dataclasses import replace

import pytest
from casework_desk import (
    BREACHED,
    CONTINUED,
    DUE_BY,
    GRACE_ENDED,
    GRACE_ENDS_AT,
    IN_GRACE,
    LATER_DUE_BY,
    MOVED,
    SECOND,
    STARTED,
    WAIVED,
    Desk,
    on_clock,
)
from ticketing_situations import CLOSE, LATER, NOON, OPEN, RESOLVE

from chassis.consuming import NotYet
from chassis.mongo import Mongo
from ombud_contracts import Event
from ombud_contracts.events import marketplace, messaging
from ombud_contracts.events import sla_monitor as clocks
from ticketing.cases.domain.state import Status
from ticketing.deadlines.store import list_deadlines
from ticketing.orders.store import LINES
from ticketing.takeovers.store import list_takeovers


def delivered(author: str, audience: str = "thread") -> messaging.MessageDelivered:
    return messaging.MessageDelivered(
        case_id="cas_1",
        message_id="msg_1",
        author_role=author,
        audience=audience,
        sha256="0" * 64,
        characters=40,
        first=False,
        classification=messaging.Classification(),
        qualifies=False,
        submitted_at=LATER,
        delivered_at=LATER,
    )


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    made = Desk(mongo)
    await made.given(OPEN)
    return made


@pytest.mark.rule("R-34")
@pytest.mark.parametrize(
    ("events", "verdict", "due_by"),
    [
        ((STARTED,), "RUNNING", DUE_BY),
        ((STARTED, MOVED), "RUNNING", LATER_DUE_BY),
        ((STARTED, WAIVED), "WAIVED", DUE_BY),
        ((STARTED, WAIVED, CONTINUED), "RUNNING", LATER_DUE_BY),
        ((STARTED, on_clock(clocks.ClockPaused, cause="information", paused_at=NOON)), "PAUSED", None),
        ((STARTED, on_clock(clocks.ClockResumed, resumed_at=NOON, due_by=LATER_DUE_BY)), "RUNNING", LATER_DUE_BY),
        ((STARTED, BREACHED), "BREACHED", DUE_BY),
        ((STARTED, BREACHED, on_clock(clocks.BreachClosed, cause="taken_over", closed_at=NOON)), "BREACHED", DUE_BY),
        ((STARTED, IN_GRACE, on_clock(clocks.BreachWithdrawn, cause="late", withdrawn_at=NOON)), "RUNNING", DUE_BY),
        (
            (STARTED, on_clock(clocks.ClockSatisfied, verdict="MET_LATE", satisfied_at=NOON, due_by=DUE_BY)),
            "MET_LATE",
            DUE_BY,
        ),
        ((STARTED, on_clock(clocks.ClockVoided, cause="case_closed", voided_at=NOON)), "VOID", DUE_BY),
    ],
)
async def test_each_side_sees_what_a_clock_last_said(
    desk: Desk, events: tuple[Event, ...], verdict: str, due_by: object
) -> None:
    """R-34."""
    await desk.hear(*events)
    (shown,) = await list_deadlines(desk.mongo, "cas_1", "buyer")
    assert (shown["verdict"], shown["due_by"], shown["owner"], shown["round"]) == (verdict, due_by, "seller", 1)


def superseded(number: int) -> clocks.ClockEvent:
    return on_clock(clocks.RoundSuperseded, cause="buyer_message", superseded_at=NOON).model_copy(
        update={"round": number}
    )


@pytest.mark.rule("R-34")
@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ((STARTED, superseded(1)), []),
        ((STARTED, WAIVED, SECOND, superseded(2)), [(1, "WAIVED")]),
        ((STARTED, WAIVED, SECOND, superseded(1)), [(2, "RUNNING")]),
        ((STARTED, WAIVED, SECOND), [(2, "RUNNING")]),
        ((STARTED, SECOND, BREACHED), [(2, "RUNNING")]),
    ],
)
async def test_a_clock_shows_its_last_round_that_really_was(
    desk: Desk, events: tuple[Event, ...], shown: list[tuple[int, str]]
) -> None:
    """R-34: an earlier fact that arrives late may show that a round never was."""
    await desk.hear(*events)
    assert [(d["round"], d["verdict"]) for d in await list_deadlines(desk.mongo, "cas_1", "seller")] == shown


@pytest.mark.parametrize(("reader", "kinds"), [("buyer", ["reply"]), ("seller", ["contest_window", "reply"])])
async def test_a_buyer_sees_no_deadline_about_a_charge(desk: Desk, reader: str, kinds: list[str]) -> None:
    """Section 8: charges are between the platform and the seller."""
    await desk.hear(STARTED, STARTED.model_copy(update={"clock_id": "clk_2", "kind": "contest_window"}))
    assert sorted(d["kind"] for d in await list_deadlines(desk.mongo, "cas_1", reader)) == kinds


async def test_a_missed_deadline_takes_the_contact_over(desk: Desk) -> None:
    await desk.hear(BREACHED)
    assert (await desk.case()).taken_over


async def test_a_takeover_waits_for_the_end_of_grace_and_rests_on_the_breachs_trace(desk: Desk) -> None:
    """Section 4, T1: grace is configurable; the decision keeps how the deadline was counted."""
    await desk.hear(IN_GRACE)
    assert not (await desk.case()).taken_over
    await desk.hear(GRACE_ENDED)
    (takeover,) = await list_takeovers(desk.mongo, "cas_1")
    assert (await desk.case()).takeover_id == takeover.id
    assert takeover.grounds.facts[0].event_id == "event:1"
    assert [s.seconds for s in takeover.grounds.deadline_trace] == [86_400]
    assert takeover.at == GRACE_ENDS_AT


async def test_an_end_of_grace_in_the_breachs_own_transaction_waits_for_it(desk: Desk) -> None:
    with pytest.raises(NotYet):
        await desk.hear(GRACE_ENDED)
    await desk.hear(IN_GRACE)
    with pytest.raises(NotYet):
        await desk.hear(GRACE_ENDED.model_copy(update={"round": 2}))


@pytest.mark.parametrize("change", [{"on_silence": "supervisor_alarm"}, {"owner": "agent"}])
async def test_the_end_of_somebody_elses_grace_is_no_takeover(desk: Desk, change: dict[str, str]) -> None:
    await desk.hear(IN_GRACE.model_copy(update=change), GRACE_ENDED.model_copy(update=change))
    assert not (await desk.case()).taken_over


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (delivered("buyer"), Status.OPEN),
        (delivered("seller"), Status.CLOSED),
        (delivered("agent"), Status.CLOSED),
        (delivered("buyer", "internal"), Status.CLOSED),
    ],
)
async def test_a_message_of_the_buyer_reopens_a_case_and_nobody_elses_does(
    desk: Desk, event: Event, status: Status
) -> None:
    await desk.given(RESOLVE, CLOSE)
    await desk.hear(event)
    assert (await desk.case()).status == status


@pytest.mark.parametrize("event", [delivered("buyer"), BREACHED])
async def test_what_comes_before_its_case_waits_for_it(mongo: Mongo, event: Event) -> None:
    with pytest.raises(NotYet):
        await Desk(mongo).hear(event)


async def test_a_bought_line_is_known_with_its_delivery_whichever_came_first(desk: Desk) -> None:
    line = marketplace.OrderLine(
        line_id="lin_1",
        listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
        quantity=2,
        price_minor=12_500,
        shipping_minor=490,
        promised_by=NOON,
        terms=marketplace.SellerTerms(version="1", return_days=60, warranty_months=24),
    )
    placed = marketplace.OrderPlaced(
        order_id="ord_1",
        buyer_id="buy_1",
        seller_id="sel_1",
        market="lv",
        currency="EUR",
        placed_at=NOON,
        lines=(line,),
    )
    arrived = marketplace.OrderDelivered(order_id="ord_1", line_id="lin_1", delivered_at=LATER)
    await desk.hear(arrived)
    early = await desk.unit().read(LINES, "ord_1|lin_1")
    assert early is not None
    assert early.purchase is None
    await desk.hear(placed)
    found = await desk.unit().read(LINES, "ord_1|lin_1")
    assert found is not None
    assert found.purchase is not None
    assert (found.purchase.value_minor, found.delivered_at, found.purchase.return_days) == (12_990, LATER, 60)


async def test_the_rules_of_the_cases_own_market_hold(mongo: Mongo) -> None:
    desk = Desk(mongo)
    await desk.given(replace(OPEN, market="pt"))
    await desk.hear(BREACHED)
    (takeover,) = await list_takeovers(mongo, "cas_1")
    assert takeover.market == "pt"
