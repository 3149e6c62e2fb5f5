"""What of a case is unfinished: told by two services, in any order."""

from itertools import permutations

import pytest
from ticketing_situations import LATER, NOON, given

from ticketing.unfinished.domain import Begin, Begun, End, GoOn, Unfinished
from ticketing.unfinished.store import UNFINISHED

BEGIN, END = Begin("dsp_1", NOON), End("dsp_1", LATER)


def test_what_began_and_did_not_end_is_unfinished() -> None:
    assert given(UNFINISHED, BEGIN, Begin("rfd_1", NOON), END).state == Unfinished(("rfd_1",), ("dsp_1",))
    given(UNFINISHED, BEGIN).when(BEGIN).then_nothing()
    given(UNFINISHED, BEGIN, END).when(END).then_nothing()


def test_what_goes_on_after_its_end_is_unfinished_again() -> None:
    """Would break if a case were closed over a return whose end was taken back."""
    given(UNFINISHED, BEGIN, END).when(GoOn("dsp_1", LATER)).then(Begun("dsp_1", LATER), live=("dsp_1",), over=())
    given(UNFINISHED, BEGIN).when(GoOn("dsp_1", LATER)).then_nothing()


@pytest.mark.parametrize("told", list(permutations((BEGIN, END))))
def test_an_end_that_is_heard_before_its_beginning_ends_it(told: tuple[Begin | End, ...]) -> None:
    state = given(UNFINISHED, *told).state
    assert state is not None
    assert (state.live, state.disputes) == ((), ())
