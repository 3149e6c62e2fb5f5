"""The routes of charges and statements: what each answers, to whom, and what it refuses at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from billing_desk import (
    AGENT,
    ANOTHER_SUPERVISOR,
    BEFORE_BUYING,
    CLOSED,
    MEDIATOR,
    OPENED,
    PARTIES,
    PLACED,
    REOPENED,
    REVERSED,
    SELLER,
    SUPERVISOR,
    WITH_PLATFORM,
    a_proposal,
    decided,
)

from billing.app import SERVICE
from billing.ledger.domain import charge_entry, refund_entry
from billing.ledger.store import entry_row, ledger_totals, over_recovered
from chassis.aggregate import Cause, Session
from chassis.testing import NOON, FixedClock
from chassis.testing.desk import Desk, a_desk, received
from ombud_contracts import Event
from ombud_contracts.events import disputes, sla_monitor, ticketing
from ombud_contracts.events.marketplace import RefundPaid, RefundRefused

GIFT = disputes.GoodwillGiven(
    **PARTIES,
    case_id="cas_1",
    decision_id="dec_1",
    amount_minor=100,
    currency="EUR",
    reason="long_wait",
    given_by="agent",
    giver_id="agt_2",
    given_at=NOON,
)
_DECIDED = decided(0)
REFUSED_CLAIM = _DECIDED.model_copy(
    update={"decision": _DECIDED.decision.model_copy(update={"remedy": "NONE", "lines": ()})}
)
REPAIR = {"line": "repair", "kind": "REPAIR", "receipt": "rcp_1", "amount_minor": 4_000, "currency": "EUR"}


def kind_of(problem: dict[str, Any]) -> str:
    return str(problem.get("type", "")).rpartition(":")[2].rpartition("/")[2]


async def test_a_further_line_waits_for_a_supervisor_and_is_then_posted(billed: Desk) -> None:
    id = await a_proposal(billed)
    assert (await billed.get(SELLER, f"/charges/{id}")).json()["status"] == "PROPOSED"
    assert (await billed.post(AGENT, f"/charges/{id}/approval")).status_code == 403
    approved = await billed.done(SUPERVISOR, f"/charges/{id}/approval")
    assert (approved["status"], approved["net_minor"], approved["vat_minor"]) == ("POSTED", 4_000, 840)


@pytest.mark.parametrize("who", ["seller:sel_9", "agent:agt_1:ee", "buyer:buy_1"])
async def test_who_has_no_part_in_it_does_not_learn_of_it(billed: Desk, who: str) -> None:
    id = await a_proposal(billed)
    assert (await billed.get(who, f"/charges/{id}")).status_code == 404
    assert (await billed.post(who, f"/charges/{id}/contest", {"ground": "x"})).status_code == 404
    assert (await billed.post(who, "/decisions/tko_1/charges", REPAIR)).status_code == 404


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"currency": "PLN"}, "currency_of_another_market"),
        ({"amount_minor": 12_990}, "amount_above_cap"),
        ({"kind": "REFUND", "amount_minor": 100}, "kind_not_chargeable"),
        ({"kind": "GOODWILL", "amount_minor": 100}, "kind_not_chargeable"),
        ({"kind": "PENALTY", "amount_minor": 100}, "kind_not_chargeable"),
    ],
)
async def test_a_proposal_against_the_rules_is_refused(billed: Desk, body: dict[str, object], refusal: str) -> None:
    answer = await billed.post(AGENT, "/decisions/tko_1/charges", {**REPAIR, **body})
    assert (answer.status_code, kind_of(answer.json())) == (409, refusal)


async def test_a_repair_costs_what_was_paid_at_most_with_its_tax(billed: Desk) -> None:
    """Casework, section 8: the cap holds on gross sums, and is asked when somebody approves."""
    whole = {**REPAIR, "line": "whole", "amount_minor": 10_735}
    made = await billed.done(AGENT, "/decisions/tko_1/charges", whole)
    assert (made["gross_minor"], made["capped"]) == (12_989, False)
    first = await a_proposal(billed)
    assert (await billed.done(SUPERVISOR, f"/charges/{first}/approval"))["gross_minor"] == 4_840
    capped = await billed.done(SUPERVISOR, f"/charges/{made['charge_id']}/approval")
    assert (capped["gross_minor"], capped["capped"]) == (8_149, True)


@pytest.mark.rule("S-1")
@pytest.mark.parametrize("told", [GIFT, REFUSED_CLAIM], ids=["goodwill", "refused claim"])
async def test_nothing_is_charged_by_what_was_not_decided_against_the_seller(billed: Desk, told: Event) -> None:
    """INVARIANT: S-1; would break if staff could hang a repair on a gift of the platform or on a claim that was refused."""
    await billed.hears(told)
    refused = await billed.post(AGENT, "/decisions/dec_1/charges", REPAIR)
    assert (refused.status_code, kind_of(refused.json())) == (409, "seller_not_bound")
    assert [charge["kind"] for charge in (await billed.get(AGENT, "/charges")).json()["charges"]] == ["HANDLING_FEE"]


async def test_a_second_label_and_a_line_without_a_receipt_are_refused(billed: Desk) -> None:
    label = {**REPAIR, "line": "label", "kind": "RETURN_LABEL", "amount_minor": 690}
    await billed.done(AGENT, "/decisions/tko_1/charges", label)
    again = await billed.post(AGENT, "/decisions/tko_1/charges", {**label, "line": "another"})
    assert (again.status_code, kind_of(again.json())) == (409, "fee_already_charged")
    bare = {name: value for name, value in REPAIR.items() if name != "receipt"}
    assert (await billed.post(AGENT, "/decisions/tko_1/charges", bare)).status_code == 422


@pytest.mark.rule("S-4")
async def test_a_supervisor_neither_approves_their_own_proposal_nor_judges_what_they_approved(billed: Desk) -> None:
    made = await billed.done(SUPERVISOR, "/decisions/tko_1/charges", REPAIR)
    id = made["charge_id"]
    own = await billed.post(SUPERVISOR, f"/charges/{id}/approval")
    assert (own.status_code, kind_of(own.json())) == (409, "own_decision")
    await billed.done(ANOTHER_SUPERVISOR, f"/charges/{id}/approval")
    await billed.done(SELLER, f"/charges/{id}/contest", {"ground": "not_my_fault"})
    for who in (SUPERVISOR, ANOTHER_SUPERVISOR):
        judged = await billed.post(who, f"/charges/{id}/review", {"verdict": "uphold", "reason": "seen"})
        assert kind_of(judged.json()) == "own_decision"
    assert (await billed.done("supervisor:sup_3", f"/charges/{id}/review", {"verdict": "uphold", "reason": "seen"}))[
        "status"
    ] == "UPHELD"


async def test_a_mediator_approves_up_to_the_limit_of_the_role(billed: Desk) -> None:
    """Casework, section 13: 100.00 gross."""
    large = await billed.done(AGENT, "/decisions/tko_1/charges", {**REPAIR, "line": "l", "amount_minor": 8_265})
    refused = await billed.post(MEDIATOR, f"/charges/{large['charge_id']}/approval")
    assert (kind_of(refused.json()), refused.json()["limit_minor"]) == ("above_authority", 10_000)
    small = await a_proposal(billed)
    assert (await billed.done(MEDIATOR, f"/charges/{small}/approval"))["gross_minor"] == 4_840


async def test_a_proposal_that_is_refused_is_never_posted(billed: Desk) -> None:
    id = await a_proposal(billed)
    assert (await billed.post(AGENT, f"/charges/{id}/refusal", {"reason": "not_shown"})).status_code == 403
    assert (await billed.done(SUPERVISOR, f"/charges/{id}/refusal", {"reason": "not_shown"}))["status"] == "WITHDRAWN"
    late = await billed.post(SUPERVISOR, f"/charges/{id}/approval")
    assert kind_of(late.json()) == "charge_not_proposed"


async def test_staff_orders_a_refused_refund_anew_or_gives_it_up(billed: Desk) -> None:
    """Casework, section 8."""
    await billed.hears(decided(3_000))
    (first,) = (await billed.get(SELLER, "/cases/cas_1/money")).json()["refunds"]
    path = f"/refunds/{first['refund_id']}"
    early = await billed.post(AGENT, f"{path}/retry", {"reason": "account_confirmed"})
    assert (early.status_code, kind_of(early.json())) == (409, "refund_not_refused")
    await billed.hears(RefundRefused(refund_id=first["refund_id"], reason="card_closed"))
    for who, code in ((SELLER, 404), ("buyer:buy_1", 403), ("agent:agt_1:ee", 404)):
        assert (await billed.post(who, f"{path}/retry", {"reason": "x"})).status_code == code
    other = {"method": "bank_transfer", "reason": "card_closed"}
    second = await billed.done(AGENT, f"{path}/other-method", other)
    assert (second["status"], second["method"], second["replaces"]) == ("ORDERED", "bank_transfer", first["refund_id"])
    await billed.hears(RefundRefused(refund_id=second["refund_id"], reason="unknown_account"))
    ended = await billed.done(AGENT, f"/refunds/{second['refund_id']}/cancellation", {"reason": "decision_appealed"})
    assert ended["status"] == "CANCELLED"
    assert (await billed.post(AGENT, "/refunds/rfd_none/retry", {"reason": "x"})).status_code == 404


async def test_orders_in_another_currency_are_listed_for_staff_of_their_market(billed: Desk) -> None:
    await billed.hears(PLACED.model_copy(update={"order_id": "ord_9", "currency": "PLN"}))
    (listed,) = (await billed.get(AGENT, "/refused-orders")).json()["orders"]
    assert (listed["order_id"], listed["currency"], listed["reason"]) == (
        "ord_9",
        "PLN",
        "currency_of_another_market",
    )
    assert (await billed.get("agent:agt_1:pt", "/refused-orders")).json()["orders"] == []
    assert (await billed.get(SELLER, "/refused-orders")).status_code == 403


async def test_the_alarm_sees_a_refund_that_was_recovered_in_another_currency(billed: Desk) -> None:
    """Every entry balances in its own currency, so the sum of all postings says nothing."""
    session = Session(billed.mongo, FixedClock())
    unit = session.unit(Cause("test", "test"))
    for entry in (
        refund_entry("ent_1", refund_id="rfd_9", amount_minor=12_990, currency="PLN", goodwill=False, at=NOON),
        charge_entry(
            "ent_2",
            charge_id="chg_9",
            seller_id="sel_2",
            kind="REFUND",
            net_minor=12_990,
            vat_minor=0,
            currency="EUR",
            market="lv",
            at=NOON,
        ),
    ):
        row = entry_row(entry, market="lv", case_id="cas_1")
        unit.insert(row.collection, row.id, row.document)
    await session.commit()
    assert set((await ledger_totals(billed.mongo)).values()) == {0}
    assert await over_recovered(billed.mongo) == {"EUR": 12_990, "PLN": 0}


async def test_nothing_is_charged_for_a_closed_case(billed: Desk) -> None:
    id = await a_proposal(billed)
    await billed.hears(CLOSED)
    proposed = await billed.post(AGENT, "/decisions/tko_1/charges", {**REPAIR, "line": "late"})
    approved = await billed.post(SUPERVISOR, f"/charges/{id}/approval")
    assert [kind_of(a.json()) for a in (proposed, approved)] == ["case_closed"] * 2
    await billed.hears(REOPENED)
    assert (await billed.get(SELLER, f"/charges/{id}")).json()["status"] == "WITHDRAWN"


@pytest.mark.rule("S-3")
async def test_nothing_is_charged_by_a_decision_that_was_taken_back(billed: Desk) -> None:
    """S-3."""
    proposed = await a_proposal(billed)
    await billed.hears(REVERSED)
    answer = await billed.post(AGENT, "/decisions/tko_1/charges", {**REPAIR, "line": "late"})
    approved = await billed.post(SUPERVISOR, f"/charges/{proposed}/approval")
    assert [kind_of(a.json()) for a in (answer, approved)] == ["decision_taken_back"] * 2
    assert (await billed.get(SELLER, f"/charges/{proposed}")).json()["status"] == "WITHDRAWN"


@pytest.mark.parametrize(("verdict", "status"), [("uphold", "UPHELD"), ("reverse", "REVERSED")])
async def test_a_seller_contests_and_a_supervisor_reviews(billed: Desk, verdict: str, status: str) -> None:
    id = await a_proposal(billed)
    await billed.done(SUPERVISOR, f"/charges/{id}/approval")
    early = await billed.post(SUPERVISOR, f"/charges/{id}/review", {"verdict": verdict, "reason": "seen"})
    assert kind_of(early.json()) == "charge_not_contested"
    await billed.done(SELLER, f"/charges/{id}/contest", {"ground": "not_my_fault"})
    reviewed = await billed.done(ANOTHER_SUPERVISOR, f"/charges/{id}/review", {"verdict": verdict, "reason": "seen"})
    assert reviewed["status"] == status


async def test_the_money_of_a_case_and_the_month_of_a_seller_are_shown_to_those_they_concern(billed: Desk) -> None:
    await billed.hears(decided(3_000))
    money = (await billed.get(SELLER, "/cases/cas_1/money")).json()
    assert sorted(c["line"] for c in money["charges"]) == ["handling_fee", "refund"]
    assert [r["amount_minor"] for r in money["refunds"]] == [3_000]
    month = (await billed.get(SELLER, "/sellers/sel_2/statements/2026-09")).json()
    assert [(t["total_minor"], t["ledger_minor"]) for t in month["totals"]] == [(1_815, 1_815)]
    (refund,) = money["refunds"]
    told = RefundPaid(refund_id=refund["refund_id"], amount_minor=3_000, currency="EUR", paid_at=NOON)
    await billed.hears(told)
    month = (await billed.get(SELLER, "/sellers/sel_2/statements/2026-09")).json()
    assert [(t["total_minor"], t["ledger_minor"]) for t in month["totals"]] == [(4_815, 4_815)]
    csv = await billed.get(AGENT, "/sellers/sel_2/statements/2026-09?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert (await billed.get("seller:sel_9", "/sellers/sel_2/statements/2026-09")).status_code == 404
    assert (await billed.get("seller:sel_9", "/cases/cas_1/money")).status_code == 404
    assert (await billed.get(AGENT, "/cases/cas_9/money")).status_code == 404


@pytest.mark.rule("S-5")
@pytest.mark.parametrize(("days", "status"), [(1, 200), (-1, 409)])
async def test_a_charge_is_contested_until_the_instant_of_its_clock(billed: Desk, days: int, status: int) -> None:
    """INVARIANT: S-5; a date that billing counts would be another than that of a clock whose time was credited."""
    (fee,) = (await billed.get(SELLER, "/cases/cas_1/money")).json()["charges"]
    due_by = NOON + timedelta(days=days)
    moved = sla_monitor.DeadlineMoved.model_construct(
        clock_id="clk_1",
        case_id="cas_1",
        kind="contest_window",
        about="charge",
        subject=fee["charge_id"],
        due_by=due_by,
    )
    other = moved.model_copy(update={"kind": "charge_approval", "due_by": NOON})
    await billed.hears(moved, other)
    shown = (await billed.get(SELLER, f"/charges/{fee['charge_id']}")).json()
    assert datetime.fromisoformat(shown["contest_until"]) == due_by
    answer = await billed.post(SELLER, f"/charges/{fee['charge_id']}/contest", {"ground": "not_my_fault"})
    assert answer.status_code == status


async def test_the_money_of_a_case_in_which_none_moved_is_an_empty_list(billed: Desk) -> None:
    await billed.hears(OPENED)
    for who in (SELLER, AGENT, MEDIATOR, SUPERVISOR):
        money = (await billed.get(who, "/cases/cas_5/money")).json()
        assert money == {"case_id": "cas_5", "charges": [], "refunds": [], "holds": []}
    for stranger in ("seller:sel_9", "agent:agt_1:ee", "buyer:buy_1"):
        assert (await billed.get(stranger, "/cases/cas_5/money")).status_code == 404
    closed = ticketing.CaseClosed(case_id="cas_6", closed_at=NOON)
    await billed.hears(closed)
    assert (await billed.get(AGENT, "/cases/cas_6/money")).status_code == 404, "nobody told whose the case is"


async def test_the_empty_money_of_a_case_with_the_platform_is_the_staffs_alone_until_it_is_moved(billed: Desk) -> None:
    moved = {"case_id": "cas_5", "reason": "wrong_door", "moved_by": "agent", "moved_at": NOON}
    to_seller = ticketing.CaseMoved(**moved, to="seller", seller_id="sel_2")
    to_platform = ticketing.CaseMoved(**moved, to="platform")
    steps = [(WITH_PLATFORM, 404), (to_seller, 200), (to_platform, 404)]
    for number, (event, seen) in enumerate(steps, start=1):
        await billed.hears(received(event, NOON, sequence=number, subject="cas_5"))
        assert (await billed.get(SELLER, "/cases/cas_5/money")).status_code == seen
        assert (await billed.get(MEDIATOR, "/cases/cas_5/money")).status_code == 200


async def test_what_does_not_exist_is_not_found(billed: Desk) -> None:
    assert (await billed.get(AGENT, "/charges/chg_none")).status_code == 404
    assert (await billed.post(AGENT, "/decisions/dec_none/charges", REPAIR)).status_code == 404


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        ({}, ""),
        ({"closed_cases": ("cas_1", {"closed": True})}, "case_closed"),
        ({"decisions_taken_back": ("dec_1", {"at": NOON})}, "decision_taken_back"),
    ],
)
async def test_what_was_kept_before_each_matter_had_a_version_is_understood(
    rows: dict[str, tuple[str, dict[str, Any]]], refusal: str
) -> None:
    decision = {
        "case_id": "cas_1",
        "market": "lv",
        "seller_id": "sel_2",
        "buyer_id": "buy_1",
        "order_id": "ord_3",
        "line_id": "lin_4",
        "appeal_until": NOON,
    }
    line = {"market": "lv", "seller_id": "sel_2", "buyer_id": "buy_1", "currency": "EUR", "paid_minor": 12_990}
    async with a_desk(SERVICE) as desk:
        session = Session(desk.mongo, FixedClock())
        unit = session.unit(Cause("test", "test"))
        unit.insert("decisions", "dec_1", decision)
        unit.insert("order_lines", "ord_3|lin_4", line)
        for collection, (id, row) in rows.items():
            unit.insert(collection, id, row)
        await session.commit()
        answer = await desk.post(AGENT, "/decisions/dec_1/charges", REPAIR)
        assert (answer.status_code, kind_of(answer.json())) == (409 if refusal else 201, refusal)


@pytest.mark.rule("R-25")
async def test_a_question_before_buying_has_no_money_rather_than_no_case(billed: Desk) -> None:
    await billed.hears(BEFORE_BUYING)
    for who, status in ((SELLER, 200), (AGENT, 200), ("seller:sel_9", 404)):
        assert (await billed.get(who, "/cases/cas_5/money")).status_code == status
    assert (await billed.get(AGENT, "/cases/cas_5/money")).json()["charges"] == []
