"""What others hear of a conversation: every fact is a valid contract event, and none carries a word of a message."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from messaging_situations import (
    ASKED,
    BRING_IN,
    DUE,
    ERASE,
    FINE,
    GERMAN,
    LADDER,
    LATER,
    LOCK_CLOSED,
    LOCK_TAKEN_OVER,
    MOVE,
    NOON,
    OPEN,
    READ,
    THANKS,
    UNLOCK_CLOSED,
    UNLOCK_TAKEN_OVER,
    letter,
    post,
)

from messaging.conversations.domain import Attached, Checked, Conversation
from messaging.conversations.domain import command as ordered
from messaging.conversations.domain import event as said
from messaging.conversations.store import CONVERSATIONS
from ombud_contracts import Event
from ombud_contracts.events.messaging import ConversationOpened, MessageDelivered

SILENT = ("erased", "moved", "platform", "brought_in")
TOLD = {name: history for name, history in LADDER.items() if name not in SILENT}
UNLOCKED: tuple[ordered.Command, ...] = (OPEN, LOCK_TAKEN_OVER, UNLOCK_TAKEN_OVER)


def published(history: tuple[ordered.Command, ...]) -> list[tuple[said.Event, Event | None, Conversation]]:
    state: Conversation | None = None
    told = []
    for command in history:
        for event in CONVERSATIONS.decide(command, state):
            state = CONVERSATIONS.evolve(state, event)
            told.append((event, CONVERSATIONS.publish(event, state), state))
    return told


@pytest.mark.parametrize("history", [*TOLD.values(), UNLOCKED, (OPEN, READ)])
def test_every_fact_is_a_contract_event_that_reads_back(history: tuple[ordered.Command, ...]) -> None:
    for event, contract, _ in published(history):
        assert contract is not None, type(event).__name__
        assert type(contract).read(contract.to_bytes()) == contract


def test_a_deadline_is_told_by_its_clock_and_not_again() -> None:
    assert [contract for _, contract, _ in published((OPEN, DUE))][-1] is None


def test_an_erasure_is_told_once_for_the_person_and_not_by_each_conversation() -> None:
    assert [contract for _, contract, _ in published((OPEN, ERASE))][-1] is None


def test_a_thread_is_told_of_when_a_seller_shares_it_and_not_before() -> None:
    """INVARIANT: nobody hears of a thread between a buyer and a seller while the buyer asks the platform."""
    told = [(type(event), contract) for event, contract, _ in published((ASKED, BRING_IN))]
    assert [contract for kind, contract in told if kind is said.ConversationOpened] == [None]
    shared = told[-1][1]
    assert isinstance(shared, ConversationOpened)
    assert (shared.buyer_id, shared.seller_id, shared.opened_at) == ("buy_1", "sel_1", LATER)
    assert [contract for _, contract, _ in published((OPEN, MOVE))][-1] is None


def test_the_ladder_meets_every_event() -> None:
    met = {
        type(event)
        for history in (*LADDER.values(), UNLOCKED, (OPEN, READ), (OPEN, DUE))
        for event, _, _ in published(history)
    }
    assert met == set(get_args(said.Event))


@pytest.mark.parametrize(("checked", "said_of_it"), [(THANKS, True), (FINE, None)])
def test_pure_thanks_are_told_so_that_they_reopen_nothing(checked: Checked, said_of_it: bool | None) -> None:
    told = [c for _, c, _ in published((OPEN, post("msg_5", "buyer", checked))) if isinstance(c, MessageDelivered)]
    assert told[-1].classification.pure_thanks is said_of_it


def test_no_event_carries_the_bytes_of_a_message() -> None:
    """INVARIANT: bodies never go into events (section 7); publishing a letter's bytes, sealed or not, would break it."""
    told = replace(letter("msg_1", "buyer"), original=b"ORIGINAL", shown=b"SHOWN")
    assert GERMAN.text == b"translation in a seal", "the ladder has a translation"
    for history in TOLD.values():
        kept = tuple(
            replace(c, first=told) if isinstance(c, ordered.OpenConversation) and c.first else c for c in history
        )
        for _, contract, _ in published(kept):
            assert contract is not None
            assert not [word for word in (b"ORIGINAL", b"SHOWN", GERMAN.text) if word in contract.to_bytes()]


FILE = Attached(id="att_1", sha256="0" * 64, media_type="image/jpeg", size_bytes=4_711, withheld=True)


@pytest.mark.parametrize("verdict", said.Verdict)
def test_every_fate_of_a_message_tells_its_files_without_their_names(verdict: said.Verdict) -> None:
    carrying = replace(FINE, verdict=verdict, attachments=(FILE,))
    post = ordered.PostMessage(letter("msg_2", "seller", carrying), NOON)
    told = [contract for _, contract, _ in published((OPEN, post)) if contract is not None][-1]
    assert told.model_dump()["attachments"] == (
        {"attachment_id": "att_1", "sha256": "0" * 64, "media_type": "image/jpeg", "bytes": 4_711, "withheld": True},
    )


def test_a_released_message_tells_its_files_again() -> None:
    carrying = replace(FINE, verdict=said.Verdict.HOLD, attachments=(FILE,))
    post = ordered.PostMessage(letter("msg_2", "seller", carrying), NOON)
    told = published((OPEN, post, ordered.ReleaseMessage("msg_2", LATER)))[-1][1]
    assert told is not None
    assert [a["attachment_id"] for a in told.model_dump()["attachments"]] == ["att_1"]


def test_a_released_message_counts_from_when_it_was_submitted() -> None:
    """Section 3."""
    said = published(LADDER["released"])[-1][1]
    assert said is not None
    instants = said.model_dump()
    assert (instants["submitted_at"], instants["delivered_at"]) == (NOON, LATER)


def test_a_party_is_told_to_write_again_only_when_no_lock_is_left() -> None:
    told = published((OPEN, LOCK_TAKEN_OVER, LOCK_CLOSED, UNLOCK_TAKEN_OVER, UNLOCK_CLOSED))
    types = [contract.type for _, contract, _ in told if contract is not None]
    assert types[-3:] == ["messaging.conversation_locked"] * 2 + ["messaging.conversation_unlocked"]


def rows(history: tuple[ordered.Command, ...]) -> dict[str, dict[str, Any]]:
    """Return the messages as their rows say, after everything."""
    kept: dict[str, dict[str, Any]] = {}
    for event, _, state in published(history):
        for row in CONVERSATIONS.rows(event, state):
            assert row.new == (row.id not in kept)
            kept.setdefault(row.id, {}).update(row.document)
    return kept


@pytest.mark.parametrize(
    ("situation", "status", "qualifies"),
    [
        ("answered", "DELIVERED", True),
        ("blocked", "BLOCKED", False),
        ("held", "HELD", False),
        ("appealed", "HELD", False),
        ("released", "DELIVERED", True),
        ("rejected", "REJECTED", False),
    ],
)
def test_the_message_row_follows_the_conversation(situation: str, status: str, qualifies: bool) -> None:
    message = rows(LADDER[situation])["msg_2"]
    assert (message["status"], message["qualifies"]) == (status, qualifies)
    assert message["position"] == 2
    assert message["submitted_at"] == NOON


def test_a_message_row_says_that_it_was_redacted() -> None:
    redacted = replace(FINE, verdict=said.Verdict.REDACT)
    kept = rows((replace(OPEN, first=letter("msg_1", "buyer", redacted)),))
    assert kept["msg_1"]["redacted"] is True
    assert rows((OPEN,))["msg_1"]["redacted"] is False
