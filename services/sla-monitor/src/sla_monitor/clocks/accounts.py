"""Clocks about a seller's account: whether the seller looks at Discussions (R-06). They belong to no case.

An account's clocks stand under an id of their own, one for each market of a seller; their subject is the seller.
"""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.ids import derived_id
from ombud_contracts import Received
from ombud_contracts.events.marketplace import SellerRegistered
from ombud_contracts.events.messaging import DiscussionsChecked
from sla_monitor.clocks.domain.account import NoteSeen, RegisterIn
from sla_monitor.clocks.domain.clock import RecordFact
from sla_monitor.clocks.domain.clock_event import ACCOUNT, ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.parties import NameParties
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import ACCOUNTS, CASES, CLOCKS
from sla_monitor.clocks.translation import registered, seen
from sla_monitor.rules.domain.rules import Rules


def account_id(seller_id: str, market: str) -> str:
    """Return the id under which the clocks of a seller's account in a market stand."""
    return derived_id(ACCOUNT.removesuffix("_"), seller_id, market)


async def tell_accounts(received: Received, rules: Mapping[str, Rules], unit: Unit) -> None:
    """Tell the clocks of a seller's account what happened; nothing for other events. Raises UnknownMarket."""
    match received.event:
        case SellerRegistered(seller_id=seller_id, market=market):
            account = await unit.execute(ACCOUNTS, seller_id, RegisterIn(market, received.at))
            await _tell(seller_id, market, registered(received), rules[market], unit)
            if account.seen_at is not None and account.seen_at > received.at:
                await _tell(seller_id, market, seen(account.seen_at), rules[market], unit)
        case DiscussionsChecked(seller_id=seller_id, checked_at=at):
            account = await unit.execute(ACCOUNTS, seller_id, NoteSeen(at))
            for market in account.markets:
                await _tell(seller_id, market, seen(at), rules[market], unit)


async def _tell(seller_id: str, market: str, fact: Fact, rules: Rules, unit: Unit) -> None:
    rules.policies.refuse_before_all(fact.counts_at)
    matter = account_id(seller_id, market)
    await unit.execute(CASES, matter, NameParties(market, None, seller_id, fact.at))
    for kind in rules.policies.kinds_told(fact.signal, fact.counts_at):
        ref = ClockRef(matter, kind, seller_id, market)
        await unit.execute(CLOCKS, clock_id(ref), RecordFact(ref, fact, unit.session.now(), rules, seller_id))
