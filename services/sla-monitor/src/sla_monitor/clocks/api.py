"""Clocks with their traces, as far as the reader may see them; and what staff order of one clock."""

from typing import Annotated

from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Action, authorize_role
from chassis.event_stream import EventStream
from chassis.http import Code, Instant, RequestModel, Who, Whole
from chassis.ids import new_id
from chassis.live import STREAM, Follows, Glance, LiveLists, glance
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, ReadUnit, routes
from ombud_words import CaseId, ClockId, Role
from sla_monitor.clocks.domain import FactId
from sla_monitor.clocks.domain.by_staff import Extension, Pause, Resumption, StaffOrder
from sla_monitor.clocks.domain.clock import Clock, OrderByStaff
from sla_monitor.clocks.store import CLOCKS, clocks_of_case
from sla_monitor.clocks.views import ClockList, ClockView, clock_view
from sla_monitor.clocks.visibility import (
    A_CLOCK,
    CaseIdGiven,
    ClockIdGiven,
    authorize_case,
    clock_for,
    is_shown,
    parties_of,
)
from sla_monitor.rules.domain import Rules
from sla_monitor.rules.known import RulesInForce
from sla_monitor.working_time.domain import within_years

router = routes("sla-monitor")
Seconds = Annotated[int, Field(strict=True, ge=1, le=366 * 86_400), Whole]


class PauseRequest(RequestModel):
    """Why a clock stands still, and until when at most; the policy's cap holds in any case."""

    cause: Code
    until: Instant | None = None


class ExtensionRequest(RequestModel):
    """Counted time that a pause gets in addition."""

    seconds: Seconds


@router.get("/cases/{case_id}/clocks")
async def list_clocks(case_id: CaseIdGiven, actor: Who, unit: ReadUnit, rules: RulesInForce) -> ClockList:
    """Show who owes what by when in a case, with the trace of each deadline."""
    await authorize_case(unit, case_id, actor)
    seen = await _shown(unit, case_id, actor.role)
    return ClockList(clocks=[clock_view(c, rules[c.ref.market], unit.now) for c in seen])


@router.get("/cases/{case_id}/clocks/events", status_code=200, response_class=EventStream, responses=STREAM)
async def follow_clocks(case_id: CaseIdGiven, unit: ReadUnit, follower: Follows, lists: LiveLists) -> EventStream:
    """Follow who owes what by when in a case: it differs from what was last told."""
    await authorize_case(unit, case_id, follower.actor)
    return await lists.follow("clocks", (case_id, follower.actor.role), follower, Action.READ_CLOCKS)


async def clocks_in_short(unit: Unit, followed: tuple[CaseId, Role]) -> Glance:
    """Return the clocks of a case that a role sees, in short. Raises NotVisible."""
    case_id, role = followed
    seen = await _shown(unit, case_id, role)
    due = [c.owed.due_by for c in seen if c.owed is not None]
    told = {"clocks": len(seen), "next_due_by": min(due).isoformat() if due else None}
    rows = sorted(repr((c.ref, c.told_rounds)) for c in seen)
    return glance(rows, told, await parties_of(unit, case_id))


async def _shown(unit: Unit, case_id: CaseId, role: Role) -> list[Clock]:
    return [c for c in await clocks_of_case(unit, case_id) if c.told and is_shown(c, role)]


@router.get("/clocks/{clock_id}")
@versioned(A_CLOCK)
async def get_clock(clock_id: ClockIdGiven, actor: Who, unit: ReadUnit, rules: RulesInForce) -> ClockView:
    """Show one clock with the traces of its rounds."""
    clock = await clock_for(unit, clock_id, actor)
    return clock_view(clock, rules[clock.ref.market], unit.now)


@router.post("/clocks/{clock_id}/pauses", status_code=201)
@versioned(A_CLOCK)
async def pause_clock(
    clock_id: ClockIdGiven, body: PauseRequest, actor: Who, unit: KeyedUnit, rules: RulesInForce
) -> ClockView:
    """Let a clock stand still for a cause, at most until its policy's cap is used up. A pause never hides a breach."""
    clock = await clock_for(unit, clock_id, actor)
    authorize_role(actor, Action.PAUSE_CLOCK)
    order = Pause(body.cause, body.until and within_years(body.until))
    return await _ordered(clock_id, order, rules[clock.ref.market], unit)


@router.post("/clocks/{clock_id}/pause-extensions", status_code=201)
@versioned(A_CLOCK)
async def extend_pause(
    clock_id: ClockIdGiven, body: ExtensionRequest, actor: Who, unit: KeyedUnit, rules: RulesInForce
) -> ClockView:
    """Give the pause of a clock more time: a supervisor's decision, up to the policy's cap once more."""
    clock = await clock_for(unit, clock_id, actor)
    authorize_role(actor, Action.EXTEND_PAUSE)
    return await _ordered(clock_id, Extension(body.seconds), rules[clock.ref.market], unit)


@router.post("/clocks/{clock_id}/resumptions", status_code=201)
@versioned(A_CLOCK)
async def resume_clock(clock_id: ClockIdGiven, actor: Who, unit: KeyedUnit, rules: RulesInForce) -> ClockView:
    """Let a paused clock run again."""
    clock = await clock_for(unit, clock_id, actor)
    authorize_role(actor, Action.PAUSE_CLOCK)
    return await _ordered(clock_id, Resumption(), rules[clock.ref.market], unit)


async def _ordered(clock_id: ClockId, order: StaffOrder, rules: Rules, unit: Unit) -> ClockView:
    command = OrderByStaff(order, FactId(new_id("ord")), unit.now, rules)
    return clock_view(await unit.execute(CLOCKS, clock_id, command), rules, unit.now)
