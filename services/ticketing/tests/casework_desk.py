"""What clocks say to ticketing, and its consumer on MongoDB, each event in a transaction of its own."""

from datetime import timedelta
from typing import Any

from ticketing_situations import LATER, NOON

from chassis.aggregate import Cause, Session, Unit
from chassis.mongo import Mongo
from chassis.testing import FixedClock
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.market import load_markets
from ticketing.cases.domain.commands import Command
from ticketing.cases.domain.state import Case
from ticketing.cases.store import CASES
from ticketing.consumers import casework

DUE_BY = NOON + timedelta(days=1)
GRACE_ENDS_AT = DUE_BY + timedelta(hours=4)
LATER_DUE_BY = NOON + timedelta(days=2)
TRACE = (TraceSegment(from_at=NOON, to_at=DUE_BY, counted=True, seconds=86_400, cause="open", calendar_version="1"),)


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
BREACHED = on_clock(
    clocks.ClockBreached,
    due_by=DUE_BY,
    emitted_late=False,
    still_owed=True,
    on_silence="takeover_missed_deadline",
    policy_version="1",
    calendar_version="1",
    trace=TRACE,
)
IN_GRACE = BREACHED.model_copy(update={"grace_ends_at": GRACE_ENDS_AT})
GRACE_ENDED = on_clock(clocks.GraceEnded, on_silence="takeover_missed_deadline", ended_at=GRACE_ENDS_AT)
SECOND = STARTED.model_copy(update={"round": 2})
WAIVED = on_clock(clocks.ClockWaived, waived_at=NOON)
CONTINUED = on_clock(clocks.ClockContinued, cause="waiver_revoked", continued_at=NOON, due_by=LATER_DUE_BY)
MOVED = on_clock(
    clocks.DeadlineMoved,
    cause="outage",
    was_due_by=DUE_BY,
    due_by=LATER_DUE_BY,
    calendar_version="1",
    trace_before=(),
    trace_after=(),
)
AT = {IN_GRACE.type: DUE_BY, GRACE_ENDED.type: GRACE_ENDS_AT}


class Desk:
    """Hears events as the consumer of ticketing, each in a transaction of its own."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.consumer = casework(load_markets())
        self.heard = 0

    async def given(self, *commands: Command) -> None:
        for command in commands:
            session = Session(self.mongo, FixedClock(NOON))
            await session.unit(Cause("test", "test")).execute(CASES, "cas_1", command)
            await session.commit()

    async def hear(self, *events: Event) -> None:
        for event in events:
            self.heard += 1
            at = AT.get(event.type, LATER)
            metadata = Metadata(
                id=f"event:{self.heard}",
                subject="cas_1",
                sequence=self.heard,
                key="cas_1",
                occurred_at=at,
                recorded_at=at,
                case_id="cas_1",
                correlation_id="test",
                causation_id="test",
            )
            session = Session(self.mongo, FixedClock(at))
            received = Received(metadata=metadata, event=event, type=event.type)
            await self.consumer.handle(received, session.unit(Cause(metadata.id, "test")))
            await session.commit()

    def unit(self) -> Unit:
        """Return a unit that sees what is committed."""
        return Session(self.mongo, FixedClock(LATER)).unit(Cause("test", "test"))

    async def case(self) -> Case:
        found = await self.unit().read(CASES, "cas_1")
        assert found is not None
        return found
