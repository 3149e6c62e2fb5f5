"""Which clocks a reader may see."""

from typing import Annotated

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import IdForm
from chassis.preconditions import Thing
from ombud_words import CaseId, ClockId, Role
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.store import CASES, CLOCKS
from sla_monitor.rules.domain import About

_HIDDEN_FROM = {Role.BUYER: (About.CHARGE, About.HOLD, About.MESSAGE), Role.SELLER: (About.MESSAGE,)}
"""What clocks are about that a party does not see: a charge and a hold are between seller and platform, what waits for a check is the
platform's."""
_OF_CONDUCT_TO_BUYERS = ("conduct_investigation", "conduct_appeal_window")
CaseIdGiven = Annotated[CaseId, IdForm]
ClockIdGiven = Annotated[ClockId, IdForm]
A_CLOCK = Thing.kept_as("clock_id", CLOCKS)


async def clock_for(unit: Unit, clock_id: ClockId, actor: Actor) -> Clock:
    """Return a clock that the reader may see. Raises NotVisible."""
    clock = await unit.read(CLOCKS, clock_id)
    if clock is None:
        raise NotVisible
    await authorize_case(unit, clock.ref.case_id, actor)
    if not is_shown(clock, actor.role):
        raise NotVisible
    return clock


def is_shown(clock: Clock, role: Role) -> bool:
    """Whether a role sees clocks about this kind of subject."""
    if clock.about is About.CONDUCT_COMPLAINT and role in (Role.BUYER, Role.SELLER):
        return _is_shown_of_conduct(clock, role)
    return clock.about not in _HIDDEN_FROM.get(role, ())


def _is_shown_of_conduct(clock: Clock, role: Role) -> bool:
    """A seller sees the clocks alone that run for the seller, and so nothing of a complaint before being told of it; what
    the seller has to answer is not the buyer's."""
    if role == Role.SELLER:
        return any(round_.owner == Role.SELLER for round_ in clock.rounds)
    return clock.ref.kind in _OF_CONDUCT_TO_BUYERS


async def authorize_case(unit: Unit, case_id: CaseId, actor: Actor) -> None:
    """Return if the reader may see the clocks of a case. Raises NotVisible, Forbidden."""
    authorize(actor, Action.READ_CLOCKS, await parties_of(unit, case_id))


async def parties_of(unit: Unit, case_id: CaseId) -> Parties:
    """Return whose case it is. Raises NotVisible."""
    parties = await unit.read(CASES, case_id)
    if parties is None or parties.seller_id is None or parties.market is None:
        raise NotVisible  # it was not opened yet
    return Parties(parties.market, parties.buyer_id, parties.seller_seeing)
