"""Whether what a clock says of a round, or of somebody's silence, is news."""

from chassis.aggregate import Unit
from chassis.hearing import is_news
from ombud_contracts import Received
from ombud_contracts.events.sla_monitor import ClockEvent


async def is_news_of_round(clock: ClockEvent, received: Received, unit: Unit) -> bool:
    """Whether a clock has not said anything later of the same round. What is decided on the answer holds at commit."""
    return await is_news(f"round|{clock.round}", received.metadata, unit)


async def is_news_of_silence(received: Received, unit: Unit) -> bool:
    """Whether a clock has told no later breach, and withdrawn none later; whatever else it said takes nothing from this."""
    return await is_news("silence", received.metadata, unit)
