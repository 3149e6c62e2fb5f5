"""The offset map: nothing found may point at the wrong place, and no text may be lost on the way."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombud_detection import Kind, inspect
from ombud_detection.folding import fold

ANY_TEXT = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("aеоВß １①️⃣\u200b\u202eи\u0306łﬃ½  \n@.，微👩‍💻")),
    max_size=60,
)


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_every_folded_span_maps_into_the_original(text: str) -> None:
    """INVARIANT: a span of the folded text maps to a span of the original that holds its characters, in order."""
    folded = fold(text)
    previous = 0
    for index in range(len(folded.text)):
        start, end = folded.span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert start >= previous
        previous = start
    if folded.text:
        start, end = folded.span(0, len(folded.text))
        assert start == folded.span(0, 1)[0]
        assert end == folded.span(len(folded.text) - 1, len(folded.text))[1]


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_no_visible_character_is_lost(text: str) -> None:
    """INVARIANT: every character of the original that can be seen lies in the span of some folded character."""
    folded = fold(text)
    covered = {i for index in range(len(folded.text)) for i in range(*folded.span(index, index + 1))}
    for position, character in enumerate(text):
        invisible = unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc", "Cs", "Co") or character.isspace()
        blank = unicodedata.normalize("NFKD", character).strip() == "" or character in "\u115f\u1160\uffa0\u3164\u2800"
        hollow = all(
            unicodedata.category(c) in ("Mn", "Me", "Cf") or c.isspace()
            for c in unicodedata.normalize("NFKD", character)
        )
        assert position in covered or invisible or blank or hollow


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text).text
    assert len(fold(once).text) <= len(once)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("０１７１", "0171"),
        ("0️⃣1️⃣7️⃣", "017"),
        ("①②❸", "123"),
        ("ja\u200bna", "jana"),
        ("a\u202eb", "ab"),
        ("gmаil.соm", "gmail.com"),
        ("ᴡʜᴀᴛsᴀᴘᴘ", "whatsapp"),
        ("ⓦⓗⓐⓣⓢ", "whats"),
        ("𝐖𝐡𝐚𝐭𝐬", "whats"),
        ("Straße", "strasse"),
        ("тeлефoн", "телефон"),
        ("собака", "собака"),
        ("Ķīlis", "kilis"),
    ],
)
def test_disguised_characters_are_read_as_what_they_look_like(written: str, folded: str) -> None:
    assert fold(written).text == folded


def test_spans_are_told_in_code_points_of_the_text_as_written() -> None:
    text = "mail me: ja\u200bna@w\u200beb.de 👍"
    (finding,) = inspect(text, language="en", market="uk")
    assert (finding.kind, text[finding.start : finding.end]) == (Kind.EMAIL, "ja\u200bna@w\u200beb.de")
