"""What a search leaves alone again when the verdict that began it is reversed: contacts and listings (S-3)."""

from collections.abc import Mapping
from dataclasses import replace

from chassis.aggregate import Unit
from ombud_contracts.market import Market
from ombud_words import EventId, LineId, ListingId, Role, SellerId
from ticketing.cases.opening import live_case_about_line
from ticketing.orders.domain import OrderLine, WithdrawStop
from ticketing.orders.store import STOPS
from ticketing.takeovers.concerned import REASONS
from ticketing.takeovers.contact_at_once import takeovers_at_once
from ticketing.takeovers.domain.search import Sought
from ticketing.takeovers.domain.state import Takeover
from ticketing.takeovers.reversal import reverse_by_rule
from ticketing.takeovers.standing import is_sought

VERDICT_REVERSED = "verdict_reversed"
"""Why a takeover is reversed, or its proposal declined, that rests on a verdict about another piece."""


async def let_go_of(
    line_id: LineId, line: OrderLine, sought: Sought, markets: Mapping[str, Market], unit: Unit
) -> bool:
    """Undo what the search alone led to for the buyer of a line; tell whether there was something to undo.

    What a person decided stands, and so does what other facts are enough for.
    """
    bought = line.purchase
    if bought is not None and bought.listing is not None:
        await let_listing_go(bought.listing.listing_id, bought.seller_id, sought, unit)
    if sought.search_id not in line.found_by:
        return False
    case = await live_case_about_line(REASONS[sought.trigger], line_id, line, markets, unit)
    if case is None:
        return False
    known = [takeover async for _, takeover in takeovers_at_once(case.id, sought.trigger, unit)]
    undone = [takeover.id for takeover in known if takeover and _rests_on_it_alone(takeover, sought.told_by)]
    for takeover_id in undone:
        await reverse_by_rule(takeover_id, VERDICT_REVERSED, unit)
    return bool(undone)


async def let_listing_go(listing_id: ListingId, seller_id: SellerId, sought: Sought, unit: Unit) -> None:
    """Withdraw the request to stop a listing when nothing else is sought of its model and seller."""
    stop = await unit.read(STOPS, listing_id)
    if stop is not None and not await is_sought(sought.model, seller_id, stop.request.market, unit):
        await unit.execute(STOPS, listing_id, WithdrawStop(unit.now))


def _rests_on_it_alone(takeover: Takeover, told_by: EventId) -> bool:
    by_person = takeover.verdict is not None or (
        takeover.decision is not None and takeover.decision.decided_by != Role.SYSTEM
    )
    others = tuple(fact for fact in takeover.grounds.facts if fact.event_id != told_by)
    enough = not replace(takeover.grounds, facts=others).missing
    return takeover.rests_on(told_by) and not by_person and not enough
