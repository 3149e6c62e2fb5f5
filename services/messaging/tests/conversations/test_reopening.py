"""A message lets a closed case live again for as long as the market says; after that its author is sent to a new case."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from attachment_desk import AGENT, BUYER, NOON, SELLER, Desk, a_desk, emptied
from enforcement_desk import ASKED as ASKED_CASE
from enforcement_desk import asked, do, hears, write
from messaging_situations import ASKED, OPEN

from chassis.aggregate import Cause, Session
from messaging.conversations.domain import (
    Conversation,
    LockParty,
    OpenConversation,
    expect_may_write,
    expect_reopens,
)
from messaging.conversations.domain.conversation import decide
from messaging.conversations.domain.evolution import evolve
from messaging.conversations.domain.refusals import CaseClosedForLong, PartyMayNotWrite, RightsLapsed
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts.events.ticketing import CaseClosed
from ombud_contracts.market import Reopening, load_markets

CLOSED = LockParty(party="seller", reason="case_closed", unlocked_by="reopening", at=NOON)
MONTH, MOMENT = timedelta(days=30), timedelta(microseconds=1)
CALM = "Kad piegādās manu sūtījumu?"


def closed(opened: object) -> Conversation:
    state = None
    for command in (opened, CLOSED):
        for event in decide(command, state):
            state = evolve(state, event)
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("opened", "asker"), [(OPEN, "buyer"), (replace(ASKED, buyer_id=None, seller_id="sel_1"), "seller")]
)
def test_whoever_asked_reopens_until_the_last_instant_and_not_after_it(opened: object, asker: str) -> None:
    state = closed(opened)
    expect_reopens(state, asker, MONTH, NOON + MONTH)
    with pytest.raises(CaseClosedForLong) as refused:
        expect_reopens(state, asker, MONTH, NOON + MONTH + MOMENT)
    assert refused.value.facts == {"closed_at": NOON.isoformat(), "reopened_within_days": 30}
    assert "Open a new case" in str(refused.value)


def test_a_seller_is_not_promised_that_a_message_reopens_the_case_for_ever() -> None:
    with pytest.raises(PartyMayNotWrite, match="while the time for that lasts; after it, the buyer opens a new case"):
        expect_may_write(closed(OPEN), "seller", "thread", NOON + 2 * MONTH)


@pytest.mark.parametrize(
    ("opened", "asker"), [(OPEN, "buyer"), (replace(ASKED, buyer_id=None, seller_id="sel_1"), "seller")]
)
def test_a_message_reopens_a_case_while_a_right_lives(opened: OpenConversation, asker: str) -> None:
    """Casework, section 2: within the time for reopening, the last instant of the right included."""
    lapses = NOON + timedelta(days=3)
    state = closed(replace(opened, rights_until=lapses))
    expect_reopens(state, asker, MONTH, lapses)
    with pytest.raises(RightsLapsed) as refused:
        expect_reopens(state, asker, MONTH, lapses + MOMENT)
    assert refused.value.facts == {"rights_until": lapses.isoformat()}
    expect_reopens(state, "agent", MONTH, lapses + MOMENT)


def test_a_case_that_is_not_closed_takes_messages_after_its_rights_lapsed() -> None:
    state = None
    for event in decide(replace(OPEN, rights_until=NOON), None):
        state = evolve(state, event)
    assert state is not None
    expect_reopens(state, "buyer", MONTH, NOON + MONTH)


def test_those_whose_messages_reopen_nothing_are_not_asked() -> None:
    for role in ("seller", "agent", "mediator", "supervisor", "system"):
        expect_reopens(closed(OPEN), role, MONTH, NOON + 2 * MONTH)


def test_each_market_says_for_how_long() -> None:
    assert {market.reopening for market in load_markets().values()} == {Reopening(within_days=30)}


@pytest.fixture(scope="module")
async def replica() -> AsyncIterator[Desk]:
    made = await a_desk(f"t{uuid.uuid4().hex[:8]}")
    yield made
    await made.http.aclose()
    await made.mongo.drop()
    await made.mongo.close()


@pytest.fixture
async def desk(replica: Desk) -> Desk:
    await emptied(replica)
    session = Session(replica.mongo, replica.clock)
    await session.unit(Cause("test", "test")).execute(CONVERSATIONS, conversation_id(replica.case), CLOSED)
    await session.commit()
    return replica


@pytest.mark.rule("S-10")
async def test_who_writes_too_late_hears_at_once_what_to_do(desk: Desk) -> None:
    """S-10: would break if the message were taken and the case stayed closed."""
    desk.clock.advance(days=30, seconds=1)
    messages = f"/conversations/{desk.case}/messages"
    for path in (messages, f"{messages}/check"):
        refused = await do(desk, BUYER, path, {"text": CALM}, 409)
        assert refused["type"].rpartition(":")[2] == "case_closed_for_long"
        assert (refused["closed_at"], refused["reopened_within_days"]) == (NOON.isoformat(), 30)
    assert (await desk.upload(BUYER, "a.txt", b"a")).status_code == 409
    assert (await do(desk, SELLER, messages, {"text": CALM}, 409))["reason"] == "case_closed"
    assert (await write(desk, AGENT, "Lieta ir slēgta."))["status"] == "DELIVERED"


async def test_who_writes_in_time_is_heard(desk: Desk) -> None:
    desk.clock.advance(days=30)
    assert (await write(desk, BUYER, CALM))["status"] == "DELIVERED"


@pytest.mark.rule("S-10")
async def test_who_writes_after_the_right_lapsed_hears_at_once_what_to_do(desk: Desk) -> None:
    """INVARIANT: S-10; would break if messaging did not keep until when the right lives."""
    thread = desk.case
    await asked(desk, rights_until=NOON + timedelta(days=3))
    await hears(desk, CaseClosed(case_id=ASKED_CASE, closed_at=NOON), sequence=2)
    desk.clock.advance(days=3)
    await do(desk, BUYER, f"/conversations/{ASKED_CASE}/messages/check", {"text": CALM})
    desk.clock.advance(seconds=1)
    refused = await do(desk, BUYER, f"/conversations/{ASKED_CASE}/messages", {"text": CALM}, 409)
    assert refused["type"].rpartition(":")[2] == "rights_lapsed"
    desk.case = thread
