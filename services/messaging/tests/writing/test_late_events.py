"""What was parked and is replayed after later events changes nothing that these said."""

from datetime import timedelta

import pytest
from messaging_threads import find_conversation

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.sealing import Sealer
from chassis.testing import NOON, FixedClock, told
from messaging.conversations.domain import Conversation
from messaging.conversations.domain.command import OpenConversation
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.discussions.store import ListOf, page_of_owed
from messaging.policies.known import Policies
from messaging.writing.consumers import conversations
from messaging.writing.drafts import Drafts
from ombud_contracts import Event, Received
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events import ticketing
from ombud_contracts.market import load_markets

DUE_BY = NOON + timedelta(days=1)
LATER_DUE_BY = NOON + timedelta(days=2)
TAKEOVER = {"case_id": "cas_1", "reason": "cooperates", "decided_by": "agent", "handed_back_at": NOON}
CLOSED = ticketing.CaseClosed(case_id="cas_1", closed_at=NOON)
REOPENED = ticketing.CaseReopened(case_id="cas_1", cause="buyer_message", reopened_at=NOON)


def on_clock(event: type[clocks.ClockEvent], **members: object) -> clocks.ClockEvent:
    head = {"clock_id": "clk_1", "case_id": "cas_1", "kind": "reply", "owner": "seller", "round": 1}
    return event.model_validate(head | members)


STARTED = on_clock(
    clocks.ClockStarted,
    started_at=NOON,
    due_by=DUE_BY,
    mode="working_days",
    target_seconds=86_400,
    policy_version="1",
    calendar_version="1",
    on_silence="takeover_missed_deadline",
)
SATISFIED = on_clock(clocks.ClockSatisfied, verdict="MET", satisfied_at=NOON, due_by=DUE_BY)
SECOND = STARTED.model_copy(update={"round": 2, "due_by": LATER_DUE_BY})
SUPERSEDED = on_clock(clocks.RoundSuperseded, cause="qualifying_reply", superseded_at=NOON)


def clock(event: Event, sequence: int) -> Received:
    return told(event, "clk_1", sequence, case_id="cas_1")


class Desk:
    """Hears events as the consumer of messaging, each in a transaction of its own."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        sealer = Sealer(mongo, "")
        self.consumer = conversations(load_markets(), Drafts(sealer, Policies(60.0)))

    async def hear(self, *heard: Received) -> None:
        for received in heard:
            session = Session(self.mongo, FixedClock())
            await self.consumer.handle(received, session.unit(Cause(received.metadata.id, "test")))
            await session.commit()

    async def conversation(self) -> Conversation:
        found = await find_conversation(self.mongo, "cas_1")
        assert found is not None
        return found

    async def locks(self) -> set[str]:
        return {lock.reason for lock in (await self.conversation()).locks}

    async def owed(self) -> list[str]:
        return [row["_id"] for row in await page_of_owed(self.mongo, ListOf("sel_1", None), None, 10)]


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    made = Desk(mongo)
    session = Session(mongo, FixedClock())
    opening = OpenConversation(
        case_id="cas_1",
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_1",
        language="lv",
        key_id="cas_1",
        first=None,
        at=NOON,
    )
    await session.unit(Cause("test", "test")).execute(CONVERSATIONS, conversation_id("cas_1"), opening)
    await session.commit()
    return made


@pytest.mark.parametrize(("events", "locked"), [((CLOSED, REOPENED), False), ((REOPENED, CLOSED), True)])
async def test_a_closed_case_locks_its_seller_only_while_it_is_closed(
    desk: Desk, events: tuple[ticketing.CaseClosed | ticketing.CaseReopened, ...], locked: bool
) -> None:
    first, last = (told(event, "cas_1", n, case_id="cas_1") for n, event in enumerate(events, 4))
    await desk.hear(last, first)
    assert ("case_closed" in await desk.locks()) is locked


async def test_a_seller_is_locked_as_the_last_takeover_says(desk: Desk, takeovers: dict[str, Received]) -> None:
    await desk.hear(takeovers["first handed back"], takeovers["first"])
    assert await desk.locks() == set()
    await desk.hear(takeovers["second"], takeovers["first handed back"])
    assert await desk.locks() == {"taken_over"}


async def test_a_reply_that_was_given_is_not_owed_again(desk: Desk) -> None:
    await desk.hear(clock(SATISFIED, 2), clock(STARTED, 1))
    assert await desk.owed() == []
    assert (await desk.conversation()).reply_due_by is None


async def test_a_round_that_never_was_does_not_come_back(desk: Desk) -> None:
    await desk.hear(clock(SUPERSEDED, 3), clock(STARTED, 1))
    assert await desk.owed() == []


async def test_an_earlier_round_leaves_the_deadline_of_a_later_one(desk: Desk) -> None:
    await desk.hear(clock(STARTED, 1), clock(SECOND, 3), clock(SATISFIED, 2))
    assert await desk.owed() == ["clk_1|2"]
    assert (await desk.conversation()).reply_due_by == LATER_DUE_BY


@pytest.fixture
def takeovers() -> dict[str, Received]:
    """Two takeovers of one case, one after the other."""

    def activated(id: str) -> Received:
        event = ticketing.TakeoverActivated(
            takeover_id=id,
            case_id="cas_1",
            buyer_id="buy_1",
            seller_id="sel_1",
            order_id="ord_1",
            line_id="lin_1",
            reason="DEFECTIVE",
            decision=ticketing.TakeoverDecision(
                trigger="T1",
                clause="S-4.1",
                clause_version="2026.1",
                facts=("clk_1:4",),
                alternatives=(),
                decided_by="system",
                decider_id="system",
                scope="case",
                appeal_until=DUE_BY,
            ),
            activated_at=NOON,
        )
        return told(event, id, 1, case_id="cas_1")

    back = ticketing.TakeoverHandedBack(takeover_id="tko_1", **TAKEOVER)
    return {
        "first": activated("tko_1"),
        "first handed back": told(back, "tko_1", 2, case_id="cas_1"),
        "second": activated("tko_2"),
    }
