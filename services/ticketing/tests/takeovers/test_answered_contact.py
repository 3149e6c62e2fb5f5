"""An answered contact is not taken over: what is true in the transaction of the decision counts (S-9), and what is learned too
late is undone (S-3)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from casework import ruling
from casework_desk import BREACHED, DUE_BY, IN_GRACE, TRACE, Desk, on_clock
from ticketing_situations import GROUNDS, OPEN

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.store import Conflict
from chassis.testing import FixedClock
from ombud_contracts import Metadata, Received
from ombud_contracts.events import messaging
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.market import load_markets
from ombud_words import Trigger
from ticketing.cases.domain.commands import NoteAnswer
from ticketing.cases.store import CASES
from ticketing.consumers import casework
from ticketing.takeovers.deciding import activate
from ticketing.takeovers.domain.grounds import Segment
from ticketing.takeovers.domain.refusals import ContactAnswered
from ticketing.takeovers.domain.state import Status
from ticketing.takeovers.store import list_takeovers

pytestmark = pytest.mark.rule("S-9")
MARKETS = load_markets()
BREACHED_AT = DUE_BY + timedelta(seconds=1)
ANSWERED_AT = DUE_BY + timedelta(minutes=20)
EVENING = DUE_BY + timedelta(hours=8)
"""When ticketing, which was down, goes on."""


def answer(submitted_at: datetime = ANSWERED_AT, *, qualifies: bool = True) -> messaging.MessageDelivered:
    return messaging.MessageDelivered(
        case_id="cas_1",
        message_id="msg_1",
        author_role="seller",
        audience="thread",
        sha256="0" * 64,
        characters=40,
        first=False,
        classification=messaging.Classification(),
        qualifies=qualifies,
        submitted_at=submitted_at,
        delivered_at=submitted_at,
    )


def satisfied(at: datetime = ANSWERED_AT) -> clocks.ClockEvent:
    return on_clock(clocks.ClockSatisfied, verdict="MET_LATE", satisfied_at=at, due_by=DUE_BY)


class Late:
    """Ticketing after an outage: every event was recorded long before it is heard."""

    def __init__(self, mongo: Mongo) -> None:
        self.desk, self.heard = Desk(mongo), 0

    async def hear(self, event: messaging.MessageDelivered | clocks.ClockEvent, recorded_at: datetime) -> None:
        session = await self.decided(event, recorded_at)
        await session.commit()

    async def decided(self, event: messaging.MessageDelivered | clocks.ClockEvent, recorded_at: datetime) -> Session:
        self.heard += 1
        metadata = Metadata(
            id=f"clk_1:{self.heard}",
            subject="clk_1",
            sequence=self.heard,
            key="cas_1",
            occurred_at=recorded_at,
            recorded_at=recorded_at,
            case_id="cas_1",
            correlation_id="test",
            causation_id="test",
        )
        session = Session(self.desk.mongo, FixedClock(EVENING))
        received = Received(metadata=metadata, event=event, type=event.type)
        await casework(MARKETS).handle(received, session.unit(Cause(metadata.id, "test")))
        return session

    async def statuses(self) -> list[Status]:
        return [takeover.status for takeover in await list_takeovers(self.desk.mongo, "cas_1")]


@pytest.fixture
async def late(mongo: Mongo) -> Late:
    made = Late(mongo)
    await made.desk.given(OPEN)
    return made


async def test_a_takeover_takes_effect_when_it_is_decided_and_never_earlier(late: Late) -> None:
    """INVARIANT: S-9; would break if a takeover that is decided late were dated back to the breach."""
    await late.hear(BREACHED, BREACHED_AT)
    (takeover,) = await list_takeovers(late.desk.mongo, "cas_1")
    assert takeover.decision is not None
    assert (takeover.status, takeover.decision.at) == (Status.ACTIVE, EVENING)


async def test_an_answer_that_is_known_keeps_the_contact_with_the_seller(late: Late) -> None:
    await late.hear(answer(), ANSWERED_AT)
    await late.hear(BREACHED, BREACHED_AT)
    assert (await late.statuses(), (await late.desk.case()).taken_over) == ([], False)


@pytest.mark.parametrize("known", [answer(qualifies=False), answer(DUE_BY)])
async def test_what_is_no_late_answer_does_not(late: Late, known: messaging.MessageDelivered) -> None:
    """An answer before the deadline was known to the clock, which judged it: it may have been contested since."""
    await late.hear(known, ANSWERED_AT)
    await late.hear(BREACHED, BREACHED_AT)
    assert await late.statuses() == [Status.ACTIVE]


@pytest.mark.rule("S-3")
async def test_an_answer_that_is_heard_after_the_decision_reverses_it(late: Late) -> None:
    """INVARIANT: topics have no common order; would break if it mattered which of them was read first."""
    await late.hear(BREACHED, BREACHED_AT)
    await late.hear(satisfied(), ANSWERED_AT)
    case = await late.desk.case()
    assert (await late.statuses(), case.taken_over) == ([Status.REVERSED], False)
    (takeover,) = await list_takeovers(late.desk.mongo, "cas_1")
    assert takeover.ended_because == "answered_before"
    assert [notice.template for notice in case.notices][2:] == ["takeover_taken_back", "contact_handed_back"]


async def test_a_reply_that_was_waived_before_the_decision_reverses_it(late: Late) -> None:
    await late.hear(BREACHED, BREACHED_AT)
    closed = on_clock(clocks.BreachClosed, cause="no_reply_needed", closed_at=ANSWERED_AT)
    await late.hear(closed, ANSWERED_AT)
    assert await late.statuses() == [Status.REVERSED]


@pytest.mark.parametrize(
    "after",
    [
        satisfied(EVENING + timedelta(seconds=1)),
        on_clock(clocks.BreachClosed, cause="takeover_activated", closed_at=EVENING),
    ],
)
async def test_what_comes_after_the_decision_changes_nothing(late: Late, after: clocks.ClockEvent) -> None:
    await late.hear(BREACHED, BREACHED_AT)
    await late.hear(after, EVENING)
    assert await late.statuses() == [Status.ACTIVE]


async def test_an_answer_that_comes_at_the_moment_of_the_decision_wins(late: Late) -> None:
    """INVARIANT: S-9; a decision that rests on a case without an answer does not commit beside one."""
    deciding = await late.decided(BREACHED, BREACHED_AT)
    session = Session(late.desk.mongo, FixedClock(EVENING))
    await session.unit(Cause("answer", "test")).execute(CASES, "cas_1", NoteAnswer(ANSWERED_AT))
    await session.commit()
    with pytest.raises(Conflict):
        await deciding.commit()


async def test_a_proposal_of_an_answered_contact_cannot_be_activated(late: Late) -> None:
    await late.hear(answer(), ANSWERED_AT)
    case = await late.desk.case()
    trace = tuple(Segment(**segment.model_dump()) for segment in TRACE)
    missed = replace(GROUNDS, trigger=Trigger.MISSED_DEADLINE, deadline_trace=trace)
    unit = late.desk.unit()
    with pytest.raises(ContactAnswered):
        await activate("tko_9", case, ruling(missed), unit)
    other = replace(GROUNDS, deadline_trace=())
    assert (await activate("tko_9", case, ruling(other), unit)).status == Status.ACTIVE


async def test_the_grace_of_a_row_ends_before_anything_is_decided(late: Late) -> None:
    await late.hear(IN_GRACE.model_copy(update={"grace_ends_at": EVENING + timedelta(hours=1)}), BREACHED_AT)
    assert await late.statuses() == []
