"""Texts built to hurt: the work of every rule grows with the length of the text, not with its square. Work is counted, not timed."""

import re
import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any

import pytest

from ombud_detection import (
    TEXT_LIMIT,
    SellerReply,
    ThreadMessage,
    inspect,
    inspect_thread,
    is_pure_thanks,
    language_of,
    questions,
    trace_of,
)
from ombud_detection.phrases import phrase_rules
from ombud_detection.ruledata import lexicon_files, table_of, words_of

MODULES = (
    "addresses", "bank", "digitruns", "disguise", "folding", "handles", "inspection", "language", "phones", "phrases", "reading", "replies",
    "respelling", "substance", "wording", "explained", "split_numbers", "dictated", "account_names", "riddles", "thread",
)  # fmt: skip
PIECES = (
    "a", "a@", "a.", "1", "1 ", "1-", "a b ", "www.", "http://", "@a", "a@b.c", "(at)", "gb29", "AAAA", "QUJD", "%41", "&#64;", "0x", "+", "()",
    " ", "\u200b", "e\u0301", "аa", "微信", "一", "A ", "a_", "0O", "6I2 ", ">", "\n", "\n-- \n", "?", "live:", "a#1234 ", "12/11/2026 ", "12.50 € ",
)  # fmt: skip


def class_words() -> list[str]:
    """Return one word of every class of every language."""
    return sorted(
        {
            words[0].strip("*") + " "
            for _, t in lexicon_files()
            for c in table_of(t, "classes")
            if (words := words_of(table_of(t, "classes"), c))
        }
    )


def work(call: Callable[[], object]) -> int:
    """Return how many calls, of Python and of C, `call` makes."""
    count = 0

    def tick(_frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tick)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def inspect_all(text: str) -> None:
    inspect(text, language="en", market="uk")
    language_of(text, "en")
    questions(text, "en")
    is_pure_thanks(text, "en")
    trace_of(SellerReply("b", text[:400], text, 10, 9), language="en")


@pytest.mark.parametrize("piece", [*PIECES, *class_words()])
def test_twice_the_text_is_at_most_about_twice_the_work(piece: str) -> None:
    """INVARIANT: no rule does work that grows faster than the text, for a piece of any class repeated."""
    short = (piece * (1500 // len(piece) + 1))[:1500]
    inspect_all(short * 2)  # what is loaded on first use is not the text's work
    once, twice = work(lambda: inspect_all(short)), work(lambda: inspect_all(short * 2))
    assert twice <= 2.6 * once + 400


@pytest.mark.parametrize("rule", phrase_rules(), ids=lambda r: r.id)
def test_a_rule_fed_its_own_words_stays_bounded(rule: Any) -> None:
    """INVARIANT: a text made of nothing but a rule's own words costs no more than a bounded number of pairs."""
    words = {
        cls: words_of(table_of(t, "classes"), cls)[0].strip("*")
        for _, t in lexicon_files()
        for cls in table_of(t, "classes")
    }
    words |= {"app": "whatsapp", "app_short": "insta", "app_disguised": "w.h.a.t.s.a.p.p"}
    piece = " ".join(words[cls] for cls in (rule.first[0], *rule.second[:1])) + " "
    text = (piece * (TEXT_LIMIT // len(piece) + 1))[:TEXT_LIMIT]
    assert work(lambda: inspect(text, language="en", market="uk")) <= 60 * TEXT_LIMIT


def test_a_thread_of_long_messages_stays_bounded() -> None:
    """INVARIANT: the window over a thread never joins more than it may."""
    messages = [ThreadMessage("s", "1 2 3 " * 13)] * 12
    inspect_thread(messages, language="en", market="uk")
    assert work(lambda: inspect_thread(messages, language="en", market="uk")) <= 3_000_000


def test_no_pattern_repeats_a_repetition_without_bound() -> None:
    """INVARIANT: no regular expression of the detectors has an unbounded repetition inside another one, the shape that explodes."""
    for name in MODULES:
        module = import_module(f"ombud_detection.{name}")
        for label, value in vars(module).items():
            if isinstance(value, re.Pattern):
                assert _nesting(re._parser.parse(value.pattern, value.flags & ~re.DEBUG)) < 2, f"{name}.{label}"  # type: ignore[attr-defined]


def _nesting(tree: Any) -> int:
    deepest = 0
    for operation, argument in tree:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, most, inner = argument
            unbounded = most > 200 and not _is_single(inner)
            deepest = max(deepest, (1 if most > 200 else 0) if _is_single(inner) else _nesting(inner) + unbounded)
        elif name == "SUBPATTERN":
            deepest = max(deepest, _nesting(argument[3]))
        elif name == "BRANCH":
            deepest = max([deepest, *(_nesting(branch) for branch in argument[1])])
        elif name in ("ASSERT", "ASSERT_NOT"):
            deepest = max(deepest, _nesting(argument[1]))
        elif name == "ATOMIC_GROUP":
            deepest = max(deepest, _nesting(argument))
    return deepest


def _is_single(tree: Any) -> bool:
    return len(tree) == 1 and str(tree[0][0]) in ("LITERAL", "NOT_LITERAL", "IN", "ANY")
