"""A conversation: who may write, what becomes of each message, and whether the seller owes a reply."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from messaging_situations import (
    ACCEPT,
    ANSWER,
    APPEAL,
    CONTEST,
    DUE,
    EMPTY,
    ERASE,
    FINE,
    HELD,
    LADDER,
    LATER,
    LEAK,
    LOCK_CLOSED,
    LOCK_TAKEN_OVER,
    MOVE,
    NOON,
    OPEN,
    PROPOSE,
    READ,
    REFUSE,
    REJECT,
    RELEASE,
    REVOKE,
    THANKS,
    TRANSLATE,
    UNLOCK_CLOSED,
    UNLOCK_TAKEN_OVER,
    WAIVE,
    given,
    letter,
    outcomes,
    post,
)

from messaging.conversations.domain import command as ordered
from messaging.conversations.domain import event as said
from messaging.conversations.domain.conversation import MOST_WAITING, not_qualifying
from messaging.conversations.domain.event import Checked, Verdict
from messaging.conversations.domain.refusals import (
    ContestedTooOften,
    ConversationErased,
    MessageNotBlocked,
    MessageNotHeld,
    NotAReply,
    NothingOwed,
    PartyMayNotWrite,
    TooManyWaiting,
    UnknownMessage,
)
from messaging.conversations.domain.state import Lock
from messaging.conversations.store import CONVERSATIONS

COMMANDS: dict[str, ordered.Command] = {
    "open": OPEN,
    "buyer_posts": post("msg_9", "buyer"),
    "seller_posts": post("msg_9", "seller"),
    "agent_posts": post("msg_9", "agent"),
    "appeal": APPEAL,
    "release": RELEASE,
    "reject": REJECT,
    "lock": LOCK_TAKEN_OVER,
    "unlock": UNLOCK_TAKEN_OVER,
    "waive": WAIVE,
    "revoke": REVOKE,
    "propose": PROPOSE,
    "accept": ACCEPT,
    "refuse": REFUSE,
    "contest": CONTEST,
    "read_original": READ,
    "note_deadline": DUE,
    "erase": ERASE,
    "translate": TRANSLATE,
    "move": MOVE,
}
NO_MESSAGE = "empty asked waived revoked proposed refused translated moved platform brought_in"
DELIVERED = "answered contested released taken_over closed erased"
OWED = "asked contested revoked proposed refused blocked held appealed rejected translated"
# For each command: outcome → situations of the ladder; `*` is every other one.
EXPECTED: dict[str, dict[str, str]] = {
    "open": {"ConversationOpened+MessageDelivered": "nothing", "-": "*"},
    "move": {"UnknownConversation": "nothing", "-": "moved platform", "ConversationMoved": "*"},
    "read_original": {"UnknownConversation": "nothing", "OriginalRead": "*"},
    "note_deadline": {"UnknownConversation": "nothing", "DeadlineNoted": "*"},
    "translate": {"UnknownConversation": "nothing", "ConversationErased": "erased", "TranslationAdded": "*"},
    "erase": {"UnknownConversation": "nothing", "-": "erased", "TextsErased": "*"},
    "buyer_posts": {"UnknownConversation": "nothing", "ConversationErased": "erased", "MessageDelivered": "*"},
    "seller_posts": {
        "UnknownConversation": "nothing",
        "PartyMayNotWrite": "taken_over closed",
        "ConversationErased": "erased",
        "MessageDelivered": "*",
    },
    "agent_posts": {"UnknownConversation": "nothing", "ConversationErased": "erased", "MessageDelivered": "*"},
    "appeal": {
        "UnknownConversation": "nothing",
        "UnknownMessage": NO_MESSAGE,
        "MessageAppealed": "blocked",
        "-": "held appealed",
        "MessageNotBlocked": "*",
    },
    "release": {
        "UnknownConversation": "nothing",
        "UnknownMessage": NO_MESSAGE,
        "MessageReleased": "held appealed",
        "-": DELIVERED,
        "MessageNotHeld": "*",
    },
    "reject": {
        "UnknownConversation": "nothing",
        "UnknownMessage": NO_MESSAGE,
        "MessageRejected": "held appealed",
        "-": "rejected",
        "MessageNotHeld": "*",
    },
    "lock": {"UnknownConversation": "nothing", "-": "taken_over", "PartyLocked": "*"},
    "unlock": {"UnknownConversation": "nothing", "PartyUnlocked": "taken_over", "-": "*"},
    "waive": {"UnknownConversation": "nothing", "ReplyWaived": OWED, "-": "waived", "NothingOwed": "*"},
    "revoke": {"UnknownConversation": "nothing", "WaiverRevoked": "waived", "-": OWED, "NothingOwed": "*"},
    "propose": {
        "UnknownConversation": "nothing",
        "PartyMayNotWrite": "taken_over closed",
        "-": "proposed",
        "WaiverRefusedBefore": "refused",
        "WaiverProposed": "asked contested revoked blocked held appealed rejected translated",
        "NothingOwed": "*",
    },
    "accept": {"UnknownConversation": "nothing", "ReplyWaived": "proposed", "NothingProposed": "*"},
    "refuse": {"UnknownConversation": "nothing", "WaiverRefused": "proposed", "NothingProposed": "*"},
    "contest": {
        "UnknownConversation": "nothing",
        "UnknownMessage": NO_MESSAGE,
        "-": "contested",
        "ReplyContested": DELIVERED,
        "NotAReply": "*",
    },
}
ASKED = given(CONVERSATIONS, OPEN)
ANSWERED = given(CONVERSATIONS, OPEN, ANSWER)


def expected(command: str, situation: str) -> str:
    table = EXPECTED[command]
    named = [outcome for outcome, situations in table.items() if situation in situations.split()]
    return named[0] if named else next(outcome for outcome, situations in table.items() if situations == "*")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(CONVERSATIONS, LADDER, {command: COMMANDS[command]})[command]
    assert {rung: outcome.told for rung, outcome in walk.items()} == {rung: expected(command, rung) for rung in LADDER}


def test_the_walk_takes_every_command_and_the_ladder_meets_every_event() -> None:
    assert {type(c) for c in COMMANDS.values()} == set(get_args(ordered.Command))
    walk = outcomes(
        CONVERSATIONS, LADDER, {**COMMANDS, "leak": post("l", "buyer", LEAK), "hold": post("h", "buyer", HELD)}
    )
    met = {type(event) for row in walk.values() for outcome in row.values() for event in outcome.events}
    assert met == set(get_args(said.Event))


# Who may write


def test_nothing_is_written_in_an_erased_conversation() -> None:
    """Section 7: a replica that still remembers the key seals nothing that nobody could open."""
    given(CONVERSATIONS, OPEN, ERASE).when(ANSWER).then_refused(ConversationErased)


def test_a_conversation_opens_with_its_first_message_and_a_reply_is_owed() -> None:
    opened = given(CONVERSATIONS).when(OPEN)
    opened.then(*opened.events, positions=1, owes_reply=True, last_buyer_message_at=NOON, waived=False, locks=())
    assert given(CONVERSATIONS).when(EMPTY).told == "ConversationOpened"


@pytest.mark.parametrize("lock", [LOCK_TAKEN_OVER, LOCK_CLOSED])
def test_a_lock_says_why_since_when_and_what_lifts_it(lock: ordered.LockParty) -> None:
    """Section 7: a lock has a machine reason, what unlocks it, and since when."""
    refusal = given(CONVERSATIONS, OPEN, lock).when(ANSWER).then_refused(PartyMayNotWrite)
    assert refusal.facts == {
        "reason": lock.reason,
        "since": LATER.isoformat(),
        "unlocked_by": lock.unlocked_by,
    }


def test_the_seller_writes_neither_after_a_takeover_nor_after_closing_until_both_are_lifted() -> None:
    """INVARIANT: a seller never writes under a lock (section 8); lifting one of two locks would break it."""
    locked = given(CONVERSATIONS, OPEN, LOCK_TAKEN_OVER, LOCK_CLOSED, UNLOCK_TAKEN_OVER)
    assert locked.when(ANSWER).then_refused(PartyMayNotWrite).facts["reason"] == "case_closed"
    free = given(CONVERSATIONS, OPEN, LOCK_TAKEN_OVER, LOCK_CLOSED, UNLOCK_TAKEN_OVER, UNLOCK_CLOSED)
    assert free.when(ANSWER).told == "MessageDelivered"


def test_a_buyer_may_write_in_a_closed_case_for_that_reopens_it() -> None:
    closed = given(CONVERSATIONS, OPEN, replace(LOCK_CLOSED, party="buyer"))
    assert closed.when(post("msg_2", "buyer")).told == "MessageDelivered"
    taken = given(CONVERSATIONS, OPEN, replace(LOCK_TAKEN_OVER, party="buyer"))
    taken.when(post("msg_2", "buyer")).then_refused(PartyMayNotWrite)


def test_a_lock_binds_one_party_and_is_kept_once_per_reason() -> None:
    locked = given(CONVERSATIONS, OPEN, LOCK_TAKEN_OVER)
    locked.when(replace(LOCK_TAKEN_OVER, at=NOON + timedelta(days=1))).then_nothing()
    assert locked.when(post("msg_2", "agent")).told == "MessageDelivered"
    ASKED.when(LOCK_CLOSED).then(
        said.PartyLocked(party="seller", reason="case_closed", unlocked_by="reopening", at=LATER),
        locks=(Lock(party="seller", reason="case_closed", unlocked_by="reopening", since=LATER),),
    )


def test_a_message_sent_again_is_one_message() -> None:
    """Section 7."""
    ANSWERED.when(ANSWER).then_nothing()


# What becomes of a message


@pytest.mark.parametrize(
    ("verdict", "told", "status"),
    [
        (Verdict.DELIVER, "MessageDelivered", "DELIVERED"),
        (Verdict.REDACT, "MessageDelivered", "DELIVERED"),
        (Verdict.HOLD, "MessageHeld", "HELD"),
        (Verdict.BLOCK, "MessageBlocked", "BLOCKED"),
    ],
)
def test_the_checks_decide_what_becomes_of_a_message(verdict: Verdict, told: str, status: str) -> None:
    outcome = ASKED.when(post("msg_2", "seller", replace(FINE, verdict=verdict)))
    assert outcome.told == told
    assert outcome.after is not None
    known = outcome.after.message("msg_2")
    assert known is not None
    assert known.status == status
    assert outcome.after.positions == 2
    assert outcome.after.owes_reply == (status != "DELIVERED")


@pytest.mark.parametrize("first", [LEAK, HELD])
def test_an_undelivered_first_message_owes_the_buyer_nothing_yet(first: Checked) -> None:
    opened = given(CONVERSATIONS).when(replace(OPEN, first=letter("msg_1", "buyer", first)))
    opened.then(*opened.events, owes_reply=False, positions=1)


def test_a_blocked_message_can_be_appealed_once_and_is_then_final() -> None:
    """Section 7: one-click appeal."""
    blocked = given(CONVERSATIONS, *LADDER["blocked"])
    assert blocked.when(APPEAL).told == "MessageAppealed"
    blocked.when(RELEASE).then_refused(MessageNotHeld)
    given(CONVERSATIONS, *LADDER["appealed"]).when(APPEAL).then_nothing()
    refused = given(CONVERSATIONS, *LADDER["appealed"], REJECT)
    refused.when(APPEAL).then_refused(MessageNotBlocked)
    refused.when(RELEASE).then_refused(MessageNotHeld)
    ANSWERED.when(APPEAL).then_refused(MessageNotBlocked)
    ANSWERED.when(ordered.AppealMessage("msg_7", LATER)).then_refused(UnknownMessage)


def test_a_released_reply_satisfies_and_a_released_message_of_the_buyer_is_owed_an_answer() -> None:
    released = given(CONVERSATIONS, *LADDER["appealed"]).when(RELEASE)
    assert released.after is not None
    assert released.after.owes_reply is False
    held = given(CONVERSATIONS, EMPTY, post("msg_2", "buyer", HELD)).when(RELEASE)
    assert held.after is not None
    assert (held.after.owes_reply, held.after.last_buyer_message_at) == (True, LATER)


def test_a_released_reply_that_does_not_qualify_satisfies_nothing() -> None:
    automated = given(CONVERSATIONS, OPEN, post("msg_2", "seller", replace(HELD, automated=True))).when(RELEASE)
    (event,) = automated.events
    assert isinstance(event, said.MessageReleased)
    assert (event.qualifies, event.not_qualifying_because) == (False, ("automated",))
    assert automated.after is not None
    assert automated.after.owes_reply


def test_a_rejected_message_satisfies_nothing() -> None:
    held = given(CONVERSATIONS, *LADDER["held"])
    before = held.state
    assert before is not None
    known = before.message("msg_2")
    assert known is not None
    held.when(REJECT).then(
        said.MessageRejected(known, ("contact_data",), LATER),
        recent=(before.recent[0], replace(known, status="REJECTED")),
    )


def test_a_held_message_waits_for_its_check_however_many_follow() -> None:
    chatter = [post(f"msg_{n}", "buyer") for n in range(10, 60)]
    after = given(CONVERSATIONS, *LADDER["held"], *chatter)
    assert after.when(RELEASE).told == "MessageReleased"
    assert after.state is not None
    assert len(after.state.recent) <= 41
    after.when(replace(RELEASE, message_id="msg_1")).then_refused(UnknownMessage)


# Whether a reply is owed


@pytest.mark.rule("R-01")
@pytest.mark.rule("R-03")
@pytest.mark.rule("R-05")
@pytest.mark.parametrize(
    ("author", "audience", "checked", "because"),
    [
        ("seller", "thread", FINE, ()),
        ("agent", "thread", FINE, ("not_from_seller",)),
        ("buyer", "thread", FINE, ("not_from_seller",)),
        ("seller", "internal", FINE, ("internal_note",)),
        ("seller", "thread", replace(FINE, automated=True), ("automated",)),
        ("seller", "thread", replace(FINE, wrong_language=True), ("wrong_language",)),
        ("seller", "thread", replace(FINE, characters=0), ("empty",)),
        ("system", "mediator", replace(FINE, automated=True), ("not_from_seller", "internal_note", "automated")),
    ],
)
def test_a_qualifying_reply_is_the_sellers_visible_personal_in_the_language_and_not_empty(
    author: str, audience: str, checked: Checked, because: tuple[str, ...]
) -> None:
    """R-01, R-03, R-05, section 3."""
    assert not_qualifying(author, audience, checked) == because
    outcome = ASKED.when(post("msg_2", author, checked, audience))
    assert outcome.after is not None
    assert outcome.after.owes_reply == bool(because)


def test_what_is_not_in_the_thread_changes_nothing_for_the_parties() -> None:
    for author, audience in (("agent", "internal"), ("buyer", "mediator")):
        noted = given(CONVERSATIONS, EMPTY).when(post("msg_2", author, audience=audience))
        assert noted.after is not None
        assert not noted.after.owes_reply
        assert noted.after.last_buyer_message_at is None


def test_pure_thanks_are_owed_nothing_unless_something_is_owed_already() -> None:
    """Section 3: the rule for pure thanks waives, revocably."""
    thanked = ANSWERED.when(post("msg_3", "buyer", THANKS))
    assert thanked.told == "MessageDelivered+ReplyWaived"
    assert thanked.after is not None
    assert (thanked.after.owes_reply, thanked.after.waived) == (False, True)
    joined = ASKED.when(post("msg_3", "buyer", THANKS))
    assert joined.told == "MessageDelivered"
    assert joined.after is not None
    assert joined.after.owes_reply
    assert ANSWERED.when(post("msg_3", "agent", THANKS)).told == "MessageDelivered"


def test_thanks_that_were_held_are_owed_nothing_either() -> None:
    held = given(CONVERSATIONS, OPEN, ANSWER, post("msg_3", "buyer", replace(THANKS, verdict=Verdict.HOLD)))
    assert held.when(ordered.ReleaseMessage("msg_3", LATER)).told == "MessageReleased+ReplyWaived"
    owed = given(CONVERSATIONS, OPEN, post("msg_3", "buyer", replace(THANKS, verdict=Verdict.HOLD)))
    assert owed.when(ordered.ReleaseMessage("msg_3", LATER)).told == "MessageReleased"


def test_a_waiver_ends_the_obligation_and_its_revocation_brings_it_back() -> None:
    ASKED.when(WAIVE).then(said.ReplyWaived("buyer", LATER), owes_reply=False, waived=True)
    waived = given(CONVERSATIONS, OPEN, WAIVE)
    waived.when(replace(WAIVE, by="agent")).then_nothing()
    waived.when(REVOKE).then(said.WaiverRevoked("buyer", LATER), owes_reply=True, waived=False)
    ANSWERED.when(WAIVE).then_refused(NothingOwed)


def test_a_new_message_of_the_buyer_is_owed_an_answer_after_a_waiver_too() -> None:
    asked = given(CONVERSATIONS, OPEN, WAIVE).when(post("msg_3", "buyer"))
    assert asked.after is not None
    assert (asked.after.owes_reply, asked.after.waived) == (True, False)


def test_a_waiver_cannot_be_revoked_once_the_seller_has_answered() -> None:
    given(CONVERSATIONS, OPEN, WAIVE, ANSWER).when(REVOKE).then_refused(NothingOwed)


def test_a_reply_contested_after_a_waiver_is_owed_and_can_be_waived_again() -> None:
    contested = given(CONVERSATIONS, OPEN, ANSWER, post("msg_3", "buyer"), WAIVE, CONTEST)
    assert contested.state is not None
    assert (contested.state.owes_reply, contested.state.waived) == (True, False)
    assert contested.when(WAIVE).told == "ReplyWaived"


@pytest.mark.parametrize(
    ("ends", "again"),
    [
        (ANSWER, "NothingOwed"),
        (post("msg_3", "buyer"), "WaiverProposed"),
        (WAIVE, "NothingOwed"),
        (LOCK_TAKEN_OVER, "PartyMayNotWrite"),
        (MOVE, "NothingOwed"),
    ],
)
@pytest.mark.parametrize("before", [(PROPOSE,), (PROPOSE, REFUSE)])
def test_a_proposal_of_the_seller_is_about_the_reply_that_is_owed_and_ends_with_it(
    before: tuple[ordered.Command, ...], ends: ordered.Command, again: str
) -> None:
    """Section 3: a seller may only propose that no reply is needed."""
    proposed = given(CONVERSATIONS, OPEN, *before)
    assert proposed.state is not None
    assert (proposed.state.owes_reply, proposed.state.waived) == (True, False)
    ended = given(CONVERSATIONS, OPEN, *before, ends)
    assert ended.state is not None
    assert ended.state.waiver_proposal is None
    assert ended.when(PROPOSE).told == again
    assert ended.when(ACCEPT).told == "NothingProposed"


def test_what_is_accepted_is_waived_and_can_be_revoked() -> None:
    waived = {"owes_reply": False, "waived": True, "waiver_proposal": None}
    given(CONVERSATIONS, OPEN, PROPOSE).when(ACCEPT).then(said.ReplyWaived("supervisor", LATER), **waived)
    assert given(CONVERSATIONS, OPEN, PROPOSE, ACCEPT, REVOKE).when(PROPOSE).told == "WaiverProposed"


@pytest.mark.rule("R-02")
def test_a_contested_reply_is_owed_again_and_saying_it_twice_counts_once() -> None:
    """R-02."""
    contested = ANSWERED.when(CONTEST)
    assert contested.told == "ReplyContested"
    assert contested.after is not None
    assert contested.after.owes_reply
    given(CONVERSATIONS, OPEN, ANSWER, CONTEST).when(replace(CONTEST, ground="not_understood")).then_nothing()


@pytest.mark.rule("R-02")
def test_at_most_three_replies_of_a_case_can_be_contested() -> None:
    """R-02, a cap against abuse."""
    replies = [post(f"rep_{n}", "seller") for n in range(4)]
    contests = [ordered.ContestReply(f"rep_{n}", "not_answered", LATER) for n in range(4)]
    three = given(CONVERSATIONS, OPEN, *replies, *contests[:3])
    three.when(contests[3]).then_refused(ContestedTooOften)
    three.when(contests[0]).then_nothing()


@pytest.mark.parametrize(
    "message",
    [post("msg_2", "agent"), post("msg_2", "buyer"), post("msg_2", "seller", LEAK), post("msg_2", "seller", HELD)],
)
def test_only_a_delivered_reply_of_the_seller_can_be_contested(message: ordered.PostMessage) -> None:
    given(CONVERSATIONS, OPEN, message).when(CONTEST).then_refused(NotAReply)


def test_a_lock_that_ends_by_itself_says_until_when_and_holds_no_longer() -> None:
    hour = timedelta(hours=1)
    lock = ordered.LockParty(party="seller", reason="taken_over", unlocked_by="hand_back", at=LATER, until=LATER + hour)
    locked = given(CONVERSATIONS, OPEN, lock)
    before, after = (ordered.PostMessage(letter("msg_9", "seller"), LATER + hour - d) for d in (hour / 2, 0 * hour))
    assert locked.when(before).then_refused(PartyMayNotWrite).facts["until"] == (LATER + hour).isoformat()
    assert [type(e) for e in locked.when(after).events] == [said.MessageDelivered]


def test_no_more_messages_wait_for_a_check_than_the_state_may_hold() -> None:
    """INVARIANT: would break if a thousand held messages made every later write of the conversation dearer."""
    waiting = [post(f"held_{n}", "seller", HELD) for n in range(MOST_WAITING)]
    full = given(CONVERSATIONS, OPEN, *waiting)
    full.when(post("one_more", "seller", HELD)).then_refused(TooManyWaiting)
    assert full.when(post("fine", "buyer")).told == "MessageDelivered"
    assert full.when(ordered.ReleaseMessage("held_0", LATER), post("one_more", "seller", HELD)).refusal is None


def test_every_fact_has_a_place_and_what_both_sides_see_has_the_latest_that_moved_it() -> None:
    """INVARIANT: live updates resume by these numbers; would break if two facts shared one, or a lock moved unseen."""
    state, seen = None, []
    for command in (OPEN, ANSWER, LOCK_TAKEN_OVER, READ, DUE, UNLOCK_TAKEN_OVER, TRANSLATE):
        for event in CONVERSATIONS.decide(command, state):
            state = CONVERSATIONS.evolve(state, event)
            seen.append((type(event).__name__, state.changes, state.standing_change))
    assert seen == [
        ("ConversationOpened", 1, 1),
        ("MessageDelivered", 2, 2),
        ("MessageDelivered", 3, 3),
        ("PartyLocked", 4, 4),
        ("OriginalRead", 5, 4),
        ("DeadlineNoted", 6, 6),
        ("PartyUnlocked", 7, 7),
        ("TranslationAdded", 8, 7),
    ]
