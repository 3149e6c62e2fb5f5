"""Pairs of commands that decide at the same moment, on real MongoDB: whichever is written first, the other decides again on
what it left."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any

import made_files as made
import pytest
from attachment_desk import Desk
from messaging_threads import find_conversation, stored

from chassis.aggregate import Cause, Session, Unit
from chassis.auth import Actor
from chassis.store import Conflict
from chassis.testing.desk import received
from messaging.attachments.api import upload_attachment
from messaging.attachments.keeping import Kept
from messaging.attachments.receiving import Received
from messaging.attachments.store import Uploader
from messaging.conversations.api import waive_reply
from messaging.conversations.consumers import on_takeover
from messaging.conversations.domain import (
    Checked,
    Letter,
    MessageNotHeld,
    PostMessage,
    Refusal,
    ReleaseMessage,
    Verdict,
)
from messaging.conversations.domain.refusals import NothingOwed, PartyMayNotWrite
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.moderation.api import assign_message
from messaging.moderation.store import ASSIGNMENTS
from messaging.sanctions.api import AppealRequest, ReversalRequest, appeal_sanction, reverse_sanction
from messaging.sanctions.domain import Breach, NothingToAppeal, RecordBreach, ladder_for
from messaging.sanctions.store import SANCTIONS, sanction_id
from messaging.writing.api import MessageRequest, post_message
from ombud_contracts.events.ticketing import TakeoverActivated, TakeoverDecision
from ombud_words import (
    AttachmentId,
    BuyerId,
    CaseId,
    EventId,
    LineId,
    MessageId,
    OrderId,
    PersonId,
    Role,
    SellerId,
    TakeoverId,
)

BUYER, SELLER = Actor(PersonId("buy_1"), Role.BUYER), Actor(PersonId("sel_1"), Role.SELLER)
AGENT, SUPERVISOR = Actor(PersonId("agt_1"), Role.AGENT), Actor(PersonId("sup_1"), Role.SUPERVISOR)
WAITING = MessageId("msg_9")
Step = Callable[[Unit], Awaitable[object]]


class Meanwhile:
    """Two commands that both decide on what stands; then one is written, and the other decides again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def done(self, step: Step) -> None:
        """Do something alone."""
        session = self._session()
        await step(session.unit(Cause("test", "test")))
        await session.commit()

    async def written(self, first: Step, second: Step) -> type[Refusal] | None:
        """Write the first, and return how the second is refused after it; None when it is done as well."""
        ahead, behind = self._session(), self._session()
        await first(ahead.unit(Cause("first", "test")))
        await second(behind.unit(Cause("second", "test")))
        await ahead.commit()
        with pytest.raises(Conflict):
            await behind.commit()
        try:
            await self.done(second)
        except Refusal as refusal:
            return type(refusal)
        return None

    def _session(self) -> Session:
        return Session(self._desk.mongo, self._desk.clock)


@pytest.fixture
def meanwhile(desk: Desk) -> Meanwhile:
    return Meanwhile(desk)


def provided(desk: Desk, name: str) -> Any:
    return desk.app.state.runtime.provided[name]


def writes(desk: Desk, actor: Actor, text: str) -> Step:
    """Somebody posts a message."""
    body, markets, posting = MessageRequest(text=text), provided(desk, "markets"), provided(desk, "posting")
    # The route as it is written, without the transaction that it gets by itself.
    return lambda unit: post_message(CaseId(desk.case), body, actor, unit, markets, posting)


def waives(desk: Desk) -> Step:
    """The buyer says that no reply is needed."""
    return lambda unit: waive_reply(CaseId(desk.case), BUYER, unit)


def takes_over(desk: Desk) -> Step:
    """The platform takes the contact over."""
    takeover = TakeoverActivated(
        takeover_id=TakeoverId("tko_5"),
        case_id=CaseId(desk.case),
        buyer_id=BuyerId("buy_1"),
        seller_id=SellerId("sel_1"),
        order_id=OrderId("ord_3"),
        line_id=LineId("lin_4"),
        reason="DEFECTIVE",
        decision=TakeoverDecision(
            trigger="T1",
            clause="S-4.1",
            clause_version="2026.1",
            facts=("clk_1:4",),
            alternatives=(),
            decided_by="system",
            decider_id="system",
            scope="case",
            appeal_until=desk.clock() + timedelta(days=14),
        ),
        activated_at=desk.clock(),
    )
    return lambda unit: on_takeover(takeover, received(takeover, desk.clock(), subject="tko_5"), unit)


async def uploads(desk: Desk) -> Step:
    """The seller's file was received, and its row is to be kept."""
    conversation = await find_conversation(desk.mongo, CaseId(desk.case))
    assert conversation is not None
    uploader = Uploader(Role.SELLER, SELLER.id, conversation.case_id)
    attachments, markets = provided(desk, "attachments"), provided(desk, "markets")
    with TemporaryFile() as file:
        file.write(made.picture())
        file.seek(0)
        arrived = Received(file, "0" * 64)
        kept: Kept = await attachments.keep(AttachmentId("att_7"), arrived, "photo.jpg", uploader, conversation)
    return lambda unit: upload_attachment(conversation.case_id, SELLER, unit, markets, kept, attachments)


async def is_locked(desk: Desk) -> bool:
    """Whether the seller may not write."""
    state = await find_conversation(desk.mongo, CaseId(desk.case))
    assert state is not None
    return state.lock_of(Role.SELLER, desk.clock()) is not None


async def test_a_reply_that_is_written_before_a_waiver_leaves_nothing_to_waive(
    desk: Desk, meanwhile: Meanwhile
) -> None:
    """INVARIANT: would break if a waiver rested on a conversation that has been answered since."""
    await meanwhile.done(writes(desk, BUYER, "Kad tas tiks piegādāts?"))
    desk.clock.advance(minutes=20)  # an answer at once would be an automated one
    reply = writes(desk, SELLER, "Sūtījums ir ceļā, un rīt to piegādās kurjers.")
    assert await meanwhile.written(reply, waives(desk)) is NothingOwed


async def test_a_reply_after_a_waiver_answers_and_ends_it(desk: Desk, meanwhile: Meanwhile) -> None:
    await meanwhile.done(writes(desk, BUYER, "Kad tas tiks piegādāts?"))
    desk.clock.advance(minutes=20)  # an answer at once would be an automated one
    reply = writes(desk, SELLER, "Sūtījums ir ceļā, un rīt to piegādās kurjers.")
    assert await meanwhile.written(waives(desk), reply) is None
    state = await find_conversation(desk.mongo, CaseId(desk.case))
    assert state is not None
    assert (state.owes_reply, state.waived, state.positions) == (False, False, 2)


async def test_a_seller_whose_lock_is_written_first_may_not_post(desk: Desk, meanwhile: Meanwhile) -> None:
    """INVARIANT: would break if the lock were looked for before the transaction of the message."""
    assert await meanwhile.written(takes_over(desk), writes(desk, SELLER, "Rīt.")) is PartyMayNotWrite
    state = await find_conversation(desk.mongo, CaseId(desk.case))
    assert state is not None
    assert state.positions == 0


async def test_a_lock_after_a_message_stands(desk: Desk, meanwhile: Meanwhile) -> None:
    assert await meanwhile.written(writes(desk, SELLER, "Rīt."), takes_over(desk)) is None
    assert await is_locked(desk)


async def test_a_seller_whose_lock_is_written_first_leaves_no_file(desk: Desk, meanwhile: Meanwhile) -> None:
    """INVARIANT: would break if a file were kept on the word of a conversation that was read before it arrived."""
    assert await meanwhile.written(takes_over(desk), await uploads(desk)) is PartyMayNotWrite
    assert [row["status"] for row in await desk.rows()] == ["ARRIVING"]


async def test_a_lock_after_an_upload_stands(desk: Desk, meanwhile: Meanwhile) -> None:
    assert await meanwhile.written(await uploads(desk), takes_over(desk)) is None
    assert await is_locked(desk)
    assert [row["status"] for row in await desk.rows()] == ["UNSENT"]


async def waits(desk: Desk, meanwhile: Meanwhile) -> None:
    """A message waits for a moderator."""
    letter = Letter(
        message_id=WAITING,
        author_role=Role.SELLER,
        author_id=SELLER.id,
        audience="thread",
        original=b"sealed",
        shown=b"sealed",
        checked=Checked(verdict=Verdict.HOLD, sha256="0" * 64, characters=40),
        submitted_at=desk.clock(),
    )
    command = PostMessage(letter, desk.clock())
    await meanwhile.done(lambda unit: unit.execute(CONVERSATIONS, conversation_id(CaseId(desk.case)), command))


def assigns(desk: Desk) -> Step:
    """A moderator takes the message."""
    return lambda unit: assign_message(WAITING, AGENT, unit, provided(desk, "assignment_lasts"))


def releases(desk: Desk) -> Step:
    """The message is delivered because its author's sanction was lifted."""
    command = ReleaseMessage(WAITING, desk.clock())
    return lambda unit: unit.execute(CONVERSATIONS, conversation_id(CaseId(desk.case)), command)


async def test_a_message_that_is_released_first_is_assigned_to_nobody(desk: Desk, meanwhile: Meanwhile) -> None:
    """INVARIANT: would break if an assignment rested on a message that waits no longer."""
    await waits(desk, meanwhile)
    assert await meanwhile.written(releases(desk), assigns(desk)) is MessageNotHeld
    assert await stored(desk.mongo, ASSIGNMENTS, WAITING) is None


async def test_a_message_that_is_assigned_first_is_released_all_the_same(desk: Desk, meanwhile: Meanwhile) -> None:
    await waits(desk, meanwhile)
    assert await meanwhile.written(assigns(desk), releases(desk)) is None
    state = await find_conversation(desk.mongo, CaseId(desk.case))
    assert state is not None
    known = state.message(WAITING)
    assert known is not None
    assert known.status == "DELIVERED"


SANCTION = sanction_id(Role.SELLER, SELLER.id, "lv")


async def breaks_a_rule(desk: Desk, meanwhile: Meanwhile) -> None:
    """The seller has one breach."""
    ladder = ladder_for("lv", Role.SELLER)
    assert ladder is not None
    breach = Breach(
        message_id=WAITING,
        case_id=CaseId(desk.case),
        at=desk.clock(),
        rules=("phone.plain",),
        event_id=EventId("cnv_1:2"),
    )
    command = RecordBreach(
        sanction_id=SANCTION,
        person_id=SELLER.id,
        role=Role.SELLER,
        market="lv",
        ladder=ladder,
        breach=breach,
        at=desk.clock(),
    )
    await meanwhile.done(lambda unit: unit.execute(SANCTIONS, SANCTION, command))


def appeals() -> Step:
    """The seller asks a supervisor to look again."""
    return lambda unit: appeal_sanction(SANCTION, AppealRequest(grounds=["mistake"]), SELLER, unit)


def pardons() -> Step:
    """The supervisor decides that no breach was one."""
    return lambda unit: reverse_sanction(SANCTION, ReversalRequest(reasons=["mistake"]), SUPERVISOR, unit)


async def test_nothing_is_left_to_appeal_when_the_pardon_is_written_first(desk: Desk, meanwhile: Meanwhile) -> None:
    """INVARIANT: would break if an appeal rested on breaches that were pardoned since; nobody could decide it."""
    await breaks_a_rule(desk, meanwhile)
    assert await meanwhile.written(pardons(), appeals()) is NothingToAppeal


async def test_a_pardon_after_an_appeal_decides_it(desk: Desk, meanwhile: Meanwhile) -> None:
    await breaks_a_rule(desk, meanwhile)
    assert await meanwhile.written(appeals(), pardons()) is None
    state = await stored(desk.mongo, SANCTIONS, SANCTION)
    assert state is not None
    assert (state.appealed_at, state.breaches) == (None, ())
