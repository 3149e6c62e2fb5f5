"""The picture of the rooms is the code's."""

import pytest
from rooms_document import DOCUMENT, SERVICES, arrows_between_rooms, document


def test_the_document_is_as_generated() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


@pytest.mark.parametrize("service", SERVICES)
def test_no_two_rooms_import_each_other(service: str) -> None:
    arrows = arrows_between_rooms(service)
    assert {(a, b) for a, b in arrows if (b, a) in arrows} == set()
