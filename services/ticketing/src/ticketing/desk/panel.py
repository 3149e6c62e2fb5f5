"""What belongs to a case: its order as bought, other cases, what is open. It is gathered for who reads, and decides nothing."""

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.store import Figures
from ombud_contracts.market import Market
from ombud_words import CaseId, PersonId, Role, line_key
from ticketing.cases.domain import Case
from ticketing.cases.listing import CaseFilter, rows_for
from ticketing.cases.showing import seen_by
from ticketing.cases.store import cases_in_order
from ticketing.cases.views import CaseCounts, counts_view
from ticketing.deadlines.store import list_deadlines
from ticketing.deadlines.views import deadline_view
from ticketing.desk.views import ContextView, related_views
from ticketing.orders.domain import Purchase
from ticketing.orders.store import guard_line, guard_listing, stop_of
from ticketing.orders.views import OfferedView, StopView, line_view, offered_view, stop_view, tracking_view
from ticketing.promises.store import list_promises
from ticketing.promises.views import promise_view
from ticketing.queue.store import Order, count_queue, page_of_queue
from ticketing.takeovers.domain import UNDECIDED, Status
from ticketing.takeovers.store import list_takeovers
from ticketing.takeovers.views import seen_by_role, takeover_view

_MOST_OF_AN_ORDER = 50
_OPEN = ("RUNNING", "PAUSED", "BREACHED")
_LIVE = (*UNDECIDED, Status.ACTIVE)


async def context_of(case: Case, market: Market, actor: Actor, unit: Unit, figures: Figures) -> ContextView:
    """Return what belongs to a case that somebody may read, as far as they may see it."""
    line = None
    if case.order_id is not None and case.line_id is not None:
        line = await guard_line(unit, line_key(case.order_id, case.line_id))
    bought = line.purchase if line else None
    deadlines = await list_deadlines(unit, case.id, actor.role)
    return ContextView(
        case_id=case.id,
        languages=list(market.languages),
        order=line_view(case.line_id, bought, line) if case.line_id and bought and line else None,
        listing=await _offered(case, unit),
        listing_stop=await _stop(case, bought, actor, unit),
        tracking=tracking_view(bought, line) if bought and line else None,
        desired_outcome=case.desired_outcome,
        related_cases=related_views(case, await _related(case, actor, unit)),
        open_deadlines=[deadline_view(d, actor.role) for d in deadlines if d["verdict"] in _OPEN],
        live_takeovers=[
            takeover_view(t, actor.role)
            for t in await list_takeovers(unit, case.id)
            if t.status in _LIVE and seen_by_role(t, actor.role)
        ],
        promises=[promise_view(p) for p in await list_promises(unit, case.id)],
        buyer_cases=await _counted(case.buyer_id, actor, figures),
        seller_cases=await _counted(case.seller_id, actor, figures),
    )


async def _offered(case: Case, unit: Unit) -> OfferedView | None:
    listing = await guard_listing(unit, case.listing_id) if case.listing_id is not None else None
    return offered_view(case.listing_id, listing) if case.listing_id and listing else None


async def _stop(case: Case, bought: Purchase | None, actor: Actor, unit: Unit) -> StopView | None:
    listing_id = bought.listing.listing_id if bought is not None and bought.listing is not None else case.listing_id
    stop = await stop_of(unit, listing_id)
    return None if stop is None or actor.role == Role.BUYER else stop_view(stop)


async def _related(case: Case, actor: Actor, unit: Unit) -> list[Case]:
    """Return the cases of the same order that somebody sees, and the linked ones."""
    ids = {link.case_id for link in case.links}
    if case.order_id is not None:
        of_order = rows_for(actor, CaseFilter(order_id=case.order_id))
        rows, _following = await page_of_queue(unit, of_order, Order.NEWEST, None, _MOST_OF_AN_ORDER)
        ids |= {CaseId(row["_id"]) for row in rows}
    return seen_by(actor, await cases_in_order(unit, sorted(ids - {case.id})))


async def _counted(person_id: PersonId | None, actor: Actor, figures: Figures) -> CaseCounts | None:
    """Return how many cases somebody has in the markets of a member of staff; parties are not told of each other's."""
    if person_id is None or not actor.staff:
        return None
    return counts_view(await count_queue(figures, rows_for(actor, CaseFilter(person_id=person_id))))
