"""How routes meet a return: by an id in the path, and only who may do this in this matter."""

from typing import Annotated

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize
from chassis.http import Id as IdText
from chassis.preconditions import Thing
from disputes.refusals import UnknownReturn
from disputes.returns.domain import Return
from disputes.returns.store import RETURNS
from ombud_words import EvidenceId, ReturnId

ReturnInPath = Annotated[ReturnId, *IdText.__metadata__]
PhotoInPath = Annotated[EvidenceId, *IdText.__metadata__]
A_RETURN = Thing.kept_as("return_id", RETURNS)


async def return_for(unit: Unit, return_id: ReturnId, actor: Actor, action: Action) -> Return:
    """Return a return in which the actor may do this. Raises UnknownReturn, NotVisible, Forbidden."""
    found = await unit.read(RETURNS, return_id)
    if found is None:
        raise UnknownReturn
    whose = found.request
    authorize(actor, action, Parties(whose.market, whose.buyer_id, whose.seller_id))
    return found
