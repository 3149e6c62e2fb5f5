"""Appeals of decisions: each side once, in its time, which stands still while the appeal of the other waits (casework, section 6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud_words import Appeal, AppealedBefore, AppealOutcome, AppealRefused, AppealTooLate, AppealWaits, Role
from ombud_words.appeals import LEAST_LEFT, is_new, open_until, waiting, with_outcome

pytestmark = pytest.mark.rule("S-11")
DAY, TICK = timedelta(days=1), timedelta(milliseconds=1)
DECIDED = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
UNTIL = DECIDED + 30 * DAY
SIDES = (Role.BUYER, Role.SELLER)


def filed(by: Role, day: float) -> Appeal:
    return Appeal(id=f"apl_{by}", by=by, grounds=("facts_wrong",), at=DECIDED + day * DAY)


def upheld(by: Role, day: float, decided: float) -> Appeal:
    return replace(filed(by, day), outcome=AppealOutcome.UPHELD, decided_at=DECIDED + decided * DAY)


def kept(appeal: Appeal, appeals: Sequence[Appeal]) -> bool:
    return is_new(appeal, appeals, since=DECIDED, until=UNTIL)


def still_open(side: Role, appeals: Sequence[Appeal]) -> datetime | None:
    return open_until((side,), appeals, since=DECIDED, until=UNTIL)


def test_what_nobody_appealed_is_open_until_the_instant_that_it_names() -> None:
    assert still_open(Role.BUYER, ()) == UNTIL
    assert kept(filed(Role.BUYER, 30), ())
    with pytest.raises(AppealTooLate) as late:
        kept(replace(filed(Role.BUYER, 30), at=UNTIL + TICK), ())
    assert late.value.facts == {"appeal_until": UNTIL.isoformat()}


@pytest.mark.parametrize("day", [2, 31, 400])
def test_who_waits_for_the_appeal_of_the_other_side_is_never_too_late(day: float) -> None:
    """INVARIANT: would break if a right were lost by waiting as one was told to."""
    with pytest.raises(AppealWaits):
        kept(filed(Role.BUYER, day), [filed(Role.SELLER, 1)])
    assert still_open(Role.BUYER, [filed(Role.SELLER, 1)]) is None


def test_the_time_for_which_it_waited_is_not_counted_for_the_other_side() -> None:
    appeals = [upheld(Role.SELLER, 10, 25)]
    assert still_open(Role.BUYER, appeals) == UNTIL + 15 * DAY
    assert kept(filed(Role.BUYER, 45), appeals)
    with pytest.raises(AppealTooLate) as late:
        kept(replace(filed(Role.BUYER, 45), at=UNTIL + 15 * DAY + TICK), appeals)
    assert late.value.facts == {"appeal_until": (UNTIL + 15 * DAY).isoformat()}


@pytest.mark.rule("R-38")
@pytest.mark.parametrize(("day", "decided"), [(29, 40), (30, 30.5), (30, 400)])
def test_an_appeal_at_the_end_leaves_the_other_side_a_week(day: float, decided: float) -> None:
    """INVARIANT: would break if the end came hours after a day that nobody knew before."""
    appeals = [upheld(Role.SELLER, day, decided)]
    assert still_open(Role.BUYER, appeals) == DECIDED + decided * DAY + LEAST_LEFT
    assert kept(filed(Role.BUYER, decided + 7), appeals)


def test_a_side_appeals_a_decision_once_whatever_time_is_left() -> None:
    appeals = [upheld(Role.SELLER, 1, 2)]
    assert still_open(Role.SELLER, appeals) is None
    for day in (3, 50):
        with pytest.raises(AppealedBefore):
            kept(filed(Role.SELLER, day), appeals)
    assert open_until(SIDES, appeals, since=DECIDED, until=UNTIL) == UNTIL + DAY
    both = [*appeals, upheld(Role.BUYER, 3, 4)]
    assert open_until(SIDES, both, since=DECIDED, until=UNTIL) is None


def test_a_repeat_of_an_appeal_that_waits_changes_nothing() -> None:
    assert not kept(filed(Role.SELLER, 50), [filed(Role.SELLER, 1)])


def test_an_appeal_of_what_was_decided_before_counts_from_the_later_decision() -> None:
    """The verdict of a takeover comes while the appeal of its decision waits."""
    before = upheld(Role.SELLER, -5, 28)
    assert still_open(Role.SELLER, [before]) == UNTIL + 28 * DAY
    assert still_open(Role.SELLER, [upheld(Role.SELLER, -5, 0)]) == UNTIL


def answer(appeal: Appeal, appeals: Sequence[Appeal]) -> str:
    try:
        return "kept" if kept(appeal, appeals) else "repeat"
    except AppealRefused as refused:
        return type(refused).__name__


@given(steps=st.lists(st.tuples(st.sampled_from((*SIDES, None)), st.integers(1, 400)), max_size=8))
def test_each_side_has_all_its_time_and_appeals_once_whatever_the_other_does(
    steps: list[tuple[Role | None, int]],
) -> None:
    """INVARIANT: a side loses no hour while it is told to wait, is told `too late` never then, and appeals once."""
    appeals: tuple[Appeal, ...] = ()
    at, free = DECIDED, timedelta()
    for by, hours in steps:
        stood_still = waiting(appeals) is not None
        at += timedelta(hours=hours)
        free += timedelta() if stood_still else timedelta(hours=hours)
        if by is None:
            appeals = with_outcome(appeals, AppealOutcome.UPHELD, ("facts_hold",), at) if stood_still else appeals
            continue
        appeal = Appeal(id=f"apl_{len(appeals)}", by=by, grounds=("facts_wrong",), at=at)
        used, own = any(a.by == by for a in appeals), stood_still and appeals[-1].by == by
        said, left = answer(appeal, appeals), still_open(by, appeals)
        if own:
            assert said == "repeat"
        elif used or stood_still:
            assert said == ("AppealedBefore" if used else "AppealWaits")
        else:
            assert left is not None
            assert said == ("kept" if at <= left else "AppealTooLate")
            assert said == "kept" or free > 30 * DAY
        appeals = (*appeals, appeal) if said == "kept" else appeals
    assert all(sum(a.by == side for a in appeals) <= 1 for side in SIDES)
