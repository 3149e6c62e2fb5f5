"""Which clocks a reader may see."""

from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Runtime
from ombud_contracts.vocabulary import Role
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.store import find_clock, parties_of_case

SELLERS_MONEY = frozenset({"contest_window"})
"""Kinds of clocks that buyers do not see."""


async def clock_for(runtime: Runtime, clock_id: str, actor: Actor) -> Clock:
    """Return a clock that the reader may see. Raises NotVisible."""
    clock = await find_clock(runtime.mongo, clock_id)
    if clock is None:
        raise NotVisible
    await authorize_case(runtime, clock.ref.case_id, actor)
    if not is_shown(clock, actor):
        raise NotVisible
    return clock


def is_shown(clock: Clock, actor: Actor) -> bool:
    """A clock about a charge is between the seller and the platform."""
    return actor.role != Role.BUYER or clock.ref.kind not in SELLERS_MONEY


async def authorize_case(runtime: Runtime, case_id: str, actor: Actor) -> None:
    """Return if the reader may see the clocks of a case. Raises NotVisible, Forbidden."""
    parties = await parties_of_case(runtime.mongo, case_id)
    if parties is None:
        raise NotVisible
    authorize(actor, Action.READ_CLOCKS, Parties(parties["market"], parties["buyer_id"], parties["seller_id"]))
