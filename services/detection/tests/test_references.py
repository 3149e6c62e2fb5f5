"""R-04: the case's own order, line and case numbers are nobody's contact data, however they are written."""

import pytest

from ombud_detection import ThreadMessage, inspect, inspect_latest, inspect_thread

pytestmark = pytest.mark.rule("R-04")

ORDER, CASE = "ord_29123456", "LV-26-26777889"
OWN = (ORDER, "lin_4111111111111111", CASE)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("29123456", "lv"),
        ("Zvaniet par 29 12 34 56", "lv"),
        ("29123456 un 26777889", "lv"),
        ("divi deviņi viens divi trīs četri pieci seši", "lv"),
        ("2̲9̲1̲2̲3̲4̲5̲6̲", "lv"),
        ("It is 4111 1111 1111 1111, I paid for that one", "en"),
        ("Call me about 29-12-34-56", "en"),
    ],
)
def test_the_cases_own_numbers_are_not_contact_data(text: str, language: str) -> None:
    """INVARIANT: a number that both sides and the platform know gives nothing away."""
    assert any(f.kind in ("phone", "bank") for f in inspect(text, language=language, market="lv"))
    told = inspect(text, language=language, market="lv", references=OWN)
    assert not any(f.kind in ("phone", "bank") for f in told)


@pytest.mark.parametrize("text", ["29123456 26123457", "26123457 / 29123456", "29123456, zvaniet 26123457"])
def test_a_number_beside_the_cases_own_is_still_found(text: str) -> None:
    (found,) = (f for f in inspect(text, language="lv", market="lv", references=OWN) if f.kind == "phone")
    assert text[found.start : found.end] == "26123457"


@pytest.mark.parametrize(
    "pieces", [("2912", "3456"), ("29", "12", "34", "56"), ("2677", "7889"), ("29123456",), ("4111 1111", "1111 1111")]
)
def test_the_cases_own_numbers_are_not_contact_data_in_pieces(pieces: tuple[str, ...]) -> None:
    thread = [ThreadMessage("buyer", "Labdien"), *(ThreadMessage("buyer", piece) for piece in pieces)]
    assert inspect_thread(thread, language="lv", market="lv").leak
    assert not inspect_thread(thread, language="lv", market="lv", references=OWN).leak
    assert inspect_latest(thread, language="lv", market="lv", references=OWN) == ()


def test_a_part_of_a_reference_is_not_read_as_a_number() -> None:
    thread = [ThreadMessage("buyer", piece) for piece in ("303", "2912345", "6", "77")]
    assert inspect_thread(thread, language="lv", market="lv").leak
    assert not inspect_thread(thread, language="lv", market="lv", references=("303-2912345-6",)).leak


def test_pieces_after_a_reference_are_still_a_number() -> None:
    thread = [ThreadMessage("seller", piece) for piece in ("29123456", "2612", "3457")]
    found = inspect_thread(thread, language="lv", market="lv", references=OWN)
    assert found.leak
    assert found.messages[0] == ()
