"""A case from opening to closing: who owns the contact, and which steps belong to which situation."""

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar, get_args

import pytest
from ticketing_situations import (
    ANSWER,
    ASK,
    ASK_OF_PAYMENT,
    CASE_LADDER,
    CLOSE,
    COMPLAIN,
    HAND_BACK,
    LATER,
    LINK,
    MERGE,
    OPEN,
    REOPEN,
    RESOLVE,
    TAKE_OVER,
    TELL_PARTIES,
    TELL_SELLER,
    TO_PLATFORM,
    TO_SELLER,
    UNDO,
    given,
    outcomes,
)

from ticketing.cases.domain import case
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    CaseWindowClosed,
    ContactAlreadyTakenOver,
    ContactNotTakenOver,
    ContactWithPlatform,
    MoveToTheAccused,
    NoSellerToMoveTo,
)
from ticketing.cases.store import CASES

COMMANDS: dict[str, case.Command] = {
    "open": OPEN,
    "resolve": RESOLVE,
    "close": CLOSE,
    "reopen": REOPEN,
    "take_over": TAKE_OVER,
    "hand_back": HAND_BACK,
    "undo": UNDO,
    "answer": case.NoteAnswer(LATER),
    "tell_seller": TELL_SELLER,
    "tell_parties": TELL_PARTIES,
    "to_platform": TO_PLATFORM,
    "to_seller": TO_SELLER,
    "link": LINK,
    "merge": MERGE,
}
TOLD = "ContactTakenOver+NoticeIssued"
BACK = "ContactHandedBack+NoticeIssued"
MOVED = "ContactMoved+NoticeIssued"
ENDED = "CaseMerged+CaseResolved+CaseClosed+NoticeIssued"
# In the order of the ladder: nothing, open, taken over, handed back, resolved (by seller, by platform), closed (both),
# reopened, takeover undone, answered by the seller, asked of the platform, moved to the seller, linked to
# another, merged into another.
EXPECTED = {
    "open": "CaseOpened+NoticeIssued - - - - - - - - - - - - - -",
    "resolve": "UnknownCase CaseResolved CaseResolved CaseResolved - - CaseNotOpen CaseNotOpen CaseResolved "
    "CaseResolved CaseResolved CaseResolved CaseResolved CaseResolved CaseNotOpen",
    "close": "UnknownCase CaseNotResolved CaseNotResolved CaseNotResolved CaseClosed CaseClosed - - CaseNotResolved "
    "CaseNotResolved CaseNotResolved CaseNotResolved CaseNotResolved CaseNotResolved -",
    "reopen": "UnknownCase - - - CaseReopened CaseReopened CaseReopened CaseReopened - - - - - - -",
    "take_over": f"UnknownCase {TOLD} - {TOLD} CaseNotOpen - CaseNotOpen CaseNotOpen {TOLD} {TOLD} {TOLD} "
    f"ContactWithPlatform {TOLD} {TOLD} CaseNotOpen",
    "hand_back": f"UnknownCase ContactNotTakenOver {BACK} ContactNotTakenOver ContactNotTakenOver {BACK} "
    "ContactNotTakenOver ContactNotTakenOver ContactNotTakenOver ContactNotTakenOver ContactNotTakenOver "
    "ContactNotTakenOver ContactNotTakenOver ContactNotTakenOver ContactNotTakenOver",
    "undo": f"UnknownCase NoticeIssued NoticeIssued+{BACK} NoticeIssued NoticeIssued NoticeIssued+{BACK} NoticeIssued "
    "NoticeIssued NoticeIssued - NoticeIssued NoticeIssued NoticeIssued NoticeIssued NoticeIssued",
    "answer": "UnknownCase " + " ".join(["AnswerNoted"] * 14),
    "tell_seller": "UnknownCase " + " ".join(["NoticeIssued"] * 10) + " - NoticeIssued NoticeIssued NoticeIssued",
    "tell_parties": "UnknownCase " + " ".join(["NoticeIssued"] * 14),
    "to_platform": f"UnknownCase {MOVED} ContactAlreadyTakenOver {MOVED} {MOVED} ContactAlreadyTakenOver CaseNotOpen "
    f"CaseNotOpen {MOVED} {MOVED} {MOVED} - {MOVED} {MOVED} CaseNotOpen",
    "to_seller": "UnknownCase - - - - - - - - - - ContactMoved+SellerBroughtIn+NoticeIssued - - -",
    "link": "UnknownCase " + " ".join(["CaseLinked"] * 12) + " - CaseLinked",
    "merge": f"UnknownCase {ENDED} ContactAlreadyTakenOver {ENDED} CaseMerged+CaseClosed+NoticeIssued "
    f"ContactAlreadyTakenOver CaseNotOpen CaseNotOpen {ENDED} {ENDED} {ENDED} {ENDED} {ENDED} {ENDED} -",
}
NoticeT = TypeVar("NoticeT", case.Notice, case.NoticeIssued)


def told(kind: type[NoticeT], template: str) -> NoticeT:
    return kind(about="tko_1", template=template, recipients=("buyer", "seller"), at=LATER)


OPENED = given(CASES, OPEN)
TAKEN_OVER = given(CASES, OPEN, TAKE_OVER)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(CASES, CASE_LADDER, {command: COMMANDS[command]})
    assert [outcome.told for outcome in walk[command].values()] == EXPECTED[command].split()


def test_the_walk_takes_every_command_and_meets_every_event() -> None:
    walk = outcomes(CASES, CASE_LADDER, COMMANDS)
    assert {type(c) for c in COMMANDS.values()} == set(get_args(case.Command))
    met = {type(event) for row in walk.values() for outcome in row.values() for event in outcome.events}
    assert met == set(get_args(case.Event))


def test_the_newest_answer_of_the_seller_is_kept() -> None:
    answered = given(CASES, OPEN, case.NoteAnswer(LATER))
    answered.when(case.NoteAnswer(LATER)).then_nothing()
    answered.when(case.NoteAnswer(OPEN.at)).then_nothing()
    assert answered.state is not None
    assert (answered.state.answered_since(OPEN.at), answered.state.answered_since(LATER)) == (True, False)


@pytest.mark.rule("R-23")
def test_a_contact_is_registered_with_its_priority_and_reasons() -> None:
    """R-23."""
    opened = given(CASES).when(OPEN)
    state = opened.then(*opened.events, id="cas_1", status=case.Status.OPEN, priority=2, priority_reasons=("severity",))
    assert not state.taken_over
    assert opened.told == "CaseOpened+NoticeIssued"


@pytest.mark.rule("R-23")
@pytest.mark.parametrize(
    ("opening", "template", "asker"),
    [
        (OPEN, "registered_with_seller", "buyer"),
        (replace(OPEN, opened_by="agent"), "registered_with_seller", "buyer"),
        (COMPLAIN, "registered_with_platform", "buyer"),
        (ASK, "registered_with_platform", "seller"),
    ],
)
def test_whoever_asked_gets_a_receipt_and_nobody_else(opening: case.OpenCase, template: str, asker: str) -> None:
    (notice,) = given(CASES, opening).state.notices
    assert notice == case.Notice(about="cas_1", template=template, recipients=(asker,), at=opening.at)


def test_a_case_can_be_opened_until_the_last_of_the_buyers_rights_lapses() -> None:
    """Section 5: the most favourable window counts, its last instant included."""
    assert given(CASES).when(replace(OPEN, at=OPEN.rights_until)).told == "CaseOpened+NoticeIssued"
    late = replace(OPEN, at=OPEN.rights_until + timedelta(milliseconds=1))
    given(CASES).when(late).then_refused(CaseWindowClosed)


def test_a_repeated_opening_is_no_second_case_even_after_the_window() -> None:
    OPENED.when(replace(OPEN, at=OPEN.rights_until + timedelta(days=1))).then_nothing()


@pytest.mark.rule("R-09")
def test_a_takeover_gives_the_platform_the_contact_and_tells_both_sides() -> None:
    """R-09, section 4: notice to both sides."""
    notice = told(case.Notice, "takeover_activated")
    before = OPENED.state
    assert before is not None
    OPENED.when(TAKE_OVER).then(
        case.ContactTakenOver("tko_1", LATER),
        told(case.NoticeIssued, "takeover_activated"),
        takeover_id="tko_1",
        notices=(*before.notices, notice),
        revision=2,
    )


def test_a_contact_is_taken_over_by_one_decision_at_a_time() -> None:
    TAKEN_OVER.when(case.TakeContactOver("tko_2", LATER)).then_refused(ContactAlreadyTakenOver)
    TAKEN_OVER.when(TAKE_OVER).then_nothing()


def test_a_hand_back_gives_the_seller_the_contact_and_tells_both_sides() -> None:
    """Section 4: hand-back is a decision."""
    before = TAKEN_OVER.state
    assert before is not None
    TAKEN_OVER.when(HAND_BACK).then(
        case.ContactHandedBack("tko_1", LATER),
        told(case.NoticeIssued, "contact_handed_back"),
        takeover_id=None,
        notices=(*before.notices, told(case.Notice, "contact_handed_back")),
        revision=3,
    )


def test_only_the_takeover_that_owns_the_contact_hands_it_back() -> None:
    TAKEN_OVER.when(case.HandContactBack("tko_2", LATER)).then_refused(ContactNotTakenOver)


def test_a_closed_case_has_no_takeover_left() -> None:
    given(CASES, OPEN, TAKE_OVER, RESOLVE).when(CLOSE).then(
        case.CaseClosed(LATER), status=case.Status.CLOSED, takeover_id=None, revision=4
    )


def test_a_reopened_case_forgets_its_outcome_and_keeps_its_owner() -> None:
    given(CASES, OPEN, TAKE_OVER, RESOLVE).when(REOPEN).then(
        case.CaseReopened("buyer_message", LATER), status=case.Status.OPEN, outcome=None, revision=4
    )


def test_a_case_has_one_outcome_until_it_is_reopened() -> None:
    resolved = given(CASES, OPEN, RESOLVE)
    resolved.when(RESOLVE).then_nothing()
    resolved.when(case.ResolveCase("refunded", LATER)).then_refused(CaseNotOpen)
    OPENED.when(RESOLVE).then(
        case.CaseResolved("answered", LATER), status=case.Status.RESOLVED, outcome="answered", revision=2
    )


@pytest.mark.rule("S-3")
def test_an_undone_takeover_gives_the_contact_back_and_tells_both_sides() -> None:
    """S-3: both sides are told that it was reversed, and that the seller answers again."""
    before = TAKEN_OVER.state
    assert before is not None
    TAKEN_OVER.when(UNDO).then(
        told(case.NoticeIssued, "takeover_reversed"),
        case.ContactHandedBack("tko_1", LATER),
        told(case.NoticeIssued, "contact_handed_back"),
        takeover_id=None,
        notices=(
            *before.notices,
            told(case.Notice, "takeover_reversed"),
            told(case.Notice, "contact_handed_back"),
        ),
        revision=3,
    )


def test_an_undone_takeover_leaves_a_later_ones_contact_alone() -> None:
    later = given(CASES, OPEN, TAKE_OVER, HAND_BACK, replace(TAKE_OVER, takeover_id="tko_2"))
    after = later.when(UNDO).after
    assert after is not None
    assert (after.takeover_id, after.notices[-1].template) == ("tko_2", "takeover_reversed")


def parties(*commands: case.Command) -> tuple[str | None, str | None]:
    state = given(CASES, *commands).state
    assert state is not None
    return state.parties


def test_a_complaint_to_the_platform_has_no_seller_among_its_parties_and_a_sellers_question_no_buyer() -> None:
    """Casework, section 2: the seller is not a party and sees nothing; a seller's question never reaches a buyer."""
    assert parties(OPEN) == ("buy_1", "sel_1")
    assert parties(COMPLAIN) == ("buy_1", None)
    assert parties(ASK) == (None, "sel_1")
    given(CASES, COMPLAIN).when(TAKE_OVER).then_refused(ContactWithPlatform)


def test_a_contact_that_came_in_by_the_wrong_door_is_moved_and_both_sides_are_told() -> None:
    """Casework, section 2."""
    assert parties(OPEN, TO_PLATFORM) == ("buy_1", None)
    assert parties(OPEN, TO_PLATFORM, TO_SELLER) == ("buy_1", "sel_1")
    moved = given(CASES, ASK_OF_PAYMENT).when(TO_SELLER)
    assert moved.after is not None
    assert moved.after.parties == ("buy_1", "sel_1")
    assert (moved.after.notices[-1].template, moved.after.notices[-1].recipients) == (
        "moved_to_seller",
        ("buyer", "seller"),
    )


def test_what_a_seller_asks_or_what_is_about_no_line_has_no_seller_to_move_to() -> None:
    given(CASES, ASK).when(TO_SELLER).then_refused(NoSellerToMoveTo)
    about_nothing = replace(ASK_OF_PAYMENT, order_id=None, line_id=None)
    given(CASES, about_nothing).when(TO_SELLER).then_refused(NoSellerToMoveTo)


@pytest.mark.rule("R-45")
def test_a_complaint_about_a_seller_is_never_moved_to_the_accused() -> None:
    """INVARIANT: would break if a slip of the desk showed the accused who complained, and in which words."""
    given(CASES, COMPLAIN).when(TO_SELLER).then_refused(MoveToTheAccused)


def test_notices_can_be_addressed_to_a_seller_who_was_a_party_once_and_to_no_other() -> None:
    """INVARIANT: would break if a seller heard of a contact between the buyer and the platform alone."""
    for history, addressed in (
        ((OPEN, TO_PLATFORM), ("buy_1", "sel_1")),
        ((COMPLAIN,), ("buy_1", None)),
        ((COMPLAIN, MERGE), ("buy_1", None)),
        ((ASK,), (None, "sel_1")),
    ):
        state = given(CASES, *history).state
        assert state is not None
        assert state.addressees == addressed
        told = {role for notice in state.notices for role in notice.recipients}
        assert told <= {role for role, id in zip(("buyer", "seller"), addressed, strict=True) if id is not None}


@pytest.mark.parametrize(("beside", "counts"), [((LINK, TELL_SELLER, TELL_PARTIES, ANSWER), 0), ((RESOLVE,), 1)])
def test_what_stands_beside_a_case_is_no_change_of_it(beside: tuple[case.Command, ...], counts: int) -> None:
    before, after = given(CASES, OPEN).state, given(CASES, OPEN, *beside).state
    assert before is not None
    assert after is not None
    assert after.revision - before.revision == counts
