"""What leads to a takeover without a person, and what undoes it: clocks, reports, answers about devices, and sanctions."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.hearing import is_ended, note_end
from ombud_contracts import Received
from ombud_contracts.events.disputes import DisputeOpened, EscalationOpened, EvidenceSubmitted, OfferDeclined
from ombud_contracts.events.messaging import SanctionImposed, SanctionLifted
from ombud_contracts.events.sla_monitor import (
    BreachClosed,
    BreachWithdrawn,
    ClockBreached,
    ClockSatisfied,
    ClockStarted,
    GraceEnded,
)
from ombud_contracts.market import Market
from ombud_words import TAKES_OVER, EventId
from ticketing.cases.store import CASES
from ticketing.deadlines.news import is_news_of_round, is_news_of_silence
from ticketing.takeovers.contact_at_once import follow_report
from ticketing.takeovers.costs import show_costs
from ticketing.takeovers.negotiation import recommend
from ticketing.takeovers.off_platform import propose_after_sanction, withdraw_after_sanction
from ticketing.takeovers.reversal import NO_LONGER_OWED, undo_after_answer, undo_after_withdrawal
from ticketing.takeovers.searching import search_for_concerned
from ticketing.takeovers.silence import follow_silence, follow_silence_after_grace


async def decide_takeovers(received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    """Decide, propose or undo the takeover that follows from an event."""
    await _after_clock(received, markets, unit)
    await search_for_concerned(received, markets, unit)
    match received.event:
        case DisputeOpened(case_id=case_id) | EvidenceSubmitted(case_id=case_id):
            await follow_report(case_id, markets, unit)
        case EscalationOpened() | OfferDeclined() as step:
            await recommend(step, markets, unit)
        case SanctionImposed() as imposed:
            if not await is_ended("sanction", received.metadata, unit):
                await propose_after_sanction(imposed, markets, unit)
        case SanctionLifted() as lifted:
            await note_end("sanction", received.metadata, unit)
            await withdraw_after_sanction(lifted, unit.now, unit)


async def _after_clock(received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    told = received.metadata
    if told.case_id is None:
        return
    match received.event:
        case ClockStarted(on_silence=word) as started if word in TAKES_OVER:
            await _show_costs(started, markets, unit)
        case ClockBreached() as breach if await is_news_of_round(breach, received, unit):
            await is_news_of_silence(received, unit)
            await follow_silence(breach, EventId(told.id), markets, unit)
        case GraceEnded() as ended if await is_news_of_round(ended, received, unit):
            await follow_silence_after_grace(ended, markets, unit)
        case BreachWithdrawn() as withdrawn:
            await undo_after_withdrawal(withdrawn, told, markets, unit)
        case ClockSatisfied(verdict="MET_LATE", satisfied_at=at) as answered:
            await undo_after_answer(answered, at, told, unit)
        case BreachClosed(cause=cause, closed_at=at) as closed if cause in NO_LONGER_OWED:
            await undo_after_answer(closed, at, told, unit)


async def _show_costs(started: ClockStarted, markets: Mapping[str, Market], unit: Unit) -> None:
    case = await unit.read(CASES, started.case_id)
    if case is not None:
        await show_costs(started.clock_id, started.round, case, markets[case.market], unit)
