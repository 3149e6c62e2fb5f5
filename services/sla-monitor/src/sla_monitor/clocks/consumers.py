"""Contract events as facts for the clocks of a case or a seller's account. Which clocks hear a signal is data: the
policy table.

An account's clocks (R-06) belong to no case: they stand under an id of their own, one for each market of a seller, and
their subject is the seller. Those of an order line are in `order_lines`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chassis.aggregate import Unit
from chassis.consuming import Consumer, NotYet, Touched
from chassis.ids import derived_id
from chassis.store import Unavailable
from ombud_contracts import Received, groups
from ombud_contracts.events.marketplace import SellerRegistered
from ombud_contracts.events.messaging import DiscussionsChecked
from ombud_contracts.events.ticketing import CaseMoved, CaseOpened, ListingCaseOpened, PlatformCaseOpened
from ombud_words import BuyerId, CaseId, Channel, Counterpart, Role, SellerId
from sla_monitor.clocks.addressed import AddressedFact
from sla_monitor.clocks.domain.account import NoteSeen, RegisterIn
from sla_monitor.clocks.domain.clock import NameSeller, RecordFact
from sla_monitor.clocks.domain.clock_event import ACCOUNT, ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.parties import AwaitParties, MoveParties, NameAsker, NameParties
from sla_monitor.clocks.merging import carried_over
from sla_monitor.clocks.order_lines import of_lines
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import ACCOUNTS, CASES, CLOCKS, clocks_about, subjects_of
from sla_monitor.clocks.translation import facts_of, registered, seen
from sla_monitor.rules.domain import ClockKind, Rules, UnknownVersion
from sla_monitor.rules.known import UnknownMarket
from sla_monitor.working_time.domain import micros

CatchUp = Callable[[], Awaitable[bool]]
"""Reads what was published since the last look; whether something was."""
AlsoTell = Callable[[ClockRef, datetime, Rules, Unit], Awaitable[None]]
"""Tells a clock that was just told a fact of an instant what was ordered before the clock was known."""


def clocks(rules: Mapping[str, Rules], catch_up: CatchUp | None = None, also_tell: AlsoTell | None = None) -> Consumer:
    """Return the monitor's consumer. Without `catch_up` the rules are as given."""

    async def handle(received: Received, unit: Unit) -> None:
        try:
            await _handle(received, unit)
        except UnknownVersion:
            if catch_up is not None and await catch_up():
                raise Unavailable("a version was published that this replica had not read") from None
            raise

    async def _handle(received: Received, unit: Unit) -> None:
        match received.event:
            case CaseOpened() | ListingCaseOpened() as opened:
                await _name_parties(opened, unit)
            case PlatformCaseOpened() as asked:
                await unit.execute(CASES, asked.case_id, _asker(asked))
            case CaseMoved(case_id=case_id, to=to, moved_at=at):
                moved = MoveParties(to == Counterpart.PLATFORM, _CHANNELS[Channel.THREAD], at)
                await unit.execute(CASES, case_id, moved)
        await tell_accounts(received, rules, unit)
        for ref, fact in await of_lines(received, rules, unit):
            await _record(ref, fact, rules[ref.market], unit)
        facts = list(facts_of(received))
        for told in facts:
            for ref in await _refs(told, received, rules, unit):
                await _record(ref, told.fact, rules[ref.market], unit)
                if also_tell is not None:
                    await also_tell(ref, told.fact.counts_at, rules[ref.market], unit)
        for ref, fact in await carried_over(facts, received, rules, unit):
            await _record(ref, fact, rules[ref.market], unit)

    def touches(received: Received) -> Iterable[Touched]:
        if received.metadata.case_id is not None:
            yield CASES, received.metadata.case_id
        for told in facts_of(received):
            refs = _known_refs(told, received, rules)
            for ref in (*refs, *_before_subjects(refs)):
                yield CLOCKS, clock_id(ref)
            case_id, unnamed = _case_of(received), _unnamed(told, received, rules)
            if case_id is not None and unnamed:
                yield clocks_about(case_id, unnamed)

    return Consumer(groups.SLA_CLOCKS, handle, touches)


async def _name_parties(opened: CaseOpened | ListingCaseOpened, unit: Unit) -> None:
    """Keep whose case it is, and tell the clocks that began before; both sides write the case's document, so that of a
    clock and an opening that come at the same moment one is done again and sees the other."""
    before = await unit.read(CASES, opened.case_id)
    at = opened.opened_at
    await unit.execute(CASES, opened.case_id, NameParties(opened.market, opened.buyer_id, opened.seller_id, at))
    for waiting in before.waiting if before else ():
        await unit.execute(CLOCKS, waiting, NameSeller(opened.seller_id, at))


_CHANNELS = {channel: channel.value for channel in Channel} | {Channel.THREAD: "onsite"}
"""What policy rows call the channels of contacts."""


def _asker(asked: PlatformCaseOpened) -> NameAsker:
    buyer = asked.asked_by == Role.BUYER
    return NameAsker(
        market=asked.market,
        buyer_id=BuyerId(asked.asker_id) if buyer else None,
        seller_id=None if buyer else SellerId(asked.asker_id),
        channel=_CHANNELS.get(Channel(asked.channel), _CHANNELS[Channel.THREAD]),
        at=asked.opened_at,
    )


async def _record(ref: ClockRef, fact: Fact, rules: Rules, unit: Unit) -> None:
    parties, id = await unit.read(CASES, ref.case_id), clock_id(ref)
    seller_id = parties.seller_seeing if parties else None
    clock = await unit.execute(CLOCKS, id, RecordFact(ref, fact, unit.now, rules, seller_id))
    if clock.seller_id is None and (parties is None or id not in parties.waiting):
        await unit.execute(CASES, ref.case_id, AwaitParties(id, fact.at))


def _known_refs(
    told: AddressedFact, received: Received, rules: Mapping[str, Rules], channel: str | None = None
) -> list[ClockRef]:
    """Return the clocks that a fact is told to, as far as they can be named without looking: those of the case, and those
    of the subjects that the fact names."""
    market, case_id = received.metadata.market, _case_of(received)
    if market is None or market not in rules or case_id is None:
        return []
    policies = rules[market].policies
    kinds = policies.kinds_told(told.fact.signal, told.fact.counts_at, channel)
    named = ((kind, told.subject_for(policies.about(kind))) for kind in kinds)
    return [ClockRef(case_id, kind, subject, market) for kind, subject in named if subject is not None]


async def _refs(told: AddressedFact, received: Received, rules: Mapping[str, Rules], unit: Unit) -> list[ClockRef]:
    market, case_id = received.metadata.market, _case_of(received)
    if market is None or market not in rules or case_id is None:
        raise UnknownMarket("the event's market has no rules here; add its market file")
    rules[market].policies.refuse_before_all(told.fact.counts_at)
    channel = await _channel_of(case_id, told, unit)
    refs = _known_refs(told, received, rules, channel)
    refs += await _shared(refs, told.fact, rules[market], unit)
    unnamed = _unnamed(told, received, rules)
    found = await subjects_of(unit, case_id, unnamed) if unnamed else []
    return [*refs, *(ClockRef(case_id, kind, subject, market) for kind, subject in found)]


def _unnamed(told: AddressedFact, received: Received, rules: Mapping[str, Rules]) -> tuple[ClockKind, ...]:
    """Return the kinds that a fact of the whole case is told to, about what it does not name."""
    market = received.metadata.market
    if not told.whole_case or market is None or market not in rules:
        return ()
    policies = rules[market].policies
    kinds = policies.kinds_told(told.fact.signal, told.fact.counts_at)
    return tuple(kind for kind in kinds if told.subject_for(policies.about(kind)) is None)


async def _shared(refs: Sequence[ClockRef], fact: Fact, rules: Rules, unit: Unit) -> list[ClockRef]:
    """Return the clocks that all subjects of a case shared before each had its own: they hear how one goes on and how it ends,
    and nothing begins there any more."""
    shared = _before_subjects(ref for ref in refs if not _begins(ref, fact, rules))
    return [ref for ref in shared if await unit.read(CLOCKS, clock_id(ref)) is not None]


def _before_subjects(refs: Iterable[ClockRef]) -> list[ClockRef]:
    return [replace(ref, subject="") for ref in refs if ref.subject]


def _begins(ref: ClockRef, fact: Fact, rules: Rules) -> bool:
    row = rules.policies.found(ref.kind, micros(fact.counts_at))
    return row is not None and fact.signal in row.starts


async def _channel_of(case_id: CaseId, told: AddressedFact, unit: Unit) -> str | None:
    """Return by which way the platform was asked, or None. Raises NotYet while what depends on it is not known."""
    parties = await unit.read(CASES, case_id)
    if told.of_channel and (parties is None or parties.market is None):
        raise NotYet(case_id)
    return parties.channel if parties else None


def _case_of(received: Received) -> CaseId | None:
    return CaseId(received.metadata.case_id) if received.metadata.case_id is not None else None


def account_id(seller_id: SellerId, market: str) -> CaseId:
    """Return the id under which the clocks of a seller's account in a market stand."""
    return CaseId(derived_id(ACCOUNT.removesuffix("_"), seller_id, market))


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


async def _tell(seller_id: SellerId, market: str, fact: Fact, rules: Rules, unit: Unit) -> None:
    rules.policies.refuse_before_all(fact.counts_at)
    matter = account_id(seller_id, market)
    await unit.execute(CASES, matter, NameParties(market, None, seller_id, fact.at))
    for kind in rules.policies.kinds_told(fact.signal, fact.counts_at):
        ref = ClockRef(matter, kind, seller_id, market)
        await unit.execute(CLOCKS, clock_id(ref), RecordFact(ref, fact, unit.now, rules, seller_id))
