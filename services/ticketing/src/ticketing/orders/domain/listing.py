"""A listing that buyers can ask about before buying: what a seller offers in a market, as the marketplace last told."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import EventId, SellerId


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedListing:
    """Whose listing it is, and what it offers."""

    seller_id: SellerId
    market: str
    title: str
    condition: str
    category: str | None
    """Of the product."""
    published_at: datetime
    told_by: EventId
    """The event that told of it: what a decision names when it rests on the listing."""
    model: str | None = None
    """The marketplace's id of the product model."""


@dataclass(frozen=True, slots=True)
class RecordListing:
    listing: PublishedListing
    at: datetime


@dataclass(frozen=True, slots=True)
class ListingTold:
    listing: PublishedListing
    at: datetime


def decide(command: RecordListing, state: PublishedListing | None) -> list[ListingTold]:
    """Return what is new; whoever tells an older thing late is not asked here."""
    return [] if command.listing == state else [ListingTold(command.listing, command.at)]


def evolve(_state: PublishedListing | None, event: ListingTold) -> PublishedListing:
    """Return the state after a fact."""
    return event.listing
