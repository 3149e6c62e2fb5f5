"""Cases that belong together, over HTTP: follow-ups, links and merges (casework, section 2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, ELSEWHERE, LINE, PLACED, SELLER, STRANGER

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts.events import billing, disputes
from ombud_contracts.events.messaging import MessageDelivered
from ticketing.app import SERVICE

COMPLAINT = {**CONTACT, "reason": "SELLER_CONDUCT"}
LATE = {**CONTACT, "reason": "LATE"}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def opened(desk: Desk, contact: dict[str, str], who: str = BUYER) -> dict[str, Any]:
    case = await desk.done(who, "/cases", contact)
    desk.clock.advance(minutes=1)
    return case


async def closed(desk: Desk, case_id: str) -> None:
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    await desk.done(AGENT, f"/cases/{case_id}/closure")


async def shown(desk: Desk, who: str, case_id: str) -> dict[str, Any]:
    answer = await desk.get(who, f"/cases/{case_id}")
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def merged(desk: Desk, ends: str, goes_on: str) -> dict[str, Any]:
    return await desk.done(AGENT, f"/cases/{ends}/merge", {"into": goes_on})


async def refused(desk: Desk, path: str, body: dict[str, str], who: str = AGENT) -> str:
    answer = await desk.post(who, path, body)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["type"]).rpartition(":")[2]


async def test_a_case_that_follows_a_closed_one_about_the_same_line_is_linked_to_it(desk: Desk) -> None:
    """Casework, section 2: after the time for reopening a new, linked case; each shows the other to both sides."""
    first = await opened(desk, CONTACT)
    await closed(desk, first["case_id"])
    desk.clock.advance(days=31)
    second = await opened(desk, {**CONTACT, "reason": "NOT_AS_DESCRIBED"})
    assert second["linked_case_ids"] == [first["case_id"]]
    for who in (BUYER, SELLER, AGENT):
        assert (await shown(desk, who, first["case_id"]))["linked_case_ids"] == [second["case_id"]]
        listed = (await desk.get(who, "/cases")).json()["cases"]
        assert {c["case_id"]: c["linked_case_ids"] for c in listed} == {
            first["case_id"]: [second["case_id"]],
            second["case_id"]: [first["case_id"]],
        }
    assert (await desk.told()).count("ticketing.case_linked") == 2
    other_kind = await opened(desk, LATE)
    assert other_kind["linked_case_ids"] == []


async def test_staff_link_cases_and_both_show_it_once(desk: Desk) -> None:
    late, defect = await opened(desk, LATE), await opened(desk, CONTACT)
    links = f"/cases/{late['case_id']}/links"
    body = {"case_id": defect["case_id"], "kind": "same_order"}
    for _ in range(2):
        assert (await desk.done(AGENT, links, body))["linked_case_ids"] == [defect["case_id"]]
    assert (await shown(desk, BUYER, defect["case_id"]))["linked_case_ids"] == [late["case_id"]]
    assert (await desk.told()).count("ticketing.case_linked") == 2
    for who, status in ((BUYER, 403), (SELLER, 403), (STRANGER, 404), (ELSEWHERE, 404)):
        assert (await desk.post(who, links, body)).status_code == status
    assert (await desk.post(AGENT, links, {**body, "case_id": "cas_none"})).status_code == 404
    assert (await desk.post(AGENT, links, {**body, "kind": "merged"})).status_code == 422
    assert await refused(desk, links, {**body, "case_id": late["case_id"]}) == "linked_to_itself"


async def test_cases_of_two_orders_are_not_linked_because_of_their_order(desk: Desk) -> None:
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (LINE,)}))
    one, other = await opened(desk, CONTACT), await opened(desk, {**CONTACT, "order_id": "ord_5"})
    links = f"/cases/{one['case_id']}/links"
    body = {"case_id": other["case_id"], "kind": "same_order"}
    assert await refused(desk, links, body) == "of_another_order"
    await desk.done(AGENT, links, {**body, "kind": "same_incident"})
    nowhere = [await opened(desk, {"reason": "OTHER", "draft_id": "drf_1", "market": "lv"}) for _ in range(2)]
    path = f"/cases/{nowhere[0]['case_id']}/links"
    assert await refused(desk, path, {**body, "case_id": nowhere[1]["case_id"]}) == "of_another_order"


async def test_a_link_shows_nobody_a_case_that_they_may_not_see(desk: Desk) -> None:
    """INVARIANT: R-20; would break if the seller learned of a complaint by the case that it is linked to."""
    case, complaint = await opened(desk, CONTACT), await opened(desk, COMPLAINT)
    body = {"case_id": complaint["case_id"], "kind": "same_order"}
    await desk.done(AGENT, f"/cases/{case['case_id']}/links", body)
    for who, seen in ((BUYER, [complaint["case_id"]]), (AGENT, [complaint["case_id"]]), (SELLER, [])):
        assert (await shown(desk, who, case["case_id"]))["linked_case_ids"] == seen
        (listed,) = [c for c in (await desk.get(who, "/cases")).json()["cases"] if c["case_id"] == case["case_id"]]
        assert listed["linked_case_ids"] == seen


async def test_of_two_cases_that_say_the_same_the_earlier_goes_on(desk: Desk) -> None:
    """Casework, section 2: a merge keeps the earliest start, and both numbers find the case."""
    first, second = await opened(desk, CONTACT), await opened(desk, LATE)
    assert await refused(desk, f"/cases/{first['case_id']}/merge", {"into": second["case_id"]}) == "merge_into_earlier"
    ended = await merged(desk, second["case_id"], first["case_id"])
    assert (ended["status"], ended["outcome"], ended["merged_into"]) == ("CLOSED", "merged", first["case_id"])
    for who in (BUYER, SELLER):
        assert (await shown(desk, who, second["case_id"]))["merged_into"] == first["case_id"]
        assert (await shown(desk, who, first["case_id"]))["linked_case_ids"] == [second["case_id"]]
        found = (await desk.get(who, f"/cases?number={second['number'].lower()}")).json()["cases"]
        assert {c["case_id"] for c in found} == {first["case_id"], second["case_id"]}
    (notice,) = (await desk.get(SELLER, f"/cases/{second['case_id']}/notices?language=en")).json()["notices"]
    assert first["number"] in notice["text"]
    assert (await merged(desk, second["case_id"], first["case_id"]))["status"] == "CLOSED"
    assert await desk.told() == [
        *("ticketing.case_opened", "ticketing.notice_issued") * 2,
        "ticketing.case_merged",
        "ticketing.case_resolved",
        "ticketing.case_closed",
        "ticketing.notice_issued",
        "ticketing.case_linked",
    ]


async def test_a_case_that_was_merged_is_found_through_one_that_is_merged_itself(desk: Desk) -> None:
    reasons = ("OTHER", "OTHER", "OTHER")
    cases = [await opened(desk, {"reason": r, "draft_id": "drf_1", "market": "lv"}) for r in reasons]
    first, second, third = (c["case_id"] for c in cases)
    await merged(desk, third, second)
    await merged(desk, second, first)
    found = (await desk.get(BUYER, f"/cases?number={cases[2]['number']}&status=OPEN")).json()["cases"]
    assert [c["case_id"] for c in found] == [first]
    await closed(desk, first)
    written = MessageDelivered.model_construct(case_id=third, author_role="buyer", audience="platform")
    await desk.hears(told(written, "cnv_1", 2, case_id=third))
    assert (await shown(desk, BUYER, first))["status"] == "OPEN"
    assert (await shown(desk, BUYER, third))["status"] == "CLOSED"


async def test_a_merge_is_refused_over_what_is_live(desk: Desk) -> None:
    first, second = await opened(desk, CONTACT), await opened(desk, LATE)
    path, into = f"/cases/{second['case_id']}/merge", {"into": first["case_id"]}
    claim = disputes.DisputeOpened.model_construct(dispute_id="dsp_1", case_id=second["case_id"])
    await desk.hears(told(claim, "dsp_1", 1, case_id=second["case_id"]))
    assert await refused(desk, path, into) == "still_unfinished"
    lapsed = disputes.DisputeLapsed(dispute_id="dsp_1", case_id=second["case_id"], lapsed_at=NOON)
    ordered = billing.RefundOrdered.model_construct(refund_id="rfd_1", case_id=second["case_id"])
    await desk.hears(told(lapsed, "dsp_1", 2, case_id=second["case_id"]))
    await desk.hears(told(ordered, "rfd_1", 1, case_id=second["case_id"]))
    assert await refused(desk, path, into) == "still_unfinished"
    paid = billing.RefundCompleted.model_construct(refund_id="rfd_1", case_id=second["case_id"])
    await desk.hears(told(paid, "rfd_1", 2, case_id=second["case_id"]))
    takeover = await desk.done(AGENT, f"/cases/{second['case_id']}/takeovers", {"trigger": "T3", "facts": ["dsp_1:1"]})
    assert await refused(desk, path, into) == "contact_already_taken_over"
    await desk.done(AGENT, f"/takeovers/{takeover['takeover_id']}/hand-back", {"reason": "cooperates"})
    asks = {"trigger": "T3", "facts": ["dsp_1:1"]}
    await desk.done(BUYER, f"/cases/{second['case_id']}/takeover-proposals", asks)
    await merged(desk, second["case_id"], first["case_id"])
    takeovers = (await desk.get(AGENT, f"/cases/{second['case_id']}/takeovers")).json()
    assert {t["status"]: t["ended_because"] for t in takeovers} == {
        "HANDED_BACK": "cooperates",
        "DECLINED": "case_closed",
    }


async def test_only_what_says_the_same_is_merged_and_only_into_what_is_open(desk: Desk) -> None:
    """INVARIANT: R-20; would break if a merge showed somebody a case of which they are not a party."""
    await desk.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (LINE,)}))
    first, late = await opened(desk, CONTACT), await opened(desk, LATE)
    complaint, elsewhere = await opened(desk, COMPLAINT), await opened(desk, {**LATE, "order_id": "ord_5"})
    for other in (complaint, elsewhere):
        path = f"/cases/{other['case_id']}/merge"
        assert await refused(desk, path, {"into": first["case_id"]}) == "not_duplicates"
    path, into = f"/cases/{late['case_id']}/merge", {"into": first["case_id"]}
    assert await refused(desk, path, {"into": late["case_id"]}) == "linked_to_itself"
    for who, status in ((BUYER, 403), (SELLER, 403), (STRANGER, 404), (ELSEWHERE, 404)):
        assert (await desk.post(who, path, into)).status_code == status
    await desk.done(AGENT, f"/cases/{first['case_id']}/resolution", {"outcome": "answered"})
    assert await refused(desk, path, into) == "case_not_open"


async def test_the_case_that_goes_on_has_the_slot(desk: Desk) -> None:
    """INVARIANT: one live case per line and kind of problem; would break if a merge left the line to a third case."""
    first = await opened(desk, CONTACT)
    await closed(desk, first["case_id"])
    second = await opened(desk, CONTACT)
    written = MessageDelivered.model_construct(case_id=first["case_id"], author_role="buyer", audience="thread")
    await desk.hears(told(written, "cnv_1", 2, case_id=first["case_id"]))
    await merged(desk, second["case_id"], first["case_id"])
    third = await desk.post(BUYER, "/cases", CONTACT)
    assert (third.status_code, third.json()["case_id"]) == (409, first["case_id"])
    await closed(desk, first["case_id"])
    desk.clock.advance(days=31)
    assert (await opened(desk, CONTACT))["linked_case_ids"] == [first["case_id"]]


async def test_a_merge_leaves_the_slot_of_another_kind_of_problem_free_and_links_to_what_goes_on(desk: Desk) -> None:
    first, late = await opened(desk, CONTACT), await opened(desk, LATE)
    await merged(desk, late["case_id"], first["case_id"])
    again = await opened(desk, LATE)
    assert again["linked_case_ids"] == [first["case_id"]]


@pytest.mark.rule("S-9")
async def test_cases_that_have_moved_on_are_neither_linked_nor_merged_as_they_were_seen(desk: Desk) -> None:
    late, defect = await opened(desk, LATE), await opened(desk, CONTACT)
    path = f"/cases/{defect['case_id']}"
    seen = (await desk.get(AGENT, path)).headers["ETag"]
    await desk.done(AGENT, f"{path}/links", {"case_id": late["case_id"], "kind": "same_order"})
    again = {"case_id": late["case_id"], "kind": "same_incident"}
    for decision, body in (("links", again), ("merge", {"into": late["case_id"]})):
        assert (await desk.post(AGENT, f"{path}/{decision}", body, if_match=seen)).status_code == 412
    assert (await shown(desk, AGENT, defect["case_id"]))["status"] == "OPEN"
    now = (await desk.get(AGENT, path)).headers["ETag"]
    assert (await desk.post(AGENT, f"{path}/merge", {"into": late["case_id"]}, if_match=now)).status_code == 200
