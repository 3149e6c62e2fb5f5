"""What one person can do again and again (S8, S10): a line has one live case of a kind, and the rest has an end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from matter import AGENT, SOON, Actor, Json, Matter, a_matter

from chassis.limits import INSTEAD, LIMITS, Limited
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack


@pytest.fixture(scope="module")
async def matter(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Matter]:
    """A stack of its own, with the limits as they are."""
    folder = tmp_path_factory.mktemp("limits")
    with start_infrastructure(folder, lambda _line: None) as infrastructure, Stack(infrastructure, folder) as stack:
        stack.prepare()
        stack.start_all(**SOON)
        async with a_matter(stack) as filled:
            yield filled


STATEMENT = {"kind": "statement", "content_base64": "SXQgd2FzIHByb21pc2VkIGZvciBNb25kYXku"}
OFFER = {"remedy": "PARTIAL_REFUND", "amount_minor": 100, "currency": "EUR"}


async def bought_by(matter: Matter, buyer: Actor) -> Json:
    """What opens a case about a new order of theirs."""
    bought = await matter.marketplace.sell("lv", buyer[1], "sel_limits", "Phone")
    draft = await matter.done(buyer, "messaging", "/drafts", {"text": "Kur ir mans telefons?", "market": "lv"})
    return {
        "order_id": bought.order_id,
        "line_id": bought.line_id,
        "reason": "DEFECTIVE",
        "draft_id": draft["draft_id"],
    }


async def a_case_of(matter: Matter, buyer: Actor) -> str:
    case_id: str = (await matter.done(buyer, "ticketing", "/cases", await bought_by(matter, buyer)))["case_id"]
    await matter.known("disputes", f"/cases/{case_id}/disputes")
    await matter.known("messaging", f"/conversations/{case_id}")
    return case_id


async def heard_by_ticketing(matter: Matter, case_id: str) -> None:
    """Wait until the first message is on the timeline: one that is heard later reopens the case."""

    def shown(timeline: Json) -> bool:
        return any(entry["type"] == "messaging.message_delivered" for entry in timeline["entries"])

    await matter.shows(f"/cases/{case_id}/timeline", shown, "ticketing")


def refused_for_a_while(answer: httpx.Response, what: Limited) -> None:
    assert answer.status_code == 429, answer.text
    assert 1 <= int(answer.headers["retry-after"]) <= LIMITS[what][-1].within_seconds
    assert answer.headers["content-type"] == "application/problem+json"
    assert INSTEAD[what] in answer.json()["detail"]


async def test_many_who_open_a_case_about_one_line_at_once_get_one(matter: Matter) -> None:
    """INVARIANT: fees do not multiply with cases; would break if the live case were looked for outside the transaction."""
    buyer = ("buyer", "buy_many")
    opening = await bought_by(matter, buyer)
    first = await matter.done(buyer, "ticketing", "/cases", opening)  # when the order has arrived
    await heard_by_ticketing(matter, first["case_id"])
    await matter.done(AGENT, "ticketing", f"/cases/{first['case_id']}/resolution", {"outcome": "answered"})
    await matter.done(AGENT, "ticketing", f"/cases/{first['case_id']}/closure")
    reasons = ("DEFECTIVE", "NOT_AS_DESCRIBED", "WRONG_ITEM")  # one family
    asked = [
        matter.ask(("system", "sys_1"), "POST", "ticketing", "/cases", opening | {"reason": reasons[n % 3]})
        for n in range(30)
    ]
    answers = await asyncio.gather(*asked)
    codes = Counter(answer.status_code for answer in answers)
    assert codes[201] == 1, codes
    assert set(codes) <= {201, 409, 503}
    (case_id,) = {a.json()["case_id"] for a in answers if a.status_code in (201, 409)}
    refused = next(a.json() for a in answers if a.status_code == 409)
    assert refused["type"] == "urn:ombud:problem:case_already_live"
    assert "Write in its conversation" in refused["detail"]
    listed = (await matter.ask(buyer, "GET", "ticketing", "/cases")).json()["cases"]
    assert {c["case_id"] for c in listed if c["status"] != "CLOSED"} == {case_id}


async def test_drafts_have_an_end_and_others_go_on(matter: Matter) -> None:
    body = {"text": "Kur ir mans telefons?", "market": "lv"}
    times = LIMITS[Limited.DRAFTS][0].times
    for _ in range(times):
        assert (await matter.ask(("buyer", "buy_drafts"), "POST", "messaging", "/drafts", body)).status_code == 201
    refused_for_a_while(await matter.ask(("buyer", "buy_drafts"), "POST", "messaging", "/drafts", body), Limited.DRAFTS)
    for other in (("buyer", "buy_drafts_2"), ("seller", "buy_drafts"), AGENT):
        assert (await matter.ask(other, "POST", "messaging", "/drafts", body)).status_code == 201


async def test_proposals_have_an_end_for_each_person_and_case(matter: Matter) -> None:
    buyer = ("buyer", "buy_proposes")
    case_id = await a_case_of(matter, buyer)
    path, body = f"/cases/{case_id}/takeover-proposals", {"trigger": "T3", "facts": []}
    for _ in range(LIMITS[Limited.TAKEOVER_PROPOSALS][0].times):
        assert (await matter.ask(buyer, "POST", "ticketing", path, body)).status_code == 201
    refused_for_a_while(await matter.ask(buyer, "POST", "ticketing", path, body), Limited.TAKEOVER_PROPOSALS)
    for other in (("seller", "sel_limits"), AGENT):
        assert (await matter.ask(other, "POST", "ticketing", path, body)).status_code == 201


@pytest.mark.parametrize(
    ("what", "screen", "body"), [(Limited.OFFERS, "offers", OFFER), (Limited.EVIDENCE, "evidence", STATEMENT)]
)
async def test_offers_and_evidence_have_an_end_for_each_person_and_dispute(
    matter: Matter, what: Limited, screen: str, body: Json
) -> None:
    buyer = ("buyer", f"buy_{screen}")
    case_id = await a_case_of(matter, buyer)
    claim = {"reason": "DEFECTIVE", "remedy": "PARTIAL_REFUND", "amount_minor": 900, "currency": "EUR"}
    dispute = await matter.done(buyer, "disputes", f"/cases/{case_id}/disputes", claim)
    path = f"/disputes/{dispute['dispute_id']}/{screen}"
    for n in range(LIMITS[what][0].times):
        own = body | ({"amount_minor": 100 + n} if screen == "offers" else {})
        answer = await matter.ask(buyer, "POST", "disputes", path, own)
        assert answer.status_code == 201, answer.text
    refused_for_a_while(await matter.ask(buyer, "POST", "disputes", path, body), what)
    other = await matter.ask(("seller", "sel_limits"), "POST", "disputes", path, body)
    assert other.status_code == 201, other.text


async def test_cases_of_one_person_have_an_end(matter: Matter) -> None:
    buyer = ("buyer", "buy_cases")
    for _ in range(LIMITS[Limited.CASES][0].times):
        await matter.done(buyer, "ticketing", "/cases", await bought_by(matter, buyer))
    further = await bought_by(matter, ("buyer", "buy_cases"))

    refused = await matter.ask(buyer, "POST", "ticketing", "/cases", further)
    for _ in range(200):  # until the order has arrived
        if refused.status_code != 404:
            break
        refused = await matter.ask(buyer, "POST", "ticketing", "/cases", further)
    refused_for_a_while(refused, Limited.CASES)
    opened_by_staff = await matter.ask(AGENT, "POST", "ticketing", "/cases", further)
    assert opened_by_staff.status_code == 201, "a refused case was counted, or left something behind"
