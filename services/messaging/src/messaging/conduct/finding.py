"""What a finding leads to, in the transaction that makes or reverses it: one step of the seller's or the buyer's ladder,
once (S-3)."""

from chassis.aggregate import Unit
from messaging.conduct.domain import BY_COMPLAINT, Complaint, Finding, RecordFinding, TakeBackFinding
from messaging.conduct.store import STANDINGS, claim_standing_id, standing_id
from messaging.sanctions.domain import CLAIMS, CONDUCT, Ladder, ladder_for
from ombud_words import BuyerId, DecisionId, Role, SanctionId, SellerId, TakeoverId


def conduct_ladder(market: str) -> Ladder:
    """Return what findings lead to in a market."""
    ladder = ladder_for(market, Role.SELLER, CONDUCT)
    assert ladder is not None, "the shipped rules have a ladder of conduct for every market"
    return ladder


async def note_finding(before: Complaint, after: Complaint, unit: Unit) -> None:
    """Bring the seller's standing in line with a complaint: a finding that stands counts, one that fell does not."""
    if after.found and not before.found:
        assert after.decision is not None, "what is found was decided"
        grounds = tuple(str(ground) for ground in after.grounds)
        finding = Finding(about=after.id, by=BY_COMPLAINT, case_id=after.case_id, grounds=grounds, at=after.decision.at)
        await record(finding, after.seller_id, after.market, unit)
    elif before.found and not after.found:
        await unit.execute(STANDINGS, standing_id(after.seller_id, after.market), TakeBackFinding(after.id, unit.now))


async def record(finding: Finding, seller_id: SellerId, market: str, unit: Unit) -> None:
    """Count a finding about a seller; one that counts already changes nothing."""
    id = standing_id(seller_id, market)
    command = RecordFinding(
        sanction_id=id,
        seller_id=seller_id,
        market=market,
        ladder=conduct_ladder(market),
        finding=finding,
        at=unit.now,
    )
    await unit.execute(STANDINGS, id, command)


async def record_claim(finding: Finding, buyer_id: BuyerId, market: str, unit: Unit) -> None:
    """Count a finding about a buyer's claim; one that counts already changes nothing."""
    ladder = ladder_for(market, Role.BUYER, CLAIMS)
    assert ladder is not None, "the shipped rules have a ladder of claims for every market"
    id = claim_standing_id(buyer_id, market)
    command = RecordFinding(
        sanction_id=id, buyer_id=buyer_id, market=market, ladder=ladder, finding=finding, at=unit.now
    )
    await unit.execute(STANDINGS, id, command)


async def take_back(about: TakeoverId | DecisionId, id: SanctionId, unit: Unit) -> None:
    """Count the verdict of a takeover, or what a decision found, no longer; nothing when it never counted."""
    if await unit.read(STANDINGS, id) is not None:
        await unit.execute(STANDINGS, id, TakeBackFinding(about, unit.now))
