"""What disputes does on hearing of orders, cases, takeovers, deadlines and refunds."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from disputes_situations import ADMITTED, DEADLINE, DECIDE, FAST, LATER, NOON, OFFER, OPEN

from chassis.aggregate import Cause, Kind, S, Session
from chassis.auth import Actor
from chassis.mongo import Mongo
from chassis.testing import FixedClock
from disputes.cases.domain import NoteLine, Paid
from disputes.cases.store import KNOWN_CASES, LINES
from disputes.disputes.course import act, open_dispute
from disputes.disputes.domain import Command, Dispute, OpenDispute, Stage
from disputes.disputes.store import DISPUTES
from disputes.disputes.views import dispute_view
from disputes.processes.consumers import mediation
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events import billing, marketplace, sla_monitor, ticketing
from ombud_contracts.market import load_markets
from ombud_contracts.vocabulary import Role

IDS = {"takeover_id": "tko_1", "case_id": "cas_1"}
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
PARTIES: dict[str, Any] = {"buyer_id": "buy_1", "seller_id": "sel_2", "order_id": "ord_3", "line_id": "lin_4"}
TAKEN_OVER = ticketing.TakeoverActivated(**IDS, **PARTIES, reason="DEFECTIVE", decision=DECISION, activated_at=LATER)
HANDED_BACK = ticketing.TakeoverHandedBack(**IDS, reason="cooperates", decided_by="agent", handed_back_at=LATER)
CONCLUDED = ticketing.TakeoverConcluded(**IDS, concluded_at=LATER)
REVERSED = ticketing.TakeoverReversed(
    **IDS,
    reason="breach_withdrawn",
    withdrawn_by="clk_1:6",
    contact_returned=True,
    decided_by="system",
    reversed_at=LATER,
)
OPENED = ticketing.CaseOpened(
    **PARTIES,
    case_id="cas_1",
    number="LV-26-1",
    market="lv",
    reason="DEFECTIVE",
    family="CONFORMITY",
    phase="after",
    priority=2,
    priority_reasons=("severity",),
    draft_id="drf_1",
    opened_by="buyer",
    opened_at=NOON,
)
PLACED = marketplace.OrderPlaced(
    order_id="ord_3",
    buyer_id="buy_1",
    seller_id="sel_2",
    market="lv",
    currency="EUR",
    placed_at=NOON,
    lines=(
        marketplace.OrderLine(
            line_id="lin_4",
            listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
            quantity=2,
            price_minor=12_500,
            shipping_minor=490,
            promised_by=NOON,
            terms=marketplace.SellerTerms(version="1", return_days=30, warranty_months=12),
        ),
    ),
)


def deadline(on_silence: str, subject: str = "dsp_1", **told: Any) -> sla_monitor.ClockBreached:
    known: dict[str, Any] = {
        "clock_id": "clk_1",
        "case_id": "cas_1",
        "kind": "negotiation",
        "subject": subject,
        "about": "offer" if subject.startswith("ofr") else "dispute",
        "owner": "seller",
        "round": 1,
        "due_by": LATER,
        "emitted_late": False,
        "still_owed": True,
        "on_silence": on_silence,
        "policy_version": "1",
        "calendar_version": "1",
        "trace": (),
    }
    return sla_monitor.ClockBreached(**known | told)


def started(kind: str, subject: str, due_by: datetime) -> sla_monitor.ClockStarted:
    return sla_monitor.ClockStarted(
        clock_id="clk_2",
        case_id="cas_1",
        kind=kind,
        subject=subject,
        about="offer" if subject.startswith("ofr") else "dispute",
        owner="buyer",
        round=1,
        started_at=NOON,
        due_by=due_by,
        mode="working_days",
        target_seconds=86_400,
        policy_version="2",
        calendar_version="1",
        on_silence="dispute_lapses",
    )


class Desk:
    """Hears events as the consumer of disputes, each in a transaction of its own."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.consumer = mediation(load_markets())

    async def hear(self, *events: Event) -> None:
        for event in events:
            session = Session(self.mongo, FixedClock(LATER))
            metadata = Metadata(
                id="event",
                subject="cas_1",
                sequence=1,
                key="cas_1",
                occurred_at=LATER,
                recorded_at=LATER,
                case_id="cas_1",
                correlation_id="test",
                causation_id="test",
            )
            received = Received(metadata=metadata, event=event, type=event.type)
            await self.consumer.handle(received, session.unit(Cause("event", "test")))
            await session.commit()

    async def given(self, opening: OpenDispute, *commands: Command) -> None:
        session = Session(self.mongo, FixedClock(NOON))
        unit = session.unit(Cause("test", "test"))
        line = f"{opening.order_id}|{opening.line_id}"
        await unit.execute(LINES, line, NoteLine(Paid(100_000, 490, "EUR"), NOON))
        await open_dispute(opening, replace(ADMITTED, new_fact="expert_notice"), opening.money.paid_minor, unit)
        for command in commands:
            await act(opening.dispute_id, command, NOON, unit)
        await session.commit()

    async def read(self, kind: Kind[Any, Any, S], id: str) -> S | None:
        return await Session(self.mongo, FixedClock(LATER)).unit(Cause("test", "test")).read(kind, id)

    async def dispute(self, dispute_id: str = "dsp_1") -> Dispute:
        found = await self.read(DISPUTES, dispute_id)
        assert found is not None
        return found


@pytest.fixture
def desk(mongo: Mongo) -> Desk:
    return Desk(mongo)


async def test_what_was_paid_is_the_price_of_all_pieces_and_shipping(desk: Desk) -> None:
    await desk.hear(PLACED)
    bought = await desk.read(LINES, "ord_3|lin_4")
    assert bought is not None
    assert bought.paid == Paid(paid_minor=12_990, shipping_minor=490, currency="EUR")


@pytest.mark.parametrize(
    ("events", "taken_over", "closed"),
    [
        ((OPENED,), False, False),
        ((OPENED, TAKEN_OVER), True, False),
        ((TAKEN_OVER, OPENED), True, False),
        ((OPENED, TAKEN_OVER, HANDED_BACK), False, False),
        ((OPENED, TAKEN_OVER, REVERSED), False, False),
        ((OPENED, TAKEN_OVER, REVERSED.model_copy(update={"contact_returned": False})), True, False),
        ((OPENED, TAKEN_OVER, CONCLUDED, ticketing.CaseClosed(case_id="cas_1", closed_at=LATER)), False, True),
        (
            (
                OPENED,
                ticketing.CaseClosed(case_id="cas_1", closed_at=LATER),
                ticketing.CaseReopened(case_id="cas_1", cause="agent", reopened_at=LATER),
            ),
            False,
            False,
        ),
    ],
)
async def test_a_case_is_known_whatever_topic_spoke_first(
    desk: Desk, events: tuple[Event, ...], taken_over: bool, closed: bool
) -> None:
    await desk.hear(*events)
    case = await desk.read(KNOWN_CASES, "cas_1")
    assert case is not None
    assert case.opened is not None
    assert (case.taken_over, case.closed, case.opened.reason) == (taken_over, closed, "DEFECTIVE")
    assert case.opened.references == ("LV-26-1", "cas_1", "ord_3", "lin_4")


async def test_a_takeover_without_its_case_says_nothing_of_whose_case_it_is(desk: Desk) -> None:
    await desk.hear(TAKEN_OVER)
    case = await desk.read(KNOWN_CASES, "cas_1")
    assert case is not None
    assert (case.opened, case.taken_over) == (None, True)


async def test_a_takeover_brings_every_negotiation_of_the_case_before_a_mediator(desk: Desk) -> None:
    await desk.given(OPEN, OFFER)
    await desk.given(replace(OPEN, dispute_id="dsp_2", family="DELIVERY"))
    await desk.given(replace(OPEN, dispute_id="dsp_3", case_id="cas_2", line_id="lin_2"))
    await desk.hear(TAKEN_OVER)
    stages = [(await desk.dispute(id)).stage for id in ("dsp_1", "dsp_2", "dsp_3")]
    assert stages == [Stage.MEDIATION, Stage.MEDIATION, Stage.NEGOTIATION]
    await desk.hear(HANDED_BACK)
    assert (await desk.dispute()).taken_over is False


@pytest.mark.rule("S-3")
async def test_a_reversed_takeover_gives_the_contact_of_every_live_dispute_back(desk: Desk) -> None:
    """S-3."""
    await desk.given(OPEN, OFFER)
    await desk.hear(TAKEN_OVER, REVERSED, REVERSED)
    assert (await desk.dispute()).taken_over is False


@pytest.mark.rule("S-6")
@pytest.mark.rule("S-7")
async def test_the_deadline_of_one_dispute_opens_the_escalation_of_that_one_alone(desk: Desk) -> None:
    """INVARIANT: S-7; two disputes of one case never share a clock."""
    await desk.given(OPEN)
    await desk.given(replace(OPEN, dispute_id="dsp_2", family="DELIVERY"))
    await desk.hear(deadline("supervisor_alarm"), deadline("escalation_window_opens", "dsp_9"))
    await desk.hear(deadline("escalation_window_opens", case_id="cas_2"))
    assert (await desk.dispute()).escalation_cause is None
    await desk.hear(deadline("escalation_window_opens"))
    causes = [(await desk.dispute(id)).escalation_cause for id in ("dsp_1", "dsp_2")]
    assert causes == ["deadline", None]


async def test_the_deadline_of_a_clock_that_names_no_dispute_is_that_of_the_whole_case(desk: Desk) -> None:
    """Such a clock began before clocks were about disputes."""
    await desk.given(OPEN)
    await desk.hear(deadline("escalation_window_opens", "", about=None))
    assert (await desk.dispute()).escalation_cause == "deadline"


@pytest.mark.rule("S-5")
async def test_offers_and_windows_end_by_their_clocks(desk: Desk) -> None:
    """INVARIANT: S-5; what is shown, what is refused and what ends is the clock's instant."""
    await desk.given(OPEN, OFFER, DEADLINE)
    offer_ends, window_ends = LATER + timedelta(days=4), LATER + timedelta(days=33)
    await desk.hear(started("offer_answer", "ofr_1", offer_ends), started("escalation_window", "dsp_1", window_ends))
    view = dispute_view(await desk.dispute(), Actor("buy_1", Role.BUYER, None))
    assert (view.offers[0].expires_by, view.lapses_at) == (offer_ends, window_ends)
    await desk.hear(deadline("offer_expires", "ofr_1"))
    assert [offer.status for offer in (await desk.dispute()).offers] == ["EXPIRED"]
    await desk.hear(deadline("dispute_lapses"))
    assert (await desk.dispute()).stage == Stage.LAPSED


async def test_a_deadline_that_moves_is_shown_where_it_is_now(desk: Desk) -> None:
    await desk.given(OPEN, OFFER)
    moved = sla_monitor.DeadlineMoved(
        **started("offer_answer", "ofr_1", LATER).model_dump(
            include={"clock_id", "case_id", "kind", "subject", "about"}
        ),
        owner="buyer",
        round=1,
        cause="outage",
        was_due_by=LATER,
        due_by=LATER + timedelta(hours=3),
        calendar_version="1",
        trace_before=(),
        trace_after=(),
    )
    await desk.hear(started("offer_answer", "ofr_1", LATER), moved)
    assert (await desk.dispute()).offers[0].expires_by == LATER + timedelta(hours=3)


@pytest.mark.parametrize("later", [True, False])
async def test_silence_is_carried_out_after_the_grace_of_the_row(desk: Desk, later: bool) -> None:
    await desk.given(OPEN)
    grace = LATER + timedelta(days=1 if later else 0)
    await desk.hear(deadline("escalation_window_opens", grace_ends_at=grace))
    assert ((await desk.dispute()).escalation_cause is None) is later


async def test_what_is_no_longer_owed_leads_to_nothing(desk: Desk) -> None:
    await desk.given(OPEN)
    await desk.hear(deadline("escalation_window_opens", still_owed=False))
    assert (await desk.dispute()).escalation_cause is None


def failed(decision_id: str) -> billing.RefundFailed:
    return billing.RefundFailed(
        refund_id="rfd_1", case_id="cas_1", decision_id=decision_id, reason="card_closed", failed_at=LATER
    )


@pytest.mark.rule("R-34")
async def test_a_refund_that_failed_shows_in_its_dispute_and_no_other(desk: Desk) -> None:
    """R-34."""
    await desk.given(FAST, DECIDE)
    await desk.given(replace(FAST, dispute_id="dsp_2", family="DELIVERY"), replace(DECIDE, decision_id="dec_9"))
    await desk.hear(failed("dec_2"))
    agent = Actor("agt_1", Role.AGENT, None)
    shown = [dispute_view(await desk.dispute(id), agent) for id in ("dsp_1", "dsp_2")]
    assert [(view.stage, view.refund_failed) for view in shown] == [("DECIDED", True), ("DECIDED", False)]


async def test_the_refund_of_a_decision_closes_its_dispute_and_no_other(desk: Desk) -> None:
    await desk.given(FAST, DECIDE)
    await desk.given(replace(FAST, dispute_id="dsp_2", family="DELIVERY"), replace(DECIDE, decision_id="dec_9"))
    paid = billing.RefundCompleted(
        refund_id="rfd_1",
        case_id="cas_1",
        decision_id="dec_2",
        amount_minor=12_990,
        currency="EUR",
        completed_at=LATER + timedelta(hours=1),
    )
    await desk.hear(paid)
    assert [(await desk.dispute(id)).stage for id in ("dsp_1", "dsp_2")] == [Stage.CLOSED, Stage.DECIDED]
    await desk.hear(failed("dec_2"))
    assert not (await desk.dispute()).refund_failed
    again = replace(OPEN, dispute_id="dsp_3")
    await desk.given(again)
    await desk.hear(paid)
    assert (await desk.dispute("dsp_3")).stage == Stage.NEGOTIATION
