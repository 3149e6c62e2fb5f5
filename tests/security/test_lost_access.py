"""What is said to somebody who may not know: nothing about what is hidden, nothing of another market, nothing that one was
told while one still might."""

import uuid
from typing import Any

import pytest
from matter import ADMINISTRATOR, AGENT, BUYER, SELLER, Matter

from ombud_contracts.vocabulary import Role
from ombud_local.story.world import month_in

STAFF = [role for role in Role if role not in (Role.BUYER, Role.SELLER)]


def without_trace(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "traceId": None}


async def events_of(matter: Matter, who: tuple[str, str]) -> set[str]:
    path = f"/cases/{matter.ids['case_id']}/timeline?limit=100"
    answer = await matter.ask(who, "GET", "ticketing", path)
    return {entry["event_id"] for entry in answer.json()["entries"]}


@pytest.mark.parametrize("who", [BUYER, SELLER])
async def test_a_proposal_does_not_tell_which_hidden_events_exist(matter: Matter, who: tuple[str, str]) -> None:
    """INVARIANT: would break if a fact were looked up without asking who names it."""
    hidden = await events_of(matter, AGENT) - await events_of(matter, who)
    assert hidden, "an internal note is among what staff alone see"
    path = f"/cases/{matter.ids['case_id']}/takeover-proposals"
    told = []
    for fact in (*sorted(hidden), "cnv_none:1"):
        answer = await matter.ask(who, "POST", "ticketing", path, {"trigger": "T3", "facts": [fact]})
        told.append((answer.status_code, without_trace(answer.json())))
    assert all(one == told[-1] for one in told)
    assert told[-1][0] == 409


@pytest.mark.parametrize("who", [ADMINISTRATOR, ("system", "sys_1")])
async def test_an_administrator_of_one_market_erases_nobody_of_another(matter: Matter, who: tuple[str, str]) -> None:
    """INVARIANT: would break if a role alone were asked for; the answer is that for a person whom nobody knows."""
    told = []
    for person in (BUYER[1], "buy_whom_nobody_knows"):
        body = {"person_id": person, "role": "buyer"}
        answer = await matter.ask(who, "POST", "messaging", "/erasures", body, markets=("pt",))
        told.append((answer.status_code, without_trace(answer.json())))
    assert told[0] == told[1]
    assert told[0][0] == 404
    case_id = matter.ids["case_id"]
    thread = await matter.ask(BUYER, "GET", "messaging", f"/conversations/{case_id}/messages")
    assert "Kur ir mans telefons?" in thread.text


async def test_an_administrator_of_another_market_does_not_see_an_erasure(matter: Matter) -> None:
    path = f"/erasures/{matter.ids['erasure_id']}"
    assert (await matter.ask(ADMINISTRATOR, "GET", "messaging", path)).status_code == 200
    assert (await matter.ask(ADMINISTRATOR, "GET", "messaging", path, markets=("pt",))).status_code == 404


async def test_an_administrator_of_the_persons_markets_erases_them(matter: Matter) -> None:
    bought = await matter.marketplace.sell("lv", "buy_leaves", "sel_other", "Phone")
    draft = await matter.done(("buyer", "buy_leaves"), "messaging", "/drafts", {"text": "Labdien!", "market": "lv"})
    opening = {"order_id": bought.order_id, "line_id": bought.line_id, "reason": "LATE", "draft_id": draft["draft_id"]}
    case = await matter.done(("buyer", "buy_leaves"), "ticketing", "/cases", opening)
    await matter.known("messaging", f"/conversations/{case['case_id']}")
    body = {"person_id": "buy_leaves", "role": "buyer"}
    answer = await matter.ask(ADMINISTRATOR, "POST", "messaging", "/erasures", body, markets=("lv",))
    assert answer.status_code == 201, answer.text
    path = f"/erasures/{answer.json()['erasure_id']}"
    assert (await matter.ask(ADMINISTRATOR, "GET", "messaging", path, markets=("lv", "pt"))).status_code == 200


async def test_a_stored_answer_is_not_read_by_an_agent_who_lost_the_market(matter: Matter) -> None:
    """INVARIANT: S2; would break if the answer of a key were looked up before, or instead of, asking who may."""
    case_id, key = matter.ids["case_id"], uuid.uuid4().hex
    path, headers = f"/conversations/{case_id}/messages", {"Idempotency-Key": key}
    body = {"text": "Iekšēja piezīme par atbildi.", "audience": "internal"}
    told = await matter.ask(AGENT, "POST", "messaging", path, body, markets=("lv",), headers=headers)
    assert told.status_code == 201, told.text
    again = await matter.ask(AGENT, "POST", "messaging", path, body, markets=("lv",), headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    for lost in (("pt",), ("ee", "pt")):
        answer = await matter.ask(AGENT, "POST", "messaging", path, body, markets=lost, headers=headers)
        assert answer.status_code == 404
        assert told.json()["message_id"] not in answer.text
    no_agent = await matter.ask(("administrator", AGENT[1]), "POST", "messaging", path, body, headers=headers)
    assert no_agent.status_code == 403


async def test_a_stored_answer_is_that_of_one_person_in_one_role(matter: Matter) -> None:
    """Ids of buyers and sellers are counted apart, so that the same one may be two people."""
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"text": "Kur ir mana pasūtītā prece?", "market": "lv"}
    first, second = [
        await matter.ask((role, "one_id"), "POST", "messaging", "/drafts", body, headers=headers)
        for role in ("buyer", "seller")
    ]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["draft_id"] != second.json()["draft_id"]


async def test_a_statement_tells_staff_of_another_market_nothing_about_a_seller(matter: Matter) -> None:
    month = month_in("lv")
    told = []
    for seller in (SELLER[1], "sel_whom_nobody_knows"):
        path = f"/sellers/{seller}/statements/{month}"
        answer = await matter.ask(AGENT, "GET", "billing", path, markets=("pt",))
        told.append((answer.status_code, without_trace(answer.json())))
    assert told[0] == told[1]
    assert told[0][0] == 404


async def test_when_a_seller_looks_is_told_to_staff_of_the_sellers_markets_alone(matter: Matter) -> None:
    await matter.ask(SELLER, "GET", "messaging", "/discussions")
    path = f"/discussions?seller_id={SELLER[1]}"
    for markets, told in ((("lv",), True), (("pt",), False)):
        answer = await matter.ask(AGENT, "GET", "messaging", path, markets=markets)
        assert bool(answer.json()["last_checked_at"]) is told


@pytest.mark.parametrize("role", STAFF)
async def test_a_role_has_no_list_of_cases_of_other_markets(matter: Matter, role: Role) -> None:
    answer = await matter.ask((role.value, "stf_1"), "GET", "ticketing", "/cases", markets=("pt",))
    assert answer.status_code == 200
    assert matter.ids["case_id"] not in answer.text
