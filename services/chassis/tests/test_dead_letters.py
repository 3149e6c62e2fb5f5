"""The operator's tool shows and resends what hostile records hold, and does not obey it. Needs nothing."""

import io

import pytest
from aiokafka import ConsumerRecord
from rich.console import Console

from chassis.dead_letters import chosen, place_of, show, show_list

HOSTILE = {
    "a tag that closes nothing": b"[/x]",
    "a tag": b"[red]x[/red]",
    "a command of terminals": b"\x1b[2J\x1b]0;title\x07",
    "a line of its own": b"a\r\nparked at",
    "text of the other direction": "\u202e1:cas".encode(),
    "bytes": b"\xff\xfe",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_a_record_holds_is_shown_as_it_is_and_commands_no_terminal(text: bytes) -> None:
    """INVARIANT: would break if one record kept an operator from seeing the others, or wrote on their screen."""
    headers = (("ce_id", text), ("ce_type", text), ("ombud-dead-topic", b"ticketing.cases.v1"))
    letter = ConsumerRecord("dead", 0, 0, 0, 0, b"", b"", None, 0, 0, headers)
    for shown in (show, show_list):
        screen = io.StringIO()
        shown(Console(file=screen, width=200), [letter])
        said = screen.getvalue()
        assert all(line.isprintable() for line in said.split("\n"))
        assert "ticketing.cases.v1" in said
        if text.isascii() and text.decode().isprintable():
            assert text.decode() in said


def letter(id: bytes | None, offset: bytes) -> ConsumerRecord[bytes, bytes]:
    """A dead letter of a topic's first partition."""
    marks = {"topic": b"ticketing.cases.v1", "partition": b"0", "offset": offset}
    headers = [(f"ombud-dead-{name}", value) for name, value in marks.items()]
    return ConsumerRecord("dead", 0, 0, 0, 0, b"", b"", None, 0, 0, [*headers, *([("ce_id", id)] if id else [])])


def test_a_record_without_an_id_is_chosen_by_where_it_stood() -> None:
    """INVARIANT: would break if a record that has no id could only be sent again together with all others."""
    known, unknown, other = letter(b"cas_1:4", b"7"), letter(None, b"8"), letter(None, b"80")
    letters = [known, unknown, other]
    assert chosen(letters, None, place_of(unknown)) == [unknown]
    assert chosen(letters, "cas_1:4", None) == [known]
    assert chosen(letters, "cas_1:4", place_of(unknown)) == []
    assert chosen(letters, None, None) == letters
    assert place_of(unknown) == "ticketing.cases.v1/0/8"
