"""What a takeover costs a seller by itself, as the market's tariff says at present: shown first, and charged as it was shown."""

from collections.abc import Mapping
from typing import Any

from chassis.aggregate import Unit
from ombud_contracts.market import Market
from ombud_words import ChargeKind, ClockId, Currency, line_key, vat_of
from ticketing.cases.domain import Case
from ticketing.deadlines.store import costs_of_round, show_costs_of_round
from ticketing.orders.store import guard_line
from ticketing.takeovers.domain.grounds import Cost


async def costs_of(case: Case, market: Market, unit: Unit) -> tuple[Cost, ...]:
    """Return what a takeover of a case costs its seller: nothing where billing charges nothing (S-10).

    Before a purchase there is no order value by which charges are capped.
    """
    if case.order_id is None or case.line_id is None:
        return ()
    line = await guard_line(unit, line_key(case.order_id, case.line_id))
    refused = line is not None and line.purchase is not None and line.purchase.refused is not None
    return () if refused else (_handling_fee(market),)


def _handling_fee(market: Market) -> Cost:
    tariff = market.tariff
    return Cost(
        kind=ChargeKind.HANDLING_FEE,
        net_minor=tariff.handling_fee_minor,
        vat_minor=vat_of(tariff.handling_fee_minor, tariff.vat_basis_points),
        vat_basis_points=tariff.vat_basis_points,
        currency=Currency(market.currency),
        tariff_version=tariff.version,
    )


async def show_costs(clock_id: ClockId, round_number: int, case: Case, market: Market, unit: Unit) -> None:
    """Show with a deadline what its silence will cost. What a round showed first is what it costs."""
    if await costs_of_round(unit, clock_id, round_number) is None:
        costs = [_document(cost) for cost in await costs_of(case, market, unit)]
        show_costs_of_round(unit, clock_id, round_number, costs)


async def costs_shown(clock_id: ClockId, round_number: int, unit: Unit) -> tuple[Cost, ...] | None:
    """Return what a round showed that its silence costs; None when it showed nothing."""
    shown = await costs_of_round(unit, clock_id, round_number)
    return None if shown is None else tuple(_read(document) for document in shown)


def _document(cost: Cost) -> dict[str, Any]:
    return {
        "kind": cost.kind.value,
        "net_minor": cost.net_minor,
        "vat_minor": cost.vat_minor,
        "vat_basis_points": cost.vat_basis_points,
        "gross_minor": cost.gross_minor,
        "currency": cost.currency,
        "tariff_version": cost.tariff_version,
    }


def _read(document: Mapping[str, Any]) -> Cost:
    members = {name: value for name, value in document.items() if name not in ("kind", "gross_minor")}
    return Cost(kind=ChargeKind(document["kind"]), **members)
