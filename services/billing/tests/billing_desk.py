"""Billing as its routes' tests use it: an order, and a takeover that was charged."""

from collections.abc import Awaitable, Callable
from typing import Any

from billing.processes.consumers import hear
from chassis.aggregate import Cause, Session
from chassis.store import Conflict
from chassis.testing import NOON
from chassis.testing.desk import Desk, received
from ombud_contracts import Event
from ombud_contracts.events import disputes, marketplace, ticketing
from ombud_contracts.market import load_markets

Interruption = Callable[[], Awaitable[object]]

SELLER, AGENT, SUPERVISOR = "seller:sel_2", "agent:agt_1", "supervisor:sup_1"
MEDIATOR, ANOTHER_SUPERVISOR = "mediator:med_7", "supervisor:sup_2"
PARTIES: dict[str, Any] = {"buyer_id": "buy_1", "seller_id": "sel_2", "order_id": "ord_3", "line_id": "lin_4"}
CLOSED = ticketing.CaseClosed(case_id="cas_1", closed_at=NOON)
REOPENED = ticketing.CaseReopened(case_id="cas_1", cause="agent", reopened_at=NOON)
OPENED = ticketing.CaseOpened(
    **PARTIES,
    case_id="cas_5",
    number="LV-26-5",
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
WITH_PLATFORM = ticketing.PlatformCaseOpened(
    case_id="cas_5",
    number="LV-26-5",
    market="lv",
    asked_by="buyer",
    asker_id="buy_1",
    order_id="ord_3",
    line_id="lin_4",
    reason="OTHER",
    family="OTHER",
    matter="order_line",
    phase="after",
    channel="thread",
    origin="site",
    priority=3,
    priority_reasons=(),
    draft_id="drf_1",
    opened_by="buyer",
    opened_at=NOON,
)
BEFORE_BUYING = ticketing.ListingCaseOpened(
    case_id="cas_5",
    number="LV-26-5",
    market="lv",
    buyer_id="buy_1",
    seller_id="sel_2",
    listing_id="lst_5",
    reason="PRE_SALE",
    family="INFORMATION",
    phase="before",
    priority=4,
    priority_reasons=(),
    draft_id="drf_1",
    channel="thread",
    origin="site",
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
            quantity=1,
            price_minor=12_500,
            shipping_minor=490,
            promised_by=NOON,
            terms=marketplace.SellerTerms(version="1", return_days=30, warranty_months=12),
        ),
    ),
)
TAKEN_OVER = ticketing.TakeoverActivated(
    **PARTIES,
    takeover_id="tko_1",
    case_id="cas_1",
    reason="DEFECTIVE",
    decision=ticketing.TakeoverDecision(
        trigger="T1",
        clause="S-4.1",
        clause_version="2026.1",
        facts=("clk_1:4",),
        alternatives=(),
        decided_by="system",
        decider_id="system",
        scope="case",
        appeal_until=NOON,
        charges_announced=("HANDLING_FEE",),
    ),
    activated_at=NOON,
)
REVERSED = ticketing.TakeoverReversed(
    takeover_id="tko_1",
    case_id="cas_1",
    reason="breach_withdrawn",
    withdrawn_by="clk_1:6",
    contact_returned=True,
    charges_announced=("HANDLING_FEE",),
    decided_by="system",
    reversed_at=NOON,
)


def decided(refund_minor: int) -> disputes.DisputeDecided:
    decision = disputes.Decision(
        decision_id="dec_1",
        remedy="PRICE_REDUCTION",
        clause="S-5.1",
        clause_version="2026.1",
        facts=("claim",),
        reasons=("second_failure",),
        effects=(),
        lines=(disputes.DecisionLine(line="refund", kind="REFUND", amount_minor=refund_minor),),
        refund_minor=refund_minor,
        currency="EUR",
        appeal_until=NOON,
    )
    return disputes.DisputeDecided(
        **PARTIES,
        dispute_id="dsp_1",
        case_id="cas_1",
        decision=decision,
        decided_by="mediator",
        mediator_id="med_1",
        decided_at=NOON,
    )


async def a_proposal(desk: Desk, line: str = "repair") -> str:
    """Have an agent propose a further line of the takeover; return the charge's id."""
    body = {"line": line, "kind": "REPAIR", "receipt": "rcp_1", "amount_minor": 4_000, "currency": "EUR"}
    return str((await desk.done(AGENT, "/decisions/tko_1/charges", body))["charge_id"])


async def hears_while(desk: Desk, event: Event, meanwhile: Interruption) -> None:
    """Hear an event while something happens between its decision and its commit, as the consumer repeats a conflict."""
    arrived, markets = received(event, desk.clock()), load_markets()

    async def prepared() -> Session:
        session = Session(desk.mongo, desk.clock)
        await hear(arrived, session.unit(Cause(arrived.metadata.id, "test")), markets)
        return session

    first = await prepared()
    await meanwhile()
    try:
        await first.commit()
    except Conflict:
        await (await prepared()).commit()
