"""The diagrams of states are the code's."""

import pytest
from states_document import DIAGRAMS, DOCUMENT, Diagram, arrows_of, document


def test_the_document_is_as_generated() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.title)
def test_every_status_is_reached_and_none_but_the_ends_is_a_trap(diagram: Diagram) -> None:
    """INVARIANT: would break if a status could not be reached by what the tests do, or could never be left."""
    arrows = arrows_of(diagram)
    reached = {after for _, after in arrows}
    assert {before for before, _ in arrows} - {"[*]"} <= reached
    if diagram.title == "Takeovers":
        assert reached - {before for before, _ in arrows} == {"DECLINED", "LAPSED", "REVERSED"}
        assert len(reached) == 9
