"""A contact that comes back to its seller is taken over again where a recall, a notice or a register still asks for it."""

from collections.abc import AsyncIterator

import pytest
from bought_phone import AGENT, BOUGHT, DELIVERED, SUPERVISOR
from complaints import Complaint, complained
from reported_case import ANSWER, shows
from sold_models import (
    MODEL,
    NOTICE,
    RECALL,
    cases,
    judged,
    listed,
    looked_through,
    sold,
    takeovers_of,
    verdict_of,
    verdict_reversed,
)

from chassis.testing import NOON
from chassis.testing.desk import Desk, Json, a_desk, received
from ombud_contracts import Event
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.products import BrandNoticeReceived, ProductRecalled
from ombud_contracts.events.ticketing import TakeoverHandedBack, TakeoverReversed
from ticketing.app import SERVICE

RECALLED = RECALL.metadata.id


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made


async def heard(desk: Desk, event: type[Event]) -> None:
    """Bring what ticketing told last of this type back to it, as Kafka does."""
    await desk.hears(event.model_validate((await desk.events_of(event.type))[-1]))


async def recalled(desk: Desk) -> None:
    await desk.hears(RECALL)
    await looked_through(desk)


async def reported_to_be_unsafe(desk: Desk) -> str:
    """The first buyer reports it, and the platform has the contact by that."""
    await sold(desk, 1)
    contact = {"order_id": "ord_001", "line_id": "lin_4", "reason": "UNSAFE", "draft_id": "drf_7"}
    case_id = str((await desk.done("buyer:buy_1", "/cases", contact))["case_id"])
    await shows(desk, case_id, "report", "buyer", 2)
    return case_id


async def reversed_by_supervisor(desk: Desk, takeover: Json) -> None:
    await desk.done(SUPERVISOR, f"/takeovers/{takeover['takeover_id']}/reversal", {"reason": "mistaken"})
    await heard(desk, TakeoverReversed)


async def answered_by(desk: Desk, case_id: str) -> object:
    return (await desk.get(AGENT, f"/cases/{case_id}")).json()["answered_by"]


async def an_impasse(desk: Desk) -> Complaint:
    """A complaint about a phone that the platform took over because both sides were silent."""
    await desk.hears(BOUGHT, DELIVERED)
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.breached("impasse", "takeover_impasse")
    return complaint


@pytest.mark.rule("R-37")
async def test_a_recall_keeps_the_contact_when_the_takeover_that_it_met_is_reversed(desk: Desk) -> None:
    """INVARIANT: R-37; would break if a recall did nothing where another takeover was first."""
    case_id = await reported_to_be_unsafe(desk)
    await recalled(desk)
    (by_report,) = await takeovers_of(desk, case_id)
    assert RECALLED not in by_report["facts"]
    await reversed_by_supervisor(desk, by_report)
    first, second = await takeovers_of(desk, case_id)
    assert (first["status"], second["trigger"], second["status"]) == ("REVERSED", "T6", "ACTIVE")
    assert RECALLED in second["facts"]
    assert not [fact for fact in second["facts"] if fact.startswith("dsp_")], "what was reported was judged before"
    assert second["charges_announced"] == []
    assert await answered_by(desk, case_id) == "platform"


@pytest.mark.rule("S-3")
async def test_what_a_takeover_rested_on_takes_nothing_over_again_after_its_reversal(desk: Desk) -> None:
    """INVARIANT: S-3; would break if a supervisor's decision were undone by what it was about."""
    await sold(desk, 1)
    await recalled(desk)
    case_id = (await cases(desk))["ord_001"]["case_id"]
    (takeover,) = await takeovers_of(desk, case_id)
    await reversed_by_supervisor(desk, takeover)
    await heard(desk, TakeoverReversed)
    await recalled(desk)
    assert [found["status"] for found in await takeovers_of(desk, case_id)] == ["REVERSED"]
    assert await answered_by(desk, case_id) == "seller"


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("ended", ["reversed", "handed back"])
async def test_a_recall_keeps_the_contact_when_a_takeover_for_another_reason_ends(desk: Desk, ended: str) -> None:
    complaint = await an_impasse(desk)
    recall = ProductRecalled(model="lst_1", recall_id="SR-1", markets=("lv",), hazard="fire", recalled_at=NOON)
    await desk.hears(received(recall, NOON, subject="lst_1"))
    await looked_through(desk)
    if ended == "reversed":
        await complaint.clock(clocks.BreachWithdrawn, "impasse", cause="earlier_fact", withdrawn_at=NOON)
        await heard(desk, TakeoverReversed)
    else:
        (takeover,) = await complaint.takeovers()
        await desk.done(AGENT, f"/takeovers/{takeover['takeover_id']}/hand-back", {"reason": "agreed"})
        await heard(desk, TakeoverHandedBack)
    status = "REVERSED" if ended == "reversed" else "HANDED_BACK"
    assert await complaint.statuses() == [("T2", status), ("T6", "ACTIVE")]
    assert await answered_by(desk, complaint.case_id) == "platform"


@pytest.mark.rule("R-37")
async def test_a_device_that_its_register_blocks_stays_with_the_platform(desk: Desk) -> None:
    complaint = await an_impasse(desk)
    await desk.hears(received(ANSWER, NOON, subject="ord_3", sequence=4))
    assert await complaint.statuses() == [("T2", "ACTIVE")]
    await complaint.clock(clocks.BreachWithdrawn, "impasse", cause="earlier_fact", withdrawn_at=NOON)
    await heard(desk, TakeoverReversed)
    assert await complaint.statuses() == [("T2", "REVERSED"), ("T4", "ACTIVE")]
    assert (await complaint.takeovers())[1]["unlock"]["outcome"] is None


@pytest.mark.rule("R-37")
async def test_a_brand_notice_asks_again_after_a_takeover_that_a_person_declined(desk: Desk) -> None:
    for number in (1, 2):
        await sold(desk, number)
    await judged(desk, "T5", "COUNTERFEIT")
    await looked_through(desk)
    case_id = (await cases(desk))["ord_002"]["case_id"]
    (proposed,) = await takeovers_of(desk, case_id)
    await desk.done(SUPERVISOR, f"/takeovers/{proposed['takeover_id']}/refusal", {"reason": "genuine"})
    await desk.hears(NOTICE)
    await looked_through(desk)
    found = [(takeover["trigger"], takeover["status"]) for takeover in await takeovers_of(desk, case_id)]
    assert found == [("T5", "DECLINED"), ("T5", "ACTIVE")]


@pytest.mark.rule("S-3")
async def test_a_verdict_that_is_reversed_leaves_the_contact_where_a_recall_holds(desk: Desk) -> None:
    """INVARIANT: S-3 and R-37; would break if a search that is undone undid what another search asks for."""
    for number in (1, 2):
        await sold(desk, number)
    first = await judged(desk, "T6", "UNSAFE")
    await looked_through(desk)
    await recalled(desk)
    await verdict_reversed(desk, first)
    await heard(desk, TakeoverReversed)
    case_id = (await cases(desk))["ord_002"]["case_id"]
    assert [takeover["status"] for takeover in await takeovers_of(desk, case_id)] == ["REVERSED", "ACTIVE"]
    assert await answered_by(desk, case_id) == "platform"


@pytest.mark.rule("R-37")
async def test_a_search_for_another_seller_takes_nothing_over_again(desk: Desk) -> None:
    case_id = await reported_to_be_unsafe(desk)
    await sold(desk, 2)
    assert isinstance(NOTICE.event, BrandNoticeReceived)
    other = NOTICE.event.model_copy(update={"seller_id": "sel_8", "notice_id": "BN-8"})
    await desk.hears(received(other, NOON, sequence=6, subject=MODEL))
    await looked_through(desk)
    (by_report,) = await takeovers_of(desk, case_id)
    await reversed_by_supervisor(desk, by_report)
    assert [takeover["status"] for takeover in await takeovers_of(desk, case_id)] == ["REVERSED"]


async def stop_of(desk: Desk, case_id: str) -> tuple[str, bool]:
    """Return what became of the request to stop a case's listing, and whether it was withdrawn."""
    stop = (await desk.get("seller:sel_2", f"/cases/{case_id}/context")).json()["listing_stop"]
    return stop["status"], stop["withdrawn_at"] is not None


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(("trigger", "reason"), [("T5", "COUNTERFEIT"), ("T6", "UNSAFE")])
async def test_a_verdict_that_is_reversed_withdraws_the_stop_of_its_listings(
    desk: Desk, trigger: str, reason: str
) -> None:
    """INVARIANT: S-3; would break if a seller's listing stayed stopped for what nobody says any more."""
    for number in (1, 2):
        await sold(desk, number)
    await listed(desk, "lst_new")
    first = await judged(desk, trigger, reason)
    await looked_through(desk)
    assert await stop_of(desk, first) == ("REQUESTED", False)
    await verdict_reversed(desk, first)
    withdrawn = await desk.events_of("ticketing.listing_stop_withdrawn")
    assert [(stop["listing_id"], stop["trigger"]) for stop in withdrawn] == [
        ("lst_sel_2", trigger),
        ("lst_new", trigger),
    ]
    assert await stop_of(desk, first) == ("REQUESTED", True)
    await desk.hears(RECALL)
    await looked_through(desk)
    assert await stop_of(desk, first) == ("REQUESTED", False)


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("other", ["verdict", "recall", "recall of another market"])
async def test_a_stop_that_something_else_asks_for_stays(desk: Desk, other: str) -> None:
    """INVARIANT: would break if the first verdict that falls set free what a second one, or a recall, still forbids."""
    for number in (1, 2):
        await sold(desk, number)
    first = await judged(desk, "T5", "COUNTERFEIT")
    await looked_through(desk)
    if other == "verdict":
        second = (await cases(desk))["ord_002"]["case_id"]
        await desk.hears(verdict_of(second, "T5", "tko_2", "ord_002"))
    else:
        markets = ("pt",) if other == "recall of another market" else ("lv",)
        recall = ProductRecalled(model=MODEL, recall_id="SR-3", markets=markets, hazard="fire", recalled_at=NOON)
        await desk.hears(received(recall, NOON, sequence=7, subject=MODEL))
    await looked_through(desk)
    await verdict_reversed(desk, first)
    assert await stop_of(desk, first) == ("REQUESTED", other == "recall of another market")
    if other == "verdict":
        await verdict_reversed(desk, second, "tko_2")
        assert await stop_of(desk, first) == ("REQUESTED", True)
