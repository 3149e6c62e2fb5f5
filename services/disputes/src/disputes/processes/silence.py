"""What disputes does when somebody stays silent: one executor for each word of `on_silence` that is its own (S-6), and the
deadlines that it shows, which are the clocks' (S-5)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.hearing import is_ended, is_news, note_end
from chassis.ids import derived_id
from disputes.cases.domain import NoteGuarantee
from disputes.cases.store import LINES
from disputes.disputes.course import act, bought_line
from disputes.disputes.domain import (
    Command,
    ExpireOffer,
    ForgetDeadline,
    ForgetFact,
    Lapse,
    LapseEvidenceRequest,
    NoteDeadline,
    NoteFact,
    NoteOfferDeadline,
    OpenEscalation,
    RepeatEvidenceRequest,
    WithdrawLapse,
)
from disputes.disputes.store import dispute_ids_of_case, disputes_of_line
from disputes.processes.granting import grant
from disputes.returns.course import act as act_on_return
from disputes.returns.course import left_of
from disputes.returns.domain import Command as ReturnCommand
from disputes.returns.domain import (
    CountAsCompliant,
    LapseReturn,
    LetDeductionStand,
    ReopenDeduction,
    SendLabelInSellersPlace,
    WithdrawLabelCharge,
)
from disputes.returns.domain import WithdrawLapse as WithdrawReturnLapse
from disputes.returns.store import RETURNS
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import (
    BreachWithdrawn,
    ClockBreached,
    ClockContinued,
    ClockEvent,
    ClockResumed,
    ClockStarted,
    DeadlineMoved,
    GraceEnded,
    RoundSuperseded,
)
from ombud_contracts.market import Market
from ombud_contracts.rounds import said_of_round
from ombud_words import GUARANTEE_LAPSED, ClockId, DisputeId, EvidenceRequestId, OfferId, ReturnId, Silence, of_line_key

Executor = Callable[[ClockBreached | GraceEnded, datetime], Command]
ReturnExecutor = Callable[[int, datetime], ReturnCommand]
OF_DISPUTES: Mapping[str, Executor] = {
    Silence.ESCALATION_WINDOW_OPENS: lambda _clock, at: OpenEscalation(at),
    Silence.DISPUTE_LAPSES: lambda _clock, at: Lapse(at),
    Silence.OFFER_EXPIRES: lambda clock, at: ExpireOffer(OfferId(clock.subject), at),
    Silence.DECIDED_ON_WHAT_IS_THERE: lambda clock, at: LapseEvidenceRequest(_began(clock, at), at),
}
"""For each word the command that carries it out, on the dispute of the clock's subject."""
OF_RETURNS: Mapping[str, ReturnExecutor] = {
    Silence.PLATFORM_SENDS_LABEL: lambda _left, at: SendLabelInSellersPlace(at),
    Silence.RETURN_LAPSES: lambda _left, at: LapseReturn(at),
    Silence.ITEM_COUNTS_AS_COMPLIANT: CountAsCompliant,
    Silence.DEDUCTION_STANDS: LetDeductionStand,
}
"""For each word the command that carries it out on the return of the clock's subject, by what is left of its line."""
LineExecutor = Callable[[ClockBreached | GraceEnded, Mapping[str, Market], Unit], Awaitable[None]]


async def _let_guarantee_be_claimed(
    clock: ClockBreached | GraceEnded, markets: Mapping[str, Market], unit: Unit
) -> None:
    since = clock.due_by if isinstance(clock, ClockBreached) else clock.ended_at
    await _note_guarantee(clock, since, unit)
    await grant(*of_line_key(clock.subject), (), markets, unit)


OF_LINES: Mapping[str, LineExecutor] = {
    Silence.GUARANTEE_CAN_BE_CLAIMED: _let_guarantee_be_claimed,
    Silence.GUARANTEE_OPENS_A_DISPUTE: _let_guarantee_be_claimed,  # as rows of an earlier release say it
}
"""For each word what carries it out on the order line of the clock's subject, of which there may be no case."""
EXECUTORS = {**OF_DISPUTES, **OF_RETURNS, **OF_LINES}
WITHDRAWALS: Mapping[str, Callable[[datetime], ReturnCommand]] = {
    "return_label": WithdrawLabelCharge,
    "return_shipment": WithdrawReturnLapse,
    "deduction_answer": ReopenDeduction,
}
"""For each kind of clock of a return what takes back what its silence led to, when its deadline had not passed (S-3). A refund
that followed stays the buyer's."""
WITHDRAWALS_OF_DISPUTES: Mapping[str, Callable[[ClockId, Received], Command]] = {
    "escalation_window": lambda _clock_id, told: WithdrawLapse(told.at),
    "evidence": lambda clock_id, told: RepeatEvidenceRequest(_repeated(clock_id, told), told.at),
}
"""The same for each kind of clock of a dispute."""
_DISPUTE, _OFFER_ANSWER = "dispute", "offer_answer"
_GUARANTEE, _LINE = "delivery_guarantee", "order_line"
_STEP, _SILENCE = "return_step", "silence"
"""Under which the last silence of a clock, about a return or a dispute, is remembered: one that is told again after a later one
is no news. Whatever else the clock said meanwhile takes nothing from it."""


async def on_clock(clock: ClockEvent, received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    """Carry out what silence leads to, and keep by when each step must be taken."""
    await _note_deadline(clock, received, unit)
    match clock:
        case ClockBreached(still_owed=True, on_silence=word, grace_ends_at=grace):
            if grace is None or grace <= received.metadata.recorded_at:
                await _carry_out(word, clock, received, markets, unit)
        case GraceEnded(on_silence=word):
            await _carry_out(word, clock, received, markets, unit)
        case BreachWithdrawn():
            await note_end(_round(clock), received.metadata, unit)
            if clock.kind in WITHDRAWALS and await is_news(_STEP, received.metadata, unit):
                await _withdraw_on_return(clock, unit)
            of_guarantee = clock.kind == _GUARANTEE and clock.about == _LINE
            if of_guarantee and await is_news(_GUARANTEE, received.metadata, unit):
                await _note_guarantee(clock, None, unit)
            of_dispute = clock.kind in WITHDRAWALS_OF_DISPUTES and clock.about == _DISPUTE
            if of_dispute and await is_news(_SILENCE, received.metadata, unit):
                await _tell(clock, WITHDRAWALS_OF_DISPUTES[clock.kind](clock.clock_id, received), unit)
        case (
            ClockStarted(due_by=due_by)
            | DeadlineMoved(due_by=due_by)
            | ClockResumed(due_by=due_by)
            | ClockContinued(due_by=due_by)
        ) if clock.kind == _OFFER_ANSWER and await is_news("deadline", received.metadata, unit):
            await _tell(clock, NoteOfferDeadline(OfferId(clock.subject), due_by, received.at), unit)


async def _note_deadline(clock: ClockEvent, received: Received, unit: Unit) -> None:
    """Keep what a clock about a dispute says of its round, unless something later was heard of it."""
    said = said_of_round(clock)
    if clock.about != _DISPUTE or (said is None and not isinstance(clock, RoundSuperseded)):
        return
    if not await is_news(f"round|{clock.round}", received.metadata, unit):
        return
    note: Command = ForgetDeadline(clock.kind, clock.round, received.at)
    if said is not None:
        owner = str(clock.owner)
        note = NoteDeadline(kind=clock.kind, round=clock.round, owner=owner, at=received.at, **said)
    await _tell(clock, note, unit)


def _repeated(clock_id: ClockId, withdrawal: Received) -> EvidenceRequestId:
    """Return the request that takes the place of the one which lapsed by a breach that is withdrawn."""
    return EvidenceRequestId(derived_id("evr", clock_id, str(withdrawal.metadata.sequence)))


def _began(clock: ClockBreached | GraceEnded, at: datetime) -> datetime:
    """Return when the time began to run that passed, as its trace shows; at the latest when it had passed."""
    return clock.trace[0].from_at if isinstance(clock, ClockBreached) and clock.trace else at


async def _carry_out(
    word: str, clock: ClockBreached | GraceEnded, received: Received, markets: Mapping[str, Market], unit: Unit
) -> None:
    if word not in EXECUTORS or await is_ended(_round(clock), received.metadata, unit):
        return
    if word in OF_LINES:
        if clock.about == _LINE and await is_news(_GUARANTEE, received.metadata, unit):
            await OF_LINES[word](clock, markets, unit)
    elif word in OF_RETURNS:
        if await is_news(_STEP, received.metadata, unit):
            await _carry_out_on_return(ReturnId(clock.subject), OF_RETURNS[word], unit)
    elif await is_news(_SILENCE, received.metadata, unit):
        await _tell(clock, OF_DISPUTES[word](clock, received.at), unit)


async def _carry_out_on_return(return_id: ReturnId, executor: ReturnExecutor, unit: Unit) -> None:
    """Carry it out now, and not at the deadline: what follows is counted from when the parties can know of it."""
    state = await unit.read(RETURNS, return_id)
    if state is not None:
        await act_on_return(return_id, executor(await left_of(state, unit), unit.now), unit)


async def _withdraw_on_return(clock: ClockEvent, unit: Unit) -> None:
    return_id = ReturnId(clock.subject)
    if await unit.read(RETURNS, return_id) is not None:
        await act_on_return(return_id, WITHDRAWALS[clock.kind](unit.now), unit)


async def _note_guarantee(clock: ClockEvent, lapsed_at: datetime | None, unit: Unit) -> None:
    """Keep since when the guarantee of a line can be claimed, or that it cannot; its live disputes rest on it, or no more.
    Raises NotYet for a line that nobody told of.

    The line is written before its disputes are looked for: one that is opened meanwhile guards it, and conflicts.
    """
    order_id, line_id = of_line_key(clock.subject)
    if await bought_line(unit, order_id, line_id) is None:
        raise NotYet(clock.subject)
    line = await unit.execute(LINES, clock.subject, NoteGuarantee(lapsed_at, unit.now))
    if lapsed_at is not None and not line.guarantee_claimable:
        return  # it has come, or comes no more
    fact: Command = ForgetFact(GUARANTEE_LAPSED, unit.now)
    if lapsed_at is not None:
        fact = NoteFact(GUARANTEE_LAPSED, unit.now)
    for dispute in await disputes_of_line(unit, order_id, line_id):
        await act(dispute.id, fact, unit.now, unit)


def _round(clock: ClockEvent) -> str:
    return f"silence|{clock.round}"


async def _tell(clock: ClockEvent, command: Command, unit: Unit) -> None:
    """Tell the dispute that the clock is about; any other clock each of the case, for an offer is known to its own alone."""
    named = DisputeId(clock.subject) if clock.about == "dispute" else None
    for dispute_id in await dispute_ids_of_case(unit, clock.case_id):
        if named in (None, dispute_id):
            await act(dispute_id, command, command.at, unit)
