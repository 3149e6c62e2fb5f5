"""Who may touch which case: asked in one place for all of ticketing's routes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import IdForm
from chassis.preconditions import Thing
from chassis.routes import provided
from ombud_contracts.market import Market
from ombud_words import CaseId, Role
from ticketing.cases.domain import Case
from ticketing.cases.store import CASES

CaseIdGiven = Annotated[CaseId, IdForm]
Markets = Annotated[Mapping[str, Market], provided("markets")]
"""The rules of each market."""


async def _version(unit: Unit, case_id: CaseId) -> str | None:
    """Return how far a case has come for who asks. Staff decide on all of it; from a version that also counts what one side alone
    is told, or a link to a case that is hidden from it, the other side would learn of that."""
    if unit.cause.actor_kind not in (Role.BUYER, Role.SELLER):
        return str(await unit.version(CASES, case_id) or "") or None
    case = await unit.read(CASES, case_id)
    return None if case is None else f"r{case.revision}"


A_CASE = replace(Thing.kept_as("case_id", CASES), version=_version)


def parties_of(case: Case) -> Parties:
    """Return whose matter a case is."""
    return Parties(case.market, *case.parties)


def addressees_of(case: Case) -> Parties:
    """Return who may read what a case's notices tell them."""
    return Parties(case.market, *case.addressees)


async def case_for(
    unit: Unit, case_id: CaseId, actor: Actor, action: Action, whose: Callable[[Case], Parties] = parties_of
) -> Case:
    """Return a case that somebody may do this with. Raises NotVisible or Forbidden."""
    case = await unit.read(CASES, case_id)
    if case is None:
        raise NotVisible
    authorize(actor, action, whose(case))
    return case
