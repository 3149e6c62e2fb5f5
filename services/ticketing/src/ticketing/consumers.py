"""What ticketing hears: one group, in which each noun takes what concerns it."""

from collections.abc import Iterable, Mapping
from typing import Any

from chassis.aggregate import Kind, Unit
from chassis.consuming import Consumer
from chassis.hearing import HEARD, heard_id
from ombud_contracts import Received, groups
from ombud_contracts.events.conduct import ConductEvent
from ombud_contracts.events.messaging import MessageDelivered, ReplyWaived, SanctionImposed, WaiverRefused
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent, ClockWarned, GraceEnded
from ombud_contracts.market import Market
from ticketing.cases.consumers import note_answer, open_for_guarantee, reopen_after_message
from ticketing.cases.store import CASES
from ticketing.cases.telling import (
    tell_of_appeal,
    tell_of_charge,
    tell_of_conduct,
    tell_of_findings,
    tell_of_guarantee,
    tell_of_return,
    tell_of_waiver,
    tell_of_window,
)
from ticketing.deadlines.consumers import note_deadline
from ticketing.orders.consumers import learn_of_guarantee, learn_of_lines, learn_of_listings, note_stops
from ticketing.promises.promising import restore_promise
from ticketing.takeovers.consumers import decide_takeovers
from ticketing.takeovers.off_platform import TAKEOVER_STEP
from ticketing.timeline.store import keep_entry
from ticketing.unfinished.consumers import note_unfinished


def casework(markets: Mapping[str, Market]) -> Consumer:
    """Return ticketing's consumer."""

    async def handle(received: Received, unit: Unit) -> None:
        keep_entry(received, unit)
        await learn_of_lines(received, markets, unit)
        await learn_of_guarantee(received, unit)
        await open_for_guarantee(received, markets, unit)
        await learn_of_listings(received, unit)
        await note_answer(received, unit)
        await tell_of_waiver(received, unit)
        await tell_of_appeal(received, unit)
        await tell_of_charge(received, unit)
        await tell_of_conduct(received, unit)
        await tell_of_findings(received, unit)
        await tell_of_guarantee(received, unit)
        await tell_of_return(received, unit)
        await tell_of_window(received, unit)
        await note_deadline(received, unit)
        await note_unfinished(received, unit)
        await note_stops(received, unit)
        await decide_takeovers(received, markets, unit)
        await restore_promise(received, unit)
        await reopen_after_message(received, unit)

    return Consumer(groups.TICKETING_CASEWORK, handle, _touches)


_ABOUT_A_CASE = (
    ClockBreached
    | BreachWithdrawn
    | ClockWarned
    | GraceEnded
    | MessageDelivered
    | ReplyWaived
    | WaiverRefused
    | ConductEvent
)


def _touches(received: Received) -> Iterable[tuple[Kind[Any, Any, Any], str]]:
    if received.metadata.case_id and isinstance(received.event, _ABOUT_A_CASE):
        yield CASES, received.metadata.case_id
    if isinstance(received.event, ClockEvent):
        yield HEARD, heard_id(f"round|{received.event.round}", received.metadata.subject)
    if isinstance(received.event, SanctionImposed) and received.event.step == TAKEOVER_STEP:
        yield CASES, received.event.case_id
