"""What messaging does on hearing of cases, takeovers and clocks; several records of a case may share one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from messaging_threads import find_conversation

from chassis.aggregate import Cause, Session
from chassis.consuming import NotYet
from chassis.mongo import Mongo
from chassis.sealing import Sealer, opened
from chassis.testing import FixedClock
from messaging.conversations.domain import Conversation
from messaging.conversations.store import find_message
from messaging.discussions.store import ListOf, page_of_owed
from messaging.policies.known import Policies
from messaging.writing.consumers import conversations
from messaging.writing.drafts import Drafts
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events import ticketing
from ombud_contracts.market import load_markets

NOON = datetime.fromisoformat("2026-09-15T12:00:00+00:00")
DUE_BY = NOON + timedelta(days=1)
LATER_DUE_BY = NOON + timedelta(days=2)
IDS = {"takeover_id": "tko_1", "case_id": "cas_1"}


def opened_with(draft_id: str = "drf_none") -> ticketing.CaseOpened:
    return ticketing.CaseOpened(
        case_id="cas_1",
        number="LV-26-1",
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_1",
        order_id="ord_1",
        line_id="lin_1",
        reason="DEFECTIVE",
        family="CONFORMITY",
        phase="after",
        priority=2,
        priority_reasons=("severity",),
        draft_id=draft_id,
        opened_by="buyer",
        opened_at=NOON,
    )


def asked_before_buying() -> ticketing.ListingCaseOpened:
    told = opened_with().model_dump(exclude={"order_id", "line_id", "desired_outcome", "rights_until"})
    before = {"listing_id": "lst_1", "reason": "PRE_SALE", "phase": "before", "channel": "thread", "origin": "site"}
    return ticketing.ListingCaseOpened.model_validate(told | before)


def on_clock(event: type[clocks.ClockEvent], **members: Any) -> clocks.ClockEvent:
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
NEXT = STARTED.model_copy(update={"round": 2, "due_by": LATER_DUE_BY})
SATISFIED = on_clock(clocks.ClockSatisfied, verdict="MET", satisfied_at=NOON, due_by=DUE_BY)
WAIVED = on_clock(clocks.ClockWaived, waived_at=NOON)
VOIDED = on_clock(clocks.ClockVoided, cause="case_closed", voided_at=NOON)
CLOSED = on_clock(clocks.BreachClosed, cause="takeover_activated", closed_at=DUE_BY)
SUPERSEDED = on_clock(clocks.RoundSuperseded, cause="qualifying_reply", superseded_at=NOON)
CONTINUED = on_clock(clocks.ClockContinued, cause="reply_contested", continued_at=NOON, due_by=LATER_DUE_BY)
BREACHED = on_clock(
    clocks.ClockBreached,
    due_by=DUE_BY,
    emitted_late=False,
    still_owed=True,
    on_silence="takeover_missed_deadline",
    policy_version="1",
    calendar_version="1",
    trace=(),
)
WITHDRAWN = on_clock(clocks.BreachWithdrawn, cause="calendar_corrected", withdrawn_at=DUE_BY)
MOVED = on_clock(
    clocks.DeadlineMoved,
    cause="outage",
    was_due_by=DUE_BY,
    due_by=LATER_DUE_BY,
    calendar_version="1",
    trace_before=(),
    trace_after=(),
)


class Desk:
    """Hears events, several in one transaction, as the consumer of messaging."""

    def __init__(self, mongo: Mongo, policies: Policies) -> None:
        self.mongo = mongo
        self.sealer = Sealer(mongo, "")
        self.drafts = Drafts(self.sealer, policies)
        self.consumer = conversations(load_markets(), self.drafts)
        self.heard = 0

    async def hear(self, *events: Event, actor_id: str = "buy_1") -> None:
        session = Session(self.mongo, FixedClock(NOON))
        for event in events:
            self.heard += 1
            metadata = Metadata(
                id=f"event:{self.heard}",
                subject="cas_1",
                sequence=self.heard,
                key="cas_1",
                occurred_at=NOON,
                recorded_at=NOON,
                actor_kind="buyer",
                actor_id=actor_id,
                case_id="cas_1",
                correlation_id="test",
                causation_id="test",
            )
            received = Received(metadata=metadata, event=event, type=event.type)
            await self.consumer.handle(received, session.unit(Cause(metadata.id, "test")))
        await session.commit()

    async def conversation(self) -> Conversation:
        found = await find_conversation(self.mongo, "cas_1")
        assert found is not None
        return found

    async def owed(self) -> list[tuple[datetime, bool]]:
        return [
            (row["due_by"], row["breached"]) for row in await page_of_owed(self.mongo, ListOf("sel_1", None), None, 10)
        ]


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    policies = Policies(fresh_seconds=3600)
    await policies.refresh(mongo)
    return Desk(mongo, policies)


async def kept(desk: Desk, text: str, author_id: str = "buy_1") -> None:
    session = Session(desk.mongo, FixedClock(NOON))
    desk.drafts.keep("drf_1", author_id, text, session.unit(Cause("draft", "test")))
    await session.commit()


async def test_a_case_opens_with_its_draft_as_the_first_message_under_the_drafts_key(desk: Desk) -> None:
    await kept(desk, "Telefons nedarbojas, ko darīt?")
    await desk.hear(opened_with("drf_1"))
    conversation = await desk.conversation()
    assert (conversation.key_id, conversation.owes_reply, conversation.language) == ("drf_1", True, "lv")
    message = await find_message(desk.mongo, "msg_drf_1")
    assert message is not None
    assert opened(await desk.sealer.key("drf_1"), bytes(message["original"])) == "Telefons nedarbojas, ko darīt?"
    assert await desk.mongo.find_one("drafts", {"_id": "drf_1"}) is None


async def test_a_conversation_knows_the_numbers_of_its_case_order_and_line_from_its_first_message_on(
    desk: Desk,
) -> None:
    await kept(desk, "Telefons nav saņemts. 29123456")
    await desk.hear(opened_with("drf_1").model_copy(update={"order_id": "ord_29123456"}))
    conversation = await desk.conversation()
    assert conversation.references == ("LV-26-1", "cas_1", "ord_29123456", "lin_1")
    assert [(m.status, m.id) for m in conversation.recent] == [("DELIVERED", "msg_drf_1")]
    message = await find_message(desk.mongo, "msg_drf_1")
    assert message is not None
    assert opened(await desk.sealer.key("drf_1"), bytes(message["shown"])) == "Telefons nav saņemts. 29123456"


async def test_nobody_opens_a_case_with_somebody_elses_draft(desk: Desk) -> None:
    await kept(desk, "Telefons nedarbojas", author_id="buy_2")
    await desk.hear(opened_with("drf_1"))
    conversation = await desk.conversation()
    assert (conversation.positions, conversation.key_id) == (0, "cas_1")
    assert await desk.mongo.find_one("drafts", {"_id": "drf_1"}) is not None


REVERSED = ticketing.TakeoverReversed(
    **IDS,
    reason="breach_withdrawn",
    withdrawn_by="clk_1:6",
    contact_returned=True,
    decided_by="system",
    reversed_at=NOON,
)
LOCKING: list[tuple[list[Event], list[str]]] = [
    ([ticketing.TakeoverConcluded(**IDS, concluded_at=NOON)], []),
    ([ticketing.TakeoverHandedBack(**IDS, reason="cooperates", decided_by="agent", handed_back_at=NOON)], []),
    ([REVERSED], []),
    ([REVERSED.model_copy(update={"contact_returned": False})], ["taken_over"]),
    ([REVERSED, REVERSED], []),
    ([ticketing.CaseClosed(case_id="cas_1", closed_at=NOON), REVERSED], ["case_closed"]),
    ([ticketing.CaseClosed(case_id="cas_1", closed_at=NOON)], ["taken_over", "case_closed"]),
    (
        [
            ticketing.CaseClosed(case_id="cas_1", closed_at=NOON),
            ticketing.TakeoverConcluded(**IDS, concluded_at=NOON),
        ],
        ["case_closed"],
    ),
    (
        [
            ticketing.CaseClosed(case_id="cas_1", closed_at=NOON),
            ticketing.CaseReopened(case_id="cas_1", cause="buyer_message", reopened_at=NOON),
        ],
        ["taken_over"],
    ),
]


def taken_over() -> ticketing.TakeoverActivated:
    decision = ticketing.TakeoverDecision(
        trigger="T1",
        clause="S-4.1",
        clause_version="2026.1",
        facts=("clk_1:4",),
        alternatives=(),
        decided_by="system",
        decider_id="system",
        scope="case",
        appeal_until=LATER_DUE_BY,
    )
    parties = {"seller_id": "sel_1", "buyer_id": "buy_1", "order_id": "ord_1", "line_id": "lin_1"}
    return ticketing.TakeoverActivated(**IDS, **parties, reason="DEFECTIVE", decision=decision, activated_at=NOON)


@pytest.mark.parametrize(("events", "left"), LOCKING)
async def test_locks_follow_the_takeover_and_the_case(desk: Desk, events: list[Event], left: list[str]) -> None:
    await desk.hear(opened_with(), taken_over())
    assert [lock.reason for lock in (await desk.conversation()).locks] == ["taken_over"]
    await desk.hear(*events)
    assert [lock.reason for lock in (await desk.conversation()).locks] == left


@pytest.mark.parametrize("event", [taken_over(), STARTED, ticketing.CaseClosed(case_id="cas_1", closed_at=NOON)])
async def test_what_comes_before_its_conversation_waits_for_it(desk: Desk, event: Event) -> None:
    with pytest.raises(NotYet):
        await desk.hear(event)


def transactions(*events: Event) -> Iterable[list[list[Event]]]:
    """All in one transaction, and each in its own."""
    yield [list(events)]
    yield [[event] for event in events]


@pytest.mark.rule("R-06")
@pytest.mark.parametrize(
    ("events", "owed"),
    [
        ((STARTED,), [(DUE_BY, False)]),
        *(((STARTED, end), []) for end in (SATISFIED, WAIVED, VOIDED, SUPERSEDED)),
        ((STARTED, BREACHED), [(DUE_BY, True)]),
        ((STARTED, BREACHED, CLOSED), []),
        ((STARTED, BREACHED, WITHDRAWN), [(DUE_BY, False)]),
        ((STARTED, MOVED), [(LATER_DUE_BY, False)]),
        ((STARTED, SATISFIED, NEXT), [(LATER_DUE_BY, False)]),
        ((STARTED, SATISFIED, CONTINUED), [(LATER_DUE_BY, False)]),
        ((STARTED, WAIVED, CONTINUED), [(LATER_DUE_BY, False)]),
        ((STARTED, SATISFIED, NEXT, SUPERSEDED), [(LATER_DUE_BY, False)]),
        ((STARTED, on_clock(clocks.ClockOwnerMoved, owner="agent", moved_at=NOON)), []),
        ((STARTED.model_copy(update={"kind": "offer_answer", "clock_id": "clk_2"}),), []),
        ((STARTED.model_copy(update={"owner": "agent"}), SATISFIED.model_copy(update={"owner": "agent"})), []),
    ],
)
async def test_the_sellers_list_holds_what_is_owed_in_one_transaction_or_in_many(
    desk: Desk, events: tuple[Event, ...], owed: list[tuple[datetime, bool]]
) -> None:
    """R-06."""
    for split in transactions(*events):
        await desk.hear(opened_with())
        for together in split:
            await desk.hear(*together)
        assert await desk.owed() == owed
        await desk.mongo.drop()


@pytest.mark.rule("R-25")
async def test_a_question_before_buying_has_a_conversation_that_a_takeover_locks(desk: Desk) -> None:
    decision = ticketing.TakeoverDecision(
        trigger="T1",
        clause="S-4.1",
        clause_version="2026.1",
        facts=("clk_1:4",),
        alternatives=(),
        decided_by="system",
        decider_id="system",
        scope="case",
        appeal_until=NOON,
    )
    taken_over = ticketing.ListingTakeoverActivated(
        **IDS,
        seller_id="sel_1",
        buyer_id="buy_1",
        listing_id="lst_1",
        reason="PRE_SALE",
        decision=decision,
        activated_at=NOON,
    )
    await desk.hear(asked_before_buying(), taken_over)
    conversation = await find_conversation(desk.mongo, "cas_1")
    assert (conversation.buyer_id, conversation.seller_id) == ("buy_1", "sel_1")
    assert set(conversation.references) == {"LV-26-1", "cas_1", "lst_1"}
    assert [(lock.party, lock.reason) for lock in conversation.locks] == [("seller", "taken_over")]
