"""What was parked and is replayed after later events changes nothing that these said, and nothing follows from it."""

from datetime import datetime, timedelta

import pytest
from ticketing_situations import LATER, NOON, OPEN

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.testing import FixedClock, told
from ombud_contracts import Event, Received
from ombud_contracts.events import marketplace
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.messaging import SanctionImposed, SanctionLifted
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.market import load_markets
from ticketing.cases.store import CASES
from ticketing.consumers import casework
from ticketing.deadlines.store import list_deadlines
from ticketing.orders.store import LINES
from ticketing.takeovers.store import list_takeovers

DUE_BY = NOON + timedelta(days=1)
LATER_DUE_BY = NOON + timedelta(days=2)
TRACE = (TraceSegment(from_at=NOON, to_at=DUE_BY, counted=True, seconds=86_400, cause="open", calendar_version="1"),)


def on_clock(event: type[clocks.ClockEvent], **members: object) -> clocks.ClockEvent:
    head = {"clock_id": "clk_1", "case_id": "cas_1", "kind": "reply", "owner": "seller", "round": 1}
    return event.model_validate(head | members)


STARTED = on_clock(
    clocks.ClockStarted,
    started_at=NOON,
    due_by=DUE_BY,
    mode="working_days",
    target_seconds=86_400,
    policy_version="1",
    calendar_version="1",
    on_silence="takeover_missed_deadline",
)
BREACHED = on_clock(
    clocks.ClockBreached,
    due_by=DUE_BY,
    emitted_late=False,
    still_owed=True,
    on_silence="takeover_missed_deadline",
    policy_version="1",
    calendar_version="1",
    trace=TRACE,
)
IN_GRACE = BREACHED.model_copy(update={"grace_ends_at": LATER_DUE_BY})
GRACE_ENDED = on_clock(clocks.GraceEnded, on_silence="takeover_missed_deadline", ended_at=LATER_DUE_BY)
WITHDRAWN = on_clock(clocks.BreachWithdrawn, cause="late_fact", withdrawn_at=NOON)
SATISFIED = on_clock(clocks.ClockSatisfied, verdict="MET", satisfied_at=NOON, due_by=DUE_BY)
SUPERSEDED = on_clock(clocks.RoundSuperseded, cause="qualifying_reply", superseded_at=NOON)
SANCTION = {"sanction_id": "snc_1", "person_id": "sel_1", "role": "seller", "takeover_round": 1}
IMPOSED = SanctionImposed(
    **SANCTION,
    step="takeover",
    breaches=2,
    next_step="takeover",
    case_id="cas_1",
    message_id="msg_9",
    rules=("phone.plain",),
    facts=("cnv_cas_1:4",),
    imposed_at=LATER,
)
LIFTED = SanctionLifted(
    **SANCTION,
    step="hold_all",
    breaches=1,
    was_step="takeover",
    cause="reversed",
    reasons=("order_number",),
    pardoned=("msg_9",),
    takeover_withdrawn_from=("cas_1",),
    lifted_at=LATER,
)


def clock(event: Event, sequence: int, at: datetime = LATER) -> Received:
    return told(event, "clk_1", sequence, case_id="cas_1", at=at)


class Desk:
    """Hears events as the consumer of ticketing, each in a transaction of its own."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.consumer = casework(load_markets())

    async def hear(self, *heard: Received) -> None:
        for received in heard:
            session = Session(self.mongo, FixedClock(LATER))
            await self.consumer.handle(received, session.unit(Cause(received.metadata.id, "test")))
            await session.commit()

    async def verdicts(self) -> list[str]:
        return [d["verdict"] for d in await list_deadlines(self.mongo, "cas_1", "agent")]


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    session = Session(mongo, FixedClock(NOON))
    await session.unit(Cause("test", "test")).execute(CASES, "cas_1", OPEN)
    await session.commit()
    return Desk(mongo)


async def test_a_deadline_is_as_its_clock_last_said(desk: Desk) -> None:
    await desk.hear(clock(SATISFIED, 2), clock(STARTED, 1))
    assert await desk.verdicts() == ["MET"]


async def test_a_round_that_never_was_does_not_come_back(desk: Desk) -> None:
    await desk.hear(clock(SUPERSEDED, 3), clock(STARTED, 1))
    assert await desk.verdicts() == []


@pytest.mark.rule("R-09")
async def test_a_breach_that_was_withdrawn_takes_nothing_over(desk: Desk) -> None:
    """INVARIANT: R-09; would break if a replayed breach were acted on without asking what was said since."""
    await desk.hear(clock(STARTED, 1), clock(WITHDRAWN, 5), clock(BREACHED, 4))
    assert await list_takeovers(desk.mongo, "cas_1") == []
    assert await desk.verdicts() == ["RUNNING"]


async def test_a_grace_that_ended_before_the_withdrawal_takes_nothing_over(desk: Desk) -> None:
    await desk.hear(clock(STARTED, 1), clock(IN_GRACE, 3), clock(WITHDRAWN, 5), clock(GRACE_ENDED, 4, LATER_DUE_BY))
    assert await list_takeovers(desk.mongo, "cas_1") == []


async def test_a_sanction_that_was_lifted_proposes_nothing(desk: Desk) -> None:
    await desk.hear(told(LIFTED, "snc_1", 3, at=LATER), told(IMPOSED, "snc_1", 2, case_id="cas_1", at=LATER))
    assert await list_takeovers(desk.mongo, "cas_1") == []


async def test_a_step_that_is_heard_after_a_later_step_still_proposes(desk: Desk) -> None:
    again = IMPOSED.model_copy(update={"step": "warning", "next_step": "takeover"})
    await desk.hear(told(again, "snc_1", 3, case_id="cas_1"), told(IMPOSED, "snc_1", 2, case_id="cas_1"))
    assert len(await list_takeovers(desk.mongo, "cas_1")) == 1


async def test_an_order_and_its_delivery_are_as_they_were_last_told(desk: Desk) -> None:
    def placed(price_minor: int) -> marketplace.OrderPlaced:
        line = marketplace.OrderLine(
            line_id="lin_1",
            listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
            quantity=1,
            price_minor=price_minor,
            shipping_minor=0,
            promised_by=LATER,
            terms=marketplace.SellerTerms(version="1", return_days=30, warranty_months=12),
        )
        return marketplace.OrderPlaced(
            order_id="ord_1",
            buyer_id="buy_1",
            seller_id="sel_1",
            market="lv",
            currency="EUR",
            placed_at=NOON,
            lines=(line,),
        )

    def delivered(at: datetime) -> marketplace.OrderDelivered:
        return marketplace.OrderDelivered(order_id="ord_1", line_id="lin_1", delivered_at=at)

    await desk.hear(told(placed(5_000), "ord_1", 2), told(placed(9_000), "ord_1", 1))
    await desk.hear(told(delivered(LATER), "ord_1", 4), told(delivered(NOON), "ord_1", 3))
    line = await Session(desk.mongo, FixedClock(LATER)).unit(Cause("test", "test")).read(LINES, "ord_1|lin_1")
    assert line is not None
    assert line.purchase is not None
    assert (line.purchase.value_minor, line.delivered_at) == (5_000, LATER)
