"""Opening a case: with the seller of an order line or a listing, or with the platform itself (R-20, R-23, R-25)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize
from chassis.ids import derived_id, new_id
from ombud_contracts.market import Market
from ombud_contracts.reasons import ReasonRow
from ombud_words import (
    BuyerId,
    CaseId,
    Channel,
    ContactOrigin,
    Counterpart,
    DraftId,
    EventId,
    LineId,
    ListingId,
    Matter,
    OrderId,
    PersonId,
    Phase,
    Reason,
    Remedy,
    Role,
    SellerId,
    line_key,
)
from ticketing.cases.domain.approach import Approach
from ticketing.cases.domain.commands import OpenCase
from ticketing.cases.domain.priority import Circumstances
from ticketing.cases.domain.refusals import (
    MarketMissing,
    MatterMissing,
    OrderRefused,
    ReasonNotAskable,
    UnknownListing,
    UnknownOrderLine,
)
from ticketing.cases.domain.slot import slot_id
from ticketing.cases.domain.state import Case
from ticketing.cases.living import live_case, open_case_in_slot, reopen
from ticketing.cases.store import CASES, count_earlier_contacts
from ticketing.orders.domain import OrderLine, PublishedListing, Purchase

_REPEAT_WITHIN = timedelta(days=30)
_PARTIES = (Role.BUYER, Role.SELLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What somebody writes about, and by which way it came."""

    reason: Reason
    draft_id: DraftId
    channel: Channel = Channel.THREAD
    origin: ContactOrigin = ContactOrigin.SITE
    desired_outcome: Remedy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a contact is about: an order line, a listing, or nothing but a market."""

    market: Market
    row: ReasonRow
    order_id: OrderId | None = None
    line_id: LineId | None = None
    purchase: Purchase | None = None
    delivered_at: datetime | None = None
    lost: bool = False
    """A parcel of the line is lost, as its carrier last told."""
    listing_id: ListingId | None = None
    listing: PublishedListing | None = None

    @property
    def rights_known(self) -> bool:
        """Tell whether the window of the reason cannot become longer by a delivery that is told later."""
        window = self.row.window
        return window is None or window.begins != "delivery" or self.delivered_at is not None

    @property
    def phase(self) -> Phase:
        """Return where it stands to its purchase (R-25)."""
        if self.purchase is None:
            return Phase.BEFORE
        return Phase.DURING if self.delivered_at is None else Phase.AFTER


def expect_taken(line: OrderLine | None, actor: Actor) -> None:
    """Raise OrderRefused to those who may ask about an order line of a refused order; NotVisible or Forbidden to others."""
    bought = line.purchase if line is not None else None
    if bought is None or bought.refused is None:
        return
    authorize(actor, Action.OPEN_CASE, Parties(bought.market, bought.buyer_id, bought.seller_id))
    raise OrderRefused(bought.refused)


def about_line(reason: Reason, line_id: LineId, line: OrderLine | None, markets: Mapping[str, Market]) -> About:
    """Return what a contact about an order line is about. Raises UnknownOrderLine."""
    if line is None or line.purchase is None:
        raise UnknownOrderLine
    market = markets[line.purchase.market]
    return About(
        market=market,
        row=market.reason(reason, line.purchase.category),
        order_id=line.purchase.order_id,
        line_id=line_id,
        purchase=line.purchase,
        delivered_at=line.delivered_at,
        lost=line.lost,
    )


def about_listing(
    reason: Reason, listing_id: ListingId, listing: PublishedListing | None, markets: Mapping[str, Market]
) -> About:
    """Return what a contact about a listing that nobody has bought yet is about. Raises UnknownListing or MatterMissing."""
    market = markets.get(listing.market) if listing is not None else None
    if listing is None or market is None:
        raise UnknownListing
    row = market.reason(reason, listing.category)
    if Matter.LISTING not in row.matters:
        raise MatterMissing(
            "before buying, only the reasons for that can be asked about a listing; name the order line"
        )
    return About(market=market, row=row, listing_id=listing_id, listing=listing)


def about_market(reason: Reason, market_id: str | None, markets: Mapping[str, Market]) -> About:
    """Return what a contact about no order is about. Raises MarketMissing or MatterMissing."""
    market = markets.get(market_id or "")
    if market is None:
        raise MarketMissing("name one of the markets, or the order line that the contact is about")
    row = market.reason(reason)
    if row.counterpart == Counterpart.SELLER:
        raise MatterMissing(f"name the {_matters_of(row)} that the contact is about; its seller answers")
    return About(market=market, row=row)


def _matters_of(row: ReasonRow) -> str:
    return " or the ".join(matter.replace("_", " ") for matter in row.matters)


def asker_of(actor: Actor, about: About) -> Parties:
    """Return whose contact it is: of a party their own, of staff that of the order line's party who may ask this.

    Raises NotVisible or Forbidden for a matter of others, UnknownListing for a seller who asks about another seller's
    listing, ReasonNotAskable, and MatterMissing for staff without a line.
    """
    role = _side(actor, about.row)
    bought, listing = about.purchase, about.listing
    if bought is None:
        whose = _own(actor, role, about.market.id)
        authorize(actor, Action.OPEN_CASE, whose)
    else:
        whose = Parties(bought.market, bought.buyer_id if role == Role.BUYER else None, bought.seller_id)
        authorize(actor, Action.OPEN_CASE, Parties(bought.market, bought.buyer_id, bought.seller_id))
    if role not in about.row.asked_by:
        raise ReasonNotAskable(f"a {role} cannot give this reason; the help of the platform is under OTHER")
    if listing is None:
        return whose
    if role == Role.SELLER and whose.seller_id != listing.seller_id:
        raise UnknownListing
    return replace(whose, seller_id=listing.seller_id)


def _side(actor: Actor, row: ReasonRow) -> Role:
    return actor.role if actor.role in _PARTIES else Role(row.asked_by[0])


def _own(actor: Actor, role: Role, market: str) -> Parties:
    if actor.role not in _PARTIES:
        raise MatterMissing("name the order line about which you open a case for somebody")
    if role == Role.BUYER:
        return Parties(market, buyer_id=BuyerId(actor.id))
    return Parties(market, seller_id=SellerId(actor.id))


async def open_case_about(contact: Contact, about: About, whose: Parties, actor: Actor, unit: Unit) -> Case:
    """Open a case for whom `asker_of` named. Raises CaseAlreadyLive, CaseWindowClosed or OutcomeNotOffered."""
    command = _command(contact, about, whose, await _circumstances(about, whose, unit), actor)
    return await open_case_in_slot(command, unit)


async def case_about_line(
    reason: Reason, line_id: LineId, line: OrderLine, markets: Mapping[str, Market], told_by: EventId, unit: Unit
) -> Case | None:
    """Return the live case of a line's buyer about this kind of problem, or open one by what was told without a complaint.

    One that was resolved lives again. Nobody wrote in a new one yet: it has no first message. Returns None where the
    buyer's rights have lapsed.
    """
    about = about_line(reason, line_id, line, markets)
    assert about.order_id is not None, "a case about a line is about its order"
    live = await live_case(slot_id(about.order_id, line_id, about.row.family), unit)
    if live is not None:
        await reopen(live.id, "found_concerned", unit.now, unit)
        return await unit.guard(CASES, live.id)
    if _has_lapsed(about, unit.now):
        return None
    draft_id = DraftId(derived_id("drf", told_by, line_key(about.order_id, line_id)))
    contact = Contact(reason=reason, draft_id=draft_id, origin=ContactOrigin.SYSTEM)
    actor = Actor(PersonId(Role.SYSTEM.value), Role.SYSTEM)
    return await open_case_about(contact, about, asker_of(actor, about), actor, unit)


async def live_case_about_line(
    reason: Reason, line_id: LineId, line: OrderLine, markets: Mapping[str, Market], unit: Unit
) -> Case | None:
    """Return the live case of a line's buyer about this kind of problem, or None."""
    about = about_line(reason, line_id, line, markets)
    assert about.order_id is not None, "a case about a line is about its order"
    return await live_case(slot_id(about.order_id, line_id, about.row.family), unit)


def _has_lapsed(about: About, at: datetime) -> bool:
    assert about.purchase is not None, "rights come from a purchase"
    until = about.market.closes_at(about.row, about.purchase.terms, about.delivered_at)
    return until is not None and at > until


async def _circumstances(about: About, whose: Parties, unit: Unit) -> Circumstances:
    earlier, bought = 0, about.purchase
    if bought is not None and whose.buyer_id is not None:
        earlier = await count_earlier_contacts(unit, bought.order_id, whose.buyer_id, unit.now - _REPEAT_WITHIN)
    return Circumstances(
        base_priority=about.row.base_priority,
        value_minor=bought.value_minor if bought else 0,
        money_at_risk_minor=about.market.priorities.money_at_risk_minor,
        promised_by=bought.promised_by if bought else None,
        delivered_at=about.delivered_at,
        earlier_contacts=earlier,
        at=unit.now,
    )


def _command(contact: Contact, about: About, whose: Parties, circumstances: Circumstances, actor: Actor) -> OpenCase:
    case_id, at, bought = CaseId(new_id("cas")), circumstances.at, about.purchase
    party = actor.role in _PARTIES
    approach = Approach(
        counterpart=about.row.counterpart,
        asked_by=Role.BUYER if whose.buyer_id is not None else Role.SELLER,
        channel=contact.channel,
        origin=contact.origin if party or actor.role == Role.SYSTEM else ContactOrigin.STAFF,
        phase=about.phase,
    )
    return OpenCase(
        case_id=case_id,
        number=f"{about.market.id.upper()}-{at:%y}-{case_id[-8:]}",
        market=about.market.id,
        buyer_id=whose.buyer_id,
        seller_id=whose.seller_id,
        order_id=about.order_id,
        line_id=about.line_id,
        listing_id=about.listing_id,
        reason=contact.reason,
        family=about.row.family,
        draft_id=contact.draft_id,
        opened_by=actor.role,
        circumstances=circumstances,
        rights_until=about.market.closes_at(about.row, bought.terms, about.delivered_at) if bought else None,
        rights_known=about.rights_known,
        at=at,
        approach=approach,
        desired_outcome=contact.desired_outcome,
        remedies=about.row.remedies,
    )
