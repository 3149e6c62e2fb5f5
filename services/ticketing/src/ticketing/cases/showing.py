"""Cases as somebody sees them: with the deadlines and the linked cases that are theirs to see."""

from collections.abc import Iterable, Sequence

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Forbidden, NotVisible, authorize
from ombud_words import CaseId
from ticketing.cases.access import parties_of
from ticketing.cases.domain import Case
from ticketing.cases.store import cases_in_order
from ticketing.cases.views import CaseView, case_view
from ticketing.deadlines.store import deadlines_of


async def shown(case: Case, actor: Actor, unit: Unit) -> CaseView:
    """Return the screen of a case."""
    return (await all_shown([case], actor, unit))[0]


async def all_shown(cases: Sequence[Case], actor: Actor, unit: Unit) -> list[CaseView]:
    """Return the screens of cases, in a query each for the deadlines and the linked cases of all."""
    deadlines = await deadlines_of(unit, [case.id for case in cases], actor.role)
    seen = await _seen({link.case_id for case in cases for link in case.links}, actor, unit)
    return [
        case_view(case, deadlines[case.id], _once(k.case_id for k in case.links if k.case_id in seen), actor.role)
        for case in cases
    ]


def _once(case_ids: Iterable[CaseId]) -> list[CaseId]:
    return list(dict.fromkeys(case_ids))


def seen_by(actor: Actor, cases: Iterable[Case]) -> list[Case]:
    """Return those of some cases that somebody may read: a complaint about a seller may be linked to a case with them."""
    return [case for case in cases if _sees(actor, case)]


async def _seen(case_ids: set[CaseId], actor: Actor, unit: Unit) -> set[CaseId]:
    found = await cases_in_order(unit, sorted(case_ids)) if case_ids else []
    return {case.id for case in seen_by(actor, found)}


def _sees(actor: Actor, case: Case) -> bool:
    try:
        authorize(actor, Action.READ_CASE, parties_of(case))
    except (NotVisible, Forbidden):
        return False
    return True
