"""Searches for whoever bought a model that is recalled, counterfeit or locked, whether or not they complained (R-37): what begins one, and how it goes on: each page is looked through in a transaction of its own, told by the last one."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from chassis.ids import derived_id
from ombud_contracts import Received
from ombud_contracts.events.marketplace import DeviceChecked, ListingPublished, OrderPlaced
from ombud_contracts.events.products import BrandNoticeReceived, ProductRecalled
from ombud_contracts.events.products import SearchAdvanced as Advanced
from ombud_contracts.events.takeovers import TakeoverJudged
from ombud_contracts.events.ticketing import TakeoverHandedBack, TakeoverReversed
from ombud_contracts.market import Market
from ombud_words import EventId, LineId, ListingId, SearchId, TakeoverId, Trigger, line_key
from ticketing.cases.store import CASES
from ticketing.orders.store import guard_line, guard_listing, lines_of_model, listings_of_model, model_of
from ticketing.takeovers.concerned import ask_to_stop, attend_to, attend_to_device
from ticketing.takeovers.domain.model import NoteSearch
from ticketing.takeovers.domain.search import Advance, BeginSearch, Phase, Search, Sought, WithdrawSearch
from ticketing.takeovers.domain.state import Status
from ticketing.takeovers.standing import follow_what_stands, standing_searches
from ticketing.takeovers.store import MODELS, SEARCHES, TAKEOVERS
from ticketing.takeovers.unconcerned import let_go_of, let_listing_go

_PAGE = 20
"""Order lines or listings that one transaction looks through."""
_SOUGHT_BY_VERDICT = (Trigger.LOCKED_DEVICE, Trigger.COUNTERFEIT, Trigger.UNSAFE)


async def search_for_concerned(received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    """Begin a search on a recall, a brand notice or a verdict against a seller, and go on with one. Raises NotYet."""
    told_by = EventId(received.metadata.id)
    match received.event:
        case ProductRecalled() as recall:
            await _begin(_by_recall(recall, told_by), unit)
        case BrandNoticeReceived() as notice:
            await _begin(_by_notice(notice, told_by), unit)
        case TakeoverJudged(verdict="confirmed", trigger=trigger) as judged if trigger in _SOUGHT_BY_VERDICT:
            await _begin_by_verdict(judged, told_by, unit)
        case TakeoverReversed(takeover_id=takeover_id, case_id=case_id, contact_returned=returned):
            await _withdraw(_search_of(takeover_id), unit)
            if returned:
                await follow_what_stands(case_id, markets, unit)
        case TakeoverHandedBack(case_id=case_id):
            await follow_what_stands(case_id, markets, unit)
        case OrderPlaced() as order:
            await _attend_to_later_lines(order, markets, unit)
        case ListingPublished(listing_id=listing_id):
            await _stop_later_listing(listing_id, unit)
        case DeviceChecked(blocked=True, order_id=order_id, line_id=line_id):
            line = await guard_line(unit, line_key(order_id, line_id))
            if line is None or line.purchase is None:
                raise NotYet(order_id)
            await attend_to_device(line_id, line, told_by, markets, unit)
        case Advanced(more=True, search_id=search_id):
            await _look_through(search_id, markets, unit)


def _by_recall(recall: ProductRecalled, told_by: EventId) -> Sought:
    """Return what a recall asks for. Its number says which it is, however often and by however many events it is told."""
    return Sought(
        search_id=SearchId(derived_id("sch", recall.recall_id, recall.model, *sorted(recall.markets))),
        model=recall.model,
        trigger=Trigger.UNSAFE,
        told_by=told_by,
        shows=("recall",),
        markets=recall.markets,
    )


def _by_notice(notice: BrandNoticeReceived, told_by: EventId) -> Sought:
    number = (notice.notice_id, notice.model, notice.seller_id, *sorted(notice.markets))
    return Sought(
        search_id=SearchId(derived_id("sch", *number)),
        model=notice.model,
        trigger=Trigger.COUNTERFEIT,
        told_by=told_by,
        shows=("brand_notice",),
        markets=notice.markets,
        seller_id=notice.seller_id,
    )


def _search_of(takeover_id: TakeoverId) -> SearchId:
    return SearchId(derived_id("sch", takeover_id))


async def _begin(sought: Sought, unit: Unit) -> None:
    """Begin a search; one that holds for every piece stands for those that are told of later."""
    await unit.execute(SEARCHES, sought.search_id, BeginSearch(sought, unit.now))
    await unit.execute(MODELS, sought.model, NoteSearch(sought.search_id, bool(sought.shows), unit.now))


async def _withdraw(search_id: SearchId, unit: Unit) -> None:
    """Look through the lines again to undo what followed, for the verdict that began the search counts no longer (S-3)."""
    if await unit.read(SEARCHES, search_id) is not None:
        await unit.execute(SEARCHES, search_id, WithdrawSearch(unit.now))


async def _attend_to_later_lines(order: OrderPlaced, markets: Mapping[str, Market], unit: Unit) -> None:
    """Attend to lines that are told of after the search began for whoever bought their model."""
    for told in order.lines:
        line = await guard_line(unit, line_key(order.order_id, told.line_id))
        listing = line.purchase.listing if line is not None and line.purchase is not None else None
        if line is None or listing is None:
            continue
        for sought in await standing_searches(model_of(listing), order.seller_id, unit):
            await attend_to(told.line_id, line, sought, markets, unit)


async def _stop_later_listing(listing_id: ListingId, unit: Unit) -> None:
    listing = await guard_listing(unit, listing_id)
    if listing is None or listing.model is None:
        return
    for sought in await standing_searches(listing.model, listing.seller_id, unit):
        if listing.market in sought.markets:
            await ask_to_stop(listing_id, listing.seller_id, listing.market, sought, unit)


async def _begin_by_verdict(judged: TakeoverJudged, told_by: EventId, unit: Unit) -> None:
    """Look for what is like the piece of the verdict: from the same seller, and of unsafe goods, whose hazard is in each piece,
    from all."""
    case = await unit.read(CASES, judged.case_id)
    if case is None:
        raise NotYet(judged.case_id)
    takeover = await unit.read(TAKEOVERS, judged.takeover_id)
    reversed_ = takeover is not None and takeover.status == Status.REVERSED
    if reversed_ or judged.order_id is None or judged.line_id is None:
        return
    line = await guard_line(unit, line_key(judged.order_id, judged.line_id))
    listing = line.purchase.listing if line is not None and line.purchase is not None else None
    if listing is None:
        return
    trigger = Trigger(judged.trigger)
    unsafe = trigger == Trigger.UNSAFE
    sought = Sought(
        search_id=_search_of(judged.takeover_id),
        model=model_of(listing),
        trigger=trigger,
        told_by=told_by,
        shows=("confirmed_hazard",) if unsafe else (),
        markets=(case.market,),
        seller_id=None if unsafe else judged.seller_id,
        origin=judged.case_id,
    )
    await _begin(sought, unit)


async def _look_through(search_id: SearchId, markets: Mapping[str, Market], unit: Unit) -> None:
    search = await unit.read(SEARCHES, search_id)
    if search is None:
        raise NotYet(search_id)
    match search.phase:
        case Phase.LINES:
            await unit.execute(SEARCHES, search_id, await _lines(search, markets, unit))
        case Phase.LISTINGS:
            await unit.execute(SEARCHES, search_id, await _listings(search, unit))
        case Phase.OVER:
            pass


async def _lines(search: Search, markets: Mapping[str, Market], unit: Unit) -> Advance:
    sought, follow = search.sought, let_go_of if search.withdrawn else attend_to
    page = await lines_of_model(unit, sought.model, sought.seller_id, search.after, _PAGE)
    concerned = [await follow(LineId(key.partition("|")[2]), line, sought, markets, unit) for key, line in page]
    if len(page) < _PAGE:
        return Advance(phase=Phase.LISTINGS, after="", concerned=sum(concerned), at=unit.now)
    return Advance(phase=Phase.LINES, after=page[-1][0], concerned=sum(concerned), at=unit.now)


async def _listings(search: Search, unit: Unit) -> Advance:
    sought = search.sought
    page = await listings_of_model(unit, sought.model, sought.seller_id, search.after, _PAGE)
    for listing_id, listing in page:
        if listing.market not in sought.markets:
            continue
        if search.withdrawn:
            await let_listing_go(listing_id, listing.seller_id, sought, unit)
        else:
            await ask_to_stop(listing_id, listing.seller_id, listing.market, sought, unit)
    over = len(page) < _PAGE
    return Advance(
        phase=Phase.OVER if over else Phase.LISTINGS, after="" if over else page[-1][0], concerned=0, at=unit.now
    )
