"""Messaging's situations: a conversation with what the checks found, never a text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.testing import Situations
from messaging.conversations.domain.command import (
    AcceptWaiver,
    AppealMessage,
    Command,
    ContestReply,
    EraseTexts,
    LockParty,
    MoveConversation,
    NoteDeadline,
    OpenConversation,
    PostMessage,
    ProposeWaiver,
    ReadOriginal,
    RefuseWaiver,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    UnlockParty,
    WaiveReply,
)
from messaging.conversations.domain.event import Checked, Letter, Verdict
from messaging.conversations.domain.refusals import Refusal
from messaging.conversations.domain.translation import AddTranslation, Translation

SITUATIONS = Situations(Refusal)
given, outcomes = SITUATIONS.given, SITUATIONS.outcomes

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
FINE = Checked(verdict=Verdict.DELIVER, sha256="0" * 64, characters=40, language="lv")
THANKS = replace(FINE, pure_thanks=True)
LEAK = replace(FINE, verdict=Verdict.BLOCK, findings=("phone",), rules=("phone.plain",))
HELD = replace(FINE, verdict=Verdict.HOLD, rules=("detector_failed",))


def letter(id: str, author: str, checked: Checked = FINE, audience: str = "thread", **more: Any) -> Letter:
    """A sealed letter; its bytes are nobody's words."""
    return Letter(
        message_id=id,
        author_role=author,
        author_id=f"{author[:3]}_1",
        audience=audience,
        original=b"sealed",
        shown=b"sealed",
        checked=checked,
        submitted_at=NOON,
        **more,
    )


def post(id: str, author: str, checked: Checked = FINE, audience: str = "thread") -> PostMessage:
    """The order to post a letter."""
    return PostMessage(letter(id, author, checked, audience), NOON)


OPEN = OpenConversation(
    case_id="cas_1",
    market="lv",
    buyer_id="buy_1",
    seller_id="sel_1",
    language="lv",
    key_id="key_1",
    first=letter("msg_1", "buyer", first=True),
    at=NOON,
)
EMPTY = replace(OPEN, first=None)
ASKED = replace(OPEN, seller_id=None, counterpart="platform", first=letter("msg_1", "buyer", audience="platform"))
MOVE = MoveConversation("platform", None, LATER)
BRING_IN = MoveConversation("seller", "sel_1", LATER)
ANSWER = post("msg_2", "seller")
LOCK_TAKEN_OVER = LockParty(party="seller", reason="taken_over", unlocked_by="hand_back", at=LATER)
LOCK_CLOSED = LockParty(party="seller", reason="case_closed", unlocked_by="reopening", at=LATER)
UNLOCK_TAKEN_OVER = UnlockParty("seller", "taken_over", LATER)
UNLOCK_CLOSED = UnlockParty("seller", "case_closed", LATER)
WAIVE = WaiveReply("buyer", LATER)
REVOKE = RevokeWaiver("buyer", LATER)
CONTEST = ContestReply("msg_2", "not_answered", LATER)
APPEAL = AppealMessage("msg_2", LATER)
RELEASE = ReleaseMessage("msg_2", LATER)
DUE = NoteDeadline(LATER + timedelta(days=1), LATER)
READ = ReadOriginal("msg_1", "dispute", LATER)
ERASE = EraseTexts(LATER)
GERMAN = Translation(
    message_id="msg_1",
    language="de",
    version=1,
    text=b"translation in a seal",
    sha256="1" * 64,
    characters=31,
    translator_role="agent",
    translator_id="agt_1",
    author_role="buyer",
    author_id="buy_1",
    audience="thread",
)
TRANSLATE = AddTranslation(translation=GERMAN, kept=0, newest_sha256=None, at=LATER)
REJECT = RejectMessage("msg_2", ("contact_data",), LATER)

PROPOSE = ProposeWaiver("answered_by_phone", LATER)
ACCEPT = AcceptWaiver("supervisor", LATER)
REFUSE = RefuseWaiver("supervisor", "a_question_is_open", LATER)

LADDER: dict[str, tuple[Command, ...]] = {
    "nothing": (),
    "empty": (EMPTY,),
    "asked": (OPEN,),
    "answered": (OPEN, ANSWER),
    "contested": (OPEN, ANSWER, CONTEST),
    "waived": (OPEN, WAIVE),
    "revoked": (OPEN, WAIVE, REVOKE),
    "proposed": (OPEN, PROPOSE),
    "refused": (OPEN, PROPOSE, REFUSE),
    "blocked": (OPEN, post("msg_2", "seller", LEAK)),
    "held": (OPEN, post("msg_2", "seller", HELD)),
    "appealed": (OPEN, post("msg_2", "seller", LEAK), APPEAL),
    "released": (OPEN, post("msg_2", "seller", HELD), RELEASE),
    "rejected": (OPEN, post("msg_2", "seller", HELD), REJECT),
    "taken_over": (OPEN, ANSWER, LOCK_TAKEN_OVER),
    "closed": (OPEN, ANSWER, LOCK_CLOSED),
    "erased": (OPEN, ANSWER, ERASE),
    "translated": (OPEN, TRANSLATE),
    "moved": (OPEN, MOVE),
    "platform": (ASKED,),
    "brought_in": (ASKED, BRING_IN),
}
