"""What leads to a takeover without a person, and what undoes it: clocks and sanctions."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.hearing import is_ended, note_end
from ombud_contracts import Received
from ombud_contracts.events.messaging import SanctionImposed, SanctionLifted
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, GraceEnded
from ombud_contracts.market import Market
from ombud_words import EventId
from ticketing.deadlines.news import is_news_of_round
from ticketing.takeovers.missed_deadline import take_over_after_breach, take_over_after_grace
from ticketing.takeovers.off_platform import propose_after_sanction, withdraw_after_sanction
from ticketing.takeovers.reversal import undo_after_withdrawal


async def decide_takeovers(received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    """Decide, propose or undo the takeover that follows from an event."""
    await _after_clock(received, markets, unit)
    match received.event:
        case SanctionImposed() as imposed:
            if not await is_ended("sanction", received.metadata, unit):
                await propose_after_sanction(imposed, received.metadata.recorded_at, markets, unit)
        case SanctionLifted() as lifted:
            await note_end("sanction", received.metadata, unit)
            await withdraw_after_sanction(lifted, received.metadata.recorded_at, unit)


async def _after_clock(received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    told = received.metadata
    if told.case_id is None:
        return
    match received.event:
        # Decided when the breach was announced, not at the deadline: nobody owned the contact in between but the seller.
        case ClockBreached() as breach if await is_news_of_round(breach, received, unit):
            await take_over_after_breach(breach, EventId(told.id), told.recorded_at, markets, unit)
        case GraceEnded() as ended if await is_news_of_round(ended, received, unit):
            await take_over_after_grace(ended, told.recorded_at, markets, unit)
        case BreachWithdrawn() as withdrawn:
            await undo_after_withdrawal(withdrawn, told, unit)
