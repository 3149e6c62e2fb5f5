"""Data protection on real MongoDB: what is erased stays erased, everything else stays readable, and each step can be repeated."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from messaging_situations import FINE, NOON
from messaging_threads import find_conversation, stored

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.sealing import KEYS, Sealer, UnknownWrapping, Unreadable, opened, sealed
from chassis.store import LeaseLost
from chassis.testing import FixedClock, alone, overslept
from messaging.conversations.domain.command import (
    LockParty,
    NoteDeadline,
    OpenConversation,
    PostMessage,
    ReadOriginal,
)
from messaging.conversations.domain.event import Letter
from messaging.conversations.store import (
    CONVERSATIONS,
    MESSAGES,
    conversation_id,
    find_message,
)
from messaging.discussions.store import CHECK_INS
from messaging.policies.known import Policies
from messaging.protection.domain import OrderErasure
from messaging.protection.jobs import Protecting
from messaging.protection.store import ERASURES, PROTECTION_INDEXES, conversations_closed_before
from messaging.writing.drafts import Drafts
from messaging.writing.store import DRAFTS, REPLIES
from ombud_contracts.events.ticketing import CaseOpened
from ombud_contracts.market import load_markets

CLOCK = FixedClock()
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def session_on(mongo: Mongo) -> Session:
    return Session(mongo, CLOCK)


async def a_conversation(mongo: Mongo, sealer: Sealer, case: str, buyer: str, seller: str) -> None:
    """A question and its answer, sealed with a key of their own."""
    session = session_on(mongo)
    unit = session.unit(Cause("test", "test"))
    key = sealer.new_key(case, unit)

    def letter(role: str, author: str) -> Letter:
        text = sealed(key, f"{role} of {case}")
        return Letter(
            message_id=f"msg_{case}_{role}",
            author_role=role,
            author_id=author,
            audience="thread",
            original=text,
            shown=text,
            checked=FINE,
            submitted_at=NOON,
        )

    opening = OpenConversation(
        case_id=case,
        market="lv",
        buyer_id=buyer,
        seller_id=seller,
        language="lv",
        key_id=case,
        first=letter("buyer", buyer),
        at=NOON,
    )
    await unit.execute(CONVERSATIONS, conversation_id(case), opening)
    await unit.execute(CONVERSATIONS, conversation_id(case), PostMessage(letter("seller", seller), NOON))
    await session.commit()


async def text_of(mongo: Mongo, sealer: Sealer, case: str, role: str) -> str | None:
    message = await find_message(mongo, f"msg_{case}_{role}")
    assert message is not None, "an erasure leaves the message, and takes its text"
    try:
        return opened(await sealer.key(case), bytes(message["original"]))
    except (Unreadable, UnknownWrapping):
        return None


def opened_with(draft_id: str) -> CaseOpened:
    return CaseOpened(
        case_id="cas_new",
        number="LV-26-2",
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_1",
        order_id="ord_1",
        line_id="lin_1",
        reason="LATE",
        family="DELIVERY",
        phase="after",
        priority=2,
        priority_reasons=("deadline",),
        draft_id=draft_id,
        opened_by="buyer",
        opened_at=NOON,
    )


def drafts_of(sealer: Sealer) -> Drafts:
    return Drafts(sealer, Policies(fresh_seconds=3_600))


async def order(mongo: Mongo, person: str, role: str) -> str:
    session = session_on(mongo)
    id = f"ers_{person}"
    await session.unit(Cause("test", "test")).execute(
        ERASURES, id, OrderErasure(id=id, person_id=person, role=role, at=NOON)
    )
    await session.commit()
    return id


async def protect(mongo: Mongo, sealer: Sealer) -> None:
    """Work until nothing is left to do, as a process does that was never killed."""
    job = Protecting(mongo, sealer, load_markets(), await alone(mongo, "protection"))
    while await job.work():
        continue


async def readable(mongo: Mongo, keys: str, cases: Sequence[str]) -> set[str]:
    """What a replica reads that starts now."""
    sealer = Sealer(mongo, keys)
    found = [(case, role) for case in cases for role in ("buyer", "seller")]
    return {f"{case}/{role}" for case, role in found if await text_of(mongo, sealer, case, role)}


@pytest.fixture
async def sealer(mongo: Mongo) -> Sealer:
    await mongo.ensure(PROTECTION_INDEXES)
    sealer = Sealer(mongo, OLD)
    await a_conversation(mongo, sealer, "cas_1", "buy_1", "sel_1")
    await a_conversation(mongo, sealer, "cas_2", "buy_1", "sel_2")
    await a_conversation(mongo, sealer, "cas_3", "buy_2", "sel_1")
    return sealer


CASES = ("cas_1", "cas_2", "cas_3")


async def test_erasing_a_buyer_takes_the_texts_and_keys_of_all_their_conversations_and_of_no_other(
    mongo: Mongo, sealer: Sealer
) -> None:
    """INVARIANT: section 7; would break if a copy or a key were left, or a case were lost with its words."""
    session = session_on(mongo)
    session.unit(Cause("t", "t")).upsert(DRAFTS, "drf_1", {"author_id": "buy_1", "sealed": b"x"})
    await session.commit()
    id = await order(mongo, "buy_1", "buyer")
    await protect(mongo, sealer)
    assert await readable(mongo, OLD, CASES) == {"cas_3/buyer", "cas_3/seller"}
    assert {d["_id"] for d in await mongo.find(KEYS, {}, limit=10)} == {"cas_3"}
    assert await mongo.count(MESSAGES, {"original": {"$ne": b""}}, limit=10) == 2
    assert await mongo.count(DRAFTS, {}, limit=10) == 0
    assert len(await mongo.find("conversations", {"buyer_id": "buy_1"}, limit=10)) == 2, "the conversations stay"
    done = await stored(mongo, ERASURES, id)
    assert done is not None
    assert (done.conversations, done.messages) == (2, 4)
    assert done.erased_at is not None


async def test_texts_are_not_to_be_read_without_their_key(mongo: Mongo, sealer: Sealer) -> None:
    """INVARIANT: texts of people are sealed; would break if a text, or any form of it that a reader could undo, lay in the database."""
    kept = b"".join(
        bytes(m[field]) for m in await mongo.find(MESSAGES, {}, limit=10) for field in ("original", "shown")
    )
    assert len(kept) > 500
    assert b" of cas_" not in kept
    with pytest.raises(Unreadable):
        opened(Fernet(Fernet.generate_key()), bytes((await mongo.find(MESSAGES, {}, limit=1))[0]["original"]))
    assert await text_of(mongo, sealer, "cas_1", "buyer") == "buyer of cas_1"


async def test_erasing_a_seller_takes_what_the_seller_wrote_and_leaves_the_buyers_words(
    mongo: Mongo, sealer: Sealer
) -> None:
    session = session_on(mongo)
    unit = session.unit(Cause("t", "t"))
    unit.upsert(REPLIES, "msg_1", {"seller_id": "sel_1", "at": NOON})
    unit.upsert(CHECK_INS, "sel_1", {"at": NOON})
    await session.commit()
    await order(mongo, "sel_1", "seller")
    await protect(mongo, sealer)
    assert await readable(mongo, OLD, CASES) == {"cas_1/buyer", "cas_2/buyer", "cas_2/seller", "cas_3/buyer"}
    assert await mongo.count(REPLIES, {}, limit=10) == await mongo.count(CHECK_INS, {}, limit=10) == 0


async def test_an_erasure_that_was_begun_and_not_reported_is_done_again(mongo: Mongo, sealer: Sealer) -> None:
    """INVARIANT: a process killed in the middle loses nothing; would break if the order were closed before its work."""
    await order(mongo, "buy_1", "buyer")
    await mongo.remove(KEYS, {"_id": "cas_1"})  # what the killed process had come to do
    await protect(mongo, sealer)
    assert await readable(mongo, OLD, CASES) == {"cas_3/buyer", "cas_3/seller"}


async def close(mongo: Mongo, case: str, at: datetime) -> None:
    session = session_on(mongo)
    locking = LockParty(party="seller", reason="case_closed", unlocked_by="reopening", at=at)
    await session.unit(Cause("t", "t")).execute(CONVERSATIONS, conversation_id(case), locking)
    await session.commit()


async def test_texts_are_kept_as_long_as_the_market_says_after_a_case_was_closed(mongo: Mongo, sealer: Sealer) -> None:
    kept = timedelta(days=load_markets()["lv"].retention.messages_days)
    now = await mongo.server_time()
    await close(mongo, "cas_1", now - kept - timedelta(days=1))
    await close(mongo, "cas_2", now - kept + timedelta(days=1))
    await protect(mongo, sealer)
    assert await readable(mongo, OLD, CASES) == {f"{case}/{r}" for case in CASES[1:] for r in ("buyer", "seller")}


async def test_a_conversation_whose_time_is_over_is_erased_once_whatever_happens_in_it_later(
    mongo: Mongo, sealer: Sealer
) -> None:
    """INVARIANT: a conversation knows that it was erased; would break if its next write forgot it."""
    now = await mongo.server_time()
    await close(mongo, "cas_1", now - timedelta(days=5000))
    assert len(await conversations_closed_before(mongo, "lv", now)) == 1
    await protect(mongo, sealer)
    session = session_on(mongo)
    await session.unit(Cause("t", "t")).execute(CONVERSATIONS, "cnv_cas_1", NoteDeadline(now, now))
    await session.commit()
    assert await conversations_closed_before(mongo, "lv", now) == []
    state = await find_conversation(mongo, "cas_1")
    assert state is not None
    assert state.erased_at is not None


async def test_keys_are_wrapped_anew_and_the_older_sealing_key_can_then_be_dropped(
    mongo: Mongo, sealer: Sealer
) -> None:
    """INVARIANT: rotation loses no text; would break if a key were rewrapped with what could not be opened again."""
    assert await readable(mongo, NEW, CASES) == set()
    await protect(mongo, Sealer(mongo, f"{NEW},{OLD}"))
    assert await readable(mongo, NEW, CASES) == {f"{case}/{r}" for case in CASES for r in ("buyer", "seller")}
    assert await readable(mongo, OLD, CASES) == set()


async def test_a_key_that_nobody_can_open_is_left_alone_and_the_others_go_on(mongo: Mongo, sealer: Sealer) -> None:
    await a_conversation(mongo, Sealer(mongo, Fernet.generate_key().decode()), "cas_9", "buy_9", "sel_9")
    await protect(mongo, Sealer(mongo, f"{NEW},{OLD}"))
    assert await readable(mongo, NEW, CASES) == {f"{case}/{r}" for case in CASES for r in ("buyer", "seller")}
    assert await mongo.count(KEYS, {"_id": "cas_9"}, limit=1) == 1


async def test_a_key_of_another_sealing_key_is_not_taken_for_an_erased_one(mongo: Mongo, sealer: Sealer) -> None:
    """INVARIANT: would break if a replica that was not started again since a rotation opened a case without its first message."""
    known = Sealer(mongo, f"{NEW},{OLD}")
    session = session_on(mongo)
    drafts_of(known).keep("drf_1", "buy_1", "Where is it?", session.unit(Cause("test", "test")))
    await session.commit()
    behind = session_on(mongo)
    with pytest.raises(UnknownWrapping):
        await drafts_of(sealer).first_message(
            opened_with("drf_1"), "buy_1", load_markets()["lv"], behind.unit(Cause("test", "test"))
        )
    assert behind.writes == session_on(mongo).writes
    assert opened(await known.key("drf_1"), (await mongo.find(DRAFTS, {}, limit=1))[0]["sealed"]) == "Where is it?"


async def test_a_reading_of_an_original_is_told_with_its_purpose_and_without_a_word_of_it(
    mongo: Mongo, sealer: Sealer
) -> None:
    session = session_on(mongo)
    unit = session.unit(replace(Cause("req_1", "req_1"), actor_kind="mediator", actor_id="med_1"))
    await unit.execute(CONVERSATIONS, "cnv_cas_1", ReadOriginal("msg_cas_1_buyer", "dispute", NOON))
    told = session.writes.outbox
    assert len(told) == 1
    assert b"dispute" in told[0].value
    assert b"buyer of cas_1" not in told[0].value
    assert dict(told[0].headers)["ce_actorid"] == b"med_1"


async def test_drafts_that_became_no_case_are_forgotten_with_their_keys(mongo: Mongo, sealer: Sealer) -> None:
    now = await mongo.server_time()
    session = session_on(mongo)
    unit = session.unit(Cause("t", "t"))
    for id, age in (("drf_old", 8), ("drf_new", 6)):
        unit.upsert(DRAFTS, id, {"author_id": "buy_1", "sealed": b"x", "written_at": now - timedelta(days=age)})
        sealer.new_key(id, unit)
    for id, age in (("msg_old", 91), ("msg_new", 89)):
        unit.upsert(REPLIES, id, {"seller_id": "sel_1", "at": now - timedelta(days=age)})
    await session.commit()
    await protect(mongo, sealer)
    assert [d["_id"] for d in await mongo.find(DRAFTS, {}, limit=9)] == ["drf_new"]
    assert [d["_id"] for d in await mongo.find(REPLIES, {}, limit=9)] == ["msg_new"]
    assert {d["_id"] for d in await mongo.find(KEYS, {}, limit=9)} == {*CASES, "drf_new"}


async def test_a_replica_that_overslept_its_turn_reports_no_erasure(mongo: Mongo, sealer: Sealer) -> None:
    """INVARIANT: would break if the report were committed without the lease's token."""
    id = await order(mongo, "buy_1", "buyer")
    with pytest.raises(LeaseLost):
        await Protecting(mongo, sealer, load_markets(), await overslept(mongo, "protection")).work()
    known = await stored(mongo, ERASURES, id)
    assert known is not None
    assert known.erased_at is None
