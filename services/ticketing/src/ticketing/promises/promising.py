"""What is decided about a promise and its case together: an open one is unfinished business of the case, and who waits for it
is told when it is broken (R-32)."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached
from ombud_contracts.market import Market
from ombud_words import CaseId, Counterpart, EventId, PromiseId, Role
from ticketing.cases.domain import Case, CaseNotOpen, TellParties
from ticketing.cases.domain import Status as CaseStatus
from ticketing.cases.store import CASES
from ticketing.deadlines.news import is_news_of_silence
from ticketing.promises.domain import (
    MOST_OPEN,
    BreakPromise,
    KeepPromise,
    MakePromise,
    Promise,
    PromiseOfOther,
    RestorePromise,
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
    if command.by == Role.SELLER and case.answered_by == Counterpart.PLATFORM:
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
    """Mark a promise as broken, and tell who waits for it."""
    await _follow_clock(PromiseId(breach.subject), BreakPromise(breach.round, unit.now), "promise_broken", unit)


async def restore_promise(received: Received, unit: Unit) -> None:
    """Let a promise stand again that is broken by the round whose breach is withdrawn, and tell who waits for it (S-3). A
    withdrawal after which the round was breached again is no news."""
    match received.event:
        case BreachWithdrawn(kind="promise") as withdrawn if await is_news_of_silence(received, unit):
            command = RestorePromise(withdrawn.round, unit.now)
            await _follow_clock(PromiseId(withdrawn.subject), command, "promise_stands", unit)


async def _follow_clock(id: PromiseId, command: BreakPromise | RestorePromise, notice: str, unit: Unit) -> None:
    """Carry out what a clock says of a promise, and tell whoever asked in the case if the promise is another one now."""
    before = await unit.read(PROMISES, id)
    if before is None:
        return
    after = await unit.execute(PROMISES, id, command)
    case: Case | None = await unit.read(CASES, after.made.case_id)
    if case is not None and after.status != before.status:
        told = TellParties(
            about=id, notice=notice, recipients=(case.approach.asked_by,), at=unit.now, occasion=after.broken_times
        )
        await unit.execute(CASES, case.id, told)
