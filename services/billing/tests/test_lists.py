"""Lists of charges, ledger entries and refunds: a seller's own, staff's those of their markets, buyers' none."""

from typing import Any

import pytest
from billing_desk import AGENT, MEDIATOR, PLACED, REVERSED, SELLER, SUPERVISOR, TAKEN_OVER, a_proposal, decided

from chassis.testing.desk import Desk
from ombud_contracts.events.marketplace import RefundPaid, RefundRefused

LISTS = {"/charges": "charges", "/ledger/entries": "entries", "/refunds": "refunds"}
OTHER_LINE = {"seller_id": "sel_8", "order_id": "ord_8"}


async def rows(desk: Desk, who: str, path: str) -> list[dict[str, Any]]:
    answer = await desk.get(who, path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()[LISTS[path.partition("?")[0]]]
    return found


async def charged(desk: Desk, who: str, query: str = "") -> list[str]:
    return [f"{row['kind']} {row['status']}" for row in await rows(desk, who, f"/charges{query}")]


async def a_neighbour(desk: Desk) -> None:
    """Another seller in another market is charged as well."""
    desk.clock.advance(minutes=1)
    await desk.hears(
        PLACED.model_copy(update={**OTHER_LINE, "market": "pt"}),
        TAKEN_OVER.model_copy(update={**OTHER_LINE, "takeover_id": "tko_8", "case_id": "cas_8"}),
    )


async def a_refund(desk: Desk) -> str:
    desk.clock.advance(minutes=1)
    await desk.hears(decided(5_000))
    return str((await rows(desk, AGENT, "/refunds"))[0]["refund_id"])


async def test_staff_finds_charges_by_what_waits_for_somebody(billed: Desk) -> None:
    """What needs an approval, and what is contested, is found without reading all charges."""
    billed.clock.advance(minutes=1)
    id = await a_proposal(billed)
    assert await charged(billed, AGENT) == ["REPAIR PROPOSED", "HANDLING_FEE POSTED"]
    assert await charged(billed, SUPERVISOR, "?needs_approval=true") == ["REPAIR PROPOSED"]
    assert await charged(billed, SUPERVISOR, "?needs_approval=false") == ["HANDLING_FEE POSTED"]
    assert await charged(billed, SUPERVISOR, "?contested=true") == []
    fee = (await rows(billed, SELLER, "/charges?kind=HANDLING_FEE"))[0]
    assert (fee["needs_approval"], fee["market"], fee["case_id"]) == (False, "lv", "cas_1")
    await billed.done(SELLER, f"/charges/{fee['charge_id']}/contest", {"ground": "not_late"})
    (waiting,) = await rows(billed, SUPERVISOR, "/charges?contested=true")
    assert (waiting["charge_id"], waiting["ground"]) == (fee["charge_id"], "not_late")
    await billed.done(SUPERVISOR, f"/charges/{id}/approval")
    assert await charged(billed, SUPERVISOR, "?needs_approval=true") == []
    assert await charged(billed, MEDIATOR, "?status=POSTED&case_id=cas_1") == ["REPAIR POSTED"]
    assert await charged(billed, AGENT, "?case_id=cas_9") == []


async def test_a_seller_lists_its_own_and_staff_its_markets(billed: Desk) -> None:
    """INVARIANT: section 8; would break if a list were filtered by anything but who asks."""
    await a_neighbour(billed)
    for path in ("/charges", "/ledger/entries"):
        assert [r["case_id"] for r in await rows(billed, SELLER, path)] == ["cas_1"]
        assert [r["case_id"] for r in await rows(billed, "seller:sel_8", path)] == ["cas_8"]
        assert await rows(billed, "seller:buy_1", path) == []
        assert await rows(billed, SELLER, f"{path}?seller_id=sel_8") == []
        assert await rows(billed, SELLER, f"{path}?market=pt") == []
        assert [r["case_id"] for r in await rows(billed, AGENT, path)] == ["cas_8", "cas_1"]
        assert [r["case_id"] for r in await rows(billed, "agent:agt_1:pt", path)] == ["cas_8"]
        assert await rows(billed, "agent:agt_1:pt", f"{path}?seller_id=sel_2") == []
        assert [r["case_id"] for r in await rows(billed, AGENT, f"{path}?seller_id=sel_2")] == ["cas_1"]
        assert [r["case_id"] for r in await rows(billed, AGENT, f"{path}?market=pt")] == ["cas_8"]
        assert (await billed.get("agent:agt_1:pt", f"{path}?market=lv")).status_code == 404
        for nobody in ("buyer:buy_1", "system:sys"):
            assert (await billed.get(nobody, path)).status_code == 403


async def test_entries_are_listed_by_case_and_month_and_add_up(billed: Desk) -> None:
    await billed.hears(
        RefundPaid(refund_id=await a_refund(billed), amount_minor=5_000, currency="EUR", paid_at=billed.clock())
    )
    await billed.hears(REVERSED)
    entries = await rows(billed, AGENT, "/ledger/entries?case_id=cas_1&month=2026-09")
    assert len(entries) == 4
    for entry in entries:
        assert sum(p["amount_minor"] for p in entry["postings"]) == 0
    assert len([e for e in entries if e["reverses"]]) == 1
    assert await rows(billed, AGENT, "/ledger/entries?month=2026-10") == []
    statement = (await billed.get(SELLER, "/sellers/sel_2/statements/2026-09")).json()
    own = await rows(billed, SELLER, "/ledger/entries?month=2026-09")
    assert sum(p["amount_minor"] for e in own for p in e["postings"]) == statement["totals"][0]["ledger_minor"]


async def test_a_seller_sees_the_postings_on_its_own_account_alone(billed: Desk) -> None:
    (entry,) = await rows(billed, SELLER, "/ledger/entries")
    assert {p["account"] for p in entry["postings"]} == {"receivable:sel_2"}
    (whole,) = await rows(billed, AGENT, "/ledger/entries")
    assert {p["account"] for p in whole["postings"]} == {"receivable:sel_2", "revenue:handling_fee", "vat:lv"}


async def test_staff_finds_refused_refunds_and_no_party_lists_any(billed: Desk) -> None:
    id = await a_refund(billed)
    assert await rows(billed, AGENT, "/refunds?status=FAILED") == []
    await billed.hears(RefundRefused(refund_id=id, reason="card_expired"))
    (refused,) = await rows(billed, "administrator:adm_1", "/refunds?status=FAILED&case_id=cas_1")
    assert (refused["refund_id"], refused["reason"], refused["market"]) == (id, "card_expired", "lv")
    billed.clock.advance(minutes=1)
    again = await billed.done(AGENT, f"/refunds/{id}/retry", {"reason": "asked_again"})
    assert [r["refund_id"] for r in await rows(billed, AGENT, "/refunds")] == [again["refund_id"], id]
    assert await rows(billed, AGENT, "/refunds?status=FAILED") == []
    assert await rows(billed, "agent:agt_1:pt", "/refunds") == []
    assert (await billed.get("agent:agt_1:pt", "/refunds?market=lv")).status_code == 404
    for party in (SELLER, "buyer:buy_1"):
        assert (await billed.get(party, "/refunds")).status_code == 403


@pytest.mark.parametrize(("path", "named"), LISTS.items())
async def test_a_list_is_read_in_pages_that_belong_to_it_and_its_reader(billed: Desk, path: str, named: str) -> None:
    await a_neighbour(billed)
    id = await a_refund(billed)
    await billed.hears(RefundRefused(refund_id=id, reason="card_expired"))
    billed.clock.advance(minutes=1)
    await billed.done(AGENT, f"/refunds/{id}/retry", {"reason": "asked_again"})
    whole = await rows(billed, AGENT, path)
    first = (await billed.get(AGENT, f"{path}?limit=1")).json()
    cursor = first["next_cursor"]
    rest = (await billed.get(AGENT, f"{path}?limit=50&cursor={cursor}")).json()
    assert [*first[named], *rest[named]] == whole
    assert (len(whole) > 1, rest["next_cursor"]) == (True, None)
    for who, query in ((MEDIATOR, "?"), (AGENT, "?case_id=cas_1&")):
        assert (await billed.get(who, f"{path}{query}cursor={cursor}")).status_code == 400


async def test_an_entry_of_an_earlier_release_is_listed_after_a_start(billed: Desk) -> None:
    """INVARIANT: nothing that was booked leaves the lists because the service was upgraded; what it books stays."""
    await billed.hears(
        RefundPaid(refund_id=await a_refund(billed), amount_minor=5_000, currency="EUR", paid_at=billed.clock())
    )
    before = await rows(billed, AGENT, "/ledger/entries")
    await billed.mongo.change("ledger_entries", {}, [{"$unset": ["market", "case_id"]}])
    assert await rows(billed, SELLER, "/ledger/entries") == []
    await billed.parts.prepare()
    assert await rows(billed, AGENT, "/ledger/entries") == before
    await billed.mongo.change("ledger_entries", {"caused_by": before[0]["caused_by"]}, [{"$unset": ["market"]}])
    await billed.mongo.remove("refunds", {})
    await billed.mongo.remove("charges", {})
    await billed.parts.prepare()
    assert await rows(billed, AGENT, "/ledger/entries") == before[1:]


async def test_a_statement_of_one_market_is_read_by_its_staff_and_one_of_all_by_those_of_all(billed: Desk) -> None:
    """INVARIANT: section 8; would break if a balance told staff what its seller owes in a market of others."""
    elsewhere = {"order_id": "ord_8"}
    await billed.hears(
        PLACED.model_copy(update={**elsewhere, "market": "pt"}),
        TAKEN_OVER.model_copy(update={**elsewhere, "takeover_id": "tko_8", "case_id": "cas_8"}),
    )
    billed.clock.advance(days=31)
    await billed.hears(decided(0), TAKEN_OVER.model_copy(update={"takeover_id": "tko_9"}))
    path = "/sellers/sel_2/statements/2026-10"
    whole = (await billed.get(SELLER, path)).json()
    assert {line["market"] for line in whole["lines"]} == {"lv"}, "in Portugal it only owes what was charged before"
    assert [b["market"] for b in whole["balances"]] == ["lv", "pt"]
    assert (await billed.get("agent:agt_1:lv", path)).status_code == 404
    own = await billed.get("agent:agt_1:lv", f"{path}?market=lv")
    assert [b["market"] for b in own.json()["balances"]] == ["lv"]
    assert (await billed.get("agent:agt_1:lv", f"{path}?market=pt")).status_code == 404
    assert (await billed.get(SELLER, f"{path}?market=zz")).status_code == 404
