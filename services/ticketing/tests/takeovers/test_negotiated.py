"""T2 and T3: a negotiation that leads nowhere is recommended and then taken over; a complaint that is ignored is taken over after
one reminder, at the price that the reminder shows."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, SELLER
from complaints import DUE_BY, Complaint, complained

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts.events import disputes
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.messaging import MessageDelivered
from ticketing.app import SERVICE

GRACE_ENDS_AT = NOON + timedelta(days=1)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def test_the_end_of_a_negotiation_about_quality_recommends_a_takeover(desk: Desk) -> None:
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.tell(disputes.EscalationOpened, cause="deadline")
    (proposed,) = await complaint.takeovers()
    assert (proposed["trigger"], proposed["status"], proposed["proposed_by"]) == ("T2", "PROPOSED", "system")
    assert (proposed["missing_facts"], [c["gross_minor"] for c in proposed["costs"]]) == ([], [1815])
    await complaint.tell(disputes.EscalationOpened, cause="deadline")
    assert len(await complaint.takeovers()) == 1


async def test_a_second_refused_offer_recommends_it_and_the_first_does_not(desk: Desk) -> None:
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.tell(disputes.OfferDeclined, offer_id="ofr_1", by="buyer")
    await complaint.tell(disputes.EscalationOpened, cause="refused")
    assert await complaint.takeovers() == []
    await complaint.tell(disputes.OfferDeclined, offer_id="ofr_2", by="seller")
    assert await complaint.statuses() == [("T2", "PROPOSED")]


@pytest.mark.parametrize("reason", ["NOT_RECEIVED", "CHANGE_OF_MIND", "LOCKED_DEVICE"])
async def test_other_complaints_are_not_for_this_trigger(desk: Desk, reason: str) -> None:
    complaint = await complained(desk, reason)
    await complaint.tell(disputes.EscalationOpened, cause="deadline")
    assert await complaint.takeovers() == []


async def test_an_impasse_takes_over_what_was_recommended_at_the_cost_that_was_shown(desk: Desk) -> None:
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.tell(disputes.EscalationOpened, cause="deadline")
    await complaint.breached("impasse", "takeover_impasse")
    (active,) = await complaint.takeovers()
    assert (active["trigger"], active["status"], active["decided_by"]) == ("T2", "ACTIVE", "system")
    assert active["charges_announced"] == ["HANDLING_FEE"]


@pytest.mark.parametrize("ended", [None, disputes.OfferExpired, disputes.OfferDeclined, disputes.OfferEnded])
async def test_there_is_no_impasse_while_an_offer_is_open(
    desk: Desk, ended: type[disputes.DisputeEvent] | None
) -> None:
    complaint = await complained(desk, "DEFECTIVE", "photo")
    await complaint.tell(disputes.OfferMade, offer_id="ofr_1", by="seller")
    if ended is not None:
        await complaint.tell(ended, offer_id="ofr_1", by="buyer")
    await complaint.breached("impasse", "takeover_impasse")
    assert await complaint.statuses() == ([] if ended is None else [("T2", "ACTIVE")])


async def test_an_impasse_without_the_facts_is_for_a_person(desk: Desk) -> None:
    complaint = await complained(desk)
    await complaint.breached("impasse", "takeover_impasse")
    (proposed,) = await complaint.takeovers()
    assert (proposed["status"], proposed["missing_facts"]) == ("PROPOSED", ["evidence"])


async def test_a_complaint_that_is_ignored_is_taken_over_after_one_reminder_that_says_what_it_costs(desk: Desk) -> None:
    """INVARIANT: casework, 3; would break if a seller were charged without having been reminded with the amount."""
    complaint = await complained(desk)
    await complaint.breached("complaint_answer", "takeover_rights_breach", grace_ends_at=GRACE_ENDS_AT)
    (warned,) = await complaint.takeovers(SELLER)
    assert (warned["trigger"], warned["status"], warned["charges_announced"]) == ("T3", "WARNED", [])
    (notice,) = (await desk.get(SELLER, f"/cases/{complaint.case_id}/notices?language=en")).json()["notices"]
    assert notice["template"] == "takeover_warned"
    assert "18.15 EUR" in notice["text"]
    assert (await desk.events_of("ticketing.takeover_warned"))[0]["costs"][0]["net_minor"] == 1500
    desk.clock.at = GRACE_ENDS_AT
    await complaint.clock(
        clocks.GraceEnded, "complaint_answer", on_silence="takeover_rights_breach", ended_at=GRACE_ENDS_AT
    )
    (active,) = await complaint.takeovers()
    assert (active["status"], active["charges_announced"]) == ("ACTIVE", ["HANDLING_FEE"])


async def test_a_seller_who_reacts_after_the_reminder_keeps_the_contact(desk: Desk) -> None:
    complaint = await complained(desk)
    await complaint.breached("complaint_answer", "takeover_rights_breach", grace_ends_at=GRACE_ENDS_AT)
    await complaint.clock(
        clocks.ClockSatisfied, "complaint_answer", verdict="MET_LATE", satisfied_at=NOON, due_by=DUE_BY
    )
    (declined,) = await complaint.takeovers()
    assert (declined["status"], declined["ended_because"]) == ("DECLINED", "done_after_reminder")


async def test_a_reply_whose_clock_is_not_heard_of_yet_keeps_the_contact_too(desk: Desk) -> None:
    """INVARIANT: S-9; would break if what the seller did since the reminder were not asked again."""
    complaint = await complained(desk)
    await complaint.breached("complaint_answer", "takeover_rights_breach", grace_ends_at=GRACE_ENDS_AT)
    reply = MessageDelivered.model_construct(
        case_id=complaint.case_id, author_role="seller", audience="thread", qualifies=True, submitted_at=NOON
    )
    await desk.hears(told(reply, "cnv_1", 2, case_id=complaint.case_id))
    desk.clock.at = GRACE_ENDS_AT
    await complaint.clock(
        clocks.GraceEnded, "complaint_answer", on_silence="takeover_rights_breach", ended_at=GRACE_ENDS_AT
    )
    assert await complaint.statuses() == [("T3", "DECLINED")]
    assert (await desk.get(SELLER, f"/cases/{complaint.case_id}")).json()["answered_by"] == "seller"


async def test_what_a_deadline_will_cost_is_shown_with_it_to_the_seller_and_staff(desk: Desk) -> None:
    case = await desk.done(BUYER, "/cases", CONTACT)
    complaint = Complaint(desk, case["case_id"])
    await complaint.clock(
        clocks.ClockStarted,
        "reply",
        started_at=NOON,
        due_by=GRACE_ENDS_AT,
        mode="working_days",
        target_seconds=86_400,
        policy_version="1",
        calendar_version="1",
        on_silence="takeover_missed_deadline",
    )
    for reader, shown in ((SELLER, [1815]), (AGENT, [1815]), (BUYER, [])):
        (deadline,) = (await desk.get(reader, f"/cases/{complaint.case_id}")).json()["deadlines"]
        assert [cost["gross_minor"] for cost in deadline["costs"]] == shown
