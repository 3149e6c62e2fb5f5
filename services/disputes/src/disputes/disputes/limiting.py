"""The limit of who made knowingly unfounded claims: the next comes with its evidence, and one at a time (casework, section 7).

What a system has shown of the line, such as a guarantee that lapsed, is evidence enough.
Each claim is still judged on its own facts, one about safety is never limited, and neither is what staff opens for the buyer.
"""

from chassis.aggregate import Unit
from disputes.claimants.domain import OpenUnderLimit
from disputes.claimants.store import CLAIMANTS, claimant_id
from disputes.disputes.domain import OpenDispute
from disputes.disputes.store import live_claims_of
from disputes.refusals import EvidenceBeforeOpening, OneDisputeAtATime
from ombud_words import ABOUT_SAFETY, Role


async def expect_within_limit(opening: OpenDispute, unit: Unit, *, evidenced: bool) -> None:
    """Refuse at once what the limit of its buyer does not allow now. Raises EvidenceBeforeOpening or OneDisputeAtATime."""
    if opening.opened_by != Role.BUYER or opening.reason in ABOUT_SAFETY:
        return
    id = claimant_id(opening.buyer_id, opening.market)
    claimant = await unit.read(CLAIMANTS, id)
    if claimant is None or not claimant.limited:
        return  # it may as well have been opened before whatever limits the buyer at the same moment
    if not evidenced and not opening.shown:
        raise EvidenceBeforeOpening
    live = await live_claims_of(unit, opening.buyer_id, opening.market)
    if live:
        raise OneDisputeAtATime(live[0])
    await unit.execute(CLAIMANTS, id, OpenUnderLimit(opening.dispute_id, opening.at))
