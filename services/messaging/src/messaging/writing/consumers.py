"""Messaging's consumer: a case's conversation opens with its first message; takeovers, closing and clocks go to their nouns."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from chassis.aggregate import Kind, Unit
from chassis.consuming import Consumer
from chassis.hearing import HEARD
from messaging.conversations.consumers import TakeoverTold, on_closing, on_merge, on_move, on_takeover
from messaging.conversations.domain import OpenConversation
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.discussions.consumers import on_clock, what_is_heard
from messaging.sanctions.sanctioning import note_posted, under_sanction
from messaging.writing.drafts import Drafts, Opening, own_numbers
from ombud_contracts import Received, groups
from ombud_contracts.events.ticketing import (
    CaseClosed,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    ListingCaseOpened,
    PlatformCaseOpened,
)
from ombud_contracts.market import Market
from ombud_words import BuyerId, CaseId, Counterpart, PersonId, Role, SellerId

AlsoHear = Callable[[Received, Unit], Awaitable[None]]


def conversations(markets: Mapping[str, Market], drafts: Drafts, also_hear: AlsoHear | None = None) -> Consumer:
    """Return messaging's consumer. `also_hear` does what other nouns do on hearing of a clock or a takeover."""

    async def handle(received: Received, unit: Unit) -> None:
        match received.event:
            case CaseOpened() | ListingCaseOpened() | PlatformCaseOpened() as opened:
                await _open(opened, received, markets[opened.market], drafts, unit)
            case CaseMoved() as moved:
                await on_move(moved, received, unit)
            case takeover if isinstance(takeover, TakeoverTold):
                await on_takeover(takeover, received, unit)
            case CaseMerged() as merged:
                await on_merge(merged, received, unit)
            case CaseClosed() | CaseReopened() as case:
                await on_closing(case, received, unit)
            case _:
                await on_clock(received, unit)
        if also_hear is not None:
            await also_hear(received, unit)

    return Consumer(groups.MESSAGING_CONVERSATIONS, handle, _touches)


def _touches(received: Received) -> Iterable[tuple[Kind[Any, Any, Any], str]]:
    if received.metadata.case_id:
        yield CONVERSATIONS, conversation_id(CaseId(received.metadata.case_id))
    for id in what_is_heard(received):
        yield HEARD, id


async def _open(opened: Opening, received: Received, market: Market, drafts: Drafts, unit: Unit) -> None:
    if await unit.read(CONVERSATIONS, conversation_id(opened.case_id)) is not None:
        return  # it began with the platform, and its seller is brought in by the move
    buyer_id, seller_id = _parties(opened)
    first = await drafts.first_message(opened, PersonId(received.metadata.actor_id), market, unit)
    if first is not None:
        first = await under_sanction(first, opened.market, unit)
    command = OpenConversation(
        case_id=opened.case_id,
        market=opened.market,
        buyer_id=buyer_id,
        seller_id=seller_id,
        language=market.languages[0],
        key_id=opened.case_id if first is None else opened.draft_id,
        first=first,
        at=opened.opened_at,
        phase=opened.phase,
        references=own_numbers(opened),
        rights_until=None if isinstance(opened, ListingCaseOpened) else opened.rights_until,
        counterpart=Counterpart.PLATFORM if isinstance(opened, PlatformCaseOpened) else Counterpart.SELLER,
    )
    await unit.execute(CONVERSATIONS, conversation_id(opened.case_id), command)
    if first is not None:
        await note_posted(first, opened.case_id, opened.market, received.metadata.recorded_at, unit)


def _parties(opened: Opening) -> tuple[BuyerId | None, SellerId | None]:
    """Return who shares the conversation: with the platform only who asks."""
    if isinstance(opened, CaseOpened | ListingCaseOpened):
        return opened.buyer_id, opened.seller_id
    if opened.asked_by == Role.SELLER:
        return None, SellerId(opened.asker_id)
    return BuyerId(opened.asker_id), None
