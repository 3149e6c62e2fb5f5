"""What others decide, as findings about a seller or a buyer: a confirmed verdict on a locked, counterfeit or unsafe article (T4
to T6) until the takeover is reversed, and what a dispute's decision found until it falls (R-45; casework, section 7)."""

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.hearing import is_ended, note_end
from messaging.conduct.domain import BY_DECISION, BY_VERDICT, Finding
from messaging.conduct.finding import record, record_claim, take_back
from messaging.conduct.reviewing import note_reviewer, review, take_verdict_back
from messaging.conduct.store import claim_standing_id, standing_id
from messaging.conversations.domain import Conversation
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts import Received
from ombud_contracts.events.findings import FindingMade, FindingWithdrawn
from ombud_contracts.events.takeovers import TakeoverAppealDecided, TakeoverJudged
from ombud_contracts.events.ticketing import TakeoverReversed
from ombud_words import CaseId, FindingKind, Trigger

_VERDICT = "conduct"
"""Under which the end of a takeover is remembered, so that a verdict that comes late counts nothing."""


async def on_verdict(received: Received, unit: Unit) -> None:
    """Count a confirmed verdict, and count it no longer once its takeover is reversed; one about a counterfeit has the seller
    reviewed (T5). Raises NotYet for an unknown case."""
    match received.event:
        case TakeoverJudged(verdict="confirmed") as judged:
            if not await is_ended(_VERDICT, received.metadata, unit):
                conversation = await _conversation(judged.case_id, unit)
                await record(_finding(judged), judged.seller_id, conversation.market, unit)
                if judged.trigger == Trigger.COUNTERFEIT:
                    await review(judged, conversation.market, unit)
        case TakeoverAppealDecided(takeover_id=takeover_id, case_id=case_id, reviewer_id=reviewer_id) if reviewer_id:
            await _conversation(case_id, unit)  # a verdict that waits for it comes first
            await note_reviewer(takeover_id, reviewer_id, unit)
        case TakeoverReversed(takeover_id=takeover_id, case_id=case_id):
            await note_end(_VERDICT, received.metadata, unit)
            conversation = await _conversation(case_id, unit)
            if conversation.seller_id is not None:
                await take_back(takeover_id, standing_id(conversation.seller_id, conversation.market), unit)
            await take_verdict_back(takeover_id, unit)


async def on_finding(received: Received, unit: Unit) -> None:
    """Count what a decision found: a false description on the seller's ladder, a knowingly unfounded claim on the buyer's; and
    count it no longer once the decision has fallen."""
    told = received.event
    if not isinstance(told, FindingMade | FindingWithdrawn):
        return
    what, market = f"found|{told.decision_id}", received.metadata.market or ""
    match told:
        case FindingMade(kind=FindingKind.DESCRIPTION_FALSE) if not await is_ended(what, received.metadata, unit):
            await record(_found(told), told.seller_id, market, unit)
        case FindingMade(kind=FindingKind.CLAIM_KNOWINGLY_UNFOUNDED) if not await is_ended(
            what, received.metadata, unit
        ):
            await record_claim(_found(told), told.buyer_id, market, unit)
        case FindingWithdrawn(kind=kind):
            await note_end(what, received.metadata, unit)
            of_buyer = kind == FindingKind.CLAIM_KNOWINGLY_UNFOUNDED
            id = claim_standing_id(told.buyer_id, market) if of_buyer else standing_id(told.seller_id, market)
            await take_back(told.decision_id, id, unit)


def _found(made: FindingMade) -> Finding:
    return Finding(
        about=made.decision_id,
        by=BY_DECISION,
        case_id=made.case_id,
        grounds=(str(made.kind),),
        at=made.found_at,
    )


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
