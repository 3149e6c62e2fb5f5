"""A buyer asks a seller or the platform about a listing before buying: a case without an order (R-25)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, STRANGER, SUPERVISOR

from chassis.testing import NOON
from chassis.testing.desk import Desk, a_desk, received
from ombud_contracts.events import marketplace, ticketing
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.events.ticketing import TraceSegment
from ticketing.app import SERVICE

pytestmark = pytest.mark.rule("R-25")

OWNER, OTHER = "seller:sel_5", "seller:sel_2"
QUESTION = {"listing_id": "lst_7", "reason": "PRE_SALE", "draft_id": "drf_8"}
GUIDANCE = {**QUESTION, "reason": "GUIDANCE"}
LISTED = marketplace.ListingPublished(
    listing_id="lst_7",
    seller_id="sel_5",
    market="lv",
    title="Lamp",
    condition="new",
    category="lamps",
    published_at=NOON,
)
BREACHED = ClockBreached(
    clock_id="clk_1",
    case_id="",
    kind="reply",
    owner="seller",
    round=1,
    due_by=NOON,
    emitted_late=False,
    still_owed=True,
    on_silence="takeover_missed_deadline",
    policy_version="1",
    calendar_version="1",
    trace=(TraceSegment(from_at=NOON, to_at=NOON, counted=True, seconds=0, cause="open", calendar_version="1"),),
)


def published(sequence: int = 1, **changes: Any) -> Any:
    return received(LISTED.model_copy(update=changes), NOON, sequence=sequence, subject="lst_7")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, published())
        yield made


async def code_of(desk: Desk, who: str, body: dict[str, Any], path: str = "/cases") -> tuple[int, str]:
    answer = await desk.post(who, path, body)
    return answer.status_code, str(answer.json().get("type", "")).rpartition(":")[2]


async def told_of(
    desk: Desk,
    kind: type[ticketing.ListingCaseOpened | ticketing.ListingTakeoverActivated | ticketing.PlatformCaseOpened],
) -> Any:
    rows = await desk.mongo.find("outbox", {}, limit=100)
    (told,) = [row["value"] for row in rows if dict(row["headers"])["ce_type"].decode() == kind.type]
    return kind.read(told)


async def test_the_seller_of_the_listing_is_asked_and_nobody_else_hears_of_it(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", QUESTION)
    shown = {n: case[n] for n in ("matter", "listing_id", "order_id", "line_id", "phase", "counterpart", "answered_by")}
    assert shown == {
        "matter": "listing",
        "listing_id": "lst_7",
        "order_id": None,
        "line_id": None,
        "phase": "before",
        "counterpart": "seller",
        "answered_by": "seller",
    }
    told = await told_of(desk, ticketing.ListingCaseOpened)
    assert (told.buyer_id, told.seller_id, told.listing_id) == ("buy_1", "sel_5", "lst_7")
    assert "ticketing.case_opened" not in await desk.told()
    path = f"/cases/{case['case_id']}"
    seen = {who: (await desk.get(who, path)).status_code for who in (BUYER, OWNER, AGENT, OTHER, STRANGER)}
    assert seen == {BUYER: 200, OWNER: 200, AGENT: 200, OTHER: 404, STRANGER: 404}


async def test_guidance_about_a_listing_is_the_platforms_and_its_seller_sees_nothing(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", GUIDANCE)
    shown = {n: case[n] for n in ("matter", "listing_id", "order_id", "phase", "counterpart", "answered_by")}
    assert shown == {
        "matter": "listing",
        "listing_id": "lst_7",
        "order_id": None,
        "phase": "before",
        "counterpart": "platform",
        "answered_by": "platform",
    }
    told = await told_of(desk, ticketing.PlatformCaseOpened)
    assert (told.asker_id, told.listing_id, told.matter, told.phase) == ("buy_1", "lst_7", "listing", "before")
    assert "ticketing.listing_case_opened" not in await desk.told()
    path = f"/cases/{case['case_id']}"
    seen = {who: (await desk.get(who, path)).status_code for who in (BUYER, OWNER, AGENT, OTHER, STRANGER)}
    assert seen == {BUYER: 200, OWNER: 404, AGENT: 200, OTHER: 404, STRANGER: 404}
    context = (await desk.get(AGENT, f"{path}/context")).json()
    assert context["listing"]["title"] == "Lamp"


async def test_guidance_that_the_seller_gives_better_is_moved_to_the_seller(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", GUIDANCE)
    move = f"/cases/{case['case_id']}/move"
    await desk.done(AGENT, move, {"to": "seller", "reason": "wrong_door"})
    told = await told_of(desk, ticketing.ListingCaseOpened)
    assert (told.buyer_id, told.seller_id, told.listing_id) == ("buy_1", "sel_5", "lst_7")
    assert (await desk.get(OWNER, f"/cases/{case['case_id']}")).status_code == 200


async def test_a_seller_gets_guidance_about_a_listing_of_their_own_alone(desk: Desk) -> None:
    """INVARIANT: whose contact it is; would break if a seller's question became one of whoever offers the listing."""
    assert await code_of(desk, OTHER, GUIDANCE) == (404, "not_found")
    asked = await desk.done(OTHER, "/intakes", GUIDANCE)
    assert (asked["ready"], [o["code"] for o in asked["obstacles"]]) == (False, ["unknown_listing"])
    case = await desk.done(OWNER, "/cases", GUIDANCE)
    assert (await told_of(desk, ticketing.PlatformCaseOpened)).asker_id == "sel_5"
    path = f"/cases/{case['case_id']}"
    assert {who: (await desk.get(who, path)).status_code for who in (BUYER, OWNER)} == {BUYER: 404, OWNER: 200}


async def test_guidance_is_asked_about_an_order_or_nothing_as_before(desk: Desk) -> None:
    view = await desk.done(BUYER, "/intakes", {"market": "lv", "reason": "GUIDANCE", "draft_id": "drf_8"})
    assert (view["ready"], view["counterpart"], view["questions"]) == (True, "platform", [])
    about_listing = await desk.done(BUYER, "/intakes", GUIDANCE)
    assert (about_listing["ready"], about_listing["phase"], about_listing["listing"]["title"]) == (
        True,
        "before",
        "Lamp",
    )
    case = await desk.done(BUYER, "/cases", {"market": "lv", "reason": "GUIDANCE", "draft_id": "drf_8"})
    assert (case["matter"], case["listing_id"]) == ("none", None)
    await desk.done(BUYER, "/cases", {**CONTACT, "reason": "GUIDANCE", "draft_id": "drf_9"})


async def test_only_a_question_before_buying_is_asked_about_a_listing(desk: Desk) -> None:
    assert await code_of(desk, BUYER, {**QUESTION, "reason": "DEFECTIVE"}) == (409, "matter_missing")
    assert await code_of(desk, BUYER, {**QUESTION, "reason": "OTHER"}) == (409, "matter_missing")
    assert await code_of(desk, OWNER, QUESTION) == (409, "reason_not_askable")
    assert await code_of(desk, AGENT, QUESTION) == (409, "matter_missing")
    assert (await desk.post(BUYER, "/cases", {**QUESTION, **CONTACT, "reason": "PRE_SALE"})).status_code == 422
    named = await desk.post(BUYER, "/cases", {"market": "lv", "reason": "PRE_SALE", "draft_id": "drf_8"})
    assert "the listing or the order line" in named.json()["detail"]


async def test_a_listing_that_nobody_told_of_does_not_exist(desk: Desk) -> None:
    assert await code_of(desk, BUYER, {**QUESTION, "listing_id": "lst_9"}) == (404, "not_found")
    assert await code_of(desk, BUYER, {**QUESTION, "listing_id": "lst_9"}, "/intakes") == (404, "not_found")
    await desk.hears(published(2, market="xx"))
    assert await code_of(desk, BUYER, QUESTION) == (404, "not_found")


async def test_the_newest_word_about_a_listing_counts_however_late_the_older_comes(desk: Desk) -> None:
    await desk.hears(published(3, seller_id="sel_6"), published(2, seller_id="sel_4"))
    await desk.done(BUYER, "/cases", QUESTION)
    assert (await told_of(desk, ticketing.ListingCaseOpened)).seller_id == "sel_6"


async def test_each_buyer_has_one_live_question_about_a_listing(desk: Desk) -> None:
    """INVARIANT: one live case (casework, section 2); would break if one buyer's question kept others from asking."""
    first = await desk.done(BUYER, "/cases", QUESTION)
    refused = await desk.post(BUYER, "/cases", {**QUESTION, "draft_id": "drf_9"})
    assert (refused.status_code, refused.json()["case_id"]) == (409, first["case_id"])
    await desk.done(STRANGER, "/cases", QUESTION)
    for step in ("resolution", "closure"):
        await desk.done(
            AGENT, f"/cases/{first['case_id']}/{step}", {"outcome": "answered"} if step == "resolution" else {}
        )
    again = await desk.done(BUYER, "/cases", {**QUESTION, "draft_id": "drf_9"})
    assert again["linked_case_ids"] == [first["case_id"]]


async def test_a_question_to_the_seller_does_not_keep_a_buyer_from_guidance_and_neither_is_asked_twice(
    desk: Desk,
) -> None:
    for body in (QUESTION, GUIDANCE):
        asked = await desk.done(BUYER, "/cases", body)
        refused = await desk.post(BUYER, "/cases", {**body, "draft_id": "drf_9"})
        assert (refused.status_code, refused.json()["case_id"]) == (409, asked["case_id"])


async def test_intake_shows_the_listing_and_asks_for_it_instead_of_an_order(desk: Desk) -> None:
    asked = await desk.done(BUYER, "/intakes", {"market": "lv", "reason": "PRE_SALE", "draft_id": "drf_8"})
    assert [(q["about"], q["required"]) for q in asked["questions"]] == [("listing_id", True)]
    assert not asked["ready"]
    view = await desk.done(BUYER, "/intakes", QUESTION)
    assert (view["ready"], view["questions"], view["obstacles"]) == (True, [], [])
    assert (view["market"], view["phase"], view["listing"]["title"]) == ("lv", "before", "Lamp")
    begun = await desk.done(BUYER, "/intakes", {"listing_id": "lst_7"})
    assert begun["questions"][0]["options"] == ["product", "other"]
    await desk.done(BUYER, "/cases", QUESTION)
    (obstacle,) = (await desk.done(BUYER, "/intakes", QUESTION))["obstacles"]
    assert obstacle["code"] == "case_already_live"


async def test_the_desk_finds_a_question_by_its_listing_and_sees_what_is_offered(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", QUESTION)
    await desk.done(BUYER, "/cases", CONTACT)
    found = (await desk.get(AGENT, "/cases?listing_id=lst_7")).json()["cases"]
    assert [c["case_id"] for c in found] == [case["case_id"]]
    context = (await desk.get(AGENT, f"/cases/{case['case_id']}/context")).json()
    assert (context["order"], context["tracking"], context["listing"]["title"]) == (None, None, "Lamp")


async def test_a_question_that_is_moved_to_the_platform_goes_back_to_the_seller(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", QUESTION)
    move = f"/cases/{case['case_id']}/move"
    assert (await desk.done(AGENT, move, {"to": "platform", "reason": "wrong_door"}))["counterpart"] == "platform"
    assert (await desk.get(OWNER, f"/cases/{case['case_id']}")).status_code == 404
    assert (await desk.done(AGENT, move, {"to": "seller", "reason": "wrong_door"}))["counterpart"] == "seller"
    assert (await desk.get(OWNER, f"/cases/{case['case_id']}")).status_code == 200


@pytest.mark.rule("S-1")
async def test_an_unanswered_question_is_taken_over_and_costs_its_seller_nothing(desk: Desk) -> None:
    """INVARIANT: S-10; would break if the seller were told of a fee that nobody can charge without an order."""
    case_id = (await desk.done(BUYER, "/cases", QUESTION))["case_id"]
    breach = received(BREACHED.model_copy(update={"case_id": case_id}), NOON, subject="clk_1")
    of_case = breach.metadata.model_copy(update={"case_id": case_id})
    await desk.hears(breach.model_copy(update={"metadata": of_case}))
    taken = await told_of(desk, ticketing.ListingTakeoverActivated)
    assert (taken.case_id, taken.seller_id, taken.listing_id) == (case_id, "sel_5", "lst_7")
    assert (taken.decision.trigger, taken.decision.charges_announced) == ("T1", ())
    assert "ticketing.takeover_activated" not in await desk.told()
    await desk.done(SUPERVISOR, f"/takeovers/{taken.takeover_id}/reversal", {"reason": "answered_by_phone"})
    assert (await desk.get(BUYER, f"/cases/{case_id}")).json()["answered_by"] == "seller"
