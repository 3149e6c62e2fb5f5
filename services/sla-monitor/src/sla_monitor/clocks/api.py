"""Clocks with their traces, as far as the reader may see them; and what staff order of one clock."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, NotVisible, authorize_role
from chassis.http import Code, Id, KeyedCommand, RequestModel, Running, Runtime, View, Who, Whole, Work
from chassis.ids import new_id
from sla_monitor.clocks.domain.by_staff import Extension, Pause, Resumption, StaffOrder
from sla_monitor.clocks.domain.clock import OrderByStaff
from sla_monitor.clocks.store import CLOCKS, clocks_of_case
from sla_monitor.clocks.views import ClockList, ClockView, clock_view
from sla_monitor.clocks.visibility import authorize_case, clock_for, is_shown
from sla_monitor.rules.domain import Rules
from sla_monitor.working_time.domain import within_years

Seconds = Annotated[int, Field(strict=True, ge=1, le=366 * 86_400), Whole]


class PauseRequest(RequestModel):
    """Why a clock stands still, and until when at most; the policy's cap holds in any case."""

    cause: Code
    until: AwareDatetime | None = None


class ExtensionRequest(RequestModel):
    """Counted time that a pause gets in addition."""

    seconds: Seconds


def router_for(rules: Mapping[str, Rules]) -> APIRouter:
    """Return the routes about clocks."""
    router = APIRouter()
    _add_reading(router, rules)
    _add_staff(router, rules)
    return router


def _add_reading(router: APIRouter, rules: Mapping[str, Rules]) -> None:
    @router.get("/cases/{case_id}/clocks")
    async def list_clocks(case_id: Id, actor: Who, runtime: Running) -> ClockList:
        """Show who owes what by when in a case, with the trace of each deadline."""
        await authorize_case(runtime, case_id, actor)
        now = runtime.now()
        found = await clocks_of_case(runtime.mongo, case_id)
        seen = [c for c in found if c.told and is_shown(c, actor)]
        return ClockList(clocks=[clock_view(c, rules[c.ref.market], now) for c in seen])

    @router.get("/clocks/{clock_id}")
    async def get_clock(clock_id: Id, actor: Who, runtime: Running) -> ClockView:
        """Show one clock with the traces of its rounds."""
        clock = await clock_for(runtime, clock_id, actor)
        return clock_view(clock, rules[clock.ref.market], runtime.now())


def _add_staff(router: APIRouter, rules: Mapping[str, Rules]) -> None:
    @router.post("/clocks/{clock_id}/pauses", status_code=201, response_model=ClockView)
    async def pause_clock(
        clock_id: Id, body: PauseRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Let a clock stand still for a cause, at most until its policy's cap is used up. A pause never hides a breach."""
        await clock_for(runtime, clock_id, actor)
        authorize_role(actor, Action.PAUSE_CLOCK)
        return await _ordered(
            clock_id, lambda: Pause(body.cause, body.until and within_years(body.until)), work, runtime
        )

    @router.post("/clocks/{clock_id}/pause-extensions", status_code=201, response_model=ClockView)
    async def extend_pause(
        clock_id: Id, body: ExtensionRequest, actor: Who, work: KeyedCommand, runtime: Running
    ) -> Response:
        """Give the pause of a clock more time: a supervisor's decision, up to the policy's cap once more."""
        await clock_for(runtime, clock_id, actor)
        authorize_role(actor, Action.EXTEND_PAUSE)
        return await _ordered(clock_id, lambda: Extension(body.seconds), work, runtime)

    @router.post("/clocks/{clock_id}/resumptions", status_code=201, response_model=ClockView)
    async def resume_clock(clock_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Let a paused clock run again."""
        await clock_for(runtime, clock_id, actor)
        authorize_role(actor, Action.PAUSE_CLOCK)
        return await _ordered(clock_id, Resumption, work, runtime)

    async def _ordered(clock_id: str, order: Callable[[], StaffOrder], work: Work, runtime: Runtime) -> Response:
        fact_id = new_id("ord")

        async def effect(unit: Unit) -> View:
            clock = await unit.read(CLOCKS, clock_id)
            if clock is None:
                raise NotVisible
            own = rules[clock.ref.market]
            now = runtime.now()
            return clock_view(await unit.execute(CLOCKS, clock_id, OrderByStaff(order(), fact_id, now, own)), own, now)

        return await work.once(effect, on=clock_id, status=201)
