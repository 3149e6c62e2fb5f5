"""What a reply is compared with: the seller's earlier ones, oldest first, as long as nothing of them was erased."""

from datetime import timedelta

import pytest
from messaging_situations import NOON, OPEN

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.sealing import KEYS, Sealer
from chassis.testing import FixedClock, fold
from messaging.conversations.domain import Conversation
from messaging.conversations.store import CONVERSATIONS
from messaging.writing.earlier_replies import EarlierReplies
from messaging.writing.store import REPLIES
from ombud_detection import ReplyTrace, SellerReply, trace_of


def trace(asked: str, hour: int) -> ReplyTrace:
    reply = SellerReply(buyer="buy_1", asked=asked, text="Sūtījums ir ceļā.", latency_seconds=60.0, hour=hour)
    return trace_of(reply, language="lv")


FIRST, SECOND = trace("Kur ir pasūtījums?", 9), trace("Kad tas būs?", 10)


@pytest.fixture
async def sealer(mongo: Mongo) -> Sealer:
    return Sealer(mongo, "")


@pytest.fixture
async def earlier(mongo: Mongo, sealer: Sealer) -> EarlierReplies:
    """Two replies of a seller, in one conversation."""
    _, conversation = fold(CONVERSATIONS, [OPEN])
    assert isinstance(conversation, Conversation)
    session = Session(mongo, FixedClock())
    sealer.new_key(conversation.key_id, session.unit(Cause("test", "test")))
    await session.commit()
    replies = EarlierReplies(sealer)
    session = Session(mongo, FixedClock())
    unit = session.unit(Cause("test", "test"))
    for id, one, at in (("msg_7", SECOND, NOON + timedelta(hours=1)), ("msg_6", FIRST, NOON)):
        await replies.remember(id, one, conversation, at, unit)
    await session.commit()
    return replies


async def of_the_seller(mongo: Mongo, replies: EarlierReplies) -> list[ReplyTrace]:
    return await replies.of("sel_1", Session(mongo, FixedClock()).unit(Cause("test", "test")))


async def test_they_come_oldest_first_each_time_and_to_their_seller_alone(
    mongo: Mongo, earlier: EarlierReplies
) -> None:
    for _ in range(2):
        assert await of_the_seller(mongo, earlier) == [FIRST, SECOND]
    assert await earlier.of("sel_2", Session(mongo, FixedClock()).unit(Cause("test", "test"))) == []


async def test_what_was_opened_before_is_gone_with_its_row(mongo: Mongo, earlier: EarlierReplies) -> None:
    """Would break if what was erased were compared from memory."""
    assert len(await of_the_seller(mongo, earlier)) == 2
    await mongo.remove(REPLIES, {"_id": "msg_6"})
    assert await of_the_seller(mongo, earlier) == [SECOND]


async def test_what_was_sealed_with_a_key_that_is_gone_is_left_out(mongo: Mongo, earlier: EarlierReplies) -> None:
    await mongo.remove(KEYS, {"_id": OPEN.key_id})
    another = EarlierReplies(Sealer(mongo, ""))
    assert await of_the_seller(mongo, another) == []
