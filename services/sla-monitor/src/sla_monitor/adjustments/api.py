"""Moving every clock of a market that runs, explicitly, by an adjustment."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from chassis.auth import Action, NotVisible, Parties, authorize
from chassis.http import Code, Id, IdForm, Instant, RequestModel, Running, Who, Whole, read_cursor, write_cursor
from chassis.ids import new_id
from chassis.routes import KeyedUnit, ReadFigures, ReadUnit, routes
from ombud_words import AdjustmentId
from sla_monitor.adjustments.domain import Correction, Credit, Migration, Order, OrderAdjustment
from sla_monitor.adjustments.store import (
    ADJUSTMENTS,
    adjusted_by_seller,
    adjusted_totals,
    count_refused,
)
from sla_monitor.adjustments.views import AdjustmentReport, AdjustmentView, adjustment_report, adjustment_view
from sla_monitor.rules.known import Markets, RulesInForce
from sla_monitor.working_time.domain import CalendarId, within_years

router = routes("sla-monitor")
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=400)]
Number = Annotated[int, Field(strict=True, ge=1, le=1_000_000), Whole]


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
    from_at: Instant
    until: Instant


AdjustmentRequest = Annotated[MigrationRequest | CorrectionRequest | CreditRequest, Field(discriminator="sort")]


AdjustmentIdGiven = Annotated[AdjustmentId, IdForm]


@router.post("/adjustments", status_code=201)
async def order_adjustment(
    body: AdjustmentRequest, actor: Who, unit: KeyedUnit, rules: RulesInForce, markets: Markets
) -> AdjustmentView:
    """Tell every clock of a market that it concerns, also those that become known later. It is applied by a job."""
    if body.market not in markets:
        raise NotVisible
    action = Action.CREDIT_TIME if isinstance(body, CreditRequest) else Action.ADJUST_CLOCKS
    authorize(actor, action, Parties(body.market))
    command = OrderAdjustment(
        id=AdjustmentId(new_id("adj")),
        market=body.market,
        order=_order_of(body),
        cause=body.cause,
        by_kind=actor.role,
        by=actor.id,
        at=unit.now,
        rules=rules[body.market],
    )
    return adjustment_view(await unit.execute(ADJUSTMENTS, command.id, command))


@router.get("/adjustments/{adjustment_id}")
async def get_adjustment(
    adjustment_id: AdjustmentIdGiven,
    actor: Who,
    unit: ReadUnit,
    figures: ReadFigures,
    runtime: Running,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> AdjustmentReport:
    """Show how far an adjustment has come, and what it did for each seller, in the order of their ids."""
    adjustment = await unit.read(ADJUSTMENTS, adjustment_id)
    if adjustment is None:
        raise NotVisible
    authorize(actor, Action.READ_ADJUSTMENTS, Parties(adjustment.market))
    bound_to = f"adjusted|{adjustment_id}|{actor.id}"
    at = read_cursor(runtime, cursor, bound_to)
    sellers = await adjusted_by_seller(figures, adjustment_id, str(at[0]) if at else None, limit + 1)
    following = write_cursor(runtime, [sellers[limit - 1]["_id"]], bound_to) if len(sellers) > limit else None
    told, moved, _ = await adjusted_totals(figures, adjustment_id)
    refused = await count_refused(figures, adjustment_id)
    return adjustment_report(adjustment, (told, moved, refused), sellers[:limit], following)


def _order_of(body: MigrationRequest | CorrectionRequest | CreditRequest) -> Order:
    match body:
        case MigrationRequest():
            return Migration(body.kind, body.to_version)
        case CorrectionRequest():
            return Correction(CalendarId(body.calendar), body.to_version)
        case CreditRequest():
            return Credit(within_years(body.from_at), within_years(body.until))
