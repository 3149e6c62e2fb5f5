"""Which cases may be linked, and which go on in the place of others (casework, section 2)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ticketing_situations import ASK, ASK_OF_PAYMENT, CLOSE, COMPLAIN, LINK, MERGE, OPEN, RESOLVE, given

from ombud_words import Counterpart
from ticketing.cases.domain import Case, LinkKind, expect_duplicates, expect_linkable
from ticketing.cases.domain.approach import Approach
from ticketing.cases.domain.commands import Command
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    LinkedToItself,
    MergeIntoEarlier,
    NotDuplicates,
    OfAnotherOrder,
    Refusal,
    TooManyLinks,
)
from ticketing.cases.store import CASES


def case_of(*commands: Command) -> Case:
    state = given(CASES, *commands).state
    assert state is not None
    return state


EARLIER = replace(OPEN, case_id="cas_0", number="LV-26-0", at=OPEN.at - timedelta(days=1))
LATER_CASE, GOES_ON = case_of(OPEN), case_of(EARLIER)
TO_PLATFORM = Approach(counterpart=Counterpart.PLATFORM)


def test_an_earlier_case_of_the_same_people_about_the_same_line_goes_on() -> None:
    expect_duplicates(LATER_CASE, GOES_ON)
    expect_duplicates(LATER_CASE, replace(GOES_ON, opened_at=LATER_CASE.opened_at))
    expect_duplicates(case_of(OPEN, RESOLVE), GOES_ON)


@pytest.mark.parametrize(
    ("goes_on", "refusal"),
    [
        (LATER_CASE, LinkedToItself),
        (replace(GOES_ON, buyer_id="buy_2"), NotDuplicates),
        (replace(GOES_ON, seller_id="sel_2"), NotDuplicates),
        (replace(GOES_ON, order_id="ord_2"), NotDuplicates),
        (replace(GOES_ON, line_id="lin_2"), NotDuplicates),
        (replace(GOES_ON, market="pt"), NotDuplicates),
        (replace(GOES_ON, approach=TO_PLATFORM), NotDuplicates),
        (case_of(replace(COMPLAIN, case_id="cas_0", at=EARLIER.at)), NotDuplicates),
        (case_of(replace(ASK, case_id="cas_0", at=EARLIER.at)), NotDuplicates),
        (replace(GOES_ON, opened_at=LATER_CASE.opened_at + timedelta(seconds=1)), MergeIntoEarlier),
        (case_of(EARLIER, RESOLVE), CaseNotOpen),
        (case_of(EARLIER, RESOLVE, CLOSE), CaseNotOpen),
    ],
)
def test_no_other_case_goes_on(goes_on: Case, refusal: type[Refusal]) -> None:
    """INVARIANT: R-20; would break if a merge showed somebody a case of which they are not a party."""
    with pytest.raises(refusal):
        expect_duplicates(LATER_CASE, goes_on)


@pytest.mark.rule("R-45")
def test_a_complaint_about_the_seller_goes_on_in_no_case_that_can_be_moved_to_the_accused() -> None:
    """INVARIANT: would break if a merge made of a complaint what the desk can show to the seller."""
    complaint = case_of(COMPLAIN)
    other = case_of(replace(ASK_OF_PAYMENT, case_id="cas_0", number="LV-26-0", at=EARLIER.at))
    for ends, goes_on in ((complaint, other), (replace(other, opened_at=LATER_CASE.opened_at), complaint)):
        with pytest.raises(NotDuplicates):
            expect_duplicates(ends, goes_on)
    expect_duplicates(complaint, case_of(replace(COMPLAIN, case_id="cas_0", number="LV-26-0", at=EARLIER.at)))


def test_cases_of_one_order_are_linked_because_of_it_and_no_others() -> None:
    of_no_order = replace(LATER_CASE, order_id=None, line_id=None)
    expect_linkable(LATER_CASE, replace(GOES_ON, line_id="lin_2"), LinkKind.SAME_ORDER)
    for other in (replace(GOES_ON, order_id="ord_2"), of_no_order):
        expect_linkable(LATER_CASE, other, LinkKind.SAME_INCIDENT)
        with pytest.raises(OfAnotherOrder):
            expect_linkable(LATER_CASE, other, LinkKind.SAME_ORDER)
    with pytest.raises(OfAnotherOrder):
        expect_linkable(of_no_order, of_no_order, LinkKind.SAME_ORDER)


def test_people_link_a_hundred_cases_to_one_and_rules_are_not_counted() -> None:
    full = given(CASES, OPEN, *(replace(LINK, other=f"cas_x{n}", number=f"LV-{n}") for n in range(100)))
    full.when(LINK).then_refused(TooManyLinks)
    assert full.when(replace(LINK, kind=LinkKind.FOLLOW_UP)).told == "CaseLinked"
    full.when(replace(LINK, other="cas_x7")).then_nothing()
    given(CASES, OPEN).when(replace(LINK, other="cas_1")).then_refused(LinkedToItself)


def test_a_merged_case_names_the_one_that_goes_on_and_does_not_live_again() -> None:
    merged = case_of(OPEN, MERGE)
    assert merged.merged_into is not None
    assert (merged.merged_into.case_id, merged.merged_into.number) == ("cas_8", "LV-26-8")
    again = given(CASES, OPEN, MERGE)
    again.when(replace(MERGE, into="cas_9")).then_refused(CaseNotOpen)
    assert case_of(OPEN, LINK).merged_numbers == ()
    assert case_of(OPEN, replace(LINK, kind=LinkKind.MERGED)).merged_numbers == ("LV-26-7",)
