"""What still holds for a piece, whoever complained: a recall or a notice that was sought by, and what a register answered about
the device. A contact that comes back to its seller is taken over by what no takeover rested on before."""

from collections.abc import AsyncIterator, Iterable, Mapping

from chassis.aggregate import Unit
from ombud_contracts.market import Market
from ombud_words import CaseId, SearchId, SellerId, Trigger, line_key
from ticketing.cases.domain import Case
from ticketing.cases.store import CASES
from ticketing.orders.domain import OrderLine
from ticketing.orders.store import guard_line, model_of
from ticketing.takeovers.contact_at_once import take_over_at_once
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.domain.search import Sought
from ticketing.takeovers.store import SEARCHES, guard_model


async def standing_searches(model: str, seller_id: SellerId, unit: Unit) -> list[Sought]:
    """Return what is sought of every piece of a model of a seller; a search that begins meanwhile conflicts with this
    transaction."""
    return [sought async for sought in _counting((await guard_model(unit, model)).searches, seller_id, unit)]


async def is_sought(model: str, seller_id: SellerId, market: str, unit: Unit) -> bool:
    """Tell whether anything is sought of a model of a seller in a market, whether or not it holds for every piece."""
    known = await guard_model(unit, model)
    counting = _counting((*known.searches, *known.others), seller_id, unit)
    return any([market in sought.markets async for sought in counting])


async def _counting(searches: Iterable[SearchId], seller_id: SellerId, unit: Unit) -> AsyncIterator[Sought]:
    for search_id in searches:
        search = await unit.read(SEARCHES, search_id)
        if search is not None and not search.withdrawn and search.sought.seller_id in (None, seller_id):
            yield search.sought


async def follow_what_stands(case_id: CaseId, markets: Mapping[str, Market], unit: Unit) -> None:
    """Take a contact over that was given back to its seller, where something holds that asks for it (R-37).

    What a takeover by the same trigger rested on was judged with it, and takes nothing over again.
    """
    case = await unit.read(CASES, case_id)
    if case is None or case.order_id is None or case.line_id is None:
        return
    line = await guard_line(unit, line_key(case.order_id, case.line_id))
    if line is None:
        return
    async for trigger, fact in _standing_facts(case, line, unit):
        current = await unit.guard(CASES, case_id)
        await take_over_at_once(current, trigger, (fact,), markets[case.market], unit)


async def _standing_facts(case: Case, line: OrderLine, unit: Unit) -> AsyncIterator[tuple[Trigger, Fact]]:
    if line.device is not None and line.device.blocked:
        yield Trigger.LOCKED_DEVICE, Fact(line.device.told_by, ("imei_check",))
    bought = line.purchase
    if bought is None or bought.listing is None:
        return
    for sought in await standing_searches(model_of(bought.listing), bought.seller_id, unit):
        if sought.shows and case.market in sought.markets and case.id != sought.origin:
            yield sought.trigger, Fact(sought.told_by, sought.shows)
