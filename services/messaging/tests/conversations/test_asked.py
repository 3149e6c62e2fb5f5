"""Which questions are open, and which reply addressed them (R-02)."""

import pytest

from messaging.conversations.domain.asked import REMEMBERED, Answered, Question, answer, ask, reopen

pytestmark = pytest.mark.rule("R-02")


def questions(number: int) -> tuple[Question, ...]:
    return tuple(Question(start=n, end=n + 1, shown_start=n, shown_end=n + 1) for n in range(number))


def test_a_question_keeps_the_first_reply_that_addressed_it() -> None:
    asked = ask((), "msg_1", questions(2))
    once = answer(asked, "msg_2", [Answered("msg_1", 1)])
    twice = answer(once, "msg_3", [Answered("msg_1", 0), Answered("msg_1", 1)])
    assert [a.answered_by for a in twice] == ["msg_3", "msg_2"]


def test_a_contested_reply_reopens_only_what_it_addressed() -> None:
    asked = answer(ask((), "msg_1", questions(2)), "msg_2", [Answered("msg_1", 0)])
    asked = answer(asked, "msg_3", [Answered("msg_1", 1)])
    assert [a.answered_by for a in reopen(asked, "msg_2")] == [None, "msg_3"]


def test_of_too_many_questions_answered_ones_are_forgotten_first_and_then_the_oldest() -> None:
    asked = answer(ask((), "msg_1", questions(REMEMBERED)), "msg_2", [Answered("msg_1", 7), Answered("msg_1", 9)])
    more = ask(asked, "msg_3", questions(3))
    assert len(more) == REMEMBERED
    assert [a.place for a in more if a.message_id == "msg_1"] == [n for n in range(1, REMEMBERED) if n not in (7, 9)]
    assert [a.place for a in more if a.message_id == "msg_3"] == [0, 1, 2]
