"""Clocks belong to their subject (S-7): two disputes of one case, two offers of one dispute, two held messages."""

from datetime import timedelta

import pytest
from case_clocks import MONDAY, TUESDAY, WEDNESDAY, CaseClocks, example, opened
from riga_rules import local

from ombud_contracts.events import disputes, messaging, takeovers, ticketing
from sla_monitor.clocks.domain.round import REMINDER

pytestmark = pytest.mark.rule("S-7")


async def test_two_disputes_of_one_case_have_a_negotiation_each() -> None:
    """INVARIANT: S-7; would break if the end of one dispute ended the deadline of another."""
    case = CaseClocks()
    await case.hears(opened("dsp_1"), f"{MONDAY} 10:00")
    await case.hears(opened("dsp_2"), f"{WEDNESDAY} 09:00")
    await case.hears(example(disputes.DisputeWithdrawn, dispute_id="dsp_1"), f"{WEDNESDAY} 09:30")
    assert await case.verdicts("negotiation") == {"dsp_1": "MET", "dsp_2": "RUNNING"}
    second = (await case.of_kind("negotiation"))["dsp_2"]
    assert second.rounds[-1].due_by == local("2026-09-21 09:00"), "three working days from its own opening"


async def test_a_decision_ends_the_mediation_of_its_own_dispute() -> None:
    case = CaseClocks()
    for dispute_id in ("dsp_1", "dsp_2"):
        await case.hears(example(disputes.DisputeEscalated, dispute_id=dispute_id), f"{MONDAY} 10:00")
    await case.hears(example(disputes.DisputeDecided, dispute_id="dsp_1"), f"{TUESDAY} 10:00")
    assert await case.verdicts("mediation") == {"dsp_1": "MET", "dsp_2": "RUNNING"}
    assert list(await case.of_kind("appeal_window")) == ["dsp_1"]


@pytest.mark.rule("S-11")
async def test_each_appeal_has_a_clock_of_its_own_and_satisfies_the_window_of_its_decision() -> None:
    """INVARIANT: would break if the appeal of one decision were decided by the clock of another."""
    case = CaseClocks()
    for dispute_id in ("dsp_1", "dsp_2"):
        await case.hears(example(disputes.DisputeDecided, dispute_id=dispute_id), f"{MONDAY} 10:00")
    for number in ("1", "2"):
        filed = example(disputes.DecisionAppealed, dispute_id=f"dsp_{number}", appeal_id=f"apl_{number}")
        await case.hears(filed, f"{TUESDAY} 10:00")
    await case.hears(example(takeovers.TakeoverAppealed, appeal_id="apl_3"), f"{TUESDAY} 11:00")
    judged = example(disputes.AppealDecided, dispute_id="dsp_1", appeal_id="apl_1", outcome="UPHELD", decision=None)
    await case.hears(judged, f"{WEDNESDAY} 10:00")
    await case.hears(example(takeovers.TakeoverAppealDecided, appeal_id="apl_3"), f"{WEDNESDAY} 11:00")
    assert await case.verdicts("appeal_window") == {"dsp_1": "MET", "dsp_2": "MET"}
    assert await case.verdicts("appeal_decision") == {"apl_1": "MET", "apl_2": "RUNNING", "apl_3": "MET"}


@pytest.mark.rule("S-11")
async def test_what_holds_after_an_amendment_can_be_appealed_in_a_time_of_its_own() -> None:
    case = CaseClocks()
    await case.hears(example(disputes.DisputeDecided, dispute_id="dsp_1"), f"{MONDAY} 10:00")
    about = {"dispute_id": "dsp_1", "appeal_id": "apl_1"}
    await case.hears(example(disputes.DecisionAppealed, **about), f"{TUESDAY} 10:00")
    amended = example(disputes.AppealDecided, **about)
    assert isinstance(amended, disputes.AppealDecided)
    assert amended.decision is not None
    until = local("2026-10-20 10:00")
    anew = amended.decision.model_copy(update={"appeal_until": until})
    await case.hears(amended.model_copy(update={"decision": anew}), f"{WEDNESDAY} 10:00")
    (window,) = (await case.of_kind("appeal_window")).values()
    assert [round_.verdict.value for round_ in window.rounds] == ["MET", "RUNNING"]
    assert window.rounds[-1].due_by == until


@pytest.mark.rule("R-38")
@pytest.mark.parametrize("outcome", ["UPHELD", "INADMISSIBLE"])
async def test_after_the_appeal_of_a_side_the_window_goes_on_for_the_other_alone(outcome: str) -> None:
    """INVARIANT: would break if whoever had to wait were reminded of nothing, or the side that appealed of what it used."""
    case, until = CaseClocks(), local("2026-10-16 10:00")
    decided = example(disputes.DisputeDecided, dispute_id="dsp_1")
    await case.hears(decided, f"{MONDAY} 10:00")
    await case.hears(example(disputes.DecisionAppealed, dispute_id="dsp_1", by="seller"), f"{TUESDAY} 10:00")
    assert await case.verdicts("appeal_window") == {"dsp_1": "MET"}, "while it waits, nobody's time runs"
    about = {"dispute_id": "dsp_1", "outcome": outcome, "decision": None}
    await case.hears(
        example(disputes.AppealDecided, **about, appeal_by="buyer", appeal_until=until), "2026-09-18 10:00"
    )
    (window,) = (await case.of_kind("appeal_window")).values()
    assert window.owed is not None
    assert (window.owed.owner, window.owed.due_by) == ("buyer", until)
    for at in ("2026-10-09 10:00", "2026-10-15 10:00"):
        await case.fire(at)
    (told,) = ((await case.of_kind("appeal_window"))["dsp_1"].told)[1:]
    assert [(days - REMINDER, at) for days, at, _ in told.warned if days > REMINDER] == [
        (7, local("2026-10-09 10:00")),
        (1, local("2026-10-15 10:00")),
    ]
    await case.hears(example(disputes.DecisionAppealed, dispute_id="dsp_1", by="buyer"), "2026-10-16 09:00")
    await case.hears(example(disputes.AppealDecided, **about), "2026-10-20 10:00")
    assert await case.verdicts("appeal_window") == {"dsp_1": "MET"}
    assert len((await case.of_kind("appeal_window"))["dsp_1"].rounds) == 2, "both appealed: nothing is left"


@pytest.mark.rule("S-3")
async def test_what_is_left_of_a_window_ends_with_its_decision() -> None:
    case = CaseClocks()
    await case.hears(example(disputes.DisputeDecided, dispute_id="dsp_1"), f"{MONDAY} 10:00")
    await case.hears(example(disputes.DecisionAppealed, dispute_id="dsp_1"), f"{TUESDAY} 10:00")
    left = {"appeal_by": "buyer", "appeal_until": local("2026-10-16 10:00")}
    upheld = example(disputes.AppealDecided, dispute_id="dsp_1", outcome="UPHELD", decision=None, **left)
    await case.hears(upheld, f"{WEDNESDAY} 10:00")
    await case.hears(example(disputes.DecisionTakenBack, dispute_id="dsp_1"), "2026-09-17 10:00")
    assert await case.verdicts("appeal_window") == {"dsp_1": "VOID"}


async def test_closing_a_case_leaves_the_clocks_of_a_live_dispute() -> None:
    case = CaseClocks()
    await case.hears(opened("dsp_1"), f"{MONDAY} 10:00")
    await case.hears(
        example(disputes.OfferMade, dispute_id="dsp_1", offer_id="ofr_1", open_until=None), f"{MONDAY} 11:00"
    )
    await case.hears(example(ticketing.CaseClosed), f"{MONDAY} 12:00")
    assert await case.verdicts("negotiation") == {"dsp_1": "RUNNING"}
    assert await case.verdicts("offer_answer") == {"ofr_1": "RUNNING"}


@pytest.mark.parametrize("count", [3, 40])
async def test_every_offer_that_ends_with_its_negotiation_ends_its_clock(count: int) -> None:
    case = CaseClocks()
    for number in range(count):
        made = example(disputes.OfferMade, dispute_id="dsp_1", offer_id=f"ofr_{number}", open_until=None)
        await case.hears(made, f"{MONDAY} 10:00")
    for number in range(count):
        ended = example(disputes.OfferEnded, dispute_id="dsp_1", offer_id=f"ofr_{number}")
        await case.hears(ended, f"{MONDAY} 11:00")
    assert set((await case.verdicts("offer_answer")).values()) == {"VOID"}


@pytest.mark.rule("S-5")
async def test_an_offer_of_friday_is_open_until_tuesday_unless_it_names_an_earlier_end() -> None:
    """INVARIANT: S-5; two working days are what is shown and what counts."""
    case, friday = CaseClocks(), "2026-09-18 17:00"
    for offer_id, hours in (("ofr_1", None), ("ofr_2", 3), ("ofr_3", 24 * 20)):
        until = None if hours is None else local(friday) + timedelta(hours=hours)
        await case.hears(example(disputes.OfferMade, offer_id=offer_id, open_until=until), friday)
    due = {id: clock.rounds[-1].due_by for id, clock in (await case.of_kind("offer_answer")).items()}
    tuesday = local("2026-09-22 17:00")
    assert due == {"ofr_1": tuesday, "ofr_2": local("2026-09-18 20:00"), "ofr_3": tuesday}


@pytest.mark.rule("S-5")
@pytest.mark.parametrize("cause", ["refused", "deadline"])
async def test_the_window_to_escalate_has_a_clock_whatever_opened_it(cause: str) -> None:
    case = CaseClocks()
    opening = example(disputes.EscalationOpened, dispute_id="dsp_1", cause=cause)
    await case.hears(opening, "2026-12-10 10:00")
    (window,) = (await case.of_kind("escalation_window")).values()
    assert window.rounds[-1].due_by == local("2027-01-13 10:00")


@pytest.mark.rule("R-38")
@pytest.mark.parametrize("claimant", ["buyer", "seller"])
async def test_the_window_to_escalate_is_owed_by_the_side_whose_claim_lapses(claimant: str) -> None:
    """INVARIANT: would break if the reminder of a seller's claim went to its buyer."""
    case = CaseClocks()
    await case.hears(example(disputes.EscalationOpened, dispute_id="dsp_1", claimant=claimant), "2026-12-10 10:00")
    (window,) = (await case.of_kind("escalation_window")).values()
    assert window.rounds[-1].owner == claimant


async def test_each_message_that_waits_has_a_clock_of_its_own() -> None:
    """INVARIANT: a message that is decided, or blocked by the checks, ends no other one's clock."""
    case = CaseClocks()
    at = local(f"{MONDAY} 10:00")
    for message_id, author in (("msg_1", "seller"), ("msg_2", "buyer")):
        held = example(messaging.MessageHeld, message_id=message_id, author_role=author, submitted_at=at, reasons=())
        await case.hears(held, f"{MONDAY} 10:00")
    await case.hears(example(messaging.MessageBlocked, message_id="msg_3", author_role="seller"), f"{MONDAY} 10:05")
    rejected = example(messaging.MessageRejected, message_id="msg_1", author_role="seller", rejected_at=at)
    await case.hears(rejected, f"{MONDAY} 11:00")
    assert await case.verdicts("moderation") == {"msg_1": "MET", "msg_2": "RUNNING"}


async def test_an_answer_that_was_blocked_by_mistake_is_protected_while_its_appeal_waits() -> None:
    """INVARIANT: no breach is told of a reply that was written and appealed in time, as of one that was held at once."""
    case = CaseClocks()
    asked = example(messaging.MessageDelivered, author_role="buyer", delivered_at=local(f"{TUESDAY} 10:00"))
    await case.hears(asked, f"{TUESDAY} 10:00")
    blocked = example(
        messaging.MessageBlocked, message_id="msg_9", author_role="seller", blocked_at=local(f"{TUESDAY} 11:00")
    )
    await case.hears(blocked, f"{TUESDAY} 11:00")
    written = local(f"{TUESDAY} 11:00")
    appealed = example(
        messaging.MessageHeld, message_id="msg_9", author_role="seller", submitted_at=written, reasons=("appeal",)
    )
    await case.hears(appealed, f"{TUESDAY} 11:05")
    await case.fire(f"{WEDNESDAY} 10:00:01")
    (reply,) = (await case.of_kind("reply")).values()
    assert (reply.rounds[-1].pending_check, reply.told[-1].breached) == (True, False)
    await case.fire("2026-09-17 10:00:01")
    (reply,) = (await case.of_kind("reply")).values()
    assert reply.told[-1].breached, "protected for a day, and no longer"


async def test_an_appeal_after_the_deadline_protects_nothing() -> None:
    """A breach that was told is not withdrawn because its author asks for another look: only when that look finds in favour."""
    case = CaseClocks()
    asked = example(messaging.MessageDelivered, author_role="buyer", delivered_at=local(f"{TUESDAY} 10:00"))
    await case.hears(asked, f"{TUESDAY} 10:00")
    written = local(f"{TUESDAY} 11:00")
    await case.hears(
        example(messaging.MessageBlocked, message_id="msg_9", author_role="seller", blocked_at=written),
        f"{TUESDAY} 11:00",
    )
    await case.fire(f"{WEDNESDAY} 10:00:01")
    appealed = example(
        messaging.MessageHeld, message_id="msg_9", author_role="seller", submitted_at=written, reasons=("appeal",)
    )
    await case.hears(appealed, f"{WEDNESDAY} 11:00")
    (reply,) = (await case.of_kind("reply")).values()
    assert reply.told[-1].breached
