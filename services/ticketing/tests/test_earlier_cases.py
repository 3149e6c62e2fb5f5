"""Cases that were opened by a release which had no lists of rows: they are seen, and not closed over what is live."""

from collections.abc import AsyncIterator

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, SELLER
from casework_desk import BREACHED, STARTED

from chassis.mongo import Mongo
from chassis.store import Document
from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts.events import billing, disputes
from ticketing.app import SERVICE

OPENED = disputes.DisputeOpened.model_construct(dispute_id="dsp_1", case_id="cas_1", reason="LATE", opened_by="buyer")
LAPSED = disputes.DisputeLapsed(dispute_id="dsp_1", case_id="cas_1", lapsed_at=NOON)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def as_before(mongo: Mongo, case_id: str) -> None:
    """Make the documents of a case what an earlier release would have written."""
    later = ["counterpart", "state.approach", "state.answered_at", "state.opened"]
    await mongo.change("cases", {"_id": case_id}, [{"$unset": later}])
    for collection in ("queue", "unfinished"):
        await mongo.remove(collection, {"_id": case_id})


async def earlier_case(desk: Desk) -> str:
    """Return a case of an earlier release that has a dispute, and whose deadline has passed."""
    case_id = str((await desk.done(BUYER, "/cases", CONTACT))["case_id"])
    own: Document = {"case_id": case_id}
    started, breached = STARTED.model_copy(update=own), BREACHED.model_copy(update=own)
    await desk.hears(told(started, "clk_1", 1, case_id=case_id), told(breached, "clk_1", 2, case_id=case_id))
    await desk.hears(told(OPENED.model_copy(update=own), "dsp_1", 1, case_id=case_id))
    await as_before(desk.mongo, case_id)
    return case_id


async def listed(desk: Desk, who: str, query: str = "") -> list[str]:
    return [case["case_id"] for case in (await desk.get(who, f"/cases{query}")).json()["cases"]]


@pytest.mark.rule("R-23")
async def test_everybody_lists_their_cases_of_an_earlier_release_after_a_start(desk: Desk) -> None:
    """INVARIANT: no case leaves the lists of its parties and the desk because the service was upgraded."""
    case_id = await earlier_case(desk)
    await desk.parts.prepare()
    for who in (BUYER, SELLER, AGENT):
        assert await listed(desk, who) == [case_id]
    assert await listed(desk, AGENT, "?breached=true&disputed=true&counterpart=seller") == [case_id]


@pytest.mark.rule("S-10")
async def test_a_case_of_an_earlier_release_is_not_closed_over_its_dispute(desk: Desk) -> None:
    case_id = await earlier_case(desk)
    await desk.parts.prepare()
    assert (await desk.post(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})).status_code == 409
    await desk.hears(told(LAPSED.model_copy(update={"case_id": case_id}), "dsp_1", 2, case_id=case_id))
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})


async def test_what_ended_before_the_start_is_not_live(desk: Desk) -> None:
    case_id = await earlier_case(desk)
    await desk.hears(told(LAPSED.model_copy(update={"case_id": case_id}), "dsp_1", 2, case_id=case_id))
    await as_before(desk.mongo, case_id)
    await desk.parts.prepare()
    assert await listed(desk, AGENT, "?disputed=false") == [case_id]


async def test_a_refund_of_an_earlier_release_is_watched(desk: Desk) -> None:
    case_id = await earlier_case(desk)
    paid = {"refund_id": "rfd_1", "case_id": case_id, "decision_id": "dec_1", "order_id": "ord_3", "line_id": "lin_4"}
    ordered = billing.RefundOrdered(**paid, buyer_id="buy_1", amount_minor=100, currency="EUR", ordered_at=NOON)
    await desk.hears(told(ordered, "rfd_1", 1, case_id=case_id))
    await desk.hears(told(LAPSED.model_copy(update={"case_id": case_id}), "dsp_1", 2, case_id=case_id))
    await as_before(desk.mongo, case_id)
    await desk.parts.prepare()
    assert (await desk.post(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})).status_code == 409


async def test_a_second_start_lists_nothing_again(desk: Desk) -> None:
    case_id = await earlier_case(desk)
    await desk.parts.prepare()
    await desk.mongo.remove("queue", {"_id": case_id})
    await desk.parts.prepare()
    assert await listed(desk, AGENT) == []
