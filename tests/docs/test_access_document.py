"""The matrix of access is the code's, over every role, action and situation."""

import pytest
from access_document import DOCUMENT, answer, document

from chassis.auth import Action
from ombud_words import Role

COLUMN_OF_MEDIATORS = (
    Action.OPEN_CASE,
    Action.OPEN_DISPUTE,
    Action.WRITE_MESSAGE,
    Action.MAKE_OFFER,
    Action.ESCALATE,
    Action.WAIVE_REPLY,
    Action.TAKE_OVER,
    Action.HAND_BACK,
    Action.DECIDE_DISPUTE,
    Action.PROPOSE_CHARGE,
    Action.READ_CHARGES,
    Action.PAUSE_CLOCK,
    Action.READ_POLICIES,
)


def test_the_document_is_as_generated() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_matter_of_others_does_not_exist_whatever_is_asked(role: Role, action: Action) -> None:
    """INVARIANT: product rules, section 8; would break if an action told a stranger that a matter exists."""
    assert answer(role, action, "another's") == "404"


@pytest.mark.parametrize("action", COLUMN_OF_MEDIATORS)
def test_mediators_can_do_what_their_column_says(action: Action) -> None:
    """Product rules, section 8: agents and mediators share a column."""
    assert answer(Role.MEDIATOR, action, "own") == "yes"


def test_a_waiver_is_revoked_by_a_supervisor_alone() -> None:
    may = {role for role in Role if answer(role, Action.REVOKE_WAIVER, "own") == "yes"}
    assert may == {Role.SUPERVISOR}
