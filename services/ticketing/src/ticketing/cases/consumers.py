"""What messages mean for a case: the buyer's makes it live again, the seller's is an answer."""

from chassis.aggregate import Unit
from ombud_contracts import Received
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_words import Audience, Role
from ticketing.cases.domain.commands import NoteAnswer
from ticketing.cases.living import reopen
from ticketing.cases.store import CASES


async def reopen_after_message(received: Received, unit: Unit) -> None:
    """Reopen a resolved or closed case in which its buyer, or who asks the platform, writes. Raises NotYet for an unknown one."""
    match received.event:
        case MessageDelivered(classification=Classification(pure_thanks=True)):
            return  # nobody expects anything after it
        case MessageDelivered(author_role=Role.BUYER, audience=Audience.THREAD, case_id=case_id):
            await reopen(case_id, "buyer_message", received.at, unit)
        case MessageDelivered(author_role=(Role.BUYER | Role.SELLER) as asker, audience="platform", case_id=case_id):
            await reopen(case_id, f"{asker}_message", received.at, unit)


async def note_answer(received: Received, unit: Unit) -> None:
    """Keep when the seller last answered, so that an answered contact is not taken over."""
    match received.event:
        case MessageDelivered(author_role=Role.SELLER, qualifies=True, case_id=case_id, submitted_at=at):
            if await unit.read(CASES, case_id) is not None:
                await unit.execute(CASES, case_id, NoteAnswer(at))
