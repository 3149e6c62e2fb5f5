"""From what somebody said to what is known and still to be asked. What would be refused is found by opening the case in a unit
that is never committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, Parties, authorize, authorize_role
from chassis.problems import problem_of
from ombud_contracts.market import Market
from ombud_words import DraftId, LineId, ListingId, OrderId, Reason, line_key
from ombud_words import Matter as Kind
from ticketing.cases.domain import Refusal, UnknownListing, UnknownOrderLine
from ticketing.cases.opening import (
    About,
    Contact,
    about_line,
    about_listing,
    about_market,
    asker_of,
    expect_taken,
    open_case_about,
)
from ticketing.intake.domain import Leaf
from ticketing.intake.views import ObstacleView, RightsView
from ticketing.orders.domain import OrderLine, PublishedListing, Purchase
from ticketing.orders.store import guard_line, guard_listing, lines_of
from ticketing.orders.views import LineView, OfferedView, TrackingView, line_view, offered_view, tracking_view

_UNWRITTEN = DraftId("drf_unwritten")
"""Stands for the first message of a case that is never kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a contact is about, as far as it is said: a line, an order of which the line is still to be chosen, a listing, or
    none of them."""

    line_id: LineId | None = None
    line: OrderLine | None = None
    """The line, or while it is not chosen the first of the order."""
    bought: Purchase | None = None
    choices: Sequence[LineId] = ()
    listing_id: ListingId | None = None
    listing: PublishedListing | None = None

    @property
    def order(self) -> LineView | None:
        """Return the line as it was bought, once it is chosen."""
        if self.line_id is None or self.line is None or self.bought is None:
            return None
        return line_view(self.line_id, self.bought, self.line)

    @property
    def offered(self) -> OfferedView | None:
        """Return what is asked about before buying."""
        return offered_view(self.listing_id, self.listing) if self.listing_id and self.listing else None

    @property
    def market(self) -> str | None:
        """Return the market that the order or the listing says."""
        return self.bought.market if self.bought else self.listing.market if self.listing else None

    @property
    def category(self) -> str | None:
        """Return the product category, once the line is chosen."""
        if self.listing is not None:
            return self.listing.category
        return self.bought.category if self.bought and self.line_id else None

    @property
    def tracking(self) -> TrackingView | None:
        """Return where the line is, once it is chosen."""
        if self.line_id is None or self.line is None or self.bought is None:
            return None
        return tracking_view(self.bought, self.line)


async def matter_of(
    order_id: OrderId | None, line_id: LineId | None, listing_id: ListingId | None, actor: Actor, unit: Unit
) -> Matter:
    """Return what is known of an order or a listing to whoever may ask about it.

    Raises UnknownOrderLine, UnknownListing, NotVisible or Forbidden.
    """
    if order_id is None:
        authorize_role(actor, Action.OPEN_CASE)
        return await _listing_of(listing_id, unit)
    if line_id is None:
        found = await lines_of(unit, order_id)
        choices = [id for id, line in found.items() if line.purchase is not None]
        line_id = choices[0] if len(choices) == 1 else None
        first = found[choices[0]] if choices else None
    else:
        choices, first = [], await guard_line(unit, line_key(order_id, line_id))
    if first is None or first.purchase is None:
        raise UnknownOrderLine
    bought = first.purchase
    authorize(actor, Action.OPEN_CASE, Parties(bought.market, bought.buyer_id, bought.seller_id))
    return Matter(line_id=line_id, line=first, bought=bought, choices=choices if line_id is None else ())


async def _listing_of(listing_id: ListingId | None, unit: Unit) -> Matter:
    if listing_id is None:
        return Matter()
    listing = await guard_listing(unit, listing_id)
    if listing is None:
        raise UnknownListing
    return Matter(listing_id=listing_id, listing=listing)


def leaves_of(market: Market, matter: Matter, actor: Actor) -> list[Leaf]:
    """Return the reasons that somebody can give in a market about a matter; staff give those of both sides."""
    rows = {reason: market.reason(reason, matter.category) for reason in Reason}
    return [
        Leaf(
            reason=reason,
            tree=row.tree,
            counterpart=row.counterpart,
            evidence=row.required_evidence,
            remedies=row.remedies,
            before_buying=Kind.LISTING in row.matters,
        )
        for reason, row in rows.items()
        if (actor.staff or actor.role in row.asked_by) and (matter.listing is None or Kind.LISTING in row.matters)
    ]


def rights_of(about: About) -> RightsView | None:
    """Return from when and until when a line can be complained about for a reason; None without a line."""
    if about.purchase is None:
        return None
    terms = about.purchase.terms
    return RightsView(
        disputable_from=about.row.window.opens_at(terms, about.lost)
        if about.row.window and about.row.remedies
        else None,
        until=about.market.closes_at(about.row, terms, about.delivered_at),
        fast_track=list(about.row.fast_track),
    )


def about_of(reason: Reason, matter: Matter, market: Market) -> About | None:
    """Return what a contact for a reason is about; None while that is not known, such as a seller's answer about no line."""
    markets: Mapping[str, Market] = {market.id: market}
    try:
        if matter.line_id is not None:
            return about_line(reason, matter.line_id, matter.line, markets)
        if matter.listing_id is not None:
            return about_listing(reason, matter.listing_id, matter.listing, markets)
        return about_market(reason, market.id, markets)
    except Refusal:
        return None


def refusal_of_order(matter: Matter, actor: Actor) -> ObstacleView | None:
    """Return why no case is opened about an order at all, or None."""
    try:
        expect_taken(matter.line, actor)
    except Refusal as refused:
        return _obstacle(refused)
    return None


async def refusal_of(reason: Reason, about: About, actor: Actor, unit: Unit) -> ObstacleView | None:
    """Return why a case would not be opened, or None. Opens it in the unit, which must not be committed.

    Raises NotVisible or Forbidden.
    """
    contact = Contact(reason=reason, draft_id=_UNWRITTEN)
    try:
        await open_case_about(contact, about, asker_of(actor, about), actor, unit)
    except Refusal as refused:
        return _obstacle(refused)
    return None


def _obstacle(refused: Refusal) -> ObstacleView:
    problem = problem_of(refused, {Refusal: 409})
    assert problem is not None, "a refusal has a status"
    return ObstacleView(code=problem.code, detail=problem.detail, facts=problem.facts)
