"""Check-ins and read marks (R-06)."""

from datetime import timedelta

import pytest
from messaging_situations import NOON

from chassis.testing import fold
from messaging.discussions.domain.check_in import TOLD_EVERY, CheckDiscussions
from messaging.discussions.domain.read_mark import MarkRead
from messaging.discussions.store import CHECKS, MARKS

pytestmark = pytest.mark.rule("R-06")

MINUTE = timedelta(minutes=1)


def test_every_opening_is_remembered_and_others_hear_of_one_an_hour() -> None:
    """INVARIANT: would break if each look at a list made an event, or if a seller who looks every minute were never told."""
    openings = [NOON + n * 20 * MINUTE for n in range(8)]
    state, told = None, []
    for at in openings:
        events, state = fold(CHECKS, [CheckDiscussions("sel_1", at)], state)
        assert state is not None
        assert state.checked_at == at
        told += [contract.checked_at for e in events if (contract := CHECKS.publish(e, state))]
    assert told == [NOON, NOON + TOLD_EVERY, NOON + 2 * TOLD_EVERY]


@pytest.mark.parametrize("earlier", [MINUTE, 0 * MINUTE])
def test_an_opening_that_is_heard_of_late_or_twice_takes_nothing_back(earlier: timedelta) -> None:
    events, state = fold(CHECKS, [CheckDiscussions("sel_1", NOON), CheckDiscussions("sel_1", NOON - earlier)])
    assert len(events) == 1
    assert state is not None
    assert state.checked_at == NOON


@pytest.mark.parametrize(("marks", "position"), [([3], 3), ([3, 3], 3), ([3, 1], 3), ([3, 5, 4], 5), ([0], 0)])
def test_a_read_mark_never_goes_back(marks: list[int], position: int) -> None:
    _, state = fold(
        MARKS, [MarkRead(case_id="cas_1", role="seller", person_id="sel_1", position=place, at=NOON) for place in marks]
    )
    assert state is not None
    assert state.position == position


def test_how_far_somebody_has_read_is_told_to_nobody() -> None:
    events, state = fold(MARKS, [MarkRead(case_id="cas_1", role="seller", person_id="sel_1", position=1, at=NOON)])
    assert state is not None
    assert [MARKS.publish(e, state) for e in events] == [None]
