"""What a search does with a line or a listing that it finds: a case and the platform's contact, or a request to stop."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from ombud_contracts.market import Market
from ombud_words import EventId, LineId, ListingId, Reason, Role, SellerId, Trigger, line_key
from ticketing.cases.domain import Case, LinkKind, TellParties
from ticketing.cases.living import link
from ticketing.cases.opening import case_about_line
from ticketing.cases.store import CASES
from ticketing.orders.domain import NoteConcern, OrderLine, RequestStop
from ticketing.orders.store import LINES, STOPS
from ticketing.takeovers.contact_at_once import propose_like, take_over_at_once
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.domain.search import Sought

REASONS: Mapping[Trigger, Reason] = {
    Trigger.LOCKED_DEVICE: Reason.LOCKED_DEVICE,
    Trigger.COUNTERFEIT: Reason.COUNTERFEIT,
    Trigger.UNSAFE: Reason.UNSAFE,
}
_NOTICES: Mapping[Trigger, str] = {
    Trigger.LOCKED_DEVICE: "concerned_by_lock",
    Trigger.COUNTERFEIT: "concerned_by_counterfeit",
    Trigger.UNSAFE: "concerned_by_hazard",
}
_BOTH = (Role.BUYER, Role.SELLER)
_MOST_LINKS = 100
"""Of a case; the timeline of the order and the incident's event name the others."""


async def attend_to(
    line_id: LineId, line: OrderLine, sought: Sought, markets: Mapping[str, Market], unit: Unit
) -> bool:
    """Give the buyer of a line a case, with the contact that the trigger asks for; tell whether there is one.

    A line of a refused order, of a market where the matter does not hold, or past its rights has none. A search finds a line
    once: what became of its case since is left alone. Its listing is asked to be stopped in any case.
    """
    bought = line.purchase
    if bought is None or bought.refused is not None or bought.market not in sought.markets:
        return False
    market = markets.get(bought.market)
    if market is None or sought.search_id in line.found_by:
        return False
    if bought.listing is not None:
        await ask_to_stop(bought.listing.listing_id, bought.seller_id, bought.market, sought, unit)
    case = await case_about_line(REASONS[sought.trigger], line_id, line, markets, sought.told_by, unit)
    if case is None or case.id == sought.origin:
        return False
    await unit.execute(LINES, line_key(bought.order_id, line_id), NoteConcern(sought.search_id, unit.now))
    await _contact(case, sought, market, unit)
    return True


async def attend_to_device(
    line_id: LineId, line: OrderLine, told_by: EventId, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Give the buyer of a device that a register knows as blocked a case that the platform answers at once (R-37).

    Nothing follows from an answer that is not the newest, or that says again what was answered before.
    """
    bought = line.purchase
    if line.device is None or not line.device.blocked or line.device.told_by != told_by:
        return
    if bought is None or bought.refused is not None or bought.market not in markets:
        return
    case = await case_about_line(Reason.LOCKED_DEVICE, line_id, line, markets, told_by, unit)
    if case is None:
        return
    notice = TellParties(about=case.id, notice="device_is_blocked", recipients=_BOTH, at=unit.now)
    await unit.execute(CASES, case.id, notice)
    told = Fact(told_by, ("imei_check",))
    await take_over_at_once(case, Trigger.LOCKED_DEVICE, (told,), markets[bought.market], unit)


async def ask_to_stop(listing_id: ListingId, seller_id: SellerId, market: str, sought: Sought, unit: Unit) -> None:
    """Ask the listings system to stop a listing, once."""
    request = RequestStop(
        listing_id=listing_id,
        model=sought.model,
        seller_id=seller_id,
        market=market,
        trigger=sought.trigger,
        told_by=sought.told_by,
        at=unit.now,
    )
    await unit.execute(STOPS, listing_id, request)


async def _contact(case: Case, sought: Sought, market: Market, unit: Unit) -> None:
    told = Fact(sought.told_by, sought.shows)
    notice = TellParties(about=case.id, notice=_NOTICES[sought.trigger], recipients=_BOTH, at=unit.now)
    await unit.execute(CASES, case.id, notice)
    if sought.shows:
        await take_over_at_once(case, sought.trigger, (told,), market, unit)
    else:
        await propose_like(case, sought.trigger, told, market, unit)
    if sought.origin is None:
        return
    origin = await unit.read(CASES, sought.origin)
    if origin is not None and max(len(origin.links), len(case.links)) < _MOST_LINKS:
        await link(case, origin, LinkKind.SAME_INCIDENT, Role.SYSTEM, unit)
