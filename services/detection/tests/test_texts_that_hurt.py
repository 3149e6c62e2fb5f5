"""Texts of 100,000 characters, made to hurt: refused at once, or answered with bounded work, by every detector and every rule."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_bounded_work import PIECES, class_words, work
from test_rules import SEEN

from ombud_detection import (
    TEXT_LIMIT,
    Question,
    SellerReply,
    TextTooLong,
    ThreadMessage,
    addressed,
    automated_reply,
    inspect,
    inspect_latest,
    insults,
    is_pure_thanks,
    language_of,
    questions,
    trace_of,
)

LONG = 100_000
MOST_WORK = 60 * TEXT_LIMIT
"""Calls, of Python and of C, for the longest text that is read; the bench prints what they take."""
HARDLY_ANY = 200


def _reply(text: str) -> SellerReply:
    return SellerReply("b", "When will it come?", text, 10, 9)


BEFORE = [trace_of(_reply("It was sent this morning."), language="en")]
DETECTORS: dict[str, Callable[[str], object]] = {
    "contacts": lambda text: inspect(text, language="en", market="uk"),
    "a thread": lambda text: inspect_latest([ThreadMessage("buyer", text)] * 3, language="en", market="uk"),
    "language": lambda text: language_of(text, "en"),
    "thanks": lambda text: is_pure_thanks(text, "en"),
    "questions": lambda text: questions(text, "en"),
    "insults": lambda text: insults(text, "en"),
    "addressed": lambda text: addressed(text, [Question(0, min(len(text), 400))], text, "en"),
    "automated replies": lambda text: automated_reply(_reply(text), BEFORE, language="en"),
}


def answered_or_refused(call: Callable[[str], object], text: str) -> int:
    """Return how much work it was; a refusal is an answer."""

    def run() -> None:
        try:
            call(text)
        except TextTooLong:
            return

    return work(run)


@st.composite
def hurting(draw: st.DrawFn) -> str:
    """A text of repetitions of repetitions of what rules look for."""
    pieces = st.sampled_from([*PIECES, *class_words(), *(seen + " " for seen, _spared in SEEN.values())])
    inner = "".join(draw(pieces) * draw(st.integers(1, 40)) for _ in range(draw(st.integers(1, 4))))
    outer = inner + draw(pieces) * draw(st.integers(0, 3))
    return (outer * (LONG // len(outer) + 1))[:LONG]


@pytest.mark.parametrize("name", DETECTORS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=hurting())
def test_no_detector_works_more_on_a_text_far_too_long_than_on_the_longest_it_reads(name: str, text: str) -> None:
    """INVARIANT: would break if a detector read all of a text, or a pattern ran before the text's length was known."""
    assert answered_or_refused(DETECTORS[name], text) <= MOST_WORK


@pytest.mark.parametrize("name", ["contacts", "a thread"])
def test_a_text_far_too_long_is_refused_before_any_rule_runs(name: str) -> None:
    inspect("warm", language="en", market="uk")
    assert answered_or_refused(DETECTORS[name], "a@b.c " * LONG) <= HARDLY_ANY


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=hurting())
def test_the_longest_text_that_is_read_is_bounded_work_whatever_it_is_made_of(text: str) -> None:
    """INVARIANT: would break if two rules together, or one inside what another repeats, grew faster than the text."""
    assert answered_or_refused(DETECTORS["contacts"], text[:TEXT_LIMIT]) <= MOST_WORK


@pytest.mark.parametrize("rule", SEEN)
def test_a_text_of_nothing_but_what_a_rule_finds_is_bounded_work(rule: str) -> None:
    """INVARIANT: every rule; would break if one compared each of its places with each other."""
    seen, spared = SEEN[rule]
    for piece in (seen + " ", spared + " ", seen + " " + spared + ". "):
        text = piece * (LONG // len(piece) + 1)
        for name in DETECTORS:
            assert answered_or_refused(DETECTORS[name], text[:LONG]) <= MOST_WORK, name
        assert answered_or_refused(DETECTORS["contacts"], text[:TEXT_LIMIT]) <= MOST_WORK
