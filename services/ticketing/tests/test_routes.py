"""Ticketing's routes, asked over HTTP by people with tokens; what other services told is brought to its consumer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, ELSEWHERE, LINE, PLACED, SELLER, STRANGER
from casework_desk import BREACHED, STARTED

from chassis.aggregate import Cause, Session
from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk, received
from ombud_contracts.events import billing, disputes, marketplace
from ombud_contracts.events.messaging import Classification, MessageDelivered, ReplyWaived, WaiverRefused
from ombud_contracts.events.ticketing import CaseOpened
from ticketing.app import SERVICE


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def opened(desk: Desk, **changes: str) -> str:
    case: dict[str, Any] = await desk.done(BUYER, "/cases", CONTACT | changes)
    return str(case["case_id"])


async def facts_about(desk: Desk, case_id: str) -> list[str]:
    """A dispute and its evidence, as the timeline of the case has them."""
    dispute = {"dispute_id": "dsp_1", "case_id": case_id}
    claim = disputes.DisputeOpened.model_construct(**dispute, reason="DEFECTIVE", opened_by="buyer")
    proof = disputes.EvidenceSubmitted.model_construct(**dispute, kind="photo", audience="thread", by="buyer")
    await desk.hears(told(claim, "dsp_1", 1, case_id=case_id), told(proof, "dsp_1", 2, case_id=case_id))
    return ["dsp_1:1", "dsp_1:2"]


async def taken_over(desk: Desk, case_id: str) -> str:
    body = {"trigger": "T2", "facts": await facts_about(desk, case_id)}
    takeover: dict[str, Any] = await desk.done(AGENT, f"/cases/{case_id}/takeovers", body)
    return str(takeover["takeover_id"])


@pytest.mark.rule("R-23")
async def test_a_buyer_opens_a_case_about_a_line_and_both_sides_see_it(desk: Desk) -> None:
    answer = await desk.post(BUYER, "/cases", CONTACT)
    case = answer.json()
    assert answer.status_code == 201
    assert {name: case[name] for name in ("order_id", "line_id", "market", "reason", "status", "answered_by")} == {
        "order_id": "ord_3",
        "line_id": "lin_4",
        "market": "lv",
        "reason": "DEFECTIVE",
        "status": "OPEN",
        "answered_by": "seller",
    }
    assert (case["priority"], case["priority_reasons"]) == (2, ["severity"])
    assert case["number"].startswith("LV-26-")
    for reader in (BUYER, SELLER, AGENT):
        assert (await desk.get(reader, f"/cases/{case['case_id']}")).json()["case_id"] == case["case_id"]
        assert [c["case_id"] for c in (await desk.get(reader, "/cases")).json()["cases"]] == [case["case_id"]]


async def test_a_case_does_not_exist_for_strangers_and_staff_of_other_markets(desk: Desk) -> None:
    """INVARIANT: product rules, section 8; would break if a route read a case without asking whose it is."""
    case_id = await opened(desk)
    for reader in (STRANGER, ELSEWHERE):
        for path in ("", "/timeline", "/notices", "/takeovers"):
            assert (await desk.get(reader, f"/cases/{case_id}{path}")).status_code == 404
        assert (await desk.get(reader, "/cases")).json()["cases"] == []
    assert (await desk.post(STRANGER, "/cases", CONTACT)).status_code == 404
    assert (await desk.post(ELSEWHERE, f"/cases/{case_id}/closure")).status_code == 404
    assert (await desk.post(BUYER, f"/cases/{case_id}/closure")).status_code == 403


async def test_a_line_that_nobody_told_of_does_not_exist(desk: Desk) -> None:
    for unknown in ({"order_id": "ord_9"}, {"line_id": "lin_9"}):
        assert (await desk.post(BUYER, "/cases", CONTACT | unknown)).status_code == 404
    await desk.hears(marketplace.OrderDelivered(order_id="ord_8", line_id="lin_8", delivered_at=NOON))
    assert (await desk.post(BUYER, "/cases", CONTACT | {"order_id": "ord_8", "line_id": "lin_8"})).status_code == 404


@pytest.mark.rule("S-10")
@pytest.mark.parametrize(
    ("change", "reason"),
    [({"currency": "PLN"}, "currency_of_another_market"), ({"market": "xx"}, "unknown_market")],
)
async def test_an_order_that_was_refused_opens_no_case_until_it_is_told_right(
    desk: Desk, change: dict[str, str], reason: str
) -> None:
    await desk.hears(received(PLACED.model_copy(update={"order_id": "ord_5", **change}), NOON, subject="ord_5"))
    about = CONTACT | {"order_id": "ord_5"}
    for asked in ("DEFECTIVE", "LATE", "PAYMENT"):
        refused = await desk.post(BUYER, "/cases", about | {"reason": asked})
        problem = refused.json()
        assert (refused.status_code, problem["type"].rpartition(":")[2]) == (409, "order_refused")
        assert problem["reason"] == reason
        assert refused.headers["content-type"] == "application/problem+json"
    for stranger in (STRANGER, ELSEWHERE):
        assert (await desk.post(stranger, "/cases", about)).status_code == 404
    await desk.hears(received(PLACED.model_copy(update={"order_id": "ord_5"}), NOON, sequence=2, subject="ord_5"))
    assert (await desk.post(BUYER, "/cases", about)).status_code == 201


@pytest.mark.rule("S-10")
async def test_a_takeover_announces_no_fee_for_an_order_that_is_refused_by_then(desk: Desk) -> None:
    """INVARIANT: S-10; billing charges nothing for such an order."""
    case_id = await opened(desk)
    await desk.hears(received(PLACED.model_copy(update={"currency": "PLN"}), NOON, sequence=2, subject="ord_3"))
    await taken_over(desk, case_id)
    (shown,) = (await desk.get(AGENT, f"/cases/{case_id}/takeovers")).json()
    assert shown["charges_announced"] == []


async def test_a_line_that_was_kept_as_rows_without_a_version_is_understood(desk: Desk) -> None:
    """INVARIANT: would break if only lines told since they are aggregates could be complained about."""
    row = {
        "order_id": "ord_6",
        "buyer_id": "buy_1",
        "seller_id": "sel_2",
        "market": "lv",
        "placed_at": NOON,
        "value_minor": 60_000,
        "promised_by": NOON,
        "return_days": 30,
        "warranty_months": 12,
    }
    kept = Session(desk.mongo, desk.clock)
    kept.unit(Cause("test", "test")).upsert("order_lines", "ord_6|lin_4", row)
    kept.unit(Cause("test", "test")).upsert("deliveries", "ord_6|lin_4", {"at": NOON})
    await kept.commit()
    case = await desk.done(BUYER, "/cases", CONTACT | {"order_id": "ord_6"})
    assert case["priority_reasons"] == ["severity", "money_at_risk"]
    await desk.hears(marketplace.OrderDelivered(order_id="ord_6", line_id="lin_4", delivered_at=NOON))
    await desk.done(BUYER, "/cases", CONTACT | {"order_id": "ord_6", "reason": "LATE"})


async def test_a_second_contact_is_sent_to_the_case_that_is_live(desk: Desk) -> None:
    case_id = await opened(desk)
    answer = await desk.post(BUYER, "/cases", CONTACT | {"reason": "NOT_AS_DESCRIBED"})
    assert (answer.status_code, answer.json()["case_id"]) == (409, case_id)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_case_is_resolved_closed_and_lives_again_when_the_buyer_writes(desk: Desk) -> None:
    case_id = await opened(desk)
    assert (await desk.post(AGENT, f"/cases/{case_id}/closure")).status_code == 409
    assert (await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"}))["status"] == "RESOLVED"
    assert (await desk.done(AGENT, f"/cases/{case_id}/closure"))["status"] == "CLOSED"
    written = MessageDelivered.model_construct(case_id=case_id, author_role="buyer", audience="thread")
    await desk.hears(told(written, "cnv_1", 2, case_id=case_id))
    assert (await desk.get(BUYER, f"/cases/{case_id}")).json()["status"] == "OPEN"


@pytest.mark.rule("R-34")
async def test_the_sides_see_who_owes_what_by_when(desk: Desk) -> None:
    case_id = await opened(desk)
    breach = BREACHED.model_copy(update={"case_id": case_id, "still_owed": False})
    await desk.hears(told(breach, "clk_1", 4, case_id=case_id))
    (deadline,) = (await desk.get(SELLER, f"/cases/{case_id}")).json()["deadlines"]
    assert (deadline["clock_id"], deadline["owner"], deadline["verdict"]) == ("clk_1", "seller", "BREACHED")


async def test_an_agent_takes_a_contact_over_on_facts_of_its_timeline(desk: Desk) -> None:
    case_id = await opened(desk)
    assert (
        await desk.post(AGENT, f"/cases/{case_id}/takeovers", {"trigger": "T2", "facts": ["dsp_1:1"]})
    ).status_code == 409
    takeover_id = await taken_over(desk, case_id)
    (shown,) = (await desk.get(SELLER, f"/cases/{case_id}/takeovers")).json()
    assert (shown["takeover_id"], shown["status"], shown["trigger"]) == (takeover_id, "ACTIVE", "T2")
    assert shown["facts"] == ["dsp_1:1", "dsp_1:2", BOUGHT.metadata.id]
    assert (await desk.get(BUYER, f"/cases/{case_id}")).json()["answered_by"] == "platform"
    (_receipt, notice) = (await desk.get(BUYER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert (notice["template"], notice["about"]) == ("takeover_activated", takeover_id)


@pytest.mark.parametrize(
    ("decided", "template", "text"),
    [
        (
            WaiverRefused.model_construct(by="supervisor", reason="a_question_is_open"),
            "waiver_refused",
            "needs a reply",
        ),
        (ReplyWaived.model_construct(by="supervisor"), "reply_waived", "needs no reply"),
    ],
)
async def test_a_seller_is_told_what_was_decided_about_a_reply_and_the_buyer_hears_of_no_proposal(
    desk: Desk, decided: WaiverRefused | ReplyWaived, template: str, text: str
) -> None:
    """INVARIANT: R-24; would break if a notice were shown to whom it does not concern."""
    case_id = await opened(desk)
    await desk.hears(told(decided.model_copy(update={"case_id": case_id}), "cnv_1", 2, case_id=case_id))
    (notice,) = (await desk.get(SELLER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert notice["template"] == template
    assert text in notice["text"]
    to_buyer = (await desk.get(BUYER, f"/cases/{case_id}/notices")).json()["notices"]
    assert [notice["template"] for notice in to_buyer] == ["registered_with_seller"]
    assert (await desk.told())[-1] == "ticketing.notice_issued"


async def test_a_missing_fact_refuses_the_decision_and_says_which(desk: Desk) -> None:
    case_id = await opened(desk)
    answer = await desk.post(AGENT, f"/cases/{case_id}/takeovers", {"trigger": "T2", "facts": []})
    assert answer.status_code == 409
    assert answer.json()["missing"]
    assert (await desk.get(BUYER, f"/cases/{case_id}")).json()["answered_by"] == "seller"


async def test_a_missed_deadline_is_not_for_people_to_name(desk: Desk) -> None:
    case_id = await opened(desk)
    answer = await desk.post(AGENT, f"/cases/{case_id}/takeovers", {"trigger": "T1", "facts": []})
    assert (answer.status_code, answer.json()["detail"].split(";")[0]) == (
        409,
        "the SLA monitor tells a missed deadline",
    )


async def test_a_proposal_is_decided_with_the_facts_that_it_lacks(desk: Desk) -> None:
    case_id = await opened(desk)
    claim, proof = await facts_about(desk, case_id)
    proposals = f"/cases/{case_id}/takeover-proposals"
    proposed = await desk.done(BUYER, proposals, {"trigger": "T2", "facts": [claim]})
    assert (proposed["status"], proposed["proposed_by"]) == ("PROPOSED", "buyer")
    path = f"/takeovers/{proposed['takeover_id']}"
    assert (await desk.post(BUYER, f"{path}/activation")).status_code == 403
    assert (await desk.post(AGENT, f"{path}/activation")).status_code == 409
    decided = await desk.done(AGENT, f"{path}/activation", {"facts": [proof]})
    assert (decided["status"], decided["proposed_by"], decided["decided_by"]) == ("ACTIVE", "buyer", "agent")


async def test_a_proposal_may_be_refused_and_a_contact_handed_back(desk: Desk) -> None:
    case_id = await opened(desk)
    facts = await facts_about(desk, case_id)
    proposed = await desk.done(SELLER, f"/cases/{case_id}/takeover-proposals", {"trigger": "T2", "facts": facts})
    declined = await desk.done(AGENT, f"/takeovers/{proposed['takeover_id']}/refusal", {"reason": "answered"})
    assert (declined["status"], declined["ended_because"]) == ("DECLINED", "answered")
    takeover_id = await taken_over(desk, case_id)
    back = await desk.done(AGENT, f"/takeovers/{takeover_id}/hand-back", {"reason": "cooperates"})
    assert back["status"] == "HANDED_BACK"
    assert (await desk.get(BUYER, f"/cases/{case_id}")).json()["answered_by"] == "seller"


@pytest.mark.rule("S-3")
async def test_a_supervisor_reverses_a_takeover_with_a_reason(desk: Desk) -> None:
    """S-3: contact back, both sides told, and what it announced is taken back by the event."""
    case_id = await opened(desk)
    takeover_id = await taken_over(desk, case_id)
    reversed_ = await desk.done(SUPERVISOR, f"/takeovers/{takeover_id}/reversal", {"reason": "decided_in_error"})
    assert (reversed_["status"], reversed_["ended_because"]) == ("REVERSED", "decided_in_error")
    assert (await desk.get(SELLER, f"/cases/{case_id}")).json()["answered_by"] == "seller"
    notices = (await desk.get(SELLER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert "taken back" in notices[1]["text"]
    assert (await desk.told()).count("ticketing.takeover_reversed") == 1
    again = await desk.done(SUPERVISOR, f"/takeovers/{takeover_id}/reversal", {"reason": "decided_in_error"})
    assert again == reversed_
    assert (await desk.told()).count("ticketing.takeover_reversed") == 1


@pytest.mark.rule("S-4")
async def test_nobody_reverses_a_takeover_of_their_own_and_agents_none(desk: Desk) -> None:
    """S-4."""
    case_id = await opened(desk)
    facts = await facts_about(desk, case_id)
    body = {"trigger": "T2", "facts": facts}
    decided = await desk.done(SUPERVISOR, f"/cases/{case_id}/takeovers", body)
    path = f"/takeovers/{decided['takeover_id']}/reversal"
    own = await desk.post(SUPERVISOR, path, {"reason": "decided_in_error"})
    assert (own.status_code, own.json()["type"].rpartition(":")[2]) == (409, "own_decision")
    assert (await desk.post(AGENT, path, {"reason": "decided_in_error"})).status_code == 403
    assert (await desk.post("supervisor:sup_8:pt", path, {"reason": "decided_in_error"})).status_code == 404
    assert (await desk.done("supervisor:sup_8:lv", path, {"reason": "decided_in_error"}))["status"] == "REVERSED"


async def test_a_proposal_is_declined_and_not_reversed(desk: Desk) -> None:
    case_id = await opened(desk)
    facts = await facts_about(desk, case_id)
    proposed = await desk.done(SELLER, f"/cases/{case_id}/takeover-proposals", {"trigger": "T2", "facts": facts})
    answer = await desk.post(SUPERVISOR, f"/takeovers/{proposed['takeover_id']}/reversal", {"reason": "error"})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "takeover_not_decided")


async def test_nobody_proposes_a_takeover_of_a_case_that_is_closed(desk: Desk) -> None:
    case_id = await opened(desk)
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    await desk.done(AGENT, f"/cases/{case_id}/closure")
    answer = await desk.post(BUYER, f"/cases/{case_id}/takeover-proposals", {"trigger": "T2", "facts": []})
    assert answer.status_code == 409
    assert (await desk.get(BUYER, f"/cases/{case_id}/takeovers")).json() == []


async def test_closing_concludes_the_takeover(desk: Desk) -> None:
    case_id = await opened(desk)
    takeover_id = await taken_over(desk, case_id)
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "refunded", "despite": "settled"})
    await desk.done(AGENT, f"/cases/{case_id}/closure", {"despite": "settled"})
    (ended,) = (await desk.get(AGENT, f"/cases/{case_id}/takeovers")).json()
    assert (ended["takeover_id"], ended["status"]) == (takeover_id, "CONCLUDED")


async def test_closing_declines_every_takeover_that_is_only_proposed_and_says_why(desk: Desk) -> None:
    case_id = await opened(desk)
    facts = await facts_about(desk, case_id)
    for person in (BUYER, SELLER):
        await desk.done(person, f"/cases/{case_id}/takeover-proposals", {"trigger": "T2", "facts": facts})
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered", "despite": "settled"})
    await desk.done(AGENT, f"/cases/{case_id}/closure", {"despite": "settled"})
    ended = (await desk.get(SELLER, f"/cases/{case_id}/takeovers")).json()
    assert [(t["status"], t["ended_because"]) for t in ended] == [("DECLINED", "case_closed")] * 2
    assert (await desk.told()).count("ticketing.takeover_declined") == 2


@pytest.mark.rule("R-24")
async def test_the_timeline_is_read_in_pages_oldest_first(desk: Desk) -> None:
    case_id = await opened(desk)
    await facts_about(desk, case_id)
    path = f"/cases/{case_id}/timeline?limit=1"
    first = (await desk.get(BUYER, path)).json()
    second = (await desk.get(BUYER, f"{path}&cursor={first['next_cursor']}")).json()
    assert [p["entries"][0]["event_id"] for p in (first, second)] == ["dsp_1:1", "dsp_1:2"]
    assert second["next_cursor"] is None
    assert (await desk.get(SELLER, f"{path}&cursor={first['next_cursor']}")).status_code == 400


COMPLAINT = {**CONTACT, "reason": "SELLER_CONDUCT"}


@pytest.mark.rule("R-20")
async def test_a_complaint_about_a_seller_goes_to_the_platform_and_does_not_exist_for_the_seller(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", COMPLAINT)
    assert {n: case[n] for n in ("counterpart", "asked_by", "answered_by", "family", "matter", "phase")} == {
        "counterpart": "platform",
        "asked_by": "buyer",
        "answered_by": "platform",
        "family": "CONDUCT",
        "matter": "order_line",
        "phase": "after",
    }
    path = f"/cases/{case['case_id']}"
    for hidden in (path, f"{path}/timeline", f"{path}/notices", f"{path}/takeovers"):
        assert (await desk.get(SELLER, hidden)).status_code == 404
    assert (await desk.get(SELLER, "/cases")).json()["cases"] == []
    assert [c["case_id"] for c in (await desk.get(BUYER, "/cases")).json()["cases"]] == [case["case_id"]]
    assert (await desk.get(AGENT, path)).status_code == 200
    assert await desk.told() == ["ticketing.platform_case_opened", "ticketing.notice_issued"]


@pytest.mark.rule("R-20")
@pytest.mark.parametrize("reason", ["PAYMENT", "REFUND_STATUS", "TECHNICAL", "GUIDANCE", "SUGGESTION", "OTHER"])
async def test_what_the_platform_answers_is_asked_without_any_order(desk: Desk, reason: str) -> None:
    body = {"reason": reason, "draft_id": "drf_7", "market": "lv"}
    case = await desk.done(BUYER, "/cases", body)
    assert (case["counterpart"], case["matter"], case["phase"]) == ("platform", "none", "before")
    assert (await desk.get(STRANGER, f"/cases/{case['case_id']}")).status_code == 404
    nowhere = await desk.post(BUYER, "/cases", {**body, "market": "xx"})
    assert (nowhere.status_code, nowhere.json()["type"].rpartition(":")[2]) == (409, "market_missing")


@pytest.mark.rule("R-20")
async def test_a_seller_asks_the_platform_and_no_buyer_sees_it(desk: Desk) -> None:
    for matter in ({"market": "lv"}, {"order_id": "ord_3", "line_id": "lin_4"}):
        case = await desk.done(SELLER, "/cases", {"reason": "SELLER_LOGISTICS", "draft_id": "drf_7", **matter})
        assert (case["counterpart"], case["asked_by"]) == ("platform", "seller")
        assert (await desk.get(SELLER, f"/cases/{case['case_id']}")).status_code == 200
        assert (await desk.get(BUYER, f"/cases/{case['case_id']}")).status_code == 404
        assert (await desk.get("seller:sel_9", f"/cases/{case['case_id']}")).status_code == 404
    assert (await desk.get(BUYER, "/cases")).json()["cases"] == []
    assert len((await desk.get(SELLER, "/cases")).json()["cases"]) == 2


@pytest.mark.parametrize(
    ("who", "changes", "refusal"),
    [
        (SELLER, {"reason": "DEFECTIVE"}, "reason_not_askable"),
        (BUYER, {"reason": "SELLER_SALES"}, "reason_not_askable"),
        (BUYER, {"order_id": None, "line_id": None, "market": "lv"}, "matter_missing"),
        (AGENT, {"order_id": None, "line_id": None, "market": "lv", "reason": "OTHER"}, "matter_missing"),
        (BUYER, {"order_id": None, "line_id": None, "reason": "OTHER"}, "market_missing"),
    ],
)
async def test_a_contact_says_what_it_is_about(desk: Desk, who: str, changes: dict[str, str], refusal: str) -> None:
    answer = await desk.post(who, "/cases", {k: v for k, v in {**CONTACT, **changes}.items() if v is not None})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, refusal)


@pytest.mark.rule("R-49")
async def test_a_case_that_staff_opens_is_the_buyers_and_says_where_it_came_from(desk: Desk) -> None:
    case = await desk.done(AGENT, "/cases", CONTACT)
    assert (case["asked_by"], case["origin"], case["counterpart"]) == ("buyer", "staff", "seller")
    assert (await desk.get(BUYER, f"/cases/{case['case_id']}")).status_code == 200
    by_app = await desk.done(BUYER, "/cases", {**CONTACT, "reason": "LATE", "origin": "app"})
    assert by_app["origin"] == "app"


@pytest.mark.rule("R-25")
async def test_the_phase_of_a_contact_is_computed(desk: Desk) -> None:
    line = LINE.model_copy(update={"line_id": "lin_5"})
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (line,)}))
    on_the_way = await desk.done(BUYER, "/cases", {**CONTACT, "order_id": "ord_5", "line_id": "lin_5"})
    assert (on_the_way["phase"], (await desk.done(BUYER, "/cases", CONTACT))["phase"]) == ("during", "after")


async def test_the_desk_moves_a_contact_to_the_other_counterpart(desk: Desk) -> None:
    """Casework, section 2: the wrong door."""
    case_id = (await desk.done(BUYER, "/cases", {**CONTACT, "reason": "PAYMENT"}))["case_id"]
    to_seller = {"to": "seller", "reason": "wrong_door"}
    assert (await desk.post(BUYER, f"/cases/{case_id}/move", to_seller)).status_code == 403
    moved = await desk.done(AGENT, f"/cases/{case_id}/move", to_seller)
    assert (moved["counterpart"], moved["answered_by"]) == ("seller", "seller")
    assert (await desk.get(SELLER, f"/cases/{case_id}")).status_code == 200
    assert await desk.told() == [
        "ticketing.platform_case_opened",
        "ticketing.notice_issued",
        "ticketing.case_moved",
        "ticketing.case_opened",
        "ticketing.notice_issued",
    ]
    (_receipt, notice) = (await desk.get(BUYER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert notice["text"].startswith("Since 2026-")
    await desk.done(AGENT, f"/cases/{case_id}/move", {"to": "platform", "reason": "wrong_door"})
    assert (await desk.get(SELLER, f"/cases/{case_id}")).status_code == 404
    assert (await desk.post(AGENT, f"/cases/{case_id}/takeovers", {"trigger": "T3", "facts": []})).status_code == 409


async def test_a_contact_is_not_moved_away_from_a_seller_in_a_live_dispute(desk: Desk) -> None:
    """INVARIANT: nobody is a party of a dispute whose case and deadlines they cannot see."""
    case_id = await opened(desk)
    await facts_about(desk, case_id)
    to_platform = {"to": "platform", "reason": "wrong_door"}
    refused = await desk.post(AGENT, f"/cases/{case_id}/move", to_platform)
    assert (refused.status_code, refused.json()["unfinished"]) == (409, ["dsp_1"])
    lapsed = disputes.DisputeLapsed(dispute_id="dsp_1", case_id=case_id, lapsed_at=NOON)
    await desk.hears(told(lapsed, "dsp_1", 3, case_id=case_id))
    await desk.done(AGENT, f"/cases/{case_id}/move", to_platform)


@pytest.mark.parametrize("asker", ["buyer", "seller"])
async def test_whoever_asks_the_platform_reopens_the_case_by_writing(desk: Desk, asker: str) -> None:
    who = {"buyer": BUYER, "seller": SELLER}[asker]
    case_id = (await desk.done(who, "/cases", {"reason": "OTHER", "draft_id": "drf_7", "market": "lv"}))["case_id"]
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    written = MessageDelivered.model_construct(case_id=case_id, author_role=asker, audience="platform")
    await desk.hears(told(written, "cnv_1", 2, case_id=case_id))
    assert (await desk.get(who, f"/cases/{case_id}")).json()["status"] == "OPEN"


async def test_a_case_is_opened_within_the_window_of_its_reason(desk: Desk) -> None:
    """Casework, section 2: the rows of the market, for every reason its own."""
    desk.clock.advance(days=60)
    late = await desk.post(BUYER, "/cases", {**CONTACT, "reason": "LATE"})
    assert (late.status_code, late.json()["type"].rpartition(":")[2]) == (409, "case_window_closed")
    assert (await desk.post(BUYER, "/cases", CONTACT)).status_code == 201
    desk.clock.advance(days=800)
    for reason, status in (("CHANGE_OF_MIND", 409), ("ORDER_STATUS", 201)):
        assert (await desk.post(BUYER, "/cases", {**CONTACT, "reason": reason})).status_code == status, reason


MEDIATOR, SUPERVISOR = "mediator:med_5:lv", "supervisor:sup_5:lv"


async def upload(desk: Desk, case_id: str, number: int, kind: str, by: str) -> str:
    """Have somebody's upload arrive in the timeline; return its event's id."""
    said = {"dispute_id": "dsp_1", "case_id": case_id, "kind": kind, "by": by, "audience": "thread"}
    proof = disputes.EvidenceSubmitted.model_construct(**said)
    await desk.hears(told(proof, "dsp_1", number, case_id=case_id))
    return f"dsp_1:{number}"


async def test_a_party_cannot_show_what_staff_or_a_system_must_show(desk: Desk) -> None:
    """Casework, section 3: "Hello" called `expert_notice` satisfies nothing."""
    case_id = await opened(desk)
    fake = [await upload(desk, case_id, 1, "expert_notice", "buyer"), await upload(desk, case_id, 2, "report", "buyer")]
    path = f"/cases/{case_id}/takeovers"
    refused = await desk.post(SUPERVISOR, path, {"trigger": "T5", "facts": fake})
    assert (refused.status_code, refused.json()["missing"]) == (409, ["expert_notice|brand_notice"])
    real = await upload(desk, case_id, 3, "brand_notice", "agent")
    assert (await desk.done(SUPERVISOR, path, {"trigger": "T5", "facts": [real]}))["status"] == "ACTIVE"


async def test_a_line_whose_listing_nobody_kept_shows_no_listing(desk: Desk) -> None:
    """INVARIANT: would break if the route added a fact that nobody can look at."""
    placed = PLACED.model_copy(update={"order_id": "ord_6"})
    await desk.hears(placed)
    key = "ord_6|lin_4"
    stored = await desk.mongo.find_one("lines", {"_id": key})
    assert stored is not None
    stored["state"]["purchase"]["listing"] = None
    await desk.mongo.change("lines", {"_id": key}, [{"$set": {"state": stored["state"]}}])
    case_id = await opened(desk, order_id="ord_6")
    body = {"trigger": "T2", "facts": await facts_about(desk, case_id)}
    answer = await desk.post(AGENT, f"/cases/{case_id}/takeovers", body)
    assert (answer.status_code, answer.json()["missing"]) == (409, ["listing_snapshot"])


@pytest.mark.parametrize(
    ("trigger", "facts", "statuses"),
    [
        ("T2", (("photo", "buyer"),), (201, 201, 201)),
        ("T4", (("photo", "buyer"), ("imei_check", "system")), (403, 201, 201)),
        ("T5", (("expert_notice", "mediator"),), (403, 403, 201)),
        ("T6", (("recall", "agent"),), (403, 403, 201)),
    ],
)
async def test_the_scope_of_a_takeover_says_who_decides_it(
    desk: Desk, trigger: str, facts: tuple[tuple[str, str], ...], statuses: tuple[int, ...]
) -> None:
    """Casework, sections 3 and 13: an agent within a case or dispute, a mediator an order, a supervisor the rest."""
    for who, status, reason in zip(
        (AGENT, MEDIATOR, SUPERVISOR), statuses, ("LATE", "DEFECTIVE", "CHANGE_OF_MIND"), strict=True
    ):
        case_id = await opened(desk, reason=reason)
        claim = disputes.DisputeOpened.model_construct(dispute_id="dsp_1", case_id=case_id, opened_by="buyer")
        await desk.hears(told(claim, f"{case_id}x", 1, case_id=case_id))
        ids = [f"{case_id}x:1"]
        for number, (kind, by) in enumerate(facts, 2):
            said = {"dispute_id": "dsp_1", "case_id": case_id, "kind": kind, "by": by, "audience": "thread"}
            await desk.hears(
                told(disputes.EvidenceSubmitted.model_construct(**said), f"{case_id}x", number, case_id=case_id)
            )
            ids.append(f"{case_id}x:{number}")
        answer = await desk.post(who, f"/cases/{case_id}/takeovers", {"trigger": trigger, "facts": ids})
        assert answer.status_code == status, (who, answer.text)
        if status == 403:
            proposed = await desk.done(who, f"/cases/{case_id}/takeover-proposals", {"trigger": trigger, "facts": ids})
            path = f"/takeovers/{proposed['takeover_id']}"
            assert (await desk.post(who, f"{path}/activation")).status_code == 403
            assert (await desk.post(who, f"{path}/refusal", {"reason": "answered"})).status_code == 403
            assert (await desk.done(SUPERVISOR, f"{path}/activation"))["status"] == "ACTIVE"
            assert (await desk.post(who, f"{path}/hand-back", {"reason": "cooperates"})).status_code == 403


LATE, MIND = {**CONTACT, "reason": "LATE"}, {**CONTACT, "reason": "CHANGE_OF_MIND"}


async def listed(desk: Desk, who: str, query: str = "") -> list[str]:
    answer = await desk.get(who, f"/cases?{query}")
    assert answer.status_code == 200, answer.text
    return [c["reason"] for c in answer.json()["cases"]]


async def runs(desk: Desk, case_id: str, clock_id: str, hours: int, **changes: Any) -> None:
    """Have a clock of a case start, which is due in some hours."""
    due_by = NOON + timedelta(hours=hours)
    started = STARTED.model_copy(update={"case_id": case_id, "clock_id": clock_id, "due_by": due_by, **changes})
    await desk.hears(told(started, clock_id, 1, case_id=case_id))


@pytest.mark.rule("R-34")
async def test_a_list_has_the_deadlines_in_its_rows_and_is_read_by_deadline(desk: Desk) -> None:
    """INVARIANT: would break if rows were shown without what ticketing heard of clocks."""
    late = (await desk.done(BUYER, "/cases", LATE))["case_id"]
    defect = (await desk.done(BUYER, "/cases", CONTACT))["case_id"]
    await desk.done(BUYER, "/cases", MIND)
    await runs(desk, late, "clk_1", 30)
    await runs(desk, defect, "clk_2", 10)
    await runs(desk, late, "clk_3", 40)
    rows = (await desk.get(SELLER, "/cases")).json()["cases"]
    assert {r["reason"]: len(r["deadlines"]) for r in rows} == {"LATE": 2, "DEFECTIVE": 1, "CHANGE_OF_MIND": 0}
    assert await listed(desk, AGENT, "order=deadline") == ["DEFECTIVE", "LATE"]
    await desk.hears(
        told(BREACHED.model_copy(update={"case_id": defect, "clock_id": "clk_2"}), "clk_2", 2, case_id=defect)
    )
    assert await listed(desk, AGENT, "order=deadline") == ["LATE"]
    assert await listed(desk, AGENT, "breached=true") == ["DEFECTIVE"]
    assert await listed(desk, AGENT, "breached=false") == ["CHANGE_OF_MIND", "LATE"]


async def test_a_deadline_that_only_one_side_sees_orders_no_list(desk: Desk) -> None:
    case_id = (await desk.done(BUYER, "/cases", LATE))["case_id"]
    await runs(desk, case_id, "clk_1", 5, kind="contest_window")
    assert await listed(desk, AGENT, "order=deadline") == []
    assert (await desk.get(BUYER, f"/cases/{case_id}")).json()["deadlines"] == []


async def test_the_queue_is_read_by_priority_the_oldest_first_in_pages(desk: Desk) -> None:
    for reason in ("CHANGE_OF_MIND", "UNSAFE", "ORDER_STATUS", "LATE"):
        await desk.done(BUYER, "/cases", {**CONTACT, "reason": reason})
        desk.clock.advance(minutes=1)
    ordered = ["UNSAFE", "ORDER_STATUS", "LATE", "CHANGE_OF_MIND"]  # the third and the fourth are repeated contacts
    seen: list[str] = []
    path = "/cases?order=priority&limit=1"
    page = (await desk.get(AGENT, path)).json()
    while True:
        seen += [c["reason"] for c in page["cases"]]
        if page["next_cursor"] is None:
            break
        page = (await desk.get(AGENT, f"{path}&cursor={page['next_cursor']}")).json()
    assert seen == ordered
    other = await desk.get(
        AGENT, f"/cases?order=newest&limit=1&cursor={(await desk.get(AGENT, path)).json()['next_cursor']}"
    )
    assert other.status_code == 400


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ("", ["PAYMENT", "DEFECTIVE", "LATE"]),
        ("counterpart=platform", ["PAYMENT"]),
        ("counterpart=seller", ["DEFECTIVE", "LATE"]),
        ("answered_by=platform", ["PAYMENT"]),
        ("reason=LATE", ["LATE"]),
        ("priority=2", ["PAYMENT", "DEFECTIVE"]),
        ("status=RESOLVED", ["LATE"]),
        ("market=lv", ["PAYMENT", "DEFECTIVE", "LATE"]),
        ("market=pt", []),
        ("order_id=ord_3", ["PAYMENT", "DEFECTIVE", "LATE"]),
        ("order_id=ord_9", []),
        ("person_id=buy_1", ["PAYMENT", "DEFECTIVE", "LATE"]),
        ("person_id=sel_2", ["DEFECTIVE", "LATE"]),
        ("disputed=true", ["DEFECTIVE"]),
        ("disputed=false&status=OPEN", ["PAYMENT"]),
    ],
)
async def test_a_list_is_narrowed_by_what_is_asked_for(desk: Desk, query: str, reasons: list[str]) -> None:
    ids = {}
    for reason in ("LATE", "DEFECTIVE", "PAYMENT"):
        ids[reason] = (await desk.done(BUYER, "/cases", {**CONTACT, "reason": reason}))["case_id"]
        desk.clock.advance(minutes=1)
    await desk.done(AGENT, f"/cases/{ids['LATE']}/resolution", {"outcome": "answered"})
    dispute = disputes.DisputeOpened.model_construct(dispute_id="dsp_1", case_id=ids["DEFECTIVE"])
    await desk.hears(told(dispute, "dsp_1", 1, case_id=ids["DEFECTIVE"]))
    assert await listed(desk, AGENT, query) == reasons
    counts = (await desk.get(AGENT, f"/cases/counts?{query}")).json()
    assert counts["total"] == sum(counts["by_status"].values()) == len(reasons)


async def test_a_case_is_found_by_its_number_and_nobody_finds_what_is_not_theirs(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", CONTACT)
    query = f"number={case['number'].lower()}"
    for reader, found in ((BUYER, 1), (SELLER, 1), (AGENT, 1), (STRANGER, 0), (ELSEWHERE, 0)):
        assert len(await listed(desk, reader, query)) == found
        assert (await desk.get(reader, f"/cases/counts?{query}")).json()["total"] == found
    assert (await desk.get(AGENT, "/cases?colour=red")).status_code == 422


async def test_a_case_is_not_resolved_or_closed_over_a_live_dispute_or_refund_without_a_reason(desk: Desk) -> None:
    """Casework, section 2."""
    case_id = await opened(desk)
    claim = disputes.DisputeOpened.model_construct(dispute_id="dsp_1", case_id=case_id)
    await desk.hears(told(claim, "dsp_1", 1, case_id=case_id))
    refused = await desk.post(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    assert (refused.status_code, refused.json()["unfinished"]) == (409, ["dsp_1"])
    despite = {"outcome": "answered", "despite": "settled_by_phone"}
    assert (await desk.done(AGENT, f"/cases/{case_id}/resolution", despite))["status"] == "RESOLVED"
    decided = disputes.DisputeDecided.model_construct(dispute_id="dsp_1", case_id=case_id)
    ordered = billing.RefundOrdered.model_construct(refund_id="rfd_1", case_id=case_id)
    await desk.hears(told(decided, "dsp_1", 2, case_id=case_id), told(ordered, "rfd_1", 1, case_id=case_id))
    closing = await desk.post(AGENT, f"/cases/{case_id}/closure")
    assert (closing.status_code, closing.json()["unfinished"]) == (409, ["rfd_1"])
    paid = billing.RefundCompleted.model_construct(refund_id="rfd_1", case_id=case_id)
    await desk.hears(told(paid, "rfd_1", 2, case_id=case_id))
    assert (await desk.done(AGENT, f"/cases/{case_id}/closure"))["status"] == "CLOSED"


@pytest.mark.rule("R-24")
async def test_a_timeline_is_read_both_ways_and_says_who_acted(desk: Desk) -> None:
    case_id = await opened(desk)
    claim = received(
        disputes.DisputeOpened.model_construct(dispute_id="dsp_1", case_id=case_id),
        NOON,
        subject="dsp_1",
        actor="buy_1",
    )
    by_buyer = claim.metadata.model_copy(update={"case_id": case_id, "actor_kind": "buyer"})
    await desk.hears(claim.model_copy(update={"metadata": by_buyer}))
    desk.clock.advance(minutes=1)
    by_agent = by_buyer.model_copy(
        update={"id": "dsp_1:2", "sequence": 2, "actor_kind": "agent", "actor_id": "agt_5", "occurred_at": desk.clock()}
    )
    escalated = disputes.DisputeEscalated.model_construct(dispute_id="dsp_1", case_id=case_id)
    await desk.hears(claim.model_copy(update={"metadata": by_agent, "event": escalated, "type": escalated.type}))
    path = f"/cases/{case_id}/timeline?order=newest"
    for reader, shown in ((AGENT, ["agt_5", "buy_1"]), (BUYER, [None, "buy_1"]), (SELLER, [None, None])):
        entries = (await desk.get(reader, path)).json()["entries"]
        assert [e["event_id"] for e in entries] == ["dsp_1:2", "dsp_1:1"]
        assert [(e["actor_kind"], e["actor_id"]) for e in entries] == list(zip(("agent", "buyer"), shown, strict=True))
    first = (await desk.get(BUYER, f"{path}&limit=1")).json()
    second = (await desk.get(BUYER, f"{path}&limit=1&cursor={first['next_cursor']}")).json()
    assert [p["entries"][0]["event_id"] for p in (first, second)] == ["dsp_1:2", "dsp_1:1"]
    assert (
        await desk.get(BUYER, f"/cases/{case_id}/timeline?limit=1&cursor={first['next_cursor']}")
    ).status_code == 400


@pytest.mark.rule("R-24")
async def test_what_happened_is_shown_over_the_cases_of_an_order_a_buyer_or_a_seller(desk: Desk) -> None:
    """INVARIANT: would break if a timeline over several cases held one that its reader does not see."""
    about = [(await desk.done(BUYER, "/cases", body))["case_id"] for body in (CONTACT, LATE, COMPLAINT)]
    for number, case_id in enumerate(about, 1):
        opened_dispute = disputes.DisputeOpened.model_construct(dispute_id=f"dsp_{number}", case_id=case_id)
        await desk.hears(told(opened_dispute, f"dsp_{number}", 1, case_id=case_id))
    for query in ("order_id=ord_3", "person_id=buy_1", "order_id=ord_3&person_id=buy_1"):
        for reader, cases in ((BUYER, about), (AGENT, about), (SELLER, about[:2]), (STRANGER, []), (ELSEWHERE, [])):
            entries = (await desk.get(reader, f"/timelines?{query}")).json()["entries"]
            assert sorted(e["case_id"] for e in entries) == sorted(cases), (query, reader)
    of_seller = (await desk.get(AGENT, "/timelines?person_id=sel_2&order=newest&limit=1")).json()
    assert (len(of_seller["entries"]), of_seller["next_cursor"] is None) == (1, False)
    of_all = (await desk.get(AGENT, "/timelines")).json()
    assert of_all["entries"], "whoever names nothing sees all that they may"


@pytest.mark.parametrize(("pure_thanks", "status"), [(True, "RESOLVED"), (None, "OPEN")])
async def test_thanks_do_not_reopen_a_case(desk: Desk, pure_thanks: bool | None, status: str) -> None:
    """Casework, section 2."""
    case_id = await opened(desk)
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    classification = Classification(pure_thanks=pure_thanks)
    written = MessageDelivered.model_construct(
        case_id=case_id, author_role="buyer", audience="thread", classification=classification
    )
    await desk.hears(told(written, "cnv_1", 2, case_id=case_id))
    assert (await desk.get(BUYER, f"/cases/{case_id}")).json()["status"] == status


@pytest.mark.rule("R-23")
async def test_whoever_asked_reads_a_receipt_that_says_who_answers_and_by_when(desk: Desk) -> None:
    """R-23, S-5: number, what happens next, and by when as the first clock says; later rounds do not change it."""
    case = await desk.done(BUYER, "/cases", CONTACT)
    path = f"/cases/{case['case_id']}/notices?language="
    (receipt,) = (await desk.get(BUYER, f"{path}en")).json()["notices"]
    assert case["number"] in receipt["text"]
    assert receipt["text"].endswith("The seller answers it next.")
    assert receipt["due_by"] is None
    await runs(desk, case["case_id"], "clk_2", 5, kind="first_resolution")
    later = STARTED.model_copy(update={"case_id": case["case_id"], "round": 2, "due_by": NOON + timedelta(hours=50)})
    await desk.hears(told(later, "clk_1", 2, case_id=case["case_id"]))
    await runs(desk, case["case_id"], "clk_1", 10)
    (receipt,) = (await desk.get(BUYER, f"{path}en")).json()["notices"]
    assert receipt["text"].endswith(f"An answer is due by {NOON + timedelta(hours=10):%Y-%m-%d %H:%M} UTC.")
    assert (await desk.get(SELLER, f"{path}en")).json()["notices"] == []
    for language in ("de", "es", "lv", "pl", "pt", "ru", "zh"):
        (translated,) = (await desk.get(BUYER, f"{path}{language}")).json()["notices"]
        assert case["number"] in translated["text"]
        assert "{" not in translated["text"]


@pytest.mark.rule("R-23")
async def test_a_receipt_of_the_platform_says_when_the_desk_answers(desk: Desk) -> None:
    case_id = (await desk.done(SELLER, "/cases", {"reason": "OTHER", "draft_id": "drf_7", "market": "lv"}))["case_id"]
    await runs(desk, case_id, "clk_1", 8, kind="first_response_thread", owner="agent")
    (receipt,) = (await desk.get(SELLER, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    assert (receipt["template"], receipt["about"]) == ("registered_with_platform", case_id)
    assert receipt["due_by"] is not None


@pytest.mark.parametrize("author", ["buyer", "seller", "agent"])
async def test_why_a_message_is_no_reply_is_told_to_parties_of_the_sellers_messages_alone(
    desk: Desk, author: str
) -> None:
    """Nobody but a seller owes replies: a buyer is not told that their own message was not one."""
    case_id = await opened(desk)
    written = MessageDelivered.model_construct(
        case_id=case_id, author_role=author, audience="thread", qualifies=False, not_qualifying_because=("automated",)
    )
    await desk.hears(told(written, "cnv_1", 2, case_id=case_id))
    for reader in (BUYER, SELLER, AGENT):
        (entry,) = (await desk.get(reader, f"/cases/{case_id}/timeline")).json()["entries"]
        expected = author == "seller" or reader == AGENT
        assert ("not_qualifying_because" in entry["summary"]) == ("qualifies" in entry["summary"]) == expected
        assert entry["summary"]["author_role"] == author


@pytest.mark.parametrize(
    ("order", "reason", "days"),
    [("ord_3", "LATE", 55), ("ord_5", "LATE", 55), ("ord_3", "CHANGE_OF_MIND", 24), ("ord_5", "CHANGE_OF_MIND", None)],
)
async def test_others_hear_until_when_a_right_lives_unless_a_delivery_can_still_prolong_it(
    desk: Desk, order: str, reason: str, days: int | None
) -> None:
    """INVARIANT: would break if a buyer were refused by a window that begins with a delivery of which nobody told."""
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5"}))
    await desk.done(BUYER, "/cases", {**CONTACT, "order_id": order, "reason": reason})
    (row,) = await desk.mongo.find("outbox", {"position": 0}, limit=10)
    told_until = CaseOpened.read(row["value"]).rights_until
    assert told_until == (None if days is None else NOON + timedelta(days=days))
