"""Disputes as its routes' tests use it: an order, its case, and a negotiation about it."""

from typing import Any

from chassis.testing import NOON
from chassis.testing.desk import Desk
from ombud_contracts.events import marketplace, takeovers, ticketing

BUYER, SELLER, MEDIATOR, AGENT = "buyer:buy_1", "seller:sel_2", "mediator:med_1", "agent:agt_1"
EUR = {"currency": "EUR"}
CLAIM = {"reason": "DEFECTIVE", "remedy": "FULL_REFUND", **EUR}
PARTIES: dict[str, Any] = {"buyer_id": "buy_1", "seller_id": "sel_2", "order_id": "ord_3", "line_id": "lin_4"}
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
CLOSED = ticketing.CaseClosed(case_id="cas_1", closed_at=NOON)


def opened(case_id: str = "cas_1") -> ticketing.CaseOpened:
    return ticketing.CaseOpened(
        **PARTIES,
        case_id=case_id,
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


def taken_over() -> ticketing.TakeoverActivated:
    decision = ticketing.TakeoverDecision(
        trigger="T1",
        clause="S-4.1",
        clause_version="2026.1",
        facts=("clk_1:4",),
        alternatives=(),
        decided_by="system",
        decider_id="system",
        scope="case",
        appeal_until=NOON,
    )
    return ticketing.TakeoverActivated(
        **PARTIES, takeover_id="tko_1", case_id="cas_1", reason="DEFECTIVE", decision=decision, activated_at=NOON
    )


def takeover_upheld(by: str) -> takeovers.TakeoverAppealDecided:
    return takeovers.TakeoverAppealDecided(
        takeover_id="tko_1",
        case_id="cas_1",
        appeal_id="apl_1",
        outcome="UPHELD",
        reasons=("facts_hold",),
        decided_by="supervisor",
        reviewer_id=by,
        decided_at=NOON,
    )


async def a_dispute(desk: Desk, case_id: str = "cas_1", **claim: object) -> str:
    """Have the buyer open a dispute; return its id."""
    made = await desk.done(BUYER, f"/cases/{case_id}/disputes", {**CLAIM, **claim})
    return str(made["dispute_id"])


async def a_mediated_dispute(desk: Desk, **claim: object) -> str:
    """Have the buyer open a dispute, and an agent bring it before a mediator; return its id."""
    dispute_id = await a_dispute(desk, **claim)
    await desk.done(AGENT, f"/disputes/{dispute_id}/escalation")
    return dispute_id


async def an_offer(desk: Desk, dispute_id: str, remedy: str, amount_minor: int = 0) -> str:
    """Have the seller offer something; return the offer's id."""
    body = {"remedy": remedy, "amount_minor": amount_minor, **EUR}
    made = await desk.done(SELLER, f"/disputes/{dispute_id}/offers", body)
    return str(made["offers"][-1]["offer_id"])


def decision(remedy: str = "FULL_REFUND", amount_minor: int = 0) -> dict[str, object]:
    return {
        "remedy": remedy,
        "amount_minor": amount_minor,
        "clause": "S-5.1",
        "facts": ["claim"],
        "reasons": ["second_failure"],
        **EUR,
    }
