"""Moving clocks that run, explicitly: all of a market by an adjustment, one by staff."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, NotVisible, Parties, authorize, authorize_role
from chassis.http import (
    Code,
    Id,
    KeyedCommand,
    RequestModel,
    Running,
    Runtime,
    View,
    Who,
    Whole,
    Work,
    read_cursor,
    write_cursor,
)
from chassis.ids import new_id
from ombud_contracts.market import Market
from sla_monitor.adjustments.domain import Correction, Credit, Migration, Order, OrderAdjustment
from sla_monitor.clocks.api import clock_for
from sla_monitor.clocks.domain.by_staff import Extension, Pause, Resumption, StaffOrder
from sla_monitor.clocks.domain.clock import OrderByStaff
from sla_monitor.clocks.store import CLOCKS
from sla_monitor.clocks.views import ClockView, clock_view
from sla_monitor.rules.api import Cursor, Limit
from sla_monitor.rules.domain.candidate_reading import within_years
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.store import ADJUSTMENTS, adjusted_by_seller, adjusted_totals, count_refused, find_adjustment
from sla_monitor.rules.views import AdjustmentReport, AdjustmentView, adjustment_report, adjustment_view

Number = Annotated[int, Field(strict=True, ge=1, le=1_000_000), Whole]
Seconds = Annotated[int, Field(strict=True, ge=1, le=366 * 86_400), Whole]


class MigrationRequest(RequestModel):
    """Running rounds of a kind take another version of their policy."""

    sort: Literal["policy_migration"]
    market: Id
    cause: Code
    kind: Code
    to_version: Number


class CorrectionRequest(RequestModel):
    """Open deadlines are counted again on a corrected calendar: later is taken, earlier is not."""

    sort: Literal["calendar_correction"]
    market: Id
    cause: Code
    calendar: Code
    to_version: Number


class CreditRequest(RequestModel):
    """A span of our outage does not count."""

    sort: Literal["outage_credit"]
    market: Id
    cause: Code
    from_at: AwareDatetime
    until: AwareDatetime


AdjustmentRequest = Annotated[MigrationRequest | CorrectionRequest | CreditRequest, Field(discriminator="sort")]


class PauseRequest(RequestModel):
    """Why a clock stands still, and until when at most; the policy's cap holds in any case."""

    cause: Code
    until: AwareDatetime | None = None


class ExtensionRequest(RequestModel):
    """Counted time that a pause gets in addition."""

    seconds: Seconds


def router_for(rules: Mapping[str, Rules], markets: Mapping[str, Market]) -> APIRouter:
    """Return the routes that move clocks."""
    router = APIRouter()
    _add_adjustments(router, rules, markets)
    _add_staff(router, rules)
    return router


def _add_adjustments(router: APIRouter, rules: Mapping[str, Rules], markets: Mapping[str, Market]) -> None:
    @router.post("/adjustments", status_code=201, response_model=AdjustmentView)
    async def order_adjustment(body: AdjustmentRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Tell every clock of a market that it concerns, also those that become known later. It is applied by a job."""
        if body.market not in markets:
            raise NotVisible
        action = Action.CREDIT_TIME if isinstance(body, CreditRequest) else Action.ADJUST_CLOCKS
        authorize(actor, action, Parties(body.market))
        id = new_id("adj")

        async def effect(unit: Unit) -> View:
            now, market = runtime.now(), body.market
            order = _order_of(body)
            command = OrderAdjustment(id, market, order, body.cause, actor.role, actor.id, now, rules[market])
            return adjustment_view(await unit.execute(ADJUSTMENTS, id, command))

        return await work.once(effect, on=id, status=201)

    @router.get("/adjustments/{adjustment_id}")
    async def get_adjustment(
        adjustment_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: Limit = 100
    ) -> AdjustmentReport:
        """Show how far an adjustment has come, and what it did for each seller, in the order of their ids."""
        adjustment = await find_adjustment(runtime.mongo, adjustment_id)
        if adjustment is None:
            raise NotVisible
        authorize(actor, Action.READ_ADJUSTMENTS, Parties(adjustment.market))
        bound_to = f"adjusted|{adjustment_id}|{actor.id}"
        at = read_cursor(runtime, cursor, bound_to)
        sellers = await adjusted_by_seller(runtime.mongo, adjustment_id, str(at[0]) if at else None, limit + 1)
        following = write_cursor(runtime, [sellers[limit - 1]["_id"]], bound_to) if len(sellers) > limit else None
        told, moved, _ = await adjusted_totals(runtime.mongo, adjustment_id)
        refused = await count_refused(runtime.mongo, adjustment_id)
        return adjustment_report(adjustment, (told, moved, refused), sellers[:limit], following)


def _order_of(body: MigrationRequest | CorrectionRequest | CreditRequest) -> Order:
    match body:
        case MigrationRequest():
            return Migration(body.kind, body.to_version)
        case CorrectionRequest():
            return Correction(body.calendar, body.to_version)
        case CreditRequest():
            return Credit(within_years(body.from_at), within_years(body.until))


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
            clock = await unit.state(CLOCKS, clock_id)
            if clock is None:
                raise NotVisible
            own = rules[clock.ref.market]
            now = runtime.now()
            return clock_view(await unit.execute(CLOCKS, clock_id, OrderByStaff(order(), fact_id, now, own)), own, now)

        return await work.once(effect, on=clock_id, status=201)
