"""A long text, whatever it is made of: the work grows with its length, and everybody else is served meanwhile."""

import asyncio
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.writing.checks import AT_ONCE, Circumstances, examined, examined_aside, findings_aside
from messaging.writing.detectors import SHIPPED
from ombud_contracts.market import load_markets
from ombud_detection import Finding, ThreadMessage, inspect_latest

LV = load_markets()["lv"]
SHORT = 1_500
UNITS = (
    "@abc ", "@abc1 ", "@АБВ ", "1 ", "1.", "12 34 ", "26 27 28 29 ", "a.b ", "a@b.com ", "(at) ", "http://", "www.", "live:abc ", "1️⃣", "𝟏", "аa", "\u200b",
    "e\u0301", "+1(", "tel 29123456 ", "07700 900461 ", "4111111111111111 ", "20261128_123355.jpg ", "r-o-w-a-n at ", "moc.liamg ", "QUJD", "%41",
    "?", "Kad? ", "微信 ", "call me ", "zero seven ", "insta a_b ", "payment link i'll send ", "\n", "28.11.26-",
)  # fmt: skip
"""What texts are made of that looks like contact data without being any, and texts that hold a finding every few characters."""


def work(call: Callable[[], object]) -> int:
    """Return how many calls, of Python and of C, `call` makes: a measure that a busy machine does not change."""
    count = 0

    def tick(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tick)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def posted(text: str, circumstances: Circumstances) -> tuple[object, ...]:
    """Do everything that is done to a text before it is kept: find, classify, rewrite, and say where something was."""
    return examined(text, circumstances).spotted


def grows_evenly(unit: str, circumstances: Circumstances) -> bool:
    """Tell whether twice the text is no more than about twice the work."""
    short = (unit * (SHORT // len(unit) + 1))[:SHORT]
    posted(short * 2, circumstances)  # what is loaded on first use is not the text's work
    once, twice = work(lambda: posted(short, circumstances)), work(lambda: posted(short * 2, circumstances))
    return twice <= 2.5 * once + 500


@pytest.mark.parametrize("role", ["buyer", "seller"])
@pytest.mark.parametrize("unit", UNITS)
def test_twice_the_text_is_twice_the_work_until_it_is_posted(unit: str, role: str) -> None:
    """INVARIANT: from the first rule to the spans its author is shown; comparing every finding with each other would break it."""
    assert grows_evenly(unit, Circumstances(author_role=role, language="lv", market=LV))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(UNITS), min_size=1, max_size=4), st.text("@.1a а(", max_size=3))
def test_twice_a_mixture_is_twice_the_work(units: list[str], between: str) -> None:
    """INVARIANT: rules do not multiply each other's work."""
    assert grows_evenly(between.join(units) + between, Circumstances(author_role="buyer", language="lv", market=LV))


def compared_with_each_other(thread: Sequence[ThreadMessage], **_: object) -> tuple[Finding, ...]:
    """A detector as it must not be: it compares every word with every other."""
    words = thread[-1].text.split()
    for one in words:
        for other in words:
            one.startswith(other)
    return ()


def test_work_that_multiplies_is_seen() -> None:
    detectors = replace(SHIPPED, contacts=compared_with_each_other)
    assert not grows_evenly("1 ", Circumstances(author_role="buyer", language="lv", market=LV, detectors=detectors))


def where(seen: list[int]) -> Callable[..., tuple[Finding, ...]]:
    """Return a detector that remembers in which thread it ran."""

    def contacts(thread: tuple[ThreadMessage, ...], **known: Any) -> tuple[Finding, ...]:
        seen.append(threading.get_ident())
        return inspect_latest(thread, **known)

    return contacts


@pytest.mark.parametrize(
    ("text", "window"),
    [("@abc " * AT_ONCE, ()), ("īss", tuple(ThreadMessage("buyer", "garš " * 100) for _ in range(8)))],
    ids=["a long text", "a long thread"],
)
def test_what_takes_long_is_examined_beside_the_event_loop(text: str, window: tuple[ThreadMessage, ...]) -> None:
    """INVARIANT: a text of any length keeps nobody else waiting; examining it on the loop would."""
    seen: list[int] = []
    circumstances = Circumstances(
        author_role="buyer", language="lv", market=LV, window=window, detectors=replace(SHIPPED, contacts=where(seen))
    )
    judged = asyncio.run(examined_aside(text, circumstances))
    assert threading.get_ident() not in seen
    assert judged == examined(text, circumstances)
    seen.clear()
    assert asyncio.run(findings_aside(text, circumstances)) == judged.found
    assert threading.get_ident() not in seen


def test_a_short_text_is_examined_at_once() -> None:
    seen: list[int] = []
    circumstances = Circumstances(
        author_role="buyer", language="lv", market=LV, detectors=replace(SHIPPED, contacts=where(seen))
    )
    asyncio.run(examined_aside("Kad piegādās?", circumstances))
    assert set(seen) == {threading.get_ident()}
