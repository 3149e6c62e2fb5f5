"""What billing does on hearing of orders, takeovers, decisions and payments; money moves once whatever is told twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.cases.domain import KnownCase
from billing.cases.store import KNOWN_CASES
from billing.charges.charging import WantedCharge, charge_line
from billing.charges.domain import ContestCharge, Status
from billing.charges.store import CHARGES, charges_of_case
from billing.decisions.store import DECISIONS
from billing.ledger.store import ledger_totals
from billing.lines.store import LINES
from billing.processes.consumers import charges
from billing.refunds.domain import Status as RefundStatus
from billing.refunds.store import refunds_of_case
from billing.refusals import OutcomeDoesNotMatch
from chassis.aggregate import Cause, Kind, S, Session
from chassis.consuming import NotYet
from chassis.mongo import Mongo
from chassis.testing import FixedClock
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events import disputes, marketplace, takeovers, ticketing
from ombud_contracts.market import load_markets

NOON = datetime.fromisoformat("2026-09-15T12:00:00+00:00")
APPEAL_UNTIL = NOON + timedelta(days=30)
LV = load_markets()["lv"]
PARTIES: dict[str, Any] = {"buyer_id": "buy_1", "seller_id": "sel_1", "order_id": "ord_1", "line_id": "lin_1"}
PLACED = marketplace.OrderPlaced(
    order_id="ord_1",
    buyer_id="buy_1",
    seller_id="sel_1",
    market="lv",
    currency="EUR",
    placed_at=NOON,
    lines=(
        marketplace.OrderLine(
            line_id="lin_1",
            listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
            quantity=2,
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
        appeal_until=APPEAL_UNTIL,
        charges_announced=("HANDLING_FEE",),
    ),
    activated_at=NOON,
)

SHOWN = ticketing.AnnouncedCharge(
    kind="HANDLING_FEE",
    net_minor=1_900,
    vat_minor=380,
    vat_basis_points=2_000,
    currency="EUR",
    tariff_version="2025.7",
)
"""By an earlier tariff than the market's of today."""
AT_ONCE = TAKEN_OVER.model_copy(
    update={
        "decision": TAKEN_OVER.decision.model_copy(
            update={"trigger": "T4", "charges_announced": (), "costs": (SHOWN,), "awaits_verdict": True}
        )
    }
)
JUDGED = takeovers.TakeoverJudged(
    **PARTIES,
    takeover_id="tko_1",
    case_id="cas_1",
    trigger="T4",
    verdict="confirmed",
    reason="activation_lock_seen",
    facts=("dsp_1:5",),
    decided_by="mediator",
    decider_id="med_1",
    charges_announced=("HANDLING_FEE",),
    costs=(SHOWN,),
    appeal_until=APPEAL_UNTIL,
    judged_at=NOON,
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


def decided(
    refund_minor: int, remedy: str = "RETURN_AND_REFUND", decision_id: str = "dec_1"
) -> disputes.DisputeDecided:
    goodwill = remedy == "GOODWILL"
    lines = () if goodwill else (("refund", "REFUND", refund_minor), ("return_label", "RETURN_LABEL", None))
    decision = disputes.Decision(
        decision_id=decision_id,
        remedy=remedy,
        clause="S-5.1",
        clause_version="2026.1",
        facts=("claim",),
        reasons=("second_failure",),
        effects=(),
        lines=tuple(disputes.DecisionLine(line=n, kind=kind, amount_minor=amount) for n, kind, amount in lines),
        refund_minor=refund_minor,
        currency="EUR",
        appeal_until=APPEAL_UNTIL,
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


class Desk:
    """Hears events as the consumer of billing, each in a transaction of its own."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.consumer = charges({"lv": LV})

    async def hear(self, *events: Event) -> None:
        for event in events:
            session = Session(self.mongo, FixedClock(NOON))
            metadata = Metadata(
                id="event",
                subject="cas_1",
                sequence=1,
                key="cas_1",
                occurred_at=NOON,
                recorded_at=NOON,
                case_id="cas_1",
                correlation_id="test",
                causation_id="test",
            )
            received = Received(metadata=metadata, event=event, type=event.type)
            await self.consumer.handle(received, session.unit(Cause("event", "test")))
            await session.commit()

    async def read(self, kind: Kind[Any, Any, S], id: str) -> S | None:
        return await Session(self.mongo, FixedClock(NOON)).unit(Cause("test", "test")).read(kind, id)

    async def charged(self) -> dict[str, tuple[int, int, Status]]:
        found = await charges_of_case(self.mongo, "cas_1")
        return {c.terms.line: (c.terms.net_minor, c.terms.vat_minor, c.status) for c in found}

    async def refunds(self) -> list[tuple[str, int, RefundStatus, str]]:
        found = await refunds_of_case(self.mongo, "cas_1")
        return [(r.order.refund_id, r.order.amount_minor, r.status, r.order.decision_id) for r in found]

    async def paid_back(self) -> list[tuple[str, int, RefundStatus]]:
        found = await refunds_of_case(self.mongo, "cas_1")
        return [(r.order.refund_id, r.order.amount_minor, r.status) for r in found]


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    made = Desk(mongo)
    await made.hear(PLACED)
    return made


async def test_what_was_paid_for_a_line_is_the_price_of_all_pieces_and_shipping(desk: Desk) -> None:
    paid = await desk.read(LINES, "ord_1|lin_1")
    assert paid is not None
    assert (paid.paid_minor, paid.currency, paid.market) == (12_990, "EUR", "lv")


@pytest.mark.parametrize("event", [TAKEN_OVER, decided(3_000)])
async def test_a_decision_before_its_order_waits_for_it(mongo: Mongo, event: Event) -> None:
    with pytest.raises(NotYet):
        await Desk(mongo).hear(event)


async def test_a_takeover_charges_what_it_announced_by_the_tariff_with_vat(desk: Desk) -> None:
    await desk.hear(TAKEN_OVER)
    assert await desk.charged() == {"handling_fee": (1_500, 315, Status.POSTED)}
    known = await desk.read(DECISIONS, "tko_1")
    assert known is not None
    assert known.decision is not None
    assert known.decision.appeal_until == APPEAL_UNTIL


async def test_a_takeover_charges_the_amount_that_was_shown_whatever_the_tariff_says_since(desk: Desk) -> None:
    """INVARIANT: what was shown is what is charged (casework, 3); would break if today's tariff were asked again."""
    shown = TAKEN_OVER.decision.model_copy(update={"costs": (SHOWN,)})
    await desk.hear(TAKEN_OVER.model_copy(update={"decision": shown}))
    assert await desk.charged() == {"handling_fee": (1_900, 380, Status.POSTED)}
    (charge,) = await charges_of_case(desk.mongo, "cas_1")
    assert (charge.terms.tariff_version, charge.terms.capped) == ("2025.7", False)


@pytest.mark.rule("S-1")
async def test_a_contact_that_was_taken_over_at_once_is_charged_by_its_verdict_alone(desk: Desk) -> None:
    """INVARIANT: S-1; would break if a report alone cost the seller anything."""
    await desk.hear(AT_ONCE)
    assert (await desk.charged(), await desk.read(DECISIONS, "tko_1")) == ({}, None)
    refuted = JUDGED.model_copy(update={"verdict": "refuted", "charges_announced": (), "costs": ()})
    await desk.hear(refuted)
    assert (await desk.charged(), await desk.read(DECISIONS, "tko_1")) == ({}, None)
    await desk.hear(JUDGED, JUDGED)
    assert await desk.charged() == {"handling_fee": (1_900, 380, Status.POSTED)}
    await desk.hear(REVERSED)
    assert await desk.charged() == {"handling_fee": (1_900, 380, Status.REVERSED)}


@pytest.mark.rule("R-10")
async def test_a_decision_charges_its_lines_and_orders_its_refund(desk: Desk) -> None:
    """R-10: the refund is passed on as it is, the label costs the tariff and VAT."""
    await desk.hear(decided(12_990))
    assert await desk.charged() == {
        "refund": (12_990, 0, Status.NOTIFIED),
        "return_label": (690, 145, Status.POSTED),
    }
    assert [(amount, status) for _, amount, status in await desk.paid_back()] == [(12_990, RefundStatus.ORDERED)]


@pytest.mark.rule("S-8")
@pytest.mark.parametrize(("event", "id"), [(TAKEN_OVER, "tko_1"), (decided(12_990), "dec_1")])
async def test_the_decisions_own_seller_is_charged_and_its_own_buyer_is_paid(desk: Desk, event: Event, id: str) -> None:
    """INVARIANT: would break if buyer and seller changed places on their way to the money."""
    buyer, seller = PARTIES["buyer_id"], PARTIES["seller_id"]
    await desk.hear(event)
    known = await desk.read(DECISIONS, id)
    assert known is not None
    assert known.decision is not None
    assert (known.decision.buyer_id, known.decision.seller_id) == (buyer, seller)
    assert {c.terms.seller_id for c in await charges_of_case(desk.mongo, "cas_1")} == {seller}
    paid = {r.order.buyer_id for r in await refunds_of_case(desk.mongo, "cas_1")}
    assert paid == ({buyer} if id == "dec_1" else set())


async def test_whatever_is_told_twice_moves_money_once(desk: Desk) -> None:
    """INVARIANT: exactly once per decision and line (section 6); ids that differ between repeats would break it."""
    await desk.hear(TAKEN_OVER, decided(3_000))
    ((refund_id, *_),) = await desk.paid_back()
    paid = marketplace.RefundPaid(refund_id=refund_id, amount_minor=3_000, currency="EUR", paid_at=NOON)
    await desk.hear(paid)
    before = (await desk.charged(), await desk.paid_back(), await desk.mongo.count("ledger_entries", {}, limit=100))
    await desk.hear(TAKEN_OVER, decided(3_000), paid)
    after = (await desk.charged(), await desk.paid_back(), await desk.mongo.count("ledger_entries", {}, limit=100))
    assert after == before
    assert after[2] == 4
    assert await ledger_totals(desk.mongo) == {"EUR": 0}


async def test_goodwill_is_paid_back_and_charged_to_nobody(desk: Desk) -> None:
    await desk.hear(decided(2_000, "GOODWILL"))
    assert await desk.charged() == {}
    ((refund_id, amount, _),) = await desk.paid_back()
    await desk.hear(marketplace.RefundPaid(refund_id=refund_id, amount_minor=amount, currency="EUR", paid_at=NOON))
    (entry,) = await desk.mongo.find("ledger_entries", {}, limit=2)
    assert entry["postings"][0] == {"account": "goodwill", "amount_minor": 2_000}


async def test_goodwill_does_not_reduce_what_is_left_of_the_line(desk: Desk) -> None:
    """Casework, section 4."""
    await desk.hear(decided(12_990), decided(2_000, "GOODWILL", "dec_2"))
    assert sorted(amount for _, amount, _ in await desk.paid_back()) == [2_000, 12_990]


@pytest.mark.rule("S-10")
async def test_refunds_of_two_decisions_never_pass_what_was_paid(desk: Desk) -> None:
    """What cannot be ordered is held back for staff: it is no dead letter, and nobody is charged for it."""
    await desk.hear(decided(9_000), decided(9_000, decision_id="dec_2"))
    assert (await desk.charged())["refund"] == (9_000, 0, Status.NOTIFIED)
    held = {decision: status for _, _, status, decision in await desk.refunds()}
    assert held == {"dec_1": RefundStatus.ORDERED, "dec_2": RefundStatus.FAILED}


async def test_the_payment_systems_outcome_is_taken_as_it_was_ordered(desk: Desk) -> None:
    await desk.hear(decided(3_000))
    ((refund_id, *_),) = await desk.paid_back()
    with pytest.raises(OutcomeDoesNotMatch):
        await desk.hear(marketplace.RefundPaid(refund_id=refund_id, amount_minor=1, currency="EUR", paid_at=NOON))
    await desk.hear(marketplace.RefundRefused(refund_id=refund_id, reason="card_closed"))
    assert (await desk.paid_back())[0][2] == RefundStatus.FAILED
    with pytest.raises(NotYet):
        await desk.hear(marketplace.RefundRefused(refund_id="rfd_9", reason="card_closed"))


async def test_nothing_more_is_charged_while_a_case_is_closed(desk: Desk) -> None:
    await desk.hear(ticketing.CaseClosed(case_id="cas_1", closed_at=NOON))
    assert await desk.read(KNOWN_CASES, "cas_1") == KnownCase(closed=True)
    await desk.hear(ticketing.CaseReopened(case_id="cas_1", cause="agent", reopened_at=NOON))
    assert await desk.read(KNOWN_CASES, "cas_1") == KnownCase(closed=False)


async def balance_of_seller(desk: Desk) -> int:
    entries = await desk.mongo.find("ledger_entries", {"accounts": "receivable:sel_1"}, limit=100)
    return sum(p["amount_minor"] for e in entries for p in e["postings"] if p["account"] == "receivable:sel_1")


@pytest.mark.rule("S-3")
async def test_a_reversed_takeover_costs_the_seller_nothing_however_often_it_is_told(desk: Desk) -> None:
    """INVARIANT: S-3, once by an opposite entry; would break if a repeat were credited twice."""
    await desk.hear(TAKEN_OVER, REVERSED)
    assert await desk.charged() == {"handling_fee": (1_500, 315, Status.REVERSED)}
    await desk.hear(REVERSED, TAKEN_OVER)
    assert await desk.charged() == {"handling_fee": (1_500, 315, Status.REVERSED)}
    assert (await balance_of_seller(desk), await ledger_totals(desk.mongo)) == (0, {"EUR": 0})
    assert await desk.mongo.count("ledger_entries", {}, limit=10) == 2


async def test_a_takeover_heard_after_its_reversal_charges_nothing(desk: Desk) -> None:
    await desk.hear(REVERSED, TAKEN_OVER)
    known = await desk.read(DECISIONS, "tko_1")
    assert known is not None
    assert (await desk.charged(), known.taken_back) == ({}, True)


async def test_a_contested_charge_is_reversed_once_and_what_staff_charged_by_the_takeover_too(desk: Desk) -> None:
    await desk.hear(TAKEN_OVER)
    (fee,) = await charges_of_case(desk.mongo, "cas_1")
    known, paid = await desk.read(DECISIONS, "tko_1"), await desk.read(LINES, "ord_1|lin_1")
    assert known is not None
    assert known.decision is not None
    assert paid is not None
    session = Session(desk.mongo, FixedClock(NOON))
    unit = session.unit(Cause("staff", "test"))
    await unit.execute(CHARGES, fee.terms.charge_id, ContestCharge("was_in_time", NOON))
    label = WantedCharge(decision=known.decision, line="label", kind="RETURN_LABEL", net_minor=690, proposed_by="agt_1")
    await charge_line(label, paid, LV, NOON, unit)
    await session.commit()
    await desk.hear(REVERSED)
    assert {line: status for line, (_, _, status) in (await desk.charged()).items()} == {
        "handling_fee": Status.REVERSED,
        "label": Status.WITHDRAWN,
    }
    assert await balance_of_seller(desk) == 0


async def test_what_another_decision_cost_stays(desk: Desk) -> None:
    await desk.hear(TAKEN_OVER, decided(3_000), REVERSED)
    charged = {line: status for line, (_, _, status) in (await desk.charged()).items()}
    assert charged == {
        "handling_fee": Status.REVERSED,
        "refund": Status.NOTIFIED,
        "return_label": Status.POSTED,
    }
