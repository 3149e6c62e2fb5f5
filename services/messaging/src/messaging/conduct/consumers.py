"""What ticketing tells of takeovers, as findings about a seller: a confirmed verdict on a locked, counterfeit or unsafe article
(T4 to T6) is one, until the takeover is reversed (casework, section 7)."""

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.hearing import is_ended, note_end
from messaging.conduct.domain import BY_VERDICT, Finding
from messaging.conduct.finding import record, take_back
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts import Received
from ombud_contracts.events.takeovers import TakeoverJudged
from ombud_contracts.events.ticketing import TakeoverReversed

_VERDICT = "conduct"
"""Under which the end of a takeover is remembered, so that a verdict that comes late counts nothing."""


async def on_verdict(received: Received, unit: Unit) -> None:
    """Count a confirmed verdict, and count it no longer once its takeover is reversed."""
    match received.event:
        case TakeoverJudged(verdict="confirmed") as judged:
            await _confirmed(judged, received, unit)
        case TakeoverReversed() as taken_back:
            await _reversed(taken_back, received, unit)


async def _confirmed(judged: TakeoverJudged, received: Received, unit: Unit) -> None:
    market = received.metadata.market
    if market is None or await is_ended(_VERDICT, received.metadata, unit):
        return
    finding = Finding(
        about=judged.takeover_id,
        case_id=judged.case_id,
        grounds=(str(judged.trigger),),
        at=judged.judged_at,
        by=BY_VERDICT,
    )
    await record(finding, judged.seller_id, market, unit)


async def _reversed(taken_back: TakeoverReversed, received: Received, unit: Unit) -> None:
    await note_end(_VERDICT, received.metadata, unit)
    id = conversation_id(taken_back.case_id)
    conversation = await unit.read(CONVERSATIONS, id)
    if conversation is None:
        raise NotYet(id)
    if conversation.seller_id is not None:
        await take_back(taken_back.takeover_id, conversation.seller_id, conversation.market, unit)
