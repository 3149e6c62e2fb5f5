"""The operator's tool shows and resends what hostile records hold, and does not obey it. Needs nothing."""

import io

import pytest
from aiokafka import ConsumerRecord
from rich.console import Console

from chassis.dead_letters import show, show_list

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
