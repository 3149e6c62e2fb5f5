"""What was parked and is replayed after later events changes nothing that these said."""

from typing import Any

import pytest
from disputes_situations import ADMITTED, DECIDE, FAST, LATER, NOON, OPEN

from chassis.aggregate import Cause, Kind, S, Session
from chassis.mongo import Mongo
from chassis.testing import FixedClock, told
from disputes.cases.domain import BoughtLine, KnownCase, NoteLine, Paid
from disputes.cases.store import KNOWN_CASES, LINES
from disputes.disputes.course import act, open_dispute
from disputes.disputes.domain import Command, OpenDispute, Stage
from disputes.disputes.store import DISPUTES
from disputes.processes.consumers import mediation
from ombud_contracts import Received
from ombud_contracts.events import billing, marketplace, ticketing
from ombud_contracts.market import load_markets

CLOSED = ticketing.CaseClosed(case_id="cas_1", closed_at=NOON)
REOPENED = ticketing.CaseReopened(case_id="cas_1", cause="buyer_message", reopened_at=NOON)
OPENED = ticketing.CaseOpened(
    case_id="cas_1",
    number="LV-26-1",
    market="lv",
    buyer_id="buy_1",
    seller_id="sel_2",
    order_id="ord_3",
    line_id="lin_4",
    reason="DEFECTIVE",
    family="CONFORMITY",
    phase="after",
    priority=2,
    priority_reasons=("severity",),
    draft_id="drf_1",
    opened_by="buyer",
    opened_at=NOON,
)
DECISION = ticketing.TakeoverDecision(
    trigger="T1",
    clause="S-4.1",
    clause_version="2026.1",
    facts=("clk_1:4",),
    alternatives=(),
    decided_by="system",
    decider_id="system",
    scope="case",
    appeal_until=LATER,
)


def taken_over(takeover_id: str) -> Received:
    event = ticketing.TakeoverActivated(
        takeover_id=takeover_id,
        case_id="cas_1",
        buyer_id="buy_1",
        seller_id="sel_2",
        order_id="ord_3",
        line_id="lin_4",
        reason="DEFECTIVE",
        decision=DECISION,
        activated_at=NOON,
    )
    return told(event, takeover_id, 1, case_id="cas_1")


def handed_back(takeover_id: str) -> Received:
    event = ticketing.TakeoverHandedBack(
        takeover_id=takeover_id, case_id="cas_1", reason="cooperates", decided_by="agent", handed_back_at=NOON
    )
    return told(event, takeover_id, 2, case_id="cas_1")


class Desk:
    """Hears events as the consumer of disputes, each in a transaction of its own."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.consumer = mediation(load_markets())

    async def hear(self, *heard: Received) -> None:
        for received in heard:
            session = Session(self.mongo, FixedClock(LATER))
            await self.consumer.handle(received, session.unit(Cause(received.metadata.id, "test")))
            await session.commit()

    async def read(self, kind: Kind[Any, Any, S], id: str) -> S | None:
        return await Session(self.mongo, FixedClock(LATER)).unit(Cause("test", "test")).read(kind, id)

    async def case(self) -> KnownCase:
        known: KnownCase | None = await self.read(KNOWN_CASES, "cas_1")
        assert known is not None
        return known

    async def opened(self, opening: OpenDispute, *commands: Command) -> None:
        session = Session(self.mongo, FixedClock(NOON))
        unit = session.unit(Cause("test", "test"))
        await unit.execute(LINES, "ord_3|lin_4", NoteLine(Paid(12_990, 490, "EUR"), NOON))
        await open_dispute(opening, ADMITTED, opening.money.paid_minor, unit)
        for command in commands:
            await act(opening.dispute_id, command, LATER, unit)
        await session.commit()


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    made = Desk(mongo)
    await made.hear(told(OPENED, "cas_1", 1, case_id="cas_1"))
    return made


@pytest.mark.parametrize(("events", "closed"), [((CLOSED, REOPENED), False), ((REOPENED, CLOSED), True)])
async def test_a_case_is_as_its_last_event_says_in_whatever_order_they_come(
    desk: Desk, events: tuple[ticketing.CaseClosed | ticketing.CaseReopened, ...], closed: bool
) -> None:
    first, last = (told(event, "cas_1", n, case_id="cas_1") for n, event in enumerate(events, 4))
    await desk.hear(last, first)
    assert (await desk.case()).closed is closed


async def test_a_contact_is_as_the_last_takeover_says(desk: Desk) -> None:
    """Also when an older takeover is told after a newer one: they are aggregates of their own."""
    await desk.hear(handed_back("tko_1"), taken_over("tko_1"))
    assert not (await desk.case()).taken_over
    await desk.hear(taken_over("tko_2"), handed_back("tko_1"))
    assert (await desk.case()).taken_over


async def test_a_dispute_is_not_escalated_by_a_takeover_that_was_handed_back(desk: Desk) -> None:
    await desk.opened(OPEN)
    await desk.hear(handed_back("tko_1"), taken_over("tko_1"))
    dispute = await desk.read(DISPUTES, OPEN.dispute_id)
    assert dispute is not None
    assert (dispute.taken_over, dispute.stage) == (False, Stage.NEGOTIATION)


async def test_a_refund_that_was_paid_is_not_called_failed_by_an_earlier_refusal(desk: Desk) -> None:
    await desk.opened(FAST, DECIDE)
    head = {"refund_id": "rfd_1", "case_id": "cas_1", "decision_id": DECIDE.decision_id}
    completed = billing.RefundCompleted(**head, amount_minor=1_000, currency="EUR", completed_at=NOON)
    failed = billing.RefundFailed(**head, reason="account_closed", failed_at=NOON)
    await desk.hear(told(completed, "rfd_1", 3, case_id="cas_1"), told(failed, "rfd_1", 2, case_id="cas_1"))
    dispute = await desk.read(DISPUTES, FAST.dispute_id)
    assert dispute is not None
    assert dispute.stage == Stage.CLOSED
    assert not dispute.refund_failed


async def test_an_order_is_as_it_was_last_told(desk: Desk) -> None:
    def placed(price_minor: int) -> marketplace.OrderPlaced:
        line = marketplace.OrderLine(
            line_id="lin_4",
            listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
            quantity=1,
            price_minor=price_minor,
            shipping_minor=0,
            promised_by=LATER,
            terms=marketplace.SellerTerms(version="1", return_days=30, warranty_months=12),
        )
        return marketplace.OrderPlaced(
            order_id="ord_3",
            buyer_id="buy_1",
            seller_id="sel_2",
            market="lv",
            currency="EUR",
            placed_at=NOON,
            lines=(line,),
        )

    await desk.hear(told(placed(5_000), "ord_3", 2), told(placed(9_000), "ord_3", 1))
    bought: BoughtLine | None = await desk.read(LINES, "ord_3|lin_4")
    assert bought is not None
    assert bought.paid.paid_minor == 5_000
