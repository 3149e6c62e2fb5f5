"""Bad input gets a clear problem+json, loses nothing, writes nothing, and is never echoed."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from evidence import SERVICES, Document
from matter import AGENT, BUYER, MEDIATOR, SELLER, SUPERVISOR, Actor, Matter
from pymongo import MongoClient

from chassis.testing import eventually

CANARY = "kanarienvogel-4711"
"""A word that no answer may repeat."""


def expect_problem(answer: httpx.Response, status: int, code: str = "") -> dict[str, Any]:
    """Return the problem after checking its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "traceId"} <= body.keys()
    assert body["status"] == status
    assert CANARY not in answer.text
    if code:
        assert body["type"] == f"urn:ombud:problem:{code}"
    return body


def snapshot(matter: Matter) -> dict[str, int]:
    """How many documents there are of what a command could write."""
    with MongoClient[Document](matter.stack.infrastructure.mongo) as client:
        databases = {s: client[f"{matter.stack.namespace}-{s}"] for s in SERVICES}
        names = ("cases", "takeovers", "messages", "drafts", "disputes", "evidence", "charges", "ledger_entries")
        return {f"{s}.{n}": d[n].count_documents({}) for s, d in databases.items() for n in names}


def draft(text: object) -> dict[str, object]:
    return {"text": text, "market": "lv"}


MALFORMED: dict[str, tuple[bytes, int]] = {
    "not JSON": (b'{"text": ' + CANARY.encode(), 422),
    "not an object": (f'"{CANARY}"'.encode(), 422),
    "an unknown field": (f'{{"text": "x", "market": "lv", "status": "{CANARY}"}}'.encode(), 422),
    "a missing field": (f'{{"text": "{CANARY}"}}'.encode(), 422),
    "an empty text": (b'{"text": "   ", "market": "lv"}', 422),
    "100 kB of text": (b'{"text": "' + CANARY.encode() * 6_000 + b'", "market": "lv"}', 422),
    "a lone surrogate": (b'{"text": "a\\ud800b", "market": "lv"}', 422),
    "a null byte": (b'{"text": "a\\u0000b", "market": "lv"}', 422),
    "an object where a text belongs": (f'{{"text": {{"$ne": "{CANARY}"}}, "market": "lv"}}'.encode(), 422),
    "a market with an operator": (b'{"text": "x", "market": {"$gt": ""}}', 422),
    "100,000 brackets": (b"[" * 100_000, 400),
    "a member named twice": (b'{"text": "x", "market": "lv", "text": "y"}', 400),
    "an unknown market": (b'{"text": "x", "market": "zz"}', 404),
    "30 MB": (b'{"text": "' + b"x" * 30_000_000 + b'"}', 413),
}


@pytest.mark.parametrize(("body", "status"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_body_that_is_not_right_is_refused(matter: Matter, body: bytes, status: int) -> None:
    before = snapshot(matter)
    headers = {"content-type": "application/json"}
    answer = await matter.ask(BUYER, "POST", "messaging", "/drafts", content=body, headers=headers)
    expect_problem(answer, status)
    assert snapshot(matter) == before


async def test_a_body_sent_in_pieces_has_the_same_limit(matter: Matter) -> None:
    async def pieces() -> Any:
        for _ in range(40):
            yield b"x" * 100_000

    headers = {"content-type": "application/json"}
    answer = await matter.ask(BUYER, "POST", "messaging", "/drafts", content=pieces(), headers=headers)
    expect_problem(answer, 413, "too_large")


AMOUNTS: dict[str, tuple[bytes, int]] = {
    "negative": (b"-1", 422),
    "fractional": (b"10.5", 422),
    "NaN": (b"NaN", 422),
    "Infinity": (b"Infinity", 422),
    "a boolean": (b"true", 422),
    "a text": (b'"700"', 422),
    "above what was paid": (b"99999999", 409),
    "beyond any money": (b"9" * 30, 422),
}


@pytest.mark.parametrize(("amount", "status"), AMOUNTS.values(), ids=AMOUNTS.keys())
async def test_an_amount_that_is_not_right_is_refused(matter: Matter, amount: bytes, status: int) -> None:
    case_id = await matter.new_case()
    content = b'{"reason": "LATE", "remedy": "PARTIAL_REFUND", "currency": "EUR", "amount_minor": ' + amount + b"}"
    headers = {"content-type": "application/json"}
    answer = await matter.ask(BUYER, "POST", "disputes", f"/cases/{case_id}/disputes", content=content, headers=headers)
    expect_problem(answer, status)
    listed = await matter.ask(BUYER, "GET", "disputes", f"/cases/{case_id}/disputes")
    assert listed.json()["disputes"] == []


async def test_a_currency_of_another_market_is_refused(matter: Matter) -> None:
    case_id = await matter.new_case()
    claim = {"reason": "LATE", "remedy": "PARTIAL_REFUND", "currency": "USD", "amount_minor": 100}
    answer = await matter.ask(BUYER, "POST", "disputes", f"/cases/{case_id}/disputes", claim)
    expect_problem(answer, 409, "currency_of_another_market")


async def test_an_unknown_case_and_an_order_of_another_party_are_not_found(matter: Matter) -> None:
    assert matter.bought is not None
    expect_problem(await matter.ask(BUYER, "GET", "ticketing", "/cases/cas_none"), 404, "not_found")
    opening = {"order_id": matter.bought.order_id, "line_id": "lin_1", "reason": "LATE", "draft_id": "drf_x"}
    foreign = await matter.ask(("buyer", "buy_other"), "POST", "ticketing", "/cases", opening)
    missing = await matter.ask(BUYER, "POST", "ticketing", "/cases", opening | {"order_id": "ord_none"})
    assert expect_problem(foreign, 404)["detail"] == expect_problem(missing, 404)["detail"]


async def test_a_draft_of_somebody_else_is_not_delivered(matter: Matter) -> None:
    """A stolen draft id opens a case without a first message: its text stays unread."""
    stolen = await matter.done(("buyer", "buy_other"), "messaging", "/drafts", draft(CANARY))
    bought = await matter.marketplace.sell("lv", BUYER[1], SELLER[1], "Phone")
    opening = {
        "order_id": bought.order_id,
        "line_id": "lin_1",
        "reason": "LATE",
        "draft_id": stolen["draft_id"],
    }
    case_id = (await matter.done(BUYER, "ticketing", "/cases", opening))["case_id"]
    await matter.known("messaging", f"/conversations/{case_id}")
    thread = await matter.ask(BUYER, "GET", "messaging", f"/conversations/{case_id}/messages")
    assert thread.json()["messages"] == []


async def test_a_key_is_required_replayed_and_bound_to_its_body(matter: Matter) -> None:
    """INVARIANT: I10; would break if the answer were not kept under the key."""
    missing = await matter.ask(BUYER, "POST", "messaging", "/drafts", draft("a"), headers={"Idempotency-Key": ""})
    expect_problem(missing, 400, "idempotency_key_missing")
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = await matter.ask(BUYER, "POST", "messaging", "/drafts", draft("a"), headers=headers)
    again = await matter.ask(BUYER, "POST", "messaging", "/drafts", draft("a"), headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = await matter.ask(BUYER, "POST", "messaging", "/drafts", draft(CANARY), headers=headers)
    expect_problem(other, 422, "idempotency_key_reused")
    somebody = await matter.ask(("buyer", "buy_other"), "POST", "messaging", "/drafts", draft("a"), headers=headers)
    assert somebody.json()["draft_id"] != first.json()["draft_id"], "a key belongs to the person who sent it"


async def test_one_of_many_at_once_takes_effect_and_the_others_hear_so(matter: Matter) -> None:
    case_id = matter.ids["case_id"]
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"text": "Paldies, gaidīšu."}
    path = f"/conversations/{case_id}/messages"
    answers = await asyncio.gather(
        *(matter.ask(BUYER, "POST", "messaging", path, body, headers=headers) for _ in range(8))
    )
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({a.json()["message_id"] for a in answers if a.status_code == 201}) == 1
    for refused in (a for a in answers if a.status_code == 409):
        expect_problem(refused, 409, "command_in_flight")


async def test_a_refusal_by_a_rule_is_replayed_too(matter: Matter) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    path = f"/charges/{matter.ids['charge_id']}/review"
    body = {"verdict": "uphold", "reason": "right"}
    first = await matter.ask(SUPERVISOR, "POST", "billing", path, body, headers=headers)
    again = await matter.ask(SUPERVISOR, "POST", "billing", path, body, headers=headers)
    expect_problem(first, 409, "charge_not_contested")
    assert again.content == first.content


async def test_a_closed_case_refuses_seller_dispute_and_charge_until_it_is_reopened(matter: Matter) -> None:
    case_id = matter.ids["case_id"]
    despite = {"despite": "return_goes_on"}  # the matter has one, and it does not end with the case
    await matter.done(AGENT, "ticketing", f"/cases/{case_id}/resolution", {"outcome": "refunded", **despite})
    await matter.done(AGENT, "ticketing", f"/cases/{case_id}/closure", despite)
    await _locked(matter, case_id)
    written = await matter.ask(SELLER, "POST", "messaging", f"/conversations/{case_id}/messages", {"text": CANARY})
    problem = expect_problem(written, 409, "party_may_not_write")
    assert (problem["reason"], problem["unlocked_by"]) == ("case_closed", "reopening")
    claim = {"reason": "PAYMENT", "remedy": "NONE", "currency": "EUR"}
    late = {"line": "late", "kind": "REPAIR", "receipt": "rcp_1", "amount_minor": 100, "currency": "EUR"}
    decision_id = matter.ids["decision_id"]

    async def refused(actor: Actor, service: str, path: str, body: object) -> bool:
        return (await matter.ask(actor, "POST", service, path, body)).status_code == 409

    await eventually("a dispute to be refused", lambda: refused(BUYER, "disputes", f"/cases/{case_id}/disputes", claim))
    await eventually(
        "a charge to be refused", lambda: refused(AGENT, "billing", f"/decisions/{decision_id}/charges", late)
    )


async def _locked(matter: Matter, case_id: str) -> None:
    async def locked() -> bool:
        view = await matter.ask(SELLER, "GET", "messaging", f"/conversations/{case_id}")
        return any(lock["reason"] == "case_closed" for lock in view.json()["locks"])

    await eventually("the conversation to be locked", locked)


async def test_a_second_dispute_an_expired_offer_and_a_refund_above_the_price_are_refused(matter: Matter) -> None:
    case_id = await matter.new_case()
    claim = {"reason": "LATE", "remedy": "FULL_REFUND", "currency": "EUR"}
    dispute = await matter.done(BUYER, "disputes", f"/cases/{case_id}/disputes", claim)
    second = await matter.ask(BUYER, "POST", "disputes", f"/cases/{case_id}/disputes", claim)
    assert expect_problem(second, 409, "dispute_already_live")["dispute_id"] == dispute["dispute_id"]
    path = f"/disputes/{dispute['dispute_id']}"
    high = {"remedy": "PARTIAL_REFUND", "amount_minor": 9_000_000, "currency": "EUR"}
    expect_problem(await matter.ask(SELLER, "POST", "disputes", f"{path}/offers", high), 409, "amount_above_paid")
    short = {"remedy": "PARTIAL_REFUND", "amount_minor": 500, "currency": "EUR", "expires_within_seconds": 1}
    offer = (await matter.done(SELLER, "disputes", f"{path}/offers", short))["offers"][0]
    acceptance = f"{path}/offers/{offer['offer_id']}/acceptance"

    async def expired() -> bool:
        view = (await matter.ask(BUYER, "GET", "disputes", path)).json()
        return bool(view["offers"][0]["status"] == "EXPIRED")

    await eventually("the offer to expire", expired)
    expect_problem(await matter.ask(BUYER, "POST", "disputes", acceptance), 409, "offer_expired")
    early = await matter.ask(BUYER, "POST", "disputes", f"{path}/escalation")
    expect_problem(early, 409, "escalation_not_open")
    decision = {**high, "clause": "S-5.2", "facts": ["claim"], "reasons": ["late"]}
    await matter.done(AGENT, "disputes", f"{path}/escalation")
    above = await matter.ask(MEDIATOR, "POST", "disputes", f"{path}/decision", decision)
    expect_problem(above, 409, "amount_above_paid")
    unknown = decision | {"amount_minor": 500, "clause": "S-99"}
    expect_problem(await matter.ask(MEDIATOR, "POST", "disputes", f"{path}/decision", unknown), 409, "unknown_clause")
    untrue = decision | {"amount_minor": 500, "facts": ["evd_of_somebody_else"]}
    expect_problem(await matter.ask(MEDIATOR, "POST", "disputes", f"{path}/decision", untrue), 409, "unknown_fact")


@pytest.mark.parametrize(
    "content", ["PHN2Zz48c2NyaXB0Lz48L3N2Zz4=", "TVqQAAMAAAAEAAAA//8AALgAAAA=", "not base64!", "UEsDBBQAAAAIAA=="]
)
async def test_a_file_that_is_no_evidence_is_refused(matter: Matter, content: str) -> None:
    """SVG with script, a Windows program, no base64, an archive: told by content."""
    case_id = await matter.new_case()
    claim = {"reason": "LATE", "remedy": "NONE", "currency": "EUR"}
    dispute = await matter.done(BUYER, "disputes", f"/cases/{case_id}/disputes", claim)
    before = snapshot(matter)
    file = {"kind": "photo", "content_base64": content}
    answer = await matter.ask(BUYER, "POST", "disputes", f"/disputes/{dispute['dispute_id']}/evidence", file)
    expect_problem(answer, 422)
    assert snapshot(matter)["disputes.evidence"] == before["disputes.evidence"]


async def test_evidence_is_served_as_a_download_that_no_browser_interprets(matter: Matter) -> None:
    answer = await matter.ask(SELLER, "GET", "disputes", f"/evidence/{matter.ids['evidence_id']}/content")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/nowhere", "/cases/%00", "/cases/a%20b", "/cases/{}$ne"])
async def test_an_address_that_is_not_served_is_a_problem_too(matter: Matter, path: str) -> None:
    answer = await matter.ask(BUYER, "GET", "ticketing", path)
    assert answer.status_code in (404, 422)
    expect_problem(answer, answer.status_code)
