"""Who asks the platform is answered by the desk, by the clock of the channel (R-22); no seller owes a reply for it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.aggregate import Cause, Session
from chassis.consuming import NotYet
from chassis.testing import NOON, FixedClock, MemoryStore
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_contracts.events.ticketing import (
    CaseMoved,
    CaseOpened,
    CaseReopened,
    ListingCaseOpened,
    ListingTakeoverActivated,
    PlatformCaseOpened,
    TakeoverDecision,
)
from ombud_contracts.market import load_markets
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.store import CASES, CLOCKS
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

pytestmark = pytest.mark.rule("R-22")
RULES = read_rules(v for market in load_markets().values() for v in versions_of(market))
HOUR = timedelta(hours=1)
CASE = "cas_1"


class Monitor:
    """The monitor's consumer on a store of its own."""

    def __init__(self) -> None:
        self.store, self.told = MemoryStore(), 0

    async def hear(self, event: Event, at: datetime) -> None:
        self.told += 1
        metadata = Metadata(
            id=f"evt_{self.told}:1",
            subject=f"evt_{self.told}",
            sequence=1,
            key=CASE,
            occurred_at=at,
            recorded_at=at,
            case_id=CASE,
            market="lv",
            correlation_id="req_1",
            causation_id="req_1",
        )
        session = Session(self.store, FixedClock(at))
        received = Received(metadata=metadata, event=event, type=event.type)
        await clocks(RULES).handle(received, session.unit(Cause(metadata.id, "req_1")))
        await session.commit()

    def rounds(self) -> dict[str, list[tuple[str, str]]]:
        """Return owner and verdict of every round, by kind of clock; kinds without any are left out."""
        stored = [s for (collection, _), s in self.store.aggregates.items() if collection == CLOCKS.collection]
        known: list[Clock] = [CLOCKS.decode(s.state) for s in stored]
        return {c.ref.kind: [(r.owner, r.verdict) for r in c.told] for c in known if c.told}

    async def parties(self) -> tuple[str | None, str | None]:
        case = await Session(self.store, FixedClock(NOON)).unit(Cause("test", "test")).read(CASES, CASE)
        assert case is not None
        return case.buyer_id, case.seller_seeing


def asked(channel: str = "thread", by: str = "buyer") -> PlatformCaseOpened:
    return PlatformCaseOpened(
        case_id=CASE,
        number="LV-26-1",
        market="lv",
        asked_by=by,
        asker_id={"buyer": "buy_1", "seller": "sel_1"}[by],
        reason="OTHER",
        family="INFORMATION",
        matter="none",
        phase="before",
        channel=channel,
        origin="site",
        priority=3,
        priority_reasons=("standard",),
        draft_id="drf_1",
        opened_by=by,
        opened_at=NOON,
    )


def opened(at: datetime = NOON) -> CaseOpened:
    return CaseOpened(
        case_id=CASE,
        number="LV-26-1",
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
        opened_at=at,
    )


def asked_before_buying() -> ListingCaseOpened:
    return ListingCaseOpened(
        case_id=CASE,
        number="LV-26-1",
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_1",
        listing_id="lst_1",
        reason="PRE_SALE",
        family="INFORMATION",
        phase="before",
        priority=4,
        priority_reasons=("low_severity",),
        draft_id="drf_1",
        channel="thread",
        origin="site",
        opened_by="buyer",
        opened_at=NOON,
    )


def taken_over(at: datetime) -> ListingTakeoverActivated:
    decision = TakeoverDecision(
        trigger="T7",
        clause="S-4.7",
        clause_version="2026.1",
        facts=("snc_1:1",),
        alternatives=(),
        decided_by="supervisor",
        decider_id="sup_1",
        scope="case",
        appeal_until=at,
    )
    return ListingTakeoverActivated(
        takeover_id="tko_1",
        case_id=CASE,
        seller_id="sel_1",
        buyer_id="buy_1",
        listing_id="lst_1",
        reason="PRE_SALE",
        decision=decision,
        activated_at=at,
    )


def moved(to: str, at: datetime) -> CaseMoved:
    seller = "sel_1" if to == "seller" else None
    return CaseMoved(case_id=CASE, to=to, reason="wrong_door", seller_id=seller, moved_by="agent", moved_at=at)


def written(author: str, at: datetime, audience: str = "platform", **more: Any) -> MessageDelivered:
    return MessageDelivered(
        case_id=CASE,
        message_id=f"msg_{at:%H%M}",
        author_role=author,
        audience=audience,
        sha256="0" * 64,
        characters=20,
        first=False,
        classification=Classification(),
        qualifies=False,
        submitted_at=at,
        delivered_at=at,
        **more,
    )


@pytest.mark.rule("R-25")
async def test_a_question_before_buying_is_answered_by_the_clocks_of_any_question() -> None:
    """R-01 asks for no purchase; after a takeover the platform owes the answer."""
    monitor = Monitor()
    await monitor.hear(asked_before_buying(), NOON)
    await monitor.hear(written("buyer", NOON, "thread"), NOON)
    assert await monitor.parties() == ("buy_1", "sel_1")
    assert monitor.rounds() == {
        "reply": [("seller", "RUNNING")],
        "first_resolution": [("seller", "RUNNING")],
        "total_resolution": [("seller", "RUNNING")],
    }
    await monitor.hear(taken_over(NOON + HOUR), NOON + HOUR)
    rounds = monitor.rounds()
    assert (rounds["reply"], rounds["platform_reply"]) == ([("seller", "VOID")], [("platform", "RUNNING")])


@pytest.mark.parametrize("by", ["buyer", "seller"])
@pytest.mark.parametrize(
    ("channel", "kind"), [("thread", "onsite"), ("phone", "phone"), ("email", "email"), ("social", "social")]
)
async def test_the_desk_owes_the_answer_by_the_clock_of_the_channel(channel: str, kind: str, by: str) -> None:
    """INVARIANT: no reply of a seller is owed, and no fee can follow, for what the platform was asked."""
    monitor = Monitor()
    await monitor.hear(asked(channel, by), NOON)
    await monitor.hear(written(by, NOON + HOUR), NOON + HOUR)
    running = {f"first_response_{kind}": [("platform", "RUNNING")]}
    assert monitor.rounds() == running
    await monitor.hear(written("agent", NOON + 2 * HOUR), NOON + 2 * HOUR)
    assert monitor.rounds() == {f"first_response_{kind}": [("platform", "MET")]}


async def test_a_reopened_contact_with_the_platform_is_no_sellers_to_answer() -> None:
    monitor = Monitor()
    await monitor.hear(asked(), NOON)
    await monitor.hear(written("agent", NOON + HOUR), NOON + HOUR)
    await monitor.hear(CaseReopened(case_id=CASE, cause="buyer_message", reopened_at=NOON + 2 * HOUR), NOON + 2 * HOUR)
    await monitor.hear(written("buyer", NOON + 2 * HOUR), NOON + 2 * HOUR)
    assert monitor.rounds() == {"first_response_onsite": [("platform", "MET"), ("platform", "RUNNING")]}


async def test_a_contact_that_is_moved_to_the_platform_ends_what_the_seller_owed_and_starts_the_desks_clock() -> None:
    """Casework, section 2: the wrong door starts the right clock."""
    monitor = Monitor()
    await monitor.hear(opened(), NOON)
    await monitor.hear(written("buyer", NOON, "thread"), NOON)
    assert monitor.rounds()["reply"] == [("seller", "RUNNING")]
    await monitor.hear(moved("platform", NOON + HOUR), NOON + HOUR)
    assert monitor.rounds() == {
        "reply": [("seller", "VOID")],
        "first_resolution": [("seller", "VOID")],
        "total_resolution": [("seller", "VOID")],
        "first_response_onsite": [("platform", "RUNNING")],
    }
    assert await monitor.parties() == ("buy_1", None)


async def test_a_contact_that_is_moved_to_its_seller_is_answered_by_the_seller_from_the_next_message() -> None:
    monitor = Monitor()
    await monitor.hear(asked(), NOON)
    await monitor.hear(moved("seller", NOON + HOUR), NOON + HOUR)
    await monitor.hear(opened(NOON + HOUR), NOON + HOUR)
    rounds = monitor.rounds()
    assert rounds["first_response_onsite"] == [("platform", "VOID")]
    assert "reply" not in rounds
    assert rounds["first_resolution"] == [("seller", "RUNNING")]
    await monitor.hear(written("buyer", NOON + 2 * HOUR, "thread"), NOON + 2 * HOUR)
    assert monitor.rounds()["reply"] == [("seller", "RUNNING")]
    assert await monitor.parties() == ("buy_1", "sel_1")


async def test_a_message_to_the_platform_waits_until_it_is_known_by_which_channel_it_was_asked() -> None:
    monitor = Monitor()
    with pytest.raises(NotYet):
        await monitor.hear(written("buyer", NOON), NOON)
