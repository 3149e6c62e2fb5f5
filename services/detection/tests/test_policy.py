"""What happens to a message: rows, the most specific wins, the strictest finding decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud_detection import (
    Action,
    Finding,
    Kind,
    PolicyRow,
    action_for,
    default_policy,
    rows_from,
    safe_rewrite,
)

PHONE = Finding(8, 16, Kind.PHONE, "phone.number-plan", 0.9)
INVITE = Finding(0, 7, Kind.INVITE, "invite.call", 0.75)


def row(identity: str, action: Action, **where: str) -> PolicyRow:
    return PolicyRow(identity, action, "For the test.", **where)


def test_no_finding_is_allowed() -> None:
    assert action_for([], role="seller", market="lv").action is Action.ALLOW


def test_the_most_specific_row_decides() -> None:
    rows = [
        row("all", Action.BLOCK),
        row("phone", Action.FLAG, kind="phone"),
        row("phone-lv", Action.HOLD, kind="phone", market="lv"),
    ]
    assert action_for([PHONE], role="buyer", market="lv", rows=rows).action is Action.HOLD
    assert action_for([PHONE], role="buyer", market="de", rows=rows).action is Action.FLAG


def test_the_strictest_finding_decides_for_the_message() -> None:
    rows = [row("phone", Action.BLOCK, kind="phone"), row("invite", Action.FLAG, kind="invite")]
    decision = action_for([INVITE, PHONE], role="buyer", market="lv", rows=rows)
    assert decision.action is Action.BLOCK
    assert [reason.policy for reason in decision.reasons] == ["invite", "phone"]
    assert decision.hidden == (PHONE,)


def test_a_row_can_ask_for_a_surer_finding() -> None:
    rows = [PolicyRow("sure", Action.BLOCK, "For the test.", minimum_score=0.95)]
    assert action_for([PHONE], role="buyer", market="lv", rows=rows).action is Action.ALLOW


def test_no_role_in_the_market_is_left_without_a_row_for_any_kind() -> None:
    for kind in Kind:
        for role in ("buyer", "seller", "agent", "mediator"):
            found = Finding(0, 1, kind, "x", 0.9)
            assert action_for([found], role=role, market="lv").action is not Action.ALLOW


def test_an_unknown_action_in_a_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="explode"):
        rows_from({"row": [{"id": "x", "sentence": "y", "action": "explode"}]})


def test_shipped_rows_have_owners_sentences() -> None:
    assert all(len(r.sentence) > 20 for r in default_policy())


def test_the_rewrite_hides_each_finding_and_nothing_else() -> None:
    assert (
        safe_rewrite("call me 29123456 today", [PHONE], language="lv").text == "call me [tālruņa numurs noņemts] today"
    )


def test_overlapping_findings_become_one_mark() -> None:
    twin = Finding(10, 18, Kind.URL, "x", 0.9)
    assert safe_rewrite("call me 29123456xy", [PHONE, twin], language="en").text == "call me [phone number removed]"


@given(
    st.text("abc ", min_size=30, max_size=60), st.lists(st.tuples(st.integers(0, 28), st.integers(1, 9)), max_size=4)
)
def test_a_span_stands_in_the_rewrite_where_its_words_do(text: str, hidden: list[tuple[int, int]]) -> None:
    """INVARIANT: what is outside every finding is the same text in the rewrite; an offset that drifts would break it."""
    found = [Finding(start, min(start + length, len(text)), Kind.PHONE, "x", 1.0) for start, length in hidden]
    shown = safe_rewrite(text, found)
    covered = {position for f in found for position in range(f.start, f.end)}
    for position in set(range(len(text))) - covered:
        start, end = shown.span(position, position + 1)
        assert shown.text[start:end] == text[position]
