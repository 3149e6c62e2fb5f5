"""What concerns every piece of a model: recalls and brand notices come in; searches for whoever is concerned, and requests to
stop listings, go out (R-37)."""

from typing import Annotated, ClassVar

from pydantic import Field

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.vocabulary import Instant, SellerId, Trigger
from ombud_words import ListingId, SearchId

Model = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        description="The marketplace's id of the product model, such as a GTIN.",
        examples=["gtin_04006381333931"],
    ),
]


class ProductRecalled(Event):
    """An authority or a maker recalls a model: nobody sells it on, and every buyer is told (T6)."""

    type: ClassVar[str] = "marketplace.product_recalled"
    topic: ClassVar[str] = topics.RECALLS
    model: Model
    recall_id: str
    """The recall's number, such as `SR-2026-0117`."""
    markets: tuple[str, ...]
    """Where it holds."""
    hazard: str
    """A code, such as `overheating`."""
    recalled_at: Instant


class BrandNoticeReceived(Event):
    """A brand says that what a seller offers as its model is not genuine (T5)."""

    type: ClassVar[str] = "marketplace.brand_notice_received"
    topic: ClassVar[str] = topics.RECALLS
    model: Model
    notice_id: str
    """The notice's number, such as `BN-2026-0042`."""
    markets: tuple[str, ...]
    """Where it holds."""
    seller_id: SellerId
    noticed_at: Instant


class SearchAdvanced(Event):
    """Order lines and listings of a model were looked through, a page at a time; who is concerned has a case by then."""

    type: ClassVar[str] = "ticketing.search_advanced"
    topic: ClassVar[str] = topics.PRODUCTS
    search_id: SearchId
    model: Model
    trigger: Trigger | str
    told_by: str
    """The event that began it: a recall, a brand notice, or a verdict."""
    seller_id: SellerId | None = None
    """Whose order lines are looked through; absent for all sellers."""
    markets: tuple[str, ...]
    concerned: Annotated[int, Field(ge=0)]
    """Order lines so far whose buyers have a case by it."""
    more: bool
    """There is more to look through."""
    advanced_at: Instant


class ListingStopRequested(Event):
    """Ticketing asks the listings system to stop a listing; the answer is `marketplace.listing_stopped` or `listing_corrected`."""

    type: ClassVar[str] = "ticketing.listing_stop_requested"
    topic: ClassVar[str] = topics.PRODUCTS
    model: Model
    listing_id: ListingId
    seller_id: SellerId
    market: str
    trigger: Trigger | str
    told_by: str
    """The event for which it is asked: a recall, a brand notice, or a verdict."""
    requested_at: Instant


class ListingStopWithdrawn(Event):
    """Nothing asks any more for what Ombud asked the listings system to stop, such as a verdict that was reversed (S-3)."""

    type: ClassVar[str] = "ticketing.listing_stop_withdrawn"
    topic: ClassVar[str] = topics.PRODUCTS
    model: Model
    listing_id: ListingId
    seller_id: SellerId
    market: str
    trigger: Trigger | str
    """That of the request."""
    withdrawn_at: Instant
