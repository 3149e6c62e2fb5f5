"""What others hear, written by hand: a buyer, a seller, a member of staff, a case and a message differ in kind, so that a
swap is noticed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.aggregate import Kind
from messaging.conversations.domain import (
    AddTranslation,
    AppealMessage,
    Checked,
    ContestReply,
    Letter,
    LockParty,
    OpenConversation,
    PostMessage,
    ReadOriginal,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    Translation,
    UnlockParty,
    Verdict,
    WaiveReply,
)
from messaging.conversations.store import CONVERSATIONS
from messaging.discussions.domain import CheckDiscussions
from messaging.discussions.store import CHECKS
from messaging.protection.domain import OrderErasure, ReportErasure
from messaging.protection.store import ERASURES
from messaging.sanctions.domain import AppealSanction, Breach, Ladder, PardonBreaches, RecordBreach, UpholdSanction
from messaging.sanctions.store import SANCTIONS
from ombud_contracts import Event
from ombud_contracts.events import messaging as told
from ombud_words import (
    BuyerId,
    CaseId,
    DraftId,
    ErasureId,
    EventId,
    MessageId,
    PersonId,
    Role,
    SanctionId,
    SellerId,
)

NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
ONE, TWO = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
CASE, BUYER, SELLER = CaseId("cas_5"), BuyerId(PersonId("buy_1")), SellerId(PersonId("sel_2"))
ASKED, ANSWER = MessageId("msg_6"), MessageId("msg_7")
FINE = Checked(verdict=Verdict.DELIVER, sha256="a" * 64, characters=40, language="lv")
LEAK = Checked(
    verdict=Verdict.BLOCK, sha256="b" * 64, characters=50, findings=("phone",), rules=("phone.plain",), language="lv"
)
HELD = Checked(verdict=Verdict.HOLD, sha256="c" * 64, characters=60, rules=("detector_failed",), language="lv")
OPEN = OpenConversation(
    case_id=CASE,
    market="lv",
    buyer_id=BUYER,
    seller_id=SELLER,
    language="lv",
    key_id=DraftId("drf_8"),
    first=None,
    at=NOON,
)


def post(id: MessageId, role: Role, author: PersonId, checked: Checked) -> PostMessage:
    letter = Letter(
        message_id=id,
        author_role=role,
        author_id=author,
        audience="thread",
        original=b"sealed",
        shown=b"sealed",
        checked=checked,
        submitted_at=NOON,
    )
    return PostMessage(letter, ONE)


QUESTION = post(ASKED, Role.BUYER, BUYER, FINE)
REPLY = post(ANSWER, Role.SELLER, SELLER, FINE)
BLOCKED = post(ANSWER, Role.SELLER, SELLER, LEAK)
WAITING = post(ANSWER, Role.SELLER, SELLER, HELD)
LOCK = LockParty(party=Role.SELLER, reason="taken_over", unlocked_by="hand_back", at=ONE)
TRANSLATION = Translation(
    message_id=ASKED,
    language="de",
    version=1,
    text=b"sealed",
    sha256="d" * 64,
    characters=31,
    translator_role=Role.AGENT,
    translator_id=PersonId("agt_9"),
    author_role=Role.BUYER,
    author_id=BUYER,
    audience="thread",
)
CLEAN = told.Classification(language="lv", questions_asked=0, questions_addressed=0, insults=0)
BROKEN = CLEAN.model_copy(update={"rules": ("detector_failed",)})
PHONE = CLEAN.model_copy(update={"findings": ("phone",), "rules": ("phone.plain",)})


def delivered(id: MessageId, role: Role, checked: Checked, classification: told.Classification, **more: Any) -> Event:
    standard: dict[str, Any] = {"qualifies": role is Role.SELLER, "delivered_at": ONE}
    if role is not Role.SELLER:
        standard["not_qualifying_because"] = ("not_from_seller",)
    return told.MessageDelivered(
        case_id=CASE,
        message_id=id,
        author_role=role,
        audience="thread",
        sha256=checked.sha256,
        characters=checked.characters,
        first=False,
        classification=classification,
        submitted_at=NOON,
        **(standard | more),
    )


def held(checked: Checked, classification: told.Classification, reasons: tuple[str, ...]) -> Event:
    return told.MessageHeld(
        case_id=CASE,
        message_id=ANSWER,
        author_role=Role.SELLER,
        sha256=checked.sha256,
        classification=classification,
        reasons=reasons,
        submitted_at=NOON,
    )


OF_CONVERSATIONS: list[tuple[list[Any], Event]] = [
    (
        [OPEN],
        told.ConversationOpened(case_id=CASE, buyer_id=BUYER, seller_id=SELLER, language="lv", opened_at=NOON),
    ),
    ([OPEN, QUESTION], delivered(ASKED, Role.BUYER, FINE, CLEAN)),
    ([OPEN, REPLY], delivered(ANSWER, Role.SELLER, FINE, CLEAN)),
    (
        [OPEN, BLOCKED],
        told.MessageBlocked(
            case_id=CASE,
            message_id=ANSWER,
            author_role=Role.SELLER,
            sha256="b" * 64,
            classification=PHONE,
            reasons=("phone",),
            blocked_at=ONE,
        ),
    ),
    ([OPEN, BLOCKED, AppealMessage(ANSWER, TWO)], held(LEAK, PHONE, ("appeal", "phone"))),
    ([OPEN, WAITING], held(HELD, BROKEN, ("detector_failed",))),
    (
        [OPEN, WAITING, ReleaseMessage(ANSWER, TWO)],
        delivered(ANSWER, Role.SELLER, HELD, BROKEN, delivered_at=TWO),
    ),
    (
        [OPEN, WAITING, RejectMessage(ANSWER, ("contact_data",), TWO)],
        told.MessageRejected(
            case_id=CASE, message_id=ANSWER, author_role=Role.SELLER, reasons=("contact_data",), rejected_at=TWO
        ),
    ),
    (
        [OPEN, LOCK],
        told.ConversationLocked(
            case_id=CASE, party=Role.SELLER, reason="taken_over", unlocked_by="hand_back", locked_at=ONE
        ),
    ),
    (
        [OPEN, LOCK, UnlockParty(Role.SELLER, "taken_over", TWO)],
        told.ConversationUnlocked(case_id=CASE, party=Role.SELLER, unlocked_at=TWO),
    ),
    ([OPEN, QUESTION, WaiveReply(Role.AGENT, TWO)], told.ReplyWaived(case_id=CASE, by=Role.AGENT, waived_at=TWO)),
    (
        [OPEN, QUESTION, WaiveReply(Role.AGENT, ONE), RevokeWaiver(Role.BUYER, TWO)],
        told.WaiverRevoked(case_id=CASE, by=Role.BUYER, revoked_at=TWO),
    ),
    (
        [OPEN, REPLY, ContestReply(ANSWER, "not_answered", TWO)],
        told.ReplyContested(case_id=CASE, message_id=ANSWER, ground="not_answered", contested_at=TWO),
    ),
    (
        [OPEN, QUESTION, ReadOriginal(ASKED, "dispute", TWO)],
        told.OriginalRead(case_id=CASE, message_id=ASKED, purpose="dispute", read_at=TWO),
    ),
    (
        [OPEN, QUESTION, AddTranslation(translation=TRANSLATION, kept=0, newest_sha256=None, at=TWO)],
        told.TranslationAdded(
            case_id=CASE,
            message_id=ASKED,
            audience="thread",
            language="de",
            number=1,
            by=Role.AGENT,
            sha256="d" * 64,
            characters=31,
            translated_at=TWO,
        ),
    ),
]

SANCTION = SanctionId("snc_10")
LADDER = Ladder(id="seller", steps=("warn", "takeover"), decays_after_seconds=90 * 86_400, appeal_seconds=86_400)
RECORDED = [
    RecordBreach(
        sanction_id=SANCTION,
        person_id=SELLER,
        role=Role.SELLER,
        market="lv",
        ladder=LADDER,
        breach=Breach(
            message_id=id, case_id=CASE, at=NOON, rules=("phone.plain",), event_id=EventId(f"cnv_cas_5:{number}")
        ),
        at=ONE,
    )
    for number, id in enumerate((ASKED, ANSWER), start=2)
]
STANDS: dict[str, Any] = {"sanction_id": SANCTION, "person_id": SELLER, "role": Role.SELLER}
OF_SANCTIONS: list[tuple[list[Any], Event]] = [
    (
        RECORDED,
        told.SanctionImposed(
            **STANDS,
            step="takeover",
            breaches=2,
            next_step="takeover",
            case_id=CASE,
            message_id=ANSWER,
            rules=("phone.plain",),
            facts=("cnv_cas_5:2", "cnv_cas_5:3"),
            takeover_round=1,
            steps_back_at=NOON + timedelta(days=90),
            imposed_at=ONE,
        ),
    ),
    (
        [*RECORDED, PardonBreaches(message_ids=(ANSWER,), cause="reversed", reasons=("mistake",), at=TWO)],
        told.SanctionLifted(
            **STANDS,
            step="warn",
            breaches=1,
            was_step="takeover",
            cause="reversed",
            reasons=("mistake",),
            pardoned=(ANSWER,),
            takeover_round=1,
            takeover_withdrawn_from=(CASE,),
            lifted_at=TWO,
        ),
    ),
    (
        [*RECORDED, AppealSanction(("mistake",), TWO)],
        told.SanctionAppealed(**STANDS, step="takeover", breaches=2, grounds=("mistake",), appealed_at=TWO),
    ),
    (
        [*RECORDED, AppealSanction(("mistake",), ONE), UpholdSanction(("confirmed",), TWO)],
        told.SanctionUpheld(**STANDS, step="takeover", breaches=2, reasons=("confirmed",), upheld_at=TWO),
    ),
]
ERASURE = OrderErasure(id=ErasureId("ers_11"), person_id=BUYER, role=Role.BUYER, at=ONE)
OF_OTHERS: list[tuple[Kind[Any, Any, Any], list[Any], Event]] = [
    (CHECKS, [CheckDiscussions(SELLER, ONE)], told.DiscussionsChecked(seller_id=SELLER, checked_at=ONE)),
    (
        ERASURES,
        [ERASURE, ReportErasure(3, 12, TWO)],
        told.PersonErased(
            erasure_id="ers_11", person_id=BUYER, role=Role.BUYER, conversations=3, messages=12, erased_at=TWO
        ),
    ),
]


def last_told(kind: Kind[Any, Any, Any], commands: list[Any]) -> Event | None:
    """Return the last contract event of a history."""
    state, heard = None, None
    for command in commands:
        for event in kind.decide(command, state):
            state = kind.evolve(state, event)
            heard = kind.publish(event, state)
    return heard


@pytest.mark.parametrize(
    ("kind", "commands", "expected"),
    [
        *((CONVERSATIONS, *case) for case in OF_CONVERSATIONS),
        *((SANCTIONS, *case) for case in OF_SANCTIONS),
        *OF_OTHERS,
    ],
)
def test_others_hear_exactly_this(kind: Kind[Any, Any, Any], commands: list[Any], expected: Event) -> None:
    """INVARIANT: would break if two ids, instants or counts of an event were swapped."""
    assert last_told(kind, commands) == expected
