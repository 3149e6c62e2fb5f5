"""Routes of promises: made in a case by whoever answers it, kept or withdrawn, and shown to both sides (R-32)."""

from typing import Annotated

from chassis.aggregate import Unit
from chassis.auth import Action, Actor
from chassis.http import Code, IdForm, Instant, RequestModel, Who
from chassis.ids import new_id
from chassis.preconditions import rests_on
from chassis.routes import KeyedUnit, ReadUnit, WriteUnit, routes
from ombud_words import Promised, PromiseId, Role
from ticketing.cases.access import A_CASE, CaseIdGiven, addressees_of, case_for, parties_of
from ticketing.promises.domain import KeepPromise, MakePromise, Promise, UnknownPromise, WithdrawPromise, expect_own
from ticketing.promises.promising import end, make
from ticketing.promises.store import PROMISES, list_promises
from ticketing.promises.views import PromiseList, PromiseView, promise_view

router = routes("ticketing")
PromiseIdGiven = Annotated[PromiseId, IdForm]


class PromiseRequest(RequestModel):
    """What is promised, and by when."""

    what: Promised
    due_by: Instant
    """In the future, at most 90 days ahead."""


class PromiseWithdrawal(RequestModel):
    """Why a promise is withdrawn, as a code."""

    reason: Code


async def promise_for(unit: Unit, promise_id: PromiseId, actor: Actor) -> Promise:
    """Return a promise that somebody may speak for: the seller for an own one also when the contact was moved away since.
    Raises UnknownPromise, NotVisible, Forbidden or PromiseOfOther."""
    promise = await unit.read(PROMISES, promise_id)
    if promise is None:
        raise UnknownPromise("There is no such promise.")
    owned = promise.owner == Role.SELLER
    await case_for(unit, promise.made.case_id, actor, Action.MAKE_PROMISE, addressees_of if owned else parties_of)
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
        due_by=body.due_by,
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
    """Show what was promised in a case, and what became of it. A seller from whom the contact was moved sees what the seller
    promised."""
    case = await case_for(unit, case_id, actor, Action.READ_CASE, addressees_of)
    moved_away = actor.role == Role.SELLER and parties_of(case) != addressees_of(case)
    shown = [p for p in await list_promises(unit, case_id) if not moved_away or p.owner == Role.SELLER]
    return PromiseList(promises=[promise_view(p) for p in shown])
