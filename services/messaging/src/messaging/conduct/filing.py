"""Filing a complaint: whether the case is one about whose seller its buyer can complain now. Reviews of the seller, of which the
buyer knows nothing, are in nobody's way."""

from datetime import timedelta

from chassis.aggregate import Unit
from chassis.ids import new_id
from messaging.conduct.domain import (
    UNDECIDED,
    Complaint,
    ComplaintTooLate,
    FileComplaint,
    NoSellerInCase,
    TooManyComplaints,
)
from messaging.conduct.domain.refusals import ComplaintBeingLookedInto
from messaging.conduct.store import COMPLAINTS, MOST_IN_A_CASE, complaints_of_case, take_place
from messaging.conversations.domain import Conversation
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_words import ComplaintId, ConductGround

COMPLAINT_WITHIN = timedelta(days=365)
"""After its case was closed (casework, section 2: the window of SELLER_CONDUCT)."""


async def file_complaint(conversation: Conversation, grounds: tuple[ConductGround, ...], unit: Unit) -> Complaint:
    """Keep a complaint of the buyer of a case about its seller. What it rests on holds at commit (S-9). Raises a Refusal."""
    buyer_id, seller_id = conversation.buyer_id, conversation.seller_id
    if buyer_id is None or seller_id is None:
        raise NoSellerInCase("The case has no seller about whose conduct you could complain.")
    closed = conversation.closed_at
    if closed is not None and closed + COMPLAINT_WITHIN < unit.now:
        raise ComplaintTooLate(closed + COMPLAINT_WITHIN)
    earlier = [c for c in await complaints_of_case(unit, conversation.case_id) if not c.is_review]
    undecided = next((complaint for complaint in earlier if complaint.stage in UNDECIDED), None)
    if undecided is not None:
        raise ComplaintBeingLookedInto(undecided.id)
    if len(earlier) >= MOST_IN_A_CASE:
        raise TooManyComplaints(f"There were {MOST_IN_A_CASE} complaints in this case; each decision can be appealed.")
    await unit.guard(CONVERSATIONS, conversation_id(conversation.case_id))  # its seller, and whether it is closed
    take_place(conversation.case_id, len(earlier), unit)
    command = FileComplaint(
        complaint_id=ComplaintId(new_id("cpl")),
        case_id=conversation.case_id,
        market=conversation.market,
        buyer_id=buyer_id,
        seller_id=seller_id,
        grounds=grounds,
        at=unit.now,
    )
    return await unit.execute(COMPLAINTS, command.complaint_id, command)
