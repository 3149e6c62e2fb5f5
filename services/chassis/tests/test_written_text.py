"""Free text in a request: counted as it was sent, and kept without the blanks at its ends."""

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.http import Text

TEXT: TypeAdapter[str] = TypeAdapter(Text)


@pytest.mark.parametrize("sent", ["a", " a\n", "\u00a0a\u2003"])
def test_blanks_at_the_ends_are_taken_away(sent: str) -> None:
    assert TEXT.validate_python(sent) == "a"


@pytest.mark.parametrize("sent", ["", " ", "\u00a0\n", "a\x00", " " + "x" * 10_000, "x" * 10_001])
def test_a_text_is_refused_as_its_description_says(sent: str) -> None:
    """Would break if blanks were taken away before the characters are counted: the description knows none of that."""
    with pytest.raises(ValidationError):
        TEXT.validate_python(sent)


def test_the_longest_text_is_taken() -> None:
    assert len(TEXT.validate_python("x" * 10_000)) == 10_000
