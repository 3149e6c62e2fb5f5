"""Who may touch which case: asked in one place for all of ticketing's routes."""

from collections.abc import Mapping
from typing import Annotated

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import IdForm
from chassis.preconditions import Thing
from chassis.routes import provided
from ombud_contracts.market import Market
from ombud_words import CaseId
from ticketing.cases.domain import Case
from ticketing.cases.store import CASES

CaseIdGiven = Annotated[CaseId, IdForm]
Markets = Annotated[Mapping[str, Market], provided("markets")]
"""The rules of each market."""
A_CASE = Thing.kept_as("case_id", CASES)


def parties_of(case: Case) -> Parties:
    """Return whose matter a case is."""
    return Parties(case.market, *case.parties)


async def case_for(unit: Unit, case_id: CaseId, actor: Actor, action: Action) -> Case:
    """Return a case that somebody may do this with. Raises NotVisible or Forbidden."""
    case = await unit.read(CASES, case_id)
    if case is None:
        raise NotVisible
    authorize(actor, action, parties_of(case))
    return case
