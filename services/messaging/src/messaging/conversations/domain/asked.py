"""The buyer's questions in a conversation, and which reply of the seller addressed which (R-02): spans, never words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ombud_words import MessageId

REMEMBERED = 20
"""Questions that a conversation keeps; of those that are too many, answered ones go first, then the oldest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question in a message, in code points: of the text as written, and of the text as it is shown to others."""

    start: int
    end: int
    shown_start: int
    shown_end: int
    about: tuple[str, ...] = ()
    """Topics, as codes."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that a reply addresses, by the message that asked it and its place in it."""

    message_id: MessageId
    place: int


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text, in code points of the text as written."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Substance:
    """What a message asks, answers and insults, without its words."""

    questions: tuple[Question, ...] = ()
    answers: tuple[Answered, ...] = ()
    insults: tuple[Span, ...] = ()


NO_SUBSTANCE = Substance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was put to the seller."""

    message_id: MessageId
    place: int
    question: Question
    answered_by: MessageId | None = None
    """The first reply that addressed it."""


def ask(asked: Sequence[Asked], message_id: MessageId, questions: Sequence[Question]) -> tuple[Asked, ...]:
    """Return what is asked after a message of the buyer reached the seller."""
    every = [*asked, *(Asked(message_id=message_id, place=place, question=q) for place, q in enumerate(questions))]
    spare = sorted(range(len(every)), key=lambda n: (every[n].answered_by is None, n))
    gone = set(spare[: max(0, len(every) - REMEMBERED)])
    return tuple(a for n, a in enumerate(every) if n not in gone)


def answer(asked: Sequence[Asked], message_id: MessageId, answers: Sequence[Answered]) -> tuple[Asked, ...]:
    """Return what is asked after a reply that counts; a question keeps the first reply that addressed it."""
    addressed = {(a.message_id, a.place) for a in answers}
    return tuple(
        replace(a, answered_by=message_id) if a.answered_by is None and (a.message_id, a.place) in addressed else a
        for a in asked
    )


def reopen(asked: Sequence[Asked], message_id: MessageId) -> tuple[Asked, ...]:
    """Return what is asked after the buyer said that a reply does not answer."""
    return tuple(replace(a, answered_by=None) if a.answered_by == message_id else a for a in asked)
