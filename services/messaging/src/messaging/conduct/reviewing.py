"""The review of a seller whose goods a verdict confirmed to be counterfeit (T5; casework, section 3): a complaint that the system
files, with what the verdict rests on. What it finds is a step of the ladder as what any complaint finds."""

from chassis.aggregate import Unit
from chassis.ids import derived_id
from messaging.conduct.domain import ConfirmedVerdict, ExtendReview, FileComplaint, NoteReviewer, TakeVerdictBack
from messaging.conduct.finding import note_finding
from messaging.conduct.store import COMPLAINTS, reviews_resting_on, reviews_that_wait
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts.events.takeovers import TakeoverJudged
from ombud_words import CaseId, ComplaintId, ConductGround, PersonId, Role, TakeoverId

_GROUNDS = (ConductGround.FALSE_ADVERTISING,)
"""What is sold under another's name was offered as what it is not."""


async def review(judged: TakeoverJudged, market: str, unit: Unit) -> None:
    """Have the seller of a confirmed verdict reviewed, once for each verdict: in a review that waits and of which the seller was
    not told, or in one of its own.

    Verdicts about one seller write the seller's standing first, so that of two at once the second sees what the first began.
    """
    id = ComplaintId(derived_id("cpl", "review", judged.takeover_id))
    if await unit.read(COMPLAINTS, id) is not None or await reviews_resting_on(unit, judged.takeover_id):
        return
    verdict = ConfirmedVerdict(
        takeover_id=judged.takeover_id,
        case_id=judged.case_id,
        reason=judged.reason,
        facts=judged.facts,
        judged_by=judged.decider_id,
    )
    for waits in await reviews_that_wait(unit, judged.seller_id, market):
        if waits.case_id != judged.case_id and await _is_erased(waits.case_id, unit):
            continue  # its seller cannot be told any more
        extended = await unit.execute(COMPLAINTS, waits.id, ExtendReview(verdict, unit.now))
        if verdict in extended.rests_on:
            return
    command = FileComplaint(
        complaint_id=id,
        case_id=judged.case_id,
        market=market,
        buyer_id=judged.buyer_id,
        seller_id=judged.seller_id,
        grounds=_GROUNDS,
        at=unit.now,
        filed_by=Role.SYSTEM,
        rests_on=(verdict,),
    )
    await unit.execute(COMPLAINTS, id, command)


async def _is_erased(case_id: CaseId, unit: Unit) -> bool:
    conversation = await unit.guard(CONVERSATIONS, conversation_id(case_id))
    return conversation.erased_at is not None


async def take_verdict_back(takeover_id: TakeoverId, unit: Unit) -> None:
    """Let a review rest on a takeover no more that was reversed; one that rests on nothing else falls with it (S-3)."""
    for before in await reviews_resting_on(unit, takeover_id):
        after = await unit.execute(COMPLAINTS, before.id, TakeVerdictBack(takeover_id, unit.now))
        await note_finding(before, after, unit)


async def note_reviewer(takeover_id: TakeoverId, reviewer_id: PersonId, unit: Unit) -> None:
    """Remember with its review who judged an appeal against a takeover: they judge nothing that rests on it (S-4)."""
    for known in await reviews_resting_on(unit, takeover_id):
        await unit.execute(COMPLAINTS, known.id, NoteReviewer(takeover_id, reviewer_id, unit.now))
