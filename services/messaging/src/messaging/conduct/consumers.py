"""What ticketing tells of takeovers, as findings about a seller: a confirmed verdict on a locked, counterfeit or unsafe article
(T4 to T6) is one, until the takeover is reversed (casework, section 7)."""

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.hearing import is_ended, note_end
from messaging.conduct.domain import BY_VERDICT, Finding
from messaging.conduct.finding import record, take_back
from messaging.conversations.domain import Conversation
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts import Received
from ombud_contracts.events.takeovers import TakeoverJudged
from ombud_contracts.events.ticketing import TakeoverReversed
from ombud_words import CaseId

_VERDICT = "conduct"
"""Under which the end of a takeover is remembered, so that a verdict that comes late counts nothing."""


async def on_verdict(received: Received, unit: Unit) -> None:
    """Count a confirmed verdict, and count it no longer once its takeover is reversed. Raises NotYet for an unknown case."""
    match received.event:
        case TakeoverJudged(verdict="confirmed") as judged:
            if not await is_ended(_VERDICT, received.metadata, unit):
                conversation = await _conversation(judged.case_id, unit)
                await record(_finding(judged), judged.seller_id, conversation.market, unit)
        case TakeoverReversed(takeover_id=takeover_id, case_id=case_id):
            await note_end(_VERDICT, received.metadata, unit)
            conversation = await _conversation(case_id, unit)
            if conversation.seller_id is not None:
                await take_back(takeover_id, conversation.seller_id, conversation.market, unit)


def _finding(judged: TakeoverJudged) -> Finding:
    return Finding(
        about=judged.takeover_id,
        by=BY_VERDICT,
        case_id=judged.case_id,
        grounds=(str(judged.trigger),),
        at=judged.judged_at,
    )


async def _conversation(case_id: CaseId, unit: Unit) -> Conversation:
    id = conversation_id(case_id)
    conversation = await unit.read(CONVERSATIONS, id)
    if conversation is None:
        raise NotYet(id)
    return conversation
