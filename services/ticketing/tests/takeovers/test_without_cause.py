"""Nobody loses a contact, or is charged for it, by a cause that does not hold, counts no longer, or was told before."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, DELIVERED, SELLER, SUPERVISOR
from complaints import complained
from reported_case import ANSWER, reported, shows, takeover_of
from sold_models import MODEL, NOTICE, RECALL, cases, judged, looked_through, sold, takeovers_of, verdict_reversed

from chassis.aggregate import Cause, Session
from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk, received
from ombud_contracts import Event, Received
from ombud_contracts.events import disputes
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.takeovers import TakeoverJudged
from ombud_contracts.market import load_markets
from ombud_words import CaseId, EventId, Role, TakeoverId, Trigger
from ticketing.app import SERVICE
from ticketing.cases.store import CASES
from ticketing.takeovers.contact_at_once import propose_like
from ticketing.takeovers.domain.commands import ProposeTakeover
from ticketing.takeovers.domain.grounds import Fact, Grounds
from ticketing.takeovers.proposals import activate_undecided
from ticketing.takeovers.store import TAKEOVERS
from ticketing.takeovers.unconcerned import VERDICT_REVERSED

MEDIATOR = "mediator:med_1:lv"
LV = load_markets()["lv"]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        yield made


def said(event: type[Event], **members: Any) -> Any:
    """Return an event of which only these members matter."""
    return event.model_construct(**members)


async def bought(desk: Desk) -> None:
    await desk.hears(BOUGHT, DELIVERED)


async def resolved(desk: Desk, case_id: str) -> None:
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})


async def test_a_proposal_that_a_report_decides_costs_what_it_showed(desk: Desk) -> None:
    """INVARIANT: what was shown is what is charged (casework, 3); would break if the tariff of the report's day held."""
    await bought(desk)
    contact = {"order_id": "ord_3", "line_id": "lin_4", "reason": "COUNTERFEIT", "draft_id": "drf_7"}
    case_id = (await desk.done(BUYER, "/cases", contact))["case_id"]
    tariff = LV.tariff.model_copy(update={"handling_fee_minor": 1000, "version": "before"})
    cheaper = LV.model_copy(update={"tariff": tariff})
    session = Session(desk.mongo, desk.clock)
    unit = session.unit(Cause("verdict", "test"))
    case = await unit.read(CASES, CaseId(case_id))
    assert case is not None
    await propose_like(case, Trigger.COUNTERFEIT, Fact(EventId("tko_9:2"), ()), cheaper, unit)
    await session.commit()
    await shows(desk, case_id, "report", "buyer", 2)
    takeover = await takeover_of(desk, case_id)
    assert (takeover["status"], [cost["net_minor"] for cost in takeover["costs"]]) == ("ACTIVE", [1000])


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("told_later", ["withdrawn", "met_late"])
async def test_an_impasse_that_was_none_takes_the_contact_back(desk: Desk, told_later: str) -> None:
    """INVARIANT: S-3; would break if only what rests on a reply's clock were undone."""
    await bought(desk)
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.breached("impasse", "takeover_impasse")
    assert await complaint.statuses() == [("T2", "ACTIVE")]
    if told_later == "withdrawn":
        await complaint.clock(clocks.BreachWithdrawn, "impasse", cause="earlier_fact", withdrawn_at=NOON)
    else:
        late = {"verdict": "MET_LATE", "satisfied_at": NOON, "due_by": NOON}
        await complaint.clock(clocks.ClockSatisfied, "impasse", **late)
    assert await complaint.statuses() == [("T2", "REVERSED")]
    assert (await desk.get(SELLER, f"/cases/{complaint.case_id}")).json()["answered_by"] == "seller"


@pytest.mark.rule("S-3")
async def test_what_was_only_recommended_does_not_rest_on_another_clock_of_the_dispute(desk: Desk) -> None:
    await bought(desk)
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.tell(disputes.EscalationOpened, cause="deadline")
    await complaint.breached("negotiation", "negotiation_ends")
    await complaint.clock(clocks.BreachWithdrawn, "negotiation", cause="earlier_fact", withdrawn_at=NOON)
    assert await complaint.statuses() == [("T2", "PROPOSED")]


@pytest.mark.rule("S-9")
async def test_an_impasse_that_is_heard_after_the_dispute_ended_takes_nothing_over(desk: Desk) -> None:
    """INVARIANT: S-9; would break if a late breach were followed without asking whether its dispute is live."""
    await bought(desk)
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.tell(disputes.DisputeWithdrawn)
    await complaint.breached("impasse", "takeover_impasse")
    await complaint.tell(disputes.EscalationOpened, cause="deadline")
    assert await complaint.takeovers() == []


async def test_what_the_seller_shows_is_no_report_of_the_buyer(desk: Desk) -> None:
    """INVARIANT: would break if a seller lost the contact by the very video that shows the device unlocked."""
    await bought(desk)
    case_id = await reported(desk, proof="statement")
    await shows(desk, case_id, "video", "seller", 3)
    assert (await desk.get(AGENT, f"/cases/{case_id}/takeovers")).json() == []
    await shows(desk, case_id, "photo", "agent", 4)
    assert (await takeover_of(desk, case_id))["status"] == "ACTIVE"


@pytest.mark.parametrize("reason", ["LOCKED_DEVICE", "DEFECTIVE"])
async def test_a_claim_that_was_withdrawn_is_no_report(desk: Desk, reason: str) -> None:
    await bought(desk)
    case_id = await reported(desk, reason, claimed="LOCKED_DEVICE", proof="statement")
    ended = said(disputes.DisputeWithdrawn, dispute_id="dsp_1", case_id=case_id)
    await desk.hears(told(ended, "dsp_1", 3, case_id=CaseId(case_id)))
    other = said(
        disputes.EvidenceSubmitted, dispute_id="dsp_2", case_id=case_id, kind="photo", audience="thread", by="buyer"
    )
    await desk.hears(told(other, "dsp_2", 2, case_id=CaseId(case_id)))
    assert (await desk.get(AGENT, f"/cases/{case_id}/takeovers")).json() == []


async def test_an_answer_about_a_device_that_a_newer_one_overtook_takes_nothing_over(desk: Desk) -> None:
    """INVARIANT: would break if a late answer counted against a device that its register has set free."""
    await bought(desk)
    free = ANSWER.model_copy(update={"blocked": False})
    await desk.hears(received(free, NOON, subject="ord_3", sequence=5))
    await desk.hears(received(ANSWER, NOON, subject="ord_3", sequence=4))
    assert (await desk.get(BUYER, "/cases")).json()["cases"] == []


async def test_a_register_that_says_the_same_again_does_not_wake_a_case(desk: Desk) -> None:
    await bought(desk)
    await desk.hears(received(ANSWER, NOON, subject="ord_3", sequence=4))
    (case,) = (await desk.get(BUYER, "/cases")).json()["cases"]
    await resolved(desk, case["case_id"])
    await desk.hears(received(ANSWER, NOON, subject="ord_3", sequence=5))
    assert (await desk.get(BUYER, f"/cases/{case['case_id']}")).json()["status"] == "RESOLVED"


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("news", [RECALL, NOTICE])
async def test_news_of_a_model_that_is_told_again_by_another_event_concerns_nobody_twice(
    desk: Desk, news: Received
) -> None:
    """INVARIANT: one case per buyer and line; would break if an event's id stood for the recall's or the notice's number."""
    await sold(desk, 1)
    assert news.event is not None
    await desk.hears(news)
    await looked_through(desk)
    case_id = (await cases(desk))["ord_001"]["case_id"]
    await resolved(desk, case_id)
    pages = len(await desk.events_of("ticketing.search_advanced"))
    await desk.hears(received(news.event, NOON, sequence=7, subject=MODEL))
    assert len(await desk.events_of("ticketing.search_advanced")) == pages
    assert (await cases(desk))["ord_001"]["status"] == "RESOLVED"


@pytest.mark.rule("R-37")
async def test_an_order_that_is_told_again_after_a_recall_does_not_wake_the_case(desk: Desk) -> None:
    await sold(desk, 1)
    await desk.hears(RECALL)
    await looked_through(desk)
    await resolved(desk, (await cases(desk))["ord_001"]["case_id"])
    await sold(desk, 1)
    assert (await cases(desk))["ord_001"]["status"] == "RESOLVED"


@pytest.mark.rule("S-3")
async def test_a_verdict_that_is_reversed_gives_back_what_a_search_took_over_by_it(desk: Desk) -> None:
    """INVARIANT: S-3; would break if a hazard that nobody confirms any more cost further sellers their contacts."""
    for number in range(1, 45):
        await sold(desk, number, "sel_2" if number % 2 else "sel_8")
    first = await judged(desk, "T6", "UNSAFE")
    assert (await looked_through(desk))[-1]["concerned"] == 43
    await verdict_reversed(desk, first)
    assert (await desk.events_of("ticketing.search_advanced"))[-1]["concerned"] == 43
    found = await cases(desk)
    assert {case["answered_by"] for case in found.values()} == {"seller"}
    (takeover,) = await takeovers_of(desk, found["ord_003"]["case_id"])
    assert (takeover["status"], takeover["ended_because"]) == ("REVERSED", VERDICT_REVERSED)
    await sold(desk, 90)
    assert "ord_090" not in await cases(desk)


@pytest.mark.rule("S-3")
async def test_a_verdict_that_is_reversed_leaves_what_rests_on_more_and_declines_what_was_proposed(desk: Desk) -> None:
    for number in (1, 2, 3):
        await sold(desk, number)
    first = await judged(desk, "T5", "COUNTERFEIT")
    await looked_through(desk)
    found = await cases(desk)
    await shows(desk, found["ord_003"]["case_id"], "report", "buyer", 3)
    await verdict_reversed(desk, first)
    statuses = [(await takeovers_of(desk, found[order]["case_id"]))[0]["status"] for order in ("ord_002", "ord_003")]
    assert statuses == ["DECLINED", "ACTIVE"]


async def test_the_listing_of_the_piece_of_a_verdict_is_asked_to_be_stopped(desk: Desk) -> None:
    """A listing of which nobody told the model is not among those of a model, and stops all the same."""
    await sold(desk, 1, model="")
    await judged(desk, "T5", "COUNTERFEIT")
    await looked_through(desk)
    assert [stop["listing_id"] for stop in await desk.events_of("ticketing.listing_stop_requested")] == ["lst_sel_2"]


@pytest.mark.rule("S-1")
async def test_silence_about_a_proposal_gives_no_verdict(desk: Desk) -> None:
    """INVARIANT: S-1; would break if a locked device cost its seller something though no person judged it."""
    await bought(desk)
    await desk.hears(received(ANSWER.model_copy(update={"blocked": False}), NOON, subject="ord_3", sequence=3))
    contact = {"order_id": "ord_3", "line_id": "lin_4", "reason": "DEFECTIVE", "draft_id": "drf_7"}
    case_id = CaseId((await desk.done(BUYER, "/cases", contact))["case_id"])
    rule = LV.takeovers[Trigger.LOCKED_DEVICE]
    facts = (Fact(EventId("dsp_1:1"), ("claim", "photo")), Fact(EventId("dsp_1:2"), ("confirmed_video",)))
    grounds = Grounds(
        trigger=Trigger.LOCKED_DEVICE,
        clause=rule.clause,
        clause_version="1",
        scope=rule.scope,
        required=rule.required_facts,
        facts=facts,
    )
    proposed = ProposeTakeover(
        takeover_id=TakeoverId("tko_5"), case_id=case_id, market="lv", grounds=grounds, proposed_by=Role.BUYER, at=NOON
    )
    breach = said(clocks.ClockBreached, subject="tko_5", case_id=case_id)
    session = Session(desk.mongo, desk.clock)
    unit = session.unit(Cause("clk_1:2", "test"))
    await unit.execute(TAKEOVERS, TakeoverId("tko_5"), proposed)
    await activate_undecided(breach, EventId("clk_1:2"), {"lv": LV}, unit)
    await session.commit()
    takeover = await takeover_of(desk, case_id)
    assert (takeover["status"], takeover["charges_announced"]) == ("ACTIVE", [])
    assert takeover["unlock"]["outcome"] is None
    verdict = {"confirmed": True, "reason": "seen"}
    answer = {"unlocked": False}
    await desk.done(BUYER, f"/takeovers/{takeover['takeover_id']}/unlock-answer", answer)
    assert (await desk.done(MEDIATOR, "/takeovers/tko_5/verdict", verdict))["charges_announced"] == ["HANDLING_FEE"]


async def test_two_reports_that_are_shown_at_once_take_the_contact_over_once(desk: Desk) -> None:
    """INVARIANT: S-10; would break if the second trigger were decided on the case as it was before the first."""
    await bought(desk)
    contact = {"order_id": "ord_3", "line_id": "lin_4", "reason": "LOCKED_DEVICE", "draft_id": "drf_7"}
    case_id = (await desk.done(BUYER, "/cases", contact))["case_id"]
    for place, kind in enumerate(("photo", "report"), start=2):
        await shows(desk, case_id, kind, "buyer", place)
    assert (await desk.get(AGENT, f"/cases/{case_id}/takeovers")).json() == []
    claim = said(disputes.DisputeOpened, dispute_id="dsp_1", case_id=case_id, reason="COUNTERFEIT", opened_by="buyer")
    await desk.hears(told(claim, "dsp_1", 1, case_id=case_id))
    takeover = await takeover_of(desk, case_id)
    assert (takeover["trigger"], takeover["status"]) == ("T4", "ACTIVE")


@pytest.mark.rule("S-3")
async def test_a_verdict_that_is_heard_after_its_reversal_begins_no_search(desk: Desk) -> None:
    for number in (1, 2):
        await sold(desk, number)
    contact = {"order_id": "ord_001", "line_id": "lin_4", "reason": "UNSAFE", "draft_id": "drf_7"}
    case_id = (await desk.done("buyer:buy_1", "/cases", contact))["case_id"]
    await shows(desk, case_id, "report", "buyer", 2)
    (takeover,) = await takeovers_of(desk, case_id)
    await desk.done(SUPERVISOR, f"/takeovers/{takeover['takeover_id']}/reversal", {"reason": "mistaken"})
    verdict = said(
        TakeoverJudged,
        takeover_id=takeover["takeover_id"],
        case_id=case_id,
        seller_id="sel_2",
        order_id="ord_001",
        line_id="lin_4",
        trigger="T6",
        verdict="confirmed",
    )
    await desk.hears(told(verdict, takeover["takeover_id"], 3, case_id=case_id))
    assert await looked_through(desk) == []


@pytest.mark.rule("S-3")
async def test_what_the_buyer_reported_as_well_stays_when_the_verdict_is_reversed(desk: Desk) -> None:
    for number in (1, 2):
        await sold(desk, number)
    contact = {"order_id": "ord_002", "line_id": "lin_4", "reason": "DEFECTIVE", "draft_id": "drf_8"}
    case_id = (await desk.done("buyer:buy_2", "/cases", contact))["case_id"]
    await shows(desk, case_id, "report", "buyer", 2)
    first = await judged(desk, "T6", "UNSAFE")
    await looked_through(desk)
    await verdict_reversed(desk, first)
    assert [takeover["status"] for takeover in await takeovers_of(desk, case_id)] == ["ACTIVE"]
