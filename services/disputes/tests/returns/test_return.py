"""A return, step by step: what each command does in every situation, what is kept of the price, and who pays (casework, section 5)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from returns_situations import (
    ACCEPT,
    ACCEPT_DEDUCTION,
    CANCEL,
    COMMANDS,
    COMPLIANT,
    DECIDE,
    DECIDED,
    DEDUCT,
    DISPUTE,
    FAILS,
    GIVE_BACK,
    GIVEN_UP,
    IMEI,
    JUDGE,
    LABEL,
    LADDER,
    LAPSE,
    LAPSE_IN_TIME,
    LATER,
    LEFT,
    MARK_LOST,
    MUCH_LATER,
    NO_IMEI,
    NOON,
    OTHER_IMEI,
    PAID,
    PHOTO,
    REFUSE,
    REOPEN,
    REQUEST,
    SCAN_RECEIVED,
    SCAN_SHIPPED,
    SEND_LABEL,
    SHIP,
    STANDS,
    TAKE_BACK,
    VARIANTS,
    given,
    outcomes,
)

from disputes.cases.domain import Device
from disputes.refusals import (
    AboveAuthority,
    AmountAboveLeft,
    DeductionAboveAsked,
    DeductionWithoutProof,
    EarlierJudge,
    GroundNotLawful,
    NotAnImei,
    NothingLeft,
    Refusal,
    ReturnNotAtThisStep,
    ReturnWindowClosed,
    TrackingNumberMissing,
    UnknownFact,
)
from disputes.returns.domain import Command, NoteScan, Return, Status, expect_within
from disputes.returns.domain import events as fact
from disputes.returns.domain.commands import Ground
from disputes.returns.store import RETURNS

ENDED = "refused lost_and_paid refunded partly_refunded stood_and_paid reopened sent_back given_up cancelled lapsed"
ACCEPTED, BY_PLATFORM = "accepted accepted_by_platform", "labelled_by_platform labelled_in_sellers_place"
SENDABLE = f"{ACCEPTED} labelled {BY_PLATFORM}"
ORDERED = "inspected stood agreed failed lost"
# For each command: outcome → situations of the ladder; `*` is every other one that exists.
EXPECTED: dict[str, dict[str, str]] = {
    "request": {"ReturnRequested": "nothing", "-": "*"},
    "accept": {"ReturnAccepted": "requested", "-": ACCEPTED, "ReturnNotAtThisStep": "*"},
    "refuse": {"ReturnRefused": "requested", "ReturnNotAtThisStep": "*"},
    "take in the seller's place": {"ReturnAccepted": "requested", "-": "*"},
    "give the answer back": {
        "AcceptanceWithdrawn": "accepted_by_platform",
        "LabelChargeWithdrawn": "labelled_in_sellers_place",
        "-": "*",
    },
    "issue label": {"LabelIssued": ACCEPTED, "ReturnNotAtThisStep": "*"},
    "send label in the seller's place": {"LabelIssued": ACCEPTED, "-": "*"},
    "label was in time": {"LabelChargeWithdrawn": BY_PLATFORM, "-": "*"},
    "ship": {"ReturnShipped": SENDABLE, "-": "shipped missed", "ReturnNotAtThisStep": "*"},
    "correct the number": {"ReturnShipped": f"{SENDABLE} shipped missed", "ReturnNotAtThisStep": "*"},
    "correct the number of a scanned parcel": {"ReturnShipped": SENDABLE, "ReturnNotAtThisStep": "*"},
    "scan shipped": {"ReturnShipped": f"{SENDABLE} lapsed", "-": "*"},
    "scan received": {
        "ReturnReceived": "shipped missed",
        "ReturnShipped+ReturnReceived": f"{SENDABLE} lapsed",
        "-": "*",
    },
    "scan after the lapse": {
        "ReturnReceived": "shipped missed",
        "ReturnShipped+ReturnReceived": SENDABLE,
        "-": "*",
    },
    "scan lost": {
        "ReturnReportedLost": "shipped",
        "ReturnShipped+ReturnReportedLost": f"{SENDABLE} lapsed",
        "-": "*",
    },
    "confirm receipt": {
        "ReturnReceived": "shipped missed",
        "ReturnShipped+ReturnReceived": SENDABLE,
        "-": "received",
        "ReturnNotAtThisStep": "*",
    },
    "submit photo": {"ReturnNotAtThisStep": f"{ENDED} {ORDERED}", "PhotoSubmitted": "*"},
    "inspect": {"ReturnInspected+RefundOrdered": "received", "ReturnNotAtThisStep": "*"},
    "count as compliant": {"ReturnInspected+RefundOrdered": "received", "-": "*"},
    "accept deduction": {"RefundOrdered": "deducted disputed disputed_after_all", "DeductionNotOpen": "*"},
    "let deduction stand": {"DeductionStood+RefundOrdered": "deducted", "-": "*"},
    "reopen deduction": {"DeductionReopened": "stood stood_and_paid", "-": "*"},
    "dispute deduction": {
        "DeductionDisputed": "deducted reopened",
        "-": "disputed disputed_after_all",
        "DeductionNotOpen": "*",
    },
    "decide deduction": {
        "DeductionDecided+RefundOrdered": "disputed disputed_after_all",
        "DeductionNotOpen": "*",
    },
    "mark lost": {"ReturnMarkedLost+RefundOrdered": "shipped missed", "ReturnNotAtThisStep": "*"},
    "cancel": {
        "ReturnEnded": f"requested {SENDABLE}",
        "-": "cancelled",
        "ReturnNotAtThisStep": "*",
    },
    "lapse": {"ReturnEnded": f"labelled {BY_PLATFORM}", "-": "*"},
    "shipment was in time": {"LapseWithdrawn": "lapsed", "-": "*"},
    "take the decision back": {
        "DecisionTakenBack+ReturnEnded": f"requested {SENDABLE}",
        "DecisionTakenBack+RefundOrdered": "failed",
        "-": "refused refunded lost_and_paid cancelled",
        "DecisionTakenBack": "*",
    },
    "refund paid": {"ReturnEnded": f"{ORDERED} given_up", "-": "*"},
    "refund fails": {"RefundFailed": "inspected stood agreed lost", "-": "*"},
    "refund ordered": {"RefundReordered": "failed", "-": "*"},
    "refund given up": {"ReturnEnded": ORDERED, "-": "*"},
}


def expected(command: str, rung: str) -> str:
    row = EXPECTED[command]
    if rung == "nothing" and command != "request":
        return "UnknownReturn"
    return next((outcome for outcome, rungs in row.items() if rung in rungs.split()), "") or next(
        outcome for outcome, rungs in row.items() if rungs == "*"
    )


@pytest.mark.parametrize("command", [*COMMANDS, *VARIANTS])
def test_every_command_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(RETURNS, LADDER, {command: (COMMANDS | VARIANTS)[command]})[command]
    assert {rung: outcome.told for rung, outcome in walk.items()} == {rung: expected(command, rung) for rung in LADDER}


def test_the_walk_takes_every_command_and_meets_every_event_and_status() -> None:
    walk = outcomes(RETURNS, LADDER, COMMANDS)
    assert {type(c) for c in COMMANDS.values()} == set(get_args(Command))
    told = [outcome for row in walk.values() for outcome in row.values()]
    assert {type(event) for outcome in told for event in outcome.events} == set(get_args(fact.Event))
    assert {outcome.after.status for outcome in told if outcome.after} == set(Status)


# The request and its answer


def test_a_withdrawal_is_lawful_until_the_last_instant_of_its_window() -> None:
    expect_within(NOON, NOON)
    expect_within(None, LATER)
    with pytest.raises(ReturnWindowClosed):
        expect_within(NOON, NOON + timedelta(milliseconds=1))


def test_nothing_is_sent_back_of_which_all_was_paid_back() -> None:
    given(RETURNS).when(replace(REQUEST, left_minor=0)).then_refused(NothingLeft)


def test_where_the_platform_has_the_contact_a_request_is_accepted_at_once() -> None:
    request = replace(REQUEST, taken_over=True)
    asked = given(RETURNS).when(request)
    assert asked.events == [fact.ReturnRequested(request), fact.ReturnAccepted("system", NOON)]


@pytest.mark.parametrize("ground", ["not_my_fault", "no_box", ""])
def test_a_refusal_needs_a_ground_that_the_law_knows(ground: str) -> None:
    """INVARIANT: casework, section 5; would break if a seller could refuse a lawful withdrawal for reasons of its own."""
    refusal = given(RETURNS, REQUEST).when(replace(REFUSE, ground=ground)).then_refused(GroundNotLawful)
    assert refusal.facts == {"lawful": [ground.value for ground in Ground]}


# What a dispute decided


def test_a_return_that_was_decided_is_accepted_and_no_reversed_takeover_takes_that_back() -> None:
    """INVARIANT: would break if a seller could refuse what was decided."""
    decided = given(RETURNS, DECIDED)
    assert [type(e) for e in given(RETURNS).when(DECIDED).events] == [fact.ReturnRequested, fact.ReturnAccepted]
    decided.when(REFUSE).then_refused(ReturnNotAtThisStep)
    decided.when(GIVE_BACK).then_nothing()
    given(RETURNS, DECIDED, SEND_LABEL).when(GIVE_BACK).then_nothing()


@pytest.mark.rule("S-3")
def test_what_lapsed_by_no_silence_is_sent_after_all_where_it_was_decided() -> None:
    lapsed = (LABEL, LAPSE, LAPSE_IN_TIME)
    assert given(RETURNS, DECIDED, *lapsed).when(SHIP).told == "ReturnShipped"
    given(RETURNS, DECIDED, LABEL, LAPSE).when(SHIP).then_refused(ReturnNotAtThisStep)
    given(RETURNS, REQUEST, ACCEPT, *lapsed).when(SHIP).then_refused(ReturnNotAtThisStep)


@pytest.mark.rule("S-3")
def test_an_item_that_was_sent_by_a_decision_that_fell_is_paid_by_the_platform() -> None:
    """INVARIANT: would break if a seller paid by what counts as if it had not been, or a buyer who relied on it lost."""
    fell = given(RETURNS, DECIDED, LABEL, SHIP, TAKE_BACK, SCAN_RECEIVED)
    (_, ordered) = fell.when(COMPLIANT).events
    assert isinstance(ordered, fact.RefundOrdered)
    assert (ordered.decision_id, ordered.by_platform, ordered.amount_minor) == ("dec_1_2", True, LEFT)
    paid = given(RETURNS, DECIDED, LABEL, SHIP, TAKE_BACK, SCAN_RECEIVED, COMPLIANT)
    (ended,) = paid.when(replace(PAID, decision_id="dec_1_2")).events
    assert ended == fact.ReturnEnded(Status.REFUNDED, LEFT, LATER)


@pytest.mark.rule("S-3")
def test_what_lapsed_when_its_decision_fell_is_not_sent_after_all() -> None:
    """INVARIANT: would break if a lapse that is withdrawn let a buyer send back, and a seller pay, by a decision that fell."""
    fell = (DECIDED, LABEL, LAPSE, TAKE_BACK, LAPSE_IN_TIME)
    given(RETURNS, *fell).when(SHIP).then_refused(ReturnNotAtThisStep)
    given(RETURNS, *fell).when(NoteScan("shipped", MUCH_LATER)).then_nothing()
    sent_before = given(RETURNS, *fell, SCAN_RECEIVED)
    ordered = sent_before.when(COMPLIANT).events[-1]
    assert isinstance(ordered, fact.RefundOrdered)
    assert (ordered.decision_id, ordered.by_platform) == ("dec_1_2", True)


@pytest.mark.rule("S-3")
def test_an_item_that_was_on_its_way_when_its_decision_fell_is_paid_though_its_carrier_tells_late() -> None:
    """INVARIANT: would break if a buyer lost both the item and its price because a carrier told late that it had the parcel."""
    fell = given(RETURNS, DECIDED, LABEL, replace(TAKE_BACK, at=MUCH_LATER))
    assert fell.state is not None
    assert fell.state.status == Status.CANCELLED
    assert fell.when(SCAN_SHIPPED).told == "ReturnShipped"
    fell.when(NoteScan("shipped", MUCH_LATER + timedelta(hours=1))).then_nothing()
    given(RETURNS, DECIDED, LABEL, CANCEL).when(SCAN_SHIPPED).then_nothing()


@pytest.mark.rule("S-3")
def test_what_a_reopened_deduction_gives_after_its_decision_fell_is_the_platforms() -> None:
    """INVARIANT: would break if the seller paid by a decision that fell, or the rest were paid by an id that was paid before."""
    stood = (DECIDED, LABEL, SHIP, SCAN_RECEIVED, PHOTO, DEDUCT, STANDS, PAID)
    more = given(RETURNS, *stood, TAKE_BACK, REOPEN, DISPUTE).when(replace(DECIDE, left_minor=2_000)).events[-1]
    assert isinstance(more, fact.RefundOrdered)
    assert (more.decision_id, more.by_platform) == ("dec_1_2", True)
    fell_before = (DECIDED, LABEL, SHIP, TAKE_BACK, SCAN_RECEIVED, PHOTO, DEDUCT, STANDS)
    paid = replace(PAID, decision_id="dec_1_2")
    more = given(RETURNS, *fell_before, paid, REOPEN, DISPUTE).when(replace(DECIDE, left_minor=2_000)).events[-1]
    assert isinstance(more, fact.RefundOrdered)
    assert (more.decision_id, more.by_platform) == ("dec_1_3", True)


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("last", [(FAILS, TAKE_BACK), (TAKE_BACK, FAILS)])
def test_a_refund_that_is_refused_when_its_decision_fell_is_ordered_of_the_platform(last: tuple[Command, ...]) -> None:
    """INVARIANT: would break if a buyer who sent the item back were never paid: nothing is ordered anew by what fell."""
    inspected = (DECIDED, LABEL, SHIP, SCAN_RECEIVED, COMPLIANT)
    *_, ordered = given(RETURNS, *inspected).when(*last).events
    assert isinstance(ordered, fact.RefundOrdered)
    assert (ordered.decision_id, ordered.by_platform, ordered.amount_minor) == ("dec_1_2", True, LEFT)
    again = given(RETURNS, *inspected, *last)
    assert again.state is not None
    assert not again.state.refund_failed
    assert again.when(replace(FAILS, decision_id="dec_1_2")).told == "RefundFailed"
    assert again.when(replace(PAID, decision_id="dec_1_2")).told == "ReturnEnded"


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("refused_first", [True, False])
def test_a_further_refund_that_is_refused_when_its_decision_fell_is_the_platforms(refused_first: bool) -> None:
    """INVARIANT: would break if what a reopened deduction gave were never paid: billing orders nothing anew by what fell with it."""
    stood = (DECIDED, LABEL, SHIP, SCAN_RECEIVED, PHOTO, DEDUCT, STANDS, PAID, REOPEN, DISPUTE)
    refused = replace(FAILS, decision_id="dec_1_2")
    last = (refused, TAKE_BACK) if refused_first else (TAKE_BACK, refused)
    *_, ordered = given(RETURNS, *stood, replace(DECIDE, left_minor=2_000)).when(*last).events
    assert isinstance(ordered, fact.RefundOrdered)
    assert (ordered.decision_id, ordered.by_platform) == ("dec_1_3", True)


# The way back


def test_what_is_sent_is_followed_by_the_number_of_its_parcel() -> None:
    platform = given(RETURNS, *LADDER["labelled_by_platform"])
    platform.when(replace(SHIP, tracking_number=None)).then_refused(TrackingNumberMissing)
    shipped = given(RETURNS, *LADDER["labelled"]).when(replace(SHIP, tracking_number=None))
    shipped.then(fact.ReturnShipped("buyer", "05308955120002", LATER), status=Status.SHIPPED, since=LATER)


def test_a_scan_that_is_heard_late_counts_from_when_it_was_made_and_never_before_what_happened_until_then() -> None:
    """A deadline is judged by when the carrier had the parcel (product rules, section 3)."""
    labelled = given(RETURNS, *LADDER["labelled"])
    made = LATER + timedelta(days=2)
    assert labelled.when(NoteScan("shipped", made)).events[0].at == made
    assert labelled.when(NoteScan("shipped", NOON - timedelta(days=9))).events[0].at == LATER


def test_what_arrives_was_sent_whether_somebody_said_so_or_not() -> None:
    arrived = given(RETURNS, *LADDER["accepted"]).when(SCAN_RECEIVED)
    assert [event.at for event in arrived.events] == [LATER, LATER]


@pytest.mark.rule("S-3")
def test_what_lapsed_goes_on_where_the_carrier_shows_late_that_it_was_sent_in_time() -> None:
    """INVARIANT: a deadline is judged by when things happened; would break if a carrier's delay cost the buyer the money."""
    lapsed = given(RETURNS, *LADDER["lapsed"])
    received = lapsed.when(SCAN_RECEIVED).then(
        fact.ReturnShipped("system", "05308955120002", LATER),
        fact.ReturnReceived("system", LATER),
        status=Status.RECEIVED,
        ended_at=None,
    )
    assert received.live
    after = NoteScan("received", MUCH_LATER)
    lapsed.when(after).then_nothing()
    assert len(given(RETURNS, *LADDER["lapsed"], LAPSE_IN_TIME).when(after).events) == 2, "the time had not passed then"


@pytest.mark.rule("S-3")
def test_what_the_platform_did_by_a_takeover_that_was_reversed_is_the_sellers_to_do() -> None:
    given(RETURNS, *LADDER["accepted_by_platform"]).when(GIVE_BACK).then(
        fact.AcceptanceWithdrawn(LATER), status=Status.REQUESTED, accepted_by=None
    )
    labelled = given(RETURNS, *LADDER["labelled_in_sellers_place"]).when(GIVE_BACK)
    labelled.then(fact.LabelChargeWithdrawn(LATER), status=Status.LABEL_ISSUED, label_charged=False)


# The inspection


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"deduction_minor": LEFT + 1}, AmountAboveLeft),
        ({"photos": ()}, DeductionWithoutProof),
        ({"deviations": ()}, DeductionWithoutProof),
        ({"photos": ("evd_9",)}, UnknownFact),
        ({"returned": Device(NO_IMEI)}, NotAnImei),
        ({"returned": Device("49015420323751")}, NotAnImei),
    ],
)
def test_nothing_is_kept_without_proof_or_above_what_is_left(change: dict[str, Any], refusal: type[Refusal]) -> None:
    given(RETURNS, *LADDER["received"]).when(replace(DEDUCT, **change)).then_refused(refusal)


@pytest.mark.parametrize(
    ("sold", "returned", "same"),
    [
        (Device(IMEI), Device(IMEI), True),
        (Device(IMEI), Device(OTHER_IMEI), False),
        (Device(None, "c39xk1"), Device(None, "C39XK1"), True),
        (Device(None, "C39XK1"), Device(IMEI, "F2LXK9"), False),
        (Device(IMEI), Device(None, "F2LXK9"), None),
        (None, Device(IMEI), None),
        (Device(IMEI), None, None),
    ],
)
def test_another_device_than_the_one_that_was_sold_is_a_deviation(
    sold: Device | None, returned: Device | None, same: bool | None
) -> None:
    command = replace(COMPLIANT, sold=sold, returned=returned)
    inspected = given(RETURNS, *LADDER["received"]).when(command).events[0]
    assert isinstance(inspected, fact.ReturnInspected)
    assert inspected.inspection.device_matches is same
    assert inspected.inspection.deviations == (("device_mismatch",) if same is False else ())


def test_the_buyer_gets_what_is_left_less_what_the_seller_keeps() -> None:
    (ordered,) = given(RETURNS, *LADDER["deducted"]).when(ACCEPT_DEDUCTION).events
    assert isinstance(ordered, fact.RefundOrdered)
    assert (ordered.amount_minor, ordered.by_platform, ordered.decided_by) == (LEFT - 2_000, False, "system")


def test_where_all_is_kept_the_item_goes_back_and_nothing_is_paid() -> None:
    assert given(RETURNS, *LADDER["sent_back"]).state.status == Status.SENT_BACK  # type: ignore[union-attr]


def test_what_others_gave_back_meanwhile_is_not_paid_again() -> None:
    """INVARIANT: would break if a return paid more than is left of the line when it is paid."""
    deducted = given(RETURNS, *LADDER["deducted"])
    (ordered,) = deducted.when(replace(ACCEPT_DEDUCTION, left_minor=3_000)).events
    assert isinstance(ordered, fact.RefundOrdered)
    assert ordered.amount_minor == 1_000
    received = given(RETURNS, *LADDER["received"])
    assert received.when(replace(COMPLIANT, left_minor=0)).events[-1] == fact.ReturnEnded("REFUNDED", 0, LATER)


def test_what_others_gave_back_leaves_the_item_with_the_seller() -> None:
    """Would break if an item went back to a buyer who has the money for it."""
    deducted = given(RETURNS, *LADDER["deducted"])
    for left, outcome in ((0, "REFUNDED"), (1_500, "PARTLY_REFUNDED")):
        ended = deducted.when(replace(ACCEPT_DEDUCTION, left_minor=left))
        assert ended.events == [fact.ReturnEnded(outcome, 0, LATER)]


@pytest.mark.rule("S-3")
def test_what_the_seller_keeps_by_a_silence_that_was_none_is_disputed_and_the_rest_paid_by_a_further_decision() -> None:
    """INVARIANT: would break if a deadline that had not passed cost the buyer money, or the rest were paid as the first again."""
    reopened = given(RETURNS, *LADDER["reopened"]).state
    assert reopened is not None
    assert (reopened.status, reopened.deduction_disputable) == (Status.PARTLY_REFUNDED, True)
    _, more = given(RETURNS, *LADDER["disputed_after_all"]).when(replace(DECIDE, left_minor=2_000)).events
    assert isinstance(more, fact.RefundOrdered)
    assert (more.decision_id, more.amount_minor) == ("dec_1_2", 1_500)
    again = given(RETURNS, *LADDER["disputed_after_all"], replace(DECIDE, left_minor=2_000))
    again.when(PAID).then_nothing()
    paid = again.when(replace(PAID, decision_id="dec_1_2"))
    assert paid.events == [fact.ReturnEnded("PARTLY_REFUNDED", LEFT - 500, LATER)]


def test_what_the_buyer_accepted_is_not_disputed_after_all() -> None:
    given(RETURNS, *LADDER["partly_refunded"]).when(REOPEN).then_nothing()


def test_a_refund_that_was_given_up_and_is_paid_after_all_is_refunded() -> None:
    given(RETURNS, *LADDER["given_up"]).when(PAID).then(
        fact.ReturnEnded("REFUNDED", LEFT, LATER), status=Status.REFUNDED, refunded_minor=LEFT
    )
    lost = given(RETURNS, *LADDER["lost"], GIVEN_UP).when(PAID)
    assert lost.events == [fact.ReturnEnded("LOST", LEFT, LATER)]


# The platform's decisions


def test_the_platform_lets_the_seller_keep_at_most_what_was_asked_for() -> None:
    disputed = given(RETURNS, *LADDER["disputed"])
    assert disputed.when(replace(DECIDE, deduction_minor=2_001)).then_refused(DeductionAboveAsked).facts == {
        "asked_minor": 2_000
    }
    _, ordered = disputed.when(DECIDE).events
    assert isinstance(ordered, fact.RefundOrdered)
    assert (ordered.amount_minor, ordered.decided_by, ordered.decider_id) == (LEFT - 500, "mediator", "med_1")


@pytest.mark.rule("S-4")
@pytest.mark.parametrize("command", [DECIDE, MARK_LOST])
def test_who_judged_in_the_case_before_decides_nothing_more_in_it(command: Any) -> None:
    rung = "disputed" if command == DECIDE else "shipped"
    judged = replace(command, judge=replace(JUDGE, judges=("med_1",)))
    given(RETURNS, *LADDER[rung]).when(judged).then_refused(EarlierJudge)


@pytest.mark.rule("S-2")
def test_what_a_carrier_lost_is_paid_by_the_platform_within_the_limit_of_the_role() -> None:
    missed = given(RETURNS, *LADDER["missed"])
    missed.when(replace(MARK_LOST, judge=replace(JUDGE, limit_minor=LEFT - 1))).then_refused(AboveAuthority)
    _, ordered = missed.when(MARK_LOST).events
    assert isinstance(ordered, fact.RefundOrdered)
    assert (ordered.amount_minor, ordered.by_platform) == (LEFT, True)
    lost = given(RETURNS, *LADDER["lost_and_paid"]).state
    assert lost is not None
    assert (lost.status, lost.refunded_minor, lost.live) == (Status.LOST, LEFT, False)


def test_the_refund_of_another_decision_ends_nothing() -> None:
    given(RETURNS, *LADDER["inspected"]).when(replace(PAID, decision_id="dec_9")).then_nothing()


# Whatever happens, in whatever order

_AFTER_ITS_END: tuple[tuple[type[fact.Event], ...], ...] = (
    (),
    (fact.LabelChargeWithdrawn,),
    (fact.LapseWithdrawn,),
    (fact.DeductionReopened,),
    (fact.DecisionTakenBack,),
    (fact.DeductionDisputed,),
    (fact.ReturnShipped,),
    (fact.ReturnShipped, fact.ReturnReceived),
    (fact.ReturnShipped, fact.ReturnReportedLost),
    (fact.ReturnEnded,),
)
"""What a withdrawn silence, a carrier that tells late, or a payment that was given up can still bring about."""
_ANY = st.one_of(
    st.sampled_from(sorted(COMMANDS)).map(lambda name: COMMANDS[name]),
    st.builds(lambda kept: replace(DEDUCT, deduction_minor=kept), st.integers(0, LEFT)),
    st.builds(lambda kept: replace(DECIDE, deduction_minor=kept), st.integers(0, LEFT)),
)


@for_all(st.sampled_from(sorted(LADDER)), st.lists(_ANY, max_size=12), st.integers(0, LEFT))
def test_a_return_pays_at_most_what_is_left_once_and_lives_on_after_its_end_only_where_that_is_taken_back(
    rung: str, commands: list[Command], left: int
) -> None:
    """INVARIANT: casework, sections 4 and 5; would break if a second step could pay again, or an ended return lived on."""
    state: Return | None = RETURNS.evolve(None, fact.ReturnRequested(REQUEST))
    ordered: list[fact.RefundOrdered] = []
    """What stands: what was refused of a decision that fell is ordered of the platform in its place."""
    ids: list[str] = []
    for command in (*LADDER[rung], *commands):
        ended = state is not None and not state.live
        still = left - sum(event.amount_minor for event in ordered)
        at_this_moment = {"left_minor": still} if hasattr(command, "left_minor") and command is not REQUEST else {}
        try:
            events = RETURNS.decide(replace(command, **at_this_moment), state)  # type: ignore[arg-type]
        except Refusal:
            continue
        assert not ended or tuple(type(event) for event in events) in _AFTER_ITS_END
        for event in events:
            if isinstance(event, fact.RefundOrdered):
                replaced = state is not None and state.refund_minor is not None
                ordered = [*(ordered[:-1] if replaced else ordered), event]
                ids.append(event.decision_id)
            state = RETURNS.evolve(state, event)
    assert ids == [id for id in ("dec_1", "dec_1_2", "dec_1_3") if id in ids]
    assert state is not None
    assert all(event.amount_minor > 0 for event in ordered)
    in_all = sum(event.amount_minor for event in ordered)
    assert not ordered or in_all <= left - state.deduction_minor * (not state.refund_by_platform)
    assert state.refunded_minor <= in_all
