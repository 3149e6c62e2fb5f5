"""Routes of promises: made in a case by whoever answers it, kept or withdrawn, and shown to both sides (R-32)."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime

from chassis.aggregate import Unit
from chassis.auth import Action, Actor
from chassis.clock import to_milliseconds
from chassis.http import Code, IdForm, RequestModel, Who
from chassis.ids import new_id
from chassis.preconditions import rests_on
from chassis.routes import KeyedUnit, ReadUnit, WriteUnit, routes
from ombud_words import Promised, PromiseId
from ticketing.cases.access import A_CASE, CaseIdGiven, case_for
from ticketing.promises.domain import KeepPromise, MakePromise, Promise, UnknownPromise, WithdrawPromise, expect_own
from ticketing.promises.promising import end, make
from ticketing.promises.store import PROMISES, list_promises
from ticketing.promises.views import PromiseList, PromiseView, promise_view

router = routes("ticketing")
PromiseIdGiven = Annotated[PromiseId, IdForm]


class PromiseRequest(RequestModel):
    """What is promised, and by when."""

    what: Promised
    due_by: AwareDatetime
    """In the future, at most 90 days ahead."""


class PromiseWithdrawal(RequestModel):
    """Why a promise is withdrawn, as a code."""

    reason: Code


async def promise_for(unit: Unit, promise_id: PromiseId, actor: Actor) -> Promise:
    """Return a promise that somebody may speak for. Raises UnknownPromise, NotVisible, Forbidden or PromiseOfOther."""
    promise = await unit.read(PROMISES, promise_id)
    if promise is None:
        raise UnknownPromise("There is no such promise.")
    await case_for(unit, promise.made.case_id, actor, Action.MAKE_PROMISE)
    expect_own(promise, actor.role)
    return promise


@router.post("/cases/{case_id}/promises", status_code=201)
@rests_on(A_CASE)
async def make_promise(case_id: CaseIdGiven, body: PromiseRequest, actor: Who, unit: KeyedUnit) -> PromiseView:
    """Promise, as the seller or for the platform, that something is done by an instant. A clock watches it, and the buyer is
    told when it is broken. A case is not closed over an open promise without a reason."""
    case = await case_for(unit, case_id, actor, Action.MAKE_PROMISE)
    command = MakePromise(
        promise_id=PromiseId(new_id("prm")),
        case_id=case.id,
        market=case.market,
        what=body.what,
        by=actor.role,
        due_by=_instant(body.due_by),
        at=unit.now,
    )
    return promise_view(await make(command, unit))


@router.post("/promises/{promise_id}/fulfilment")
async def keep_promise(promise_id: PromiseIdGiven, actor: Who, unit: WriteUnit) -> PromiseView:
    """Say that it is done. Staff says so for either side."""
    promise = await promise_for(unit, promise_id, actor)
    return promise_view(await end(promise, KeepPromise(unit.now), unit))


@router.post("/promises/{promise_id}/withdrawal")
async def withdraw_promise(
    promise_id: PromiseIdGiven, body: PromiseWithdrawal, actor: Who, unit: WriteUnit
) -> PromiseView:
    """Say that it will not be done, or is not needed any more; both sides see why."""
    promise = await promise_for(unit, promise_id, actor)
    return promise_view(await end(promise, WithdrawPromise(body.reason, unit.now), unit))


@router.get("/cases/{case_id}/promises")
async def get_promises(case_id: CaseIdGiven, actor: Who, unit: ReadUnit) -> PromiseList:
    """Show what was promised in a case, and what became of it."""
    await case_for(unit, case_id, actor, Action.READ_CASE)
    return PromiseList(promises=[promise_view(p) for p in await list_promises(unit, case_id)])


def _instant(given: datetime) -> datetime:
    return to_milliseconds(given)
