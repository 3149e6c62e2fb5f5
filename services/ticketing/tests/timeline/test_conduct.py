"""What of a complaint about conduct a case shows to whom: nothing to the seller before the seller was told (casework, section 7)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, SELLER
from timeline_examples import EXAMPLES, STAFF, readers

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts import Event
from ombud_contracts.events import conduct, reviews
from ombud_contracts.events.sla_monitor import ClockStarted
from ticketing.app import SERVICE

pytestmark = pytest.mark.rule("R-24")
OF_CONDUCT = [name for name in EXAMPLES if name.startswith("messaging.conduct_") and "sanction" not in name]
OF_REVIEWS = [name for name in EXAMPLES if name.startswith("messaging.review_")]
TO_THE_SELLER = ("messaging.conduct_accused_told.v1.json", "messaging.conduct_accused_heard.v1.json")


@pytest.mark.parametrize("name", [name for name in OF_CONDUCT if name not in TO_THE_SELLER])
def test_a_complaint_shows_to_the_seller_only_once_the_seller_knows(name: str) -> None:
    """INVARIANT: would break if a seller could read in the case that somebody complained."""
    assert readers(name, accused_knows=False) == STAFF | {"buyer"}
    assert readers(name, accused_knows=True) == STAFF | {"buyer", "seller"}


@pytest.mark.rule("R-45")
@pytest.mark.parametrize("name", OF_REVIEWS)
def test_a_review_of_the_seller_is_not_the_buyers_and_the_sellers_only_once_the_seller_knows(name: str) -> None:
    """INVARIANT: would break if a buyer read what the platform finds about a seller, or the seller before being told."""
    assert readers(name, accused_knows=False) == STAFF
    assert readers(name, accused_knows=True) == STAFF | {"seller"}


def test_whether_a_hearing_goes_on_is_the_sellers_until_a_finding_falls_with_it() -> None:
    name = "messaging.conduct_hearing_continued.v1.json"
    assert readers(name, finding_withdrawn=False) == STAFF | {"seller"}
    assert readers(name, finding_withdrawn=True) == STAFF | {"buyer", "seller"}


@pytest.mark.parametrize("name", TO_THE_SELLER)
def test_what_the_seller_is_told_and_answers_is_not_the_buyers(name: str) -> None:
    assert readers(name) == STAFF | {"seller"}


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n.startswith("messaging.conduct_sanctioned")])
def test_what_a_finding_leads_to_is_not_the_buyers(name: str) -> None:
    assert readers(name) == STAFF | {"seller"}


@pytest.mark.parametrize(
    ("kind", "owner", "parties"),
    [
        ("conduct_investigation", "platform", {"buyer"}),
        ("conduct_hearing", "seller", {"seller"}),
        ("conduct_appeal_window", "seller", {"buyer", "seller"}),
        ("conduct_appeal_window", "buyer", {"buyer"}),
        ("conduct_appeal", "supervisor", set()),
        ("conduct_review", "platform", set()),
        ("conduct_review_window", "seller", {"seller"}),
    ],
)
def test_a_clock_of_a_complaint_shows_to_whom_it_may_concern(kind: str, owner: str, parties: set[str]) -> None:
    """INVARIANT: would break if a deadline told a seller of a complaint."""
    name = "sla-monitor.clock_started.v1.json"
    assert readers(name, kind=kind, owner=owner, about="conduct_complaint") == STAFF | parties


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def a_case(desk: Desk) -> str:
    return str((await desk.done(BUYER, "/cases", CONTACT))["case_id"])


async def hear(desk: Desk, event: type[Event], case_id: str, sequence: int, **known: Any) -> None:
    about = {"complaint_id": "cpl_1", "case_id": case_id, "accused_knows": False}
    await desk.hears(told(event.model_construct(**about | known), "cpl_1", sequence, case_id=case_id))


async def templates(desk: Desk, who: str, case_id: str) -> list[str]:
    notices = (await desk.get(who, f"/cases/{case_id}/notices")).json()["notices"]
    return [n["template"] for n in notices if n["template"].startswith(("conduct", "appeal", "review"))]


async def test_people_are_told_what_they_may_know(desk: Desk) -> None:
    case_id = await a_case(desk)
    await hear(desk, conduct.ConductComplaintFiled, case_id, 1)
    await hear(desk, conduct.ConductDecided, case_id, 2, decision_id="dec_1", result="NOT_FOUND")
    await hear(desk, conduct.ConductAppealDecided, case_id, 3, appeal_id="apl_1", by="buyer", outcome="REVERSED")
    assert await templates(desk, SELLER, case_id) == []
    assert await templates(desk, BUYER, case_id) == ["conduct_not_found", "conduct_again"]
    knows = {"accused_knows": True}
    await hear(desk, conduct.ConductAccusedTold, case_id, 4, **knows)
    await hear(desk, conduct.ConductDecided, case_id, 5, decision_id="dec_2", result="FOUND", **knows)
    await hear(
        desk, conduct.ConductAppealDecided, case_id, 6, appeal_id="apl_2", by="seller", outcome="UPHELD", **knows
    )
    assert await templates(desk, SELLER, case_id) == ["conduct_told", "conduct_found", "appeal_in_vain"]
    assert await templates(desk, BUYER, case_id) == ["conduct_not_found", "conduct_again", "conduct_found"]


@pytest.mark.rule("R-45")
async def test_of_a_review_the_seller_is_told_once_the_seller_knows_and_the_buyer_never(desk: Desk) -> None:
    case_id = await a_case(desk)
    await hear(desk, reviews.ReviewOpened, case_id, 1)
    await hear(desk, reviews.ReviewDecided, case_id, 2, decision_id="dec_1", result="NOT_FOUND")
    await hear(desk, reviews.ReviewWithdrawn, case_id, 3)
    assert await templates(desk, SELLER, case_id) == []
    knows = {"accused_knows": True}
    await hear(desk, reviews.ReviewToldToSeller, case_id, 4, **knows)
    for number, result in enumerate(("FOUND", "NOT_FOUND"), 5):
        await hear(desk, reviews.ReviewDecided, case_id, number, decision_id=f"dec_{number}", result=result, **knows)
    await hear(desk, reviews.ReviewHearingContinued, case_id, 7, finding_withdrawn=True, **knows)
    await hear(desk, reviews.ReviewWithdrawn, case_id, 8, **{**knows, "complaint_id": "cpl_2"})
    told_seller = ["conduct_told", "review_found", "review_cleared", "conduct_unheard", "review_withdrawn"]
    assert await templates(desk, SELLER, case_id) == told_seller
    assert await templates(desk, BUYER, case_id) == []


@pytest.mark.rule("S-3")
async def test_a_finding_that_fell_is_told_to_both(desk: Desk) -> None:
    case_id = await a_case(desk)
    for fell in (False, True):
        known = {"accused_knows": True, "finding_withdrawn": fell}
        await hear(desk, conduct.ConductHearingContinued, case_id, 3 + fell, **known)
    assert await templates(desk, SELLER, case_id) == await templates(desk, BUYER, case_id) == ["conduct_unheard"]


@pytest.mark.rule("S-3")
async def test_each_finding_that_fell_is_told(desk: Desk) -> None:
    """INVARIANT: would break if a seller never learned that what was found anew counts as if it had not been, either."""
    case_id = await a_case(desk)
    for sequence in (3, 5):
        known = {"accused_knows": True, "finding_withdrawn": True}
        await hear(desk, conduct.ConductHearingContinued, case_id, sequence, **known)
    assert await templates(desk, SELLER, case_id) == ["conduct_unheard", "conduct_unheard"]


async def test_an_accused_from_whom_the_contact_was_moved_is_told_all_the_same(desk: Desk) -> None:
    """INVARIANT: would break if something were found against a seller who never learned of it."""
    case_id = await a_case(desk)
    await desk.done(AGENT, f"/cases/{case_id}/move", {"to": "platform", "reason": "wrong_door"})
    knows = {"accused_knows": True}
    await hear(desk, conduct.ConductAccusedTold, case_id, 2, **knows)
    await hear(desk, conduct.ConductDecided, case_id, 3, decision_id="dec_2", result="FOUND", **knows)
    assert await templates(desk, SELLER, case_id) == ["conduct_told", "conduct_found"]
    assert (await desk.get("seller:sel_9", f"/cases/{case_id}/notices")).status_code == 404
    assert (await desk.get(SELLER, f"/cases/{case_id}")).status_code == 404


async def test_a_case_looks_to_the_accused_as_if_nobody_had_complained(desk: Desk) -> None:
    """INVARIANT: would break if the text, the version or the priority of a case told a seller of a complaint, or of a case about
    one that staff linked."""
    complaint = {**CONTACT, "reason": "SELLER_CONDUCT"}
    hidden = (await desk.done(BUYER, "/cases", complaint))["case_id"]
    await desk.done(BUYER, "/cases", {**CONTACT, "reason": "ORDER_STATUS"})
    case_id = await a_case(desk)
    before = await desk.get(SELLER, f"/cases/{case_id}")
    assert "repeat_contact" not in before.json()["priority_reasons"]
    seen_by_staff = (await desk.get(AGENT, f"/cases/{case_id}")).headers["etag"]
    await hear(desk, conduct.ConductComplaintFiled, case_id, 1)
    await hear(desk, conduct.ConductDecided, case_id, 2, decision_id="dec_1", result="NOT_FOUND")
    await desk.done(AGENT, f"/cases/{case_id}/links", {"case_id": hidden, "kind": "same_order"})
    after = await desk.get(SELLER, f"/cases/{case_id}")
    assert (after.text, after.headers["etag"]) == (before.text, before.headers["etag"])
    assert (await desk.get(AGENT, f"/cases/{case_id}")).headers["etag"] != seen_by_staff


async def test_a_granted_appeal_is_told_to_both(desk: Desk) -> None:
    case_id = await a_case(desk)
    granted = {"appeal_id": "apl_1", "by": "seller", "outcome": "REVERSED", "accused_knows": True}
    await hear(desk, conduct.ConductAppealDecided, case_id, 3, **granted)
    assert await templates(desk, SELLER, case_id) == await templates(desk, BUYER, case_id) == ["conduct_reversed"]


async def test_when_the_case_is_due_next_tells_a_seller_nothing_of_a_complaint(desk: Desk) -> None:
    """INVARIANT: would break if the next deadline in a seller's list were that of a complaint the seller does not know of."""
    case_id = await a_case(desk)
    started = ClockStarted.model_construct(
        clock_id="clk_9",
        case_id=case_id,
        kind="conduct_investigation",
        about="conduct_complaint",
        subject="cpl_1",
        owner="platform",
        round=1,
        started_at=NOON,
        due_by=NOON,
        on_silence="supervisor_alarm",
    )
    await desk.hears(told(started, "clk_9", 1, case_id=case_id))
    shown = {who: (await desk.get(who, f"/cases/{case_id}")).json()["deadlines"] for who in (BUYER, SELLER, AGENT)}
    assert [[d["kind"] for d in shown[who]] for who in (BUYER, SELLER, AGENT)] == [
        ["conduct_investigation"],
        [],
        ["conduct_investigation"],
    ]
    (row,) = [r for r in await desk.mongo.find("queue", {}, limit=10) if r["_id"] == case_id]
    assert row.get("next_due_by") is None
