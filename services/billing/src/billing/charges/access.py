"""Who may do what about a charge."""

from typing import Annotated

from billing.charges.domain import Charge
from billing.charges.store import CHARGES
from billing.refusals import UnknownCharge
from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize
from chassis.http import Id as IdText
from chassis.preconditions import Thing
from ombud_words import ChargeId

ChargeInPath = Annotated[ChargeId, *IdText.__metadata__]
A_CHARGE = Thing.kept_as("charge_id", CHARGES)


async def charge_for(unit: Unit, charge_id: ChargeId, actor: Actor, action: Action) -> Charge:
    """Return a charge about which the actor may do this. Raises UnknownCharge, NotVisible, Forbidden."""
    charge = await unit.read(CHARGES, charge_id)
    if charge is None:
        raise UnknownCharge
    authorize(actor, action, Parties(charge.terms.market, None, charge.terms.seller_id))
    return charge
