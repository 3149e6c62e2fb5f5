"""Who owes what by when, as lists; and how punctually a seller answered, with the obligations behind each figure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query

from chassis.auth import Action, Actor, NotVisible, Parties, authorize, authorize_role
from chassis.http import IdForm, Instant, Running, Runtime, Who, read_cursor, write_cursor
from chassis.routes import ReadFigures, ReadUnit, routes
from chassis.store import Document, Reader
from ombud_words import SellerId
from sla_monitor.clocks.domain import Clock, Round
from sla_monitor.lists import store as lists
from sla_monitor.lists.views import (
    CountedObligation,
    CountedPage,
    ObligationPage,
    PunctualityView,
    counted_view,
    obligation_view,
    punctuality_view,
)
from sla_monitor.rules.domain import Rules
from sla_monitor.rules.known import RulesInForce

router = routes("sla-monitor")
OwedBy = Literal["platform", "seller", "buyer"]
OWNERS: Mapping[OwedBy, tuple[str, ...]] = {
    "platform": ("platform", "agent", "mediator", "supervisor", "administrator"),
    "seller": ("seller", "substitute"),
    "buyer": ("buyer", "recipient", "parties"),
}
"""The roles of policy rows by side; an offer's recipient can be either party."""
WINDOW = timedelta(days=30)
LONGEST_WINDOW = timedelta(days=366)
SellerIdGiven = Annotated[SellerId, IdForm]
PageSize = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500)]
Market = Annotated[
    str | None, Query(pattern=r"^[a-z0-9-]{1,16}$", description="One market; otherwise all you may see.")
]
From = Annotated[Instant | None, Query(alias="from", description="Default: 30 days before `to`.")]
To = Annotated[Instant | None, Query(description="Not included. Default: now.")]


@router.get("/sellers/{seller_id}/obligations")
async def list_obligations_of_seller(
    seller_id: SellerIdGiven,
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    rules: RulesInForce,
    market: Market = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> ObligationPage:
    """Show what a seller owes, the earliest deadline first."""
    markets = await _markets_of_seller(unit, rules, actor, seller_id, market)
    bound = _bound(actor, "seller", seller_id, *markets)
    after = read_cursor(runtime, cursor, bound)
    found = await lists.owed_by_seller(unit, seller_id, markets, after, limit + 1)
    return _page(runtime, unit.now, rules, found, limit, bound, lambda clock: _last(clock).due_by)


@router.get("/obligations")
async def list_obligations(
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    rules: RulesInForce,
    owed_by: Annotated[OwedBy, Query()] = "platform",
    overdue: Annotated[bool, Query(description="Only what is past its deadline.")] = False,
    market: Market = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> ObligationPage:
    """Show staff what one side owes in their markets, the earliest deadline first; by default the platform."""
    markets = _markets_of_staff(rules, actor, market)
    bound = _bound(actor, "owed", owed_by, str(overdue), *markets)
    after, before = read_cursor(runtime, cursor, bound), unit.now if overdue else None
    found = await lists.owed_by(unit, OWNERS[owed_by], markets, before, after, limit + 1)
    return _page(runtime, unit.now, rules, found, limit, bound, lambda clock: _last(clock).due_by)


@router.get("/obligations/unannounced")
async def list_unannounced(
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    rules: RulesInForce,
    market: Market = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> ObligationPage:
    """Show staff what is past its time and was not announced; this list is empty while the monitor keeps up."""
    markets = _markets_of_staff(rules, actor, market)
    bound = _bound(actor, "unannounced", *markets)
    after = read_cursor(runtime, cursor, bound)
    found = await lists.unannounced(unit, markets, unit.now, after, limit + 1)
    return _page(runtime, unit.now, rules, found, limit, bound, lambda clock: clock.next_at)


@router.get("/sellers/{seller_id}/punctuality")
async def get_punctuality(
    seller_id: SellerIdGiven,
    actor: Who,
    unit: ReadUnit,
    figures: ReadFigures,
    rules: RulesInForce,
    market: Market = None,
    from_at: From = None,
    to: To = None,
) -> PunctualityView:
    """Show how punctually a seller answered buyers in a window; every figure recomputes from the list behind it.

    Counted are replies that the seller himself owed and that began in the window: answered in time, answered late,
    or not answered in time (also while still open). Waived, void and not yet due ones are not counted.
    """
    markets = await _markets_of_seller(unit, rules, actor, seller_id, market)
    window = _window(unit.now, seller_id, markets, from_at, to)
    return punctuality_view(window, await lists.punctuality(figures, window, unit.now))


@router.get("/sellers/{seller_id}/punctuality/obligations")
async def list_counted_obligations(
    seller_id: SellerIdGiven,
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    rules: RulesInForce,
    market: Market = None,
    from_at: From = None,
    to: To = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> CountedPage:
    """Show the obligations behind a seller's figures, the earliest first. Name `from` and `to` to page."""
    markets = await _markets_of_seller(unit, rules, actor, seller_id, market)
    window = _window(unit.now, seller_id, markets, from_at, to)
    bound = _bound(actor, "counted", seller_id, str(from_at), str(to), *markets)
    after = read_cursor(runtime, cursor, bound)
    found = await lists.counted(unit, window, unit.now, after, limit + 1)
    last: Document | None = found[limit - 1] if len(found) > limit else None
    items: list[CountedObligation] = [counted_view(d) for d in found[:limit]]
    following = write_cursor(runtime, [last["started_at"].isoformat(), last["_id"]], bound) if last else None
    return CountedPage(obligations=items, next_cursor=following)


def _last(clock: Clock) -> Round:
    return clock.rounds[-1]


def _page(
    runtime: Runtime,
    now: datetime,
    rules: Mapping[str, Rules],
    found: Sequence[Clock],
    limit: int,
    bound: str,
    sorted_by: Callable[[Clock], datetime | None],
) -> ObligationPage:
    shown = found[:limit]
    items = [obligation_view(clock, rules[clock.ref.market], now) for clock in shown]
    at = sorted_by(shown[-1]) if len(found) > limit else None
    following = write_cursor(runtime, [at.isoformat(), items[-1].clock_id], bound) if at else None
    return ObligationPage(obligations=items, next_cursor=following)


def _bound(actor: Actor, *filters: str) -> str:
    return "|".join(("obligations", actor.role, actor.id, *filters))


def _markets_of_staff(rules: Mapping[str, Rules], actor: Actor, market: str | None) -> list[str]:
    authorize_role(actor, Action.READ_CLOCKS)
    if not actor.staff:
        raise NotVisible
    return _visible(rules, actor, market)


async def _markets_of_seller(
    store: Reader, rules: Mapping[str, Rules], actor: Actor, seller_id: SellerId, market: str | None
) -> list[str]:
    markets = _visible(rules, actor, market)
    for name in markets:
        authorize(actor, Action.READ_CLOCKS, Parties(name, None, seller_id))
    if actor.staff and not await lists.is_seller_known(store, seller_id, markets):
        raise NotVisible
    return markets


def _visible(rules: Mapping[str, Rules], actor: Actor, market: str | None) -> list[str]:
    """Markets that the reader may see, at least one. Raises NotVisible."""
    asked = sorted(rules) if market is None else [market]
    visible = [m for m in asked if m in rules and (not actor.staff or actor.markets is None or m in actor.markets)]
    if not visible:
        raise NotVisible
    return visible


def _window(
    now: datetime, seller_id: SellerId, markets: Sequence[str], start: datetime | None, end: datetime | None
) -> lists.Window:
    until = end or now
    since = start or until - WINDOW
    if timedelta(0) < until - since <= LONGEST_WINDOW:
        return lists.Window(seller_id, tuple(markets), since, until)
    raise lists.WindowUnusable("`from` lies before `to`, by at most 366 days")
