"""How routes meet a case or a dispute: by an id in the path, and only who may do this in this matter."""

from typing import Annotated

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Id as IdText
from chassis.preconditions import Thing
from disputes.cases.domain import KnownCase, OpenedCase
from disputes.cases.store import known_case
from disputes.disputes.domain import Dispute
from disputes.disputes.store import DISPUTES
from disputes.refusals import UnknownDispute
from ombud_words import CaseId, DisputeId, OfferId

CaseInPath = Annotated[CaseId, *IdText.__metadata__]
DisputeInPath = Annotated[DisputeId, *IdText.__metadata__]
OfferInPath = Annotated[OfferId, *IdText.__metadata__]
A_DISPUTE = Thing.kept_as("dispute_id", DISPUTES)


async def case_for(unit: Unit, case_id: CaseId, actor: Actor, action: Action) -> tuple[KnownCase, OpenedCase]:
    """Return a case in which the actor may do this; it must still be so at commit. Raises NotVisible, Forbidden."""
    case = await known_case(unit, case_id)
    if case is None or case.opened is None:
        raise NotVisible
    opened = case.opened
    authorize(actor, action, Parties(opened.market, opened.buyer_id, opened.seller_id))
    return case, opened


async def dispute_for(unit: Unit, dispute_id: DisputeId, actor: Actor, action: Action) -> Dispute:
    """Return a dispute in which the actor may do this. Raises UnknownDispute, NotVisible, Forbidden."""
    dispute = await unit.read(DISPUTES, dispute_id)
    if dispute is None:
        raise UnknownDispute
    opened = dispute.opened
    authorize(actor, action, Parties(opened.market, opened.buyer_id, opened.seller_id))
    return dispute
