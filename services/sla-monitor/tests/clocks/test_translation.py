"""Which contract event tells a clock what: who wrote, whether it counts, and from when."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ombud_contracts import REGISTRY, Event, Metadata, Received, groups
from ombud_contracts.events import billing, conduct, disputes, messaging, payouts, reviews, takeovers, ticketing
from ombud_contracts.golden import golden_example
from sla_monitor.clocks.addressed import AddressedFact
from sla_monitor.clocks.translation import facts_of
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.domain.subject import About

AT = datetime(2026, 9, 15, 7, tzinfo=UTC)
LATER = AT + timedelta(hours=2)


def heard(event: Event) -> list[AddressedFact]:
    metadata = Metadata(
        id="evt_1:1",
        subject="evt_1",
        sequence=1,
        key="cas_1",
        occurred_at=AT,
        recorded_at=LATER,
        case_id="cas_1",
        market="lv",
        correlation_id="req_1",
        causation_id="req_1",
    )
    return list(facts_of(Received(metadata=metadata, event=event, type=event.type)))


def message(**members: Any) -> messaging.MessageDelivered:
    told: dict[str, Any] = {
        "case_id": "cas_1",
        "message_id": "msg_1",
        "author_role": "seller",
        "audience": "thread",
        "sha256": "0" * 64,
        "characters": 20,
        "first": False,
        "classification": messaging.Classification(language="lv"),
        "qualifies": True,
        "submitted_at": AT,
        "delivered_at": AT,
    }
    return messaging.MessageDelivered.model_validate(told | members)


def example(event: type[Event]) -> Event:
    return event.model_validate(golden_example(event)["data"])


def only(told: Iterable[AddressedFact]) -> AddressedFact:
    """What is told beside that a message which waited was decided, and that a seller reacted to a complaint."""
    beside = (Signal.MESSAGE_DECIDED, Signal.SELLER_REACTED)
    (one,) = (one for one in told if one.fact.signal not in beside)
    return one


def test_a_buyers_message_counts_from_when_it_reached_the_seller() -> None:
    told = only(heard(message(author_role="buyer", delivered_at=LATER)))
    assert (told.fact.signal, told.fact.counts_at) == (Signal.BUYER_MESSAGE, LATER)


def test_a_message_of_attachments_alone_counts() -> None:
    told = only(heard(message(author_role="buyer", characters=0)))
    assert told.fact.signal is Signal.BUYER_MESSAGE


def test_a_qualifying_reply_counts_from_when_it_was_written() -> None:
    told = only(heard(message()))
    assert (told.fact.signal, told.fact.counts_at) == (Signal.QUALIFYING_REPLY, AT)


@pytest.mark.parametrize("reason", ["automated", "wrong_language", "empty", "internal_note", "bot"])
def test_any_other_reply_is_told_with_its_reason(reason: str) -> None:
    told = only(heard(message(qualifies=False, not_qualifying_because=(reason,))))
    assert (told.fact.signal, told.fact.reasons) == (Signal.OTHER_REPLY, (reason,))


def test_a_released_reply_counts_from_its_submit_time() -> None:
    told = only(heard(message(delivered_at=LATER)))
    assert (told.fact.signal, told.fact.at, told.fact.counts_at) == (Signal.REPLY_RELEASED, LATER, AT)


def test_what_a_held_reply_asks_of_the_buyer_is_asked_when_it_is_released() -> None:
    """The resolution clock pauses from when the buyer can read the question, not from when it was written."""
    told = [one.fact for one in heard(message(requests_information=True, delivered_at=LATER))]
    assert [(fact.signal, fact.counts_at) for fact in told] == [
        (Signal.REPLY_RELEASED, AT),
        (Signal.INFORMATION_REQUESTED, LATER),
        (Signal.MESSAGE_DECIDED, LATER),
        (Signal.SELLER_REACTED, AT),
    ]


def test_what_staff_write_first_for_a_buyer_starts_the_buyers_clocks() -> None:
    """A case that was opened by telephone is owed an answer as any other."""
    assert only(heard(message(author_role="agent", first=True, qualifies=False))).fact.signal is Signal.BUYER_MESSAGE
    assert only(heard(message(author_role="agent", qualifies=False))).fact.signal is Signal.PLATFORM_REPLY


def held(**members: Any) -> messaging.MessageHeld:
    return example(messaging.MessageHeld).model_copy(update={"author_role": "seller", "reasons": (), **members})  # type: ignore[return-value]


@pytest.mark.rule("S-7")
@pytest.mark.parametrize(("author", "also"), [("seller", ["reply_held"]), ("buyer", [])])
def test_every_message_that_waits_names_itself(author: str, also: list[str]) -> None:
    told = heard(held(author_role=author, submitted_at=AT))
    assert [one.fact.signal.value for one in told] == ["message_held", *also]
    assert {one.subject_for(About.MESSAGE) for one in told} == {held().message_id}


@pytest.mark.parametrize(
    ("reasons", "signal"),
    [
        (("bank",), Signal.MESSAGE_HELD_FOR_PAYMENT),
        (("sanction", "phone", "payment"), Signal.MESSAGE_HELD_FOR_PAYMENT),
        (("sanction", "phone"), Signal.MESSAGE_HELD),
        (("detector_failed",), Signal.MESSAGE_HELD),
        (("appeal", "bank"), Signal.MESSAGE_APPEALED),
    ],
)
def test_a_message_that_names_where_money_shall_go_has_a_clock_of_its_own(
    reasons: tuple[str, ...], signal: Signal
) -> None:
    assert next(iter(heard(held(reasons=reasons)))).fact.signal == signal


def test_an_answer_that_was_blocked_and_appealed_waits_from_the_appeal_and_counts_from_when_it_was_written() -> None:
    appealed, reply = heard(held(reasons=("appeal", "phone"), submitted_at=AT - timedelta(hours=1)))
    assert (appealed.fact.signal, appealed.fact.at) == (Signal.MESSAGE_APPEALED, AT)
    assert (reply.fact.at, reply.fact.counts_from) == (AT, AT - timedelta(hours=1))


@pytest.mark.rule("S-5")
def test_the_time_to_appeal_is_that_of_the_record() -> None:
    decided = example(disputes.DisputeDecided)
    made = next(one.fact for one in heard(decided) if one.fact.signal is Signal.DECISION_MADE)
    assert made.until == decided.decision.appeal_until  # type: ignore[attr-defined]


@pytest.mark.rule("S-5")
def test_the_time_to_contest_a_charge_is_that_of_the_notice() -> None:
    notified = example(billing.ChargeNotified)
    assert only(heard(notified)).fact.until == notified.contest_until  # type: ignore[attr-defined]


def test_a_typed_request_for_information_is_told_as_one() -> None:
    assert only(heard(message(requests_information=True))).fact.signal is Signal.INFORMATION_REQUESTED


@pytest.mark.parametrize("role", ["agent", "mediator", "supervisor"])
def test_what_staff_write_in_the_thread_is_the_platforms_reply(role: str) -> None:
    assert only(heard(message(author_role=role))).fact.signal is Signal.PLATFORM_REPLY


@pytest.mark.parametrize("role", ["buyer", "agent", "system", "a_role_of_tomorrow"])
def test_what_is_not_for_the_thread_or_from_no_person_tells_nothing(role: str) -> None:
    audience = "thread" if role in ("system", "a_role_of_tomorrow") else "internal"
    assert heard(message(author_role=role, audience=audience)) == []


@pytest.mark.parametrize(("by", "owner"), [("buyer", "seller"), ("seller", "buyer"), ("mediator", None)])
def test_an_offer_is_answered_by_the_other_side(by: str, owner: str | None) -> None:
    offer = example(disputes.OfferMade).model_copy(update={"by": by})
    told = only(heard(offer))
    assert (told.fact.signal, told.fact.owner) == (Signal.OFFER_MADE, owner)
    assert told.names == {About.DISPUTE: offer.dispute_id, About.OFFER: offer.offer_id}


@pytest.mark.parametrize(
    ("event", "signals"),
    [
        (ticketing.CaseOpened, ["case_opened", "claim_possible"]),
        (ticketing.CaseResolved, ["case_resolved"]),
        (ticketing.CaseReopened, ["case_reopened"]),
        (ticketing.CaseClosed, ["case_closed"]),
        (ticketing.TakeoverProposed, ["takeover_proposed"]),
        (ticketing.TakeoverActivated, ["takeover_activated"]),
        (ticketing.TakeoverDeclined, ["takeover_decided"]),
        (ticketing.TakeoverHandedBack, ["handed_back"]),
        (ticketing.TakeoverConcluded, ["takeover_concluded"]),
        (ticketing.TakeoverReversed, ["takeover_reversed", "takeover_undone"]),
        (messaging.ReplyWaived, ["no_reply_needed"]),
        (messaging.WaiverRevoked, ["waiver_revoked"]),
        (messaging.ReplyContested, ["reply_contested"]),
        (disputes.OfferDeclined, ["offer_answered", "seller_reacted"]),
        (disputes.OfferExpired, ["offer_withdrawn"]),
        (disputes.OfferEnded, ["offer_withdrawn"]),
        (disputes.EscalationOpened, ["escalation_opened"]),
        (disputes.DisputeEscalated, ["dispute_escalated"]),
        (disputes.DisputeSettled, ["offer_answered", "dispute_ended"]),
        (disputes.DisputeDecided, ["decision_made", "dispute_ended"]),
        (disputes.DecisionAppealed, ["appeal_filed"]),
        (disputes.AppealDecided, ["appeal_decided", "decision_made"]),
        (takeovers.TakeoverAppealed, ["appeal_filed"]),
        (takeovers.TakeoverAppealDecided, ["appeal_decided"]),
        (conduct.ConductComplaintFiled, ["conduct_complained"]),
        (conduct.ConductAccusedTold, ["conduct_accused_told"]),
        (conduct.ConductAccusedHeard, ["conduct_answered"]),
        (conduct.ConductHearingContinued, ["conduct_complained"]),
        (conduct.ConductDecided, ["conduct_decided"]),
        (conduct.ConductAppealed, ["conduct_appealed"]),
        (conduct.ConductAppealDecided, ["conduct_appeal_decided"]),
        (conduct.ConductInvestigationBegun, []),
        (conduct.ConductComplaintClosed, []),
        (reviews.ReviewOpened, ["conduct_review_opened"]),
        (reviews.ReviewBegun, []),
        (reviews.ReviewToldToSeller, ["conduct_accused_told"]),
        (reviews.ReviewHeard, ["conduct_answered"]),
        (reviews.ReviewHearingContinued, ["conduct_review_opened"]),
        (reviews.ReviewDecided, ["conduct_review_found"]),
        (reviews.ReviewAppealed, ["conduct_appealed"]),
        (reviews.ReviewAppealDecided, ["conduct_appeal_decided"]),
        (reviews.ReviewClosed, []),
        (reviews.ReviewWithdrawn, ["conduct_review_withdrawn"]),
        (disputes.DisputeWithdrawn, ["dispute_ended"]),
        (billing.ChargeNotified, ["charge_notified"]),
        (billing.ChargeContested, ["charge_contested"]),
        (billing.ChargeUpheld, ["charge_upheld"]),
        (billing.ChargeAppealed, ["charge_appealed"]),
        (billing.ChargeAppealDecided, ["charge_appeal_decided"]),
        (billing.ChargeReversed, ["charge_taken_back", "charge_ended"]),
        (billing.ChargeApproved, ["charge_decided"]),
        (billing.ChargeWithdrawn, ["charge_decided", "charge_taken_back", "charge_ended"]),
        (billing.RefundOrdered, ["refund_ordered"]),
        (billing.RefundFailed, ["refund_refused"]),
        (billing.RefundCompleted, ["refund_paid"]),
        (billing.RefundRetried, ["refund_given_up"]),
        (billing.RefundRedirected, ["refund_given_up"]),
        (billing.RefundCancelled, ["refund_given_up"]),
        (payouts.PayoutHoldPlaced, ["payout_held"]),
        (payouts.PayoutHoldAdjusted, []),
        (payouts.PayoutHoldReleased, ["payout_hold_released"]),
    ],
)
def test_an_event_tells_these_signals(event: type[Event], signals: list[str]) -> None:
    told = heard(example(event))
    assert [one.fact.signal.value for one in told] == signals


@pytest.mark.parametrize(("waits", "signals"), [(True, ["charge_proposed"]), (False, []), (None, [])])
def test_a_charge_that_somebody_must_approve_begins_a_clock(waits: bool | None, signals: list[str]) -> None:
    proposed = example(billing.ChargeProposed).model_copy(update={"needs_approval": waits})
    told = heard(proposed)
    assert [one.fact.signal.value for one in told] == signals
    assert all(one.names == {About.CHARGE: proposed.model_dump()["charge_id"]} for one in told)


@pytest.mark.rule("S-7")
@pytest.mark.parametrize("event", [payouts.PayoutHoldPlaced, payouts.PayoutHoldReleased])
def test_a_hold_is_told_to_its_own_clock_and_no_other(event: type[payouts.PayoutHoldEvent]) -> None:
    told = only(heard(example(event)))
    assert (told.names, told.whole_case) == ({About.HOLD: example(event).model_dump()["hold_id"]}, False)


def test_a_reversal_after_the_contact_was_given_back_turns_no_gate() -> None:
    ended_before = example(ticketing.TakeoverReversed).model_copy(update={"contact_returned": False})
    (undone,) = heard(ended_before)
    assert (undone.fact.signal, undone.whole_case) == (Signal.TAKEOVER_UNDONE, False)


def test_every_event_on_the_consumed_topics_is_translated_or_passed_over_without_trouble() -> None:
    """INVARIANT: an event that no clock hears is no error; would break if one of another type fell through."""
    consumed = [event for event in REGISTRY.values() if event.topic in groups.SLA_CLOCKS.topics]
    assert len(consumed) > 30
    for event in consumed:
        facts = heard(example(event))
        assert all(one.fact.id == "evt_1:1" for one in facts), event.type


@pytest.mark.parametrize(
    ("event", "outcome", "signal"),
    [
        (takeovers.UnlockRequested, None, Signal.UNLOCK_REQUESTED),
        (takeovers.UnlockEnded, "unlocked", Signal.UNLOCK_CONFIRMED),
        (takeovers.UnlockEnded, "still_locked", Signal.UNLOCK_ENDED),
        (takeovers.UnlockEnded, "takeover_ended", Signal.UNLOCK_ENDED),
        (takeovers.TakeoverLapsed, None, Signal.TAKEOVER_DECIDED),
    ],
)
def test_the_course_of_a_takeover_is_told_to_the_clocks_about_it(
    event: type[Event], outcome: str | None, signal: Signal
) -> None:
    said = example(event).model_copy(update={"outcome": outcome} if outcome else {})
    told = only(heard(said))
    assert (told.fact.signal, told.whole_case) == (signal, False)
    assert told.names == {About.TAKEOVER: "tko_01JD0000000000000000000000"}


@pytest.mark.parametrize(
    ("said", "reacted"),
    [
        (message(), True),
        (message(qualifies=False), False),
        (message(author_role="buyer"), False),
        (message(audience="internal"), False),
        (example(disputes.OfferMade).model_copy(update={"by": "seller"}), True),
        (example(disputes.OfferMade).model_copy(update={"by": "buyer"}), False),
        (example(disputes.OfferDeclined).model_copy(update={"by": "seller"}), True),
        (example(disputes.OfferAccepted).model_copy(update={"by": "buyer"}), False),
    ],
)
def test_a_seller_reacts_to_a_complaint_by_a_reply_or_by_what_is_done_with_offers(said: Event, reacted: bool) -> None:
    """A reply in the thread is told to every complaint of the case; what is done with an offer to its own."""
    told = [t for t in heard(said) if t.fact.signal is Signal.SELLER_REACTED]
    assert len(told) == reacted
    assert all(t.whole_case == isinstance(said, messaging.MessageDelivered) for t in told)


@pytest.mark.parametrize(("by", "signals"), [("buyer", 3), ("agent", 3), ("seller", 1)])
def test_a_dispute_that_the_seller_opens_is_no_complaint_that_the_seller_answers(by: str, signals: int) -> None:
    opened = example(disputes.DisputeOpened).model_copy(update={"opened_by": by, "stage": "NEGOTIATION"})
    told = [t.fact.signal for t in heard(opened)]
    assert told == [Signal.DISPUTE_OPENED, Signal.COMPLAINT_MADE, Signal.CLAIM_MADE][:signals]


@pytest.mark.rule("R-38")
@pytest.mark.parametrize(("by", "claimed"), [("buyer", True), ("system", True), ("seller", False)])
def test_who_is_mediated_at_once_has_claimed(by: str, claimed: bool) -> None:
    """INVARIANT: would break if a buyer whose dispute never was negotiated were reminded to open one."""
    opened = example(disputes.DisputeOpened).model_copy(update={"opened_by": by, "stage": "MEDIATION"})
    told = [t.fact.signal for t in heard(opened)]
    assert told == [Signal.CLAIM_MADE, Signal.DISPUTE_ESCALATED][not claimed :]


@pytest.mark.rule("R-38")
def test_a_case_names_until_when_it_can_be_claimed_or_begins_no_window() -> None:
    """INVARIANT: would break if a default length stood for a right: the date that people are told is the one that holds."""
    opened = example(ticketing.CaseOpened)
    over = heard(opened.model_copy(update={"rights_until": opened.opened_at}))[0].fact.at
    known, unknown, ended = (opened.model_copy(update={"rights_until": until}) for until in (LATER, None, over))
    assert [(told.fact.signal, told.fact.until) for told in heard(known)] == [
        (Signal.CASE_OPENED, None),
        (Signal.CLAIM_POSSIBLE, LATER),
    ]
    assert [told.fact.signal for told in heard(unknown)] == [Signal.CASE_OPENED]
    assert [told.fact.signal for told in heard(ended)] == [Signal.CASE_OPENED]


@pytest.mark.rule("R-38")
@pytest.mark.parametrize("activated", [ticketing.TakeoverActivated, ticketing.ListingTakeoverActivated])
def test_a_takeover_names_until_when_it_can_be_appealed_unless_its_verdict_will(activated: type[Event]) -> None:
    for waits, told in ((None, [LATER]), (False, [LATER]), (True, [])):
        event = example(activated)
        assert isinstance(event, ticketing.TakeoverActivated | ticketing.ListingTakeoverActivated)
        decision = event.decision.model_copy(update={"appeal_until": LATER, "awaits_verdict": waits})
        facts = heard(event.model_copy(update={"decision": decision}))
        of_appeal = [one for one in facts if one.fact.signal is Signal.TAKEOVER_APPEALABLE]
        assert [one.fact.until for one in of_appeal] == told
        assert all(one.names == {About.TAKEOVER: event.takeover_id} and not one.whole_case for one in of_appeal)


@pytest.mark.rule("R-38")
@pytest.mark.parametrize(("verdict", "told"), [("confirmed", [LATER]), ("refuted", [])])
def test_a_verdict_against_the_seller_can_be_appealed(verdict: str, told: list[datetime]) -> None:
    judged = example(takeovers.TakeoverJudged).model_copy(update={"verdict": verdict, "appeal_until": LATER})
    assert [one.fact.until for one in heard(judged)] == told


def test_an_appeal_of_a_takeover_names_both() -> None:
    appealed = example(takeovers.TakeoverAppealed)
    assert isinstance(appealed, takeovers.TakeoverAppealed)
    assert only(heard(appealed)).names == {About.APPEAL: appealed.appeal_id, About.TAKEOVER: appealed.takeover_id}
