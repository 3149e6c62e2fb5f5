"""R-04: data split over messages, or between a text and a file name."""

import pytest
from labelled_texts import f1, rows, share

from ombud_detection import Kind, ThreadMessage, inspect_thread, inspect_with_files

pytestmark = pytest.mark.rule("R-04")


@pytest.mark.parametrize(
    "name",
    [
        "examples_threads",
        "threads",
        "threads_second",
        "threads_third",
        "threads_fourth",
        "threads_fifth",
        "threads_sixth",
        "threads_seventh",
        "threads_eighth",
        "threads_ninth",
        "threads_tenth",
        "threads_eleventh",
    ],
)
def test_split_data_is_found(name: str) -> None:
    judged, timely = [], []
    for row in rows(name):
        result = inspect_thread(
            [ThreadMessage(m["from"], m["text"]) for m in row["messages"]], language=row["lang"], market=row["market"]
        )
        judged.append((row["label"] == "leak", result.leak))
        if result.leak and "complete_at_message" in row and row["label"] == "leak":
            timely.append(result.complete_at_message == row["complete_at_message"])
    assert f1(judged) >= 0.93
    assert not timely or share(timely) >= 0.8


def test_two_senders_are_not_read_as_one() -> None:
    messages = [ThreadMessage("buyer", "2912"), ThreadMessage("seller", "3456")]
    assert not inspect_thread(messages, language="lv", market="lv").leak


def test_digits_that_answer_a_question_for_the_order_number_are_innocent() -> None:
    messages = [
        ThreadMessage("seller", "Pasūtījuma numurs?"),
        ThreadMessage("buyer", "2912"),
        ThreadMessage("buyer", "3456"),
    ]
    assert not inspect_thread(messages, language="lv", market="lv").leak


def test_spans_are_told_per_message() -> None:
    messages = [
        ThreadMessage("s", "  601"),
        ThreadMessage("b", "?"),
        ThreadMessage("s", "234"),
        ThreadMessage("s", "567 ok"),
    ]
    result = inspect_thread(messages, language="pl", market="pl")
    assert result.complete_at_message == 3
    assert [[(f.start, f.end) for f in m] for m in result.messages] == [[(2, 5)], [], [(0, 3)], [(0, 3)]]


def test_a_number_half_in_the_text_and_half_in_the_file_name_is_found() -> None:
    result = inspect_with_files(ThreadMessage("s", "2912", ("3456.jpg",)), language="lv", market="lv")
    assert {f.kind for findings in result.messages for f in findings} == {Kind.PHONE}


def test_numbers_that_each_answer_another_question_are_innocent() -> None:
    messages = [
        ThreadMessage("buyer", "¿Batería?"),
        ThreadMessage("seller", "88"),
        ThreadMessage("buyer", "¿Memoria?"),
        ThreadMessage("seller", "128"),
        ThreadMessage("buyer", "¿Año?"),
        ThreadMessage("seller", "2022"),
    ]
    assert not inspect_thread(messages, language="es", market="es").leak


def test_amounts_with_their_units_are_no_pieces_of_a_number() -> None:
    messages = [ThreadMessage("seller", text) for text in ("412", "3110 mAh", "Zustand 88")]
    assert not inspect_thread(messages, language="de", market="de").leak
