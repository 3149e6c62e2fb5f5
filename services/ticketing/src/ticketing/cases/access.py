"""Who may touch which case: asked in one place for all of ticketing's routes."""

from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Runtime
from ticketing.domain.case import Case
from ticketing.store import find_case


def parties_of(case: Case) -> Parties:
    """Return whose matter a case is."""
    return Parties(case.market, case.buyer_id, case.seller_id)


async def case_for(runtime: Runtime, case_id: str, actor: Actor, action: Action) -> Case:
    case = await find_case(runtime.mongo, case_id)
    if case is None:
        raise NotVisible
    authorize(actor, action, parties_of(case))
    return case
