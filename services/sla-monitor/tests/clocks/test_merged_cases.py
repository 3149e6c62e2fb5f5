"""Two cases become one (section 3, merge): what the seller was asked is owed where the conversation goes on, from its start."""

from datetime import datetime, timedelta

import pytest

from chassis.aggregate import Cause, Session
from chassis.store import Conflict
from chassis.testing import NOON, FixedClock, MemoryStore
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_contracts.events.ticketing import CaseClosed, CaseMerged, CaseOpened, CaseResolved
from ombud_contracts.market import load_markets
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.store import CLOCKS
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

pytestmark = pytest.mark.rule("R-01")

RULES = read_rules(v for market in load_markets().values() for v in versions_of(market))
HOUR = timedelta(hours=1)
EARLIER, DUPLICATE, THIRD = "cas_1", "cas_2", "cas_3"


class Monitor:
    """The monitor's consumer on a store of its own, in which two cases of one line are open."""

    def __init__(self) -> None:
        self.store, self.told = MemoryStore(), 0

    async def hear(self, *events: Event) -> None:
        for event in events:
            await (await self.heard(event)).commit()

    async def heard(self, event: Event) -> Session:
        """Let the consumer handle an event, and return what it is about to write."""
        self.told += 1
        case_id = str(getattr(event, "case_id", ""))
        at: datetime = max(v for n, v in event if n.endswith("_at") and isinstance(v, datetime))
        metadata = Metadata(
            id=f"evt_{self.told}:1",
            subject=f"evt_{self.told}",
            sequence=1,
            key=case_id,
            occurred_at=at,
            recorded_at=at,
            case_id=case_id,
            market="lv",
            correlation_id="req_1",
            causation_id="req_1",
        )
        session = Session(self.store, FixedClock(at))
        received = Received(metadata=metadata, event=event, type=event.type)
        await clocks(RULES).handle(received, session.unit(Cause(metadata.id, "req_1")))
        return session

    def replies(self, case_id: str) -> list[tuple[datetime, str]]:
        """Return start and verdict of every round of a case's reply clock."""
        stored = [CLOCKS.decode(s.state) for (c, _), s in self.store.aggregates.items() if c == CLOCKS.collection]
        found = [c for c in stored if (c.ref.case_id, c.ref.kind) == (case_id, "reply")]
        return [(r.start_at, r.verdict.value) for c in found for r in c.rounds]


def opened(case_id: str) -> CaseOpened:
    return CaseOpened(
        case_id=case_id,
        number=f"LV-26-{case_id}",
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_1",
        order_id="ord_1",
        line_id="lin_1",
        reason="LATE",
        family="DELIVERY",
        phase="after",
        priority=3,
        priority_reasons=("standard",),
        draft_id="drf_1",
        opened_by="buyer",
        opened_at=NOON,
    )


def written(case_id: str, author: str, hours: int) -> MessageDelivered:
    at = NOON + hours * HOUR
    return MessageDelivered(
        case_id=case_id,
        message_id=f"msg_{case_id}_{hours}",
        author_role=author,
        audience="thread",
        sha256="0" * 64,
        characters=20,
        first=False,
        classification=Classification(),
        qualifies=author == "seller",
        submitted_at=at,
        delivered_at=at,
    )


def merged(case_id: str, into: str, hours: int) -> tuple[Event, ...]:
    """Return what ticketing tells of a merge."""
    at = NOON + hours * HOUR
    return (
        CaseMerged(case_id=case_id, into_case_id=into, into_number="LV-26-1", merged_by="agent", merged_at=at),
        CaseResolved(case_id=case_id, outcome="merged", resolved_at=at),
        CaseClosed(case_id=case_id, closed_at=at),
    )


@pytest.fixture
async def monitor() -> Monitor:
    made = Monitor()
    await made.hear(opened(EARLIER), opened(DUPLICATE), opened(THIRD))
    return made


async def test_what_was_asked_in_the_duplicate_is_owed_in_the_case_that_goes_on(monitor: Monitor) -> None:
    """INVARIANT: R-01; would break if merging two cases freed the seller from an answer."""
    await monitor.hear(written(DUPLICATE, "buyer", 1), *merged(DUPLICATE, EARLIER, 3))
    assert monitor.replies(EARLIER) == [(NOON + HOUR, "RUNNING")]
    assert monitor.replies(DUPLICATE) == [(NOON + HOUR, "VOID")]
    await monitor.hear(written(EARLIER, "seller", 4))
    assert monitor.replies(EARLIER) == [(NOON + HOUR, "MET")]


@pytest.mark.parametrize(("asked", "start"), [((1, 2), 1), ((2, 1), 1)])
async def test_of_two_starts_the_earliest_wins(monitor: Monitor, asked: tuple[int, int], start: int) -> None:
    here, there = asked
    await monitor.hear(written(EARLIER, "buyer", here), written(DUPLICATE, "buyer", there))
    await monitor.hear(*merged(DUPLICATE, EARLIER, 3))
    assert monitor.replies(EARLIER) == [(NOON + start * HOUR, "RUNNING")]


async def test_what_was_answered_before_the_merge_is_not_owed_again(monitor: Monitor) -> None:
    await monitor.hear(written(DUPLICATE, "buyer", 1), written(DUPLICATE, "seller", 2), *merged(DUPLICATE, EARLIER, 3))
    assert monitor.replies(EARLIER) == []


async def test_a_message_that_comes_to_be_known_after_the_merge_is_owed_too(monitor: Monitor) -> None:
    """Topics have no common order; a chain of merges leads to the case that goes on."""
    await monitor.hear(*merged(THIRD, DUPLICATE, 2), *merged(DUPLICATE, EARLIER, 3), written(THIRD, "buyer", 1))
    assert monitor.replies(EARLIER) == [(NOON + HOUR, "RUNNING")]


@pytest.mark.rule("S-9")
@pytest.mark.parametrize("message_first", [True, False])
@pytest.mark.parametrize("known", [True, False])
async def test_a_message_and_a_merge_at_the_same_moment_see_each_other(
    monitor: Monitor, known: bool, message_first: bool
) -> None:
    """INVARIANT: would break if either decided on what the other is about to change: the answer would be owed nowhere."""
    if known:
        await monitor.hear(written(DUPLICATE, "buyer", 1), written(DUPLICATE, "seller", 2))
    pair = [written(DUPLICATE, "buyer", 3), merged(DUPLICATE, EARLIER, 4)[0]]
    if not message_first:
        pair.reverse()
    winner, loser = [await monitor.heard(event) for event in pair]
    await winner.commit()
    with pytest.raises(Conflict):
        await loser.commit()
    await monitor.hear(pair[1])
    assert monitor.replies(EARLIER) == [(NOON + 3 * HOUR, "RUNNING")]


async def test_a_message_to_a_clock_that_is_there_leaves_its_case_as_it_is(monitor: Monitor) -> None:
    """Each write costs: only what a merge could not have found needs to hold the case."""
    first = await monitor.heard(written(DUPLICATE, "buyer", 1))
    assert len(first.writes.guarded) == 1
    await first.commit()
    assert not (await monitor.heard(written(DUPLICATE, "buyer", 2))).writes.guarded
