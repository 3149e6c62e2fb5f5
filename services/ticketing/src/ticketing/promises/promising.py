"""What is decided about a promise and its case together: an open one is unfinished business of the case, and who waits for it
is told when it is broken (R-32)."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached
from ombud_contracts.market import Market
from ombud_words import CaseId, EventId, PromiseId, Role
from ticketing.cases.domain import Case, CaseNotOpen, TellParties
from ticketing.cases.domain import Status as CaseStatus
from ticketing.cases.store import CASES
from ticketing.promises.domain import (
    MOST_OPEN,
    BreakPromise,
    KeepPromise,
    MakePromise,
    Promise,
    PromiseOfOther,
    RestorePromise,
    Status,
    TooManyPromises,
    WithdrawPromise,
)
from ticketing.promises.store import PROMISES
from ticketing.unfinished.domain import Begin, End
from ticketing.unfinished.store import guard_unfinished, note


async def make(command: MakePromise, unit: Unit) -> Promise:
    """Promise something in an open case, for the side that answers it. Raises a Refusal."""
    case = await unit.guard(CASES, command.case_id)
    if case.status != CaseStatus.OPEN:
        raise CaseNotOpen("The case is not open; a promise is made in one that is.")
    if command.by == Role.SELLER and case.taken_over:
        raise PromiseOfOther("The platform answers in this case, and promises for itself.")
    if len((await guard_unfinished(case.id, unit)).promises) >= MOST_OPEN:
        raise TooManyPromises
    made = await unit.execute(PROMISES, command.promise_id, command)
    await note(case.id, Begin(made.id, unit.now), unit)
    return made


async def end(promise: Promise, command: KeepPromise | WithdrawPromise, unit: Unit) -> Promise:
    """Keep or withdraw a promise. Raises a Refusal."""
    ended = await unit.execute(PROMISES, promise.id, command)
    await note(ended.made.case_id, End(ended.id, unit.now), unit)
    return ended


async def end_with_case(case_id: CaseId, reason: str, unit: Unit) -> None:
    """Withdraw what is open of a case that is closed in spite of it."""
    for promise_id in (await guard_unfinished(case_id, unit)).promises:
        promise = await unit.read(PROMISES, PromiseId(promise_id))
        if promise is not None:
            await end(promise, WithdrawPromise(reason, unit.now), unit)


async def break_promise(breach: ClockBreached, _breach_id: EventId, _markets: Mapping[str, Market], unit: Unit) -> None:
    """Mark a promise as broken, and tell the buyer."""
    promise_id = PromiseId(breach.subject)
    before = await unit.read(PROMISES, promise_id)
    if before is None or before.status != Status.OPEN:
        return
    broken = await unit.execute(PROMISES, promise_id, BreakPromise(unit.now))
    await _tell(broken, "promise_broken", unit)


async def restore_promise(received: Received, unit: Unit) -> None:
    """Let a promise stand again whose breach is withdrawn, and tell the buyer so (S-3)."""
    match received.event:
        case BreachWithdrawn(kind="promise", subject=subject):
            before = await unit.read(PROMISES, PromiseId(subject))
            if before is None or before.status != Status.BROKEN:
                return
            await _tell(await unit.execute(PROMISES, before.id, RestorePromise(unit.now)), "promise_stands", unit)
        case _:
            return


async def _tell(promise: Promise, notice: str, unit: Unit) -> None:
    case: Case | None = await unit.read(CASES, promise.made.case_id)
    if case is not None and case.buyer_id is not None:
        told = TellParties(
            about=promise.id, notice=notice, recipients=(Role.BUYER,), at=unit.now, occasion=promise.broken_times
        )
        await unit.execute(CASES, case.id, told)
