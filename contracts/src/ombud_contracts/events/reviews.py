"""Reviews of sellers whose goods a verdict confirmed to be counterfeit (T5; ADR 91): complaints about conduct that the system files.
They have types of their own, so that whoever knows complaints alone shows none of them to the buyer of the case."""

from typing import ClassVar

from ombud_contracts.events.conduct import (
    ConductAccusedHeard,
    ConductAccusedTold,
    ConductAppealDecided,
    ConductAppealed,
    ConductComplaintClosed,
    ConductDecided,
    ConductEvent,
    ConductHearingContinued,
    ConductInvestigationBegun,
)
from ombud_contracts.vocabulary import Instant, SellerId, TakeoverId
from ombud_words import ConductGround


class ReviewEvent(ConductEvent):
    """Something happened to a review of a seller. The buyer of the case is no party of it."""


class ReviewOpened(ReviewEvent):
    """A seller whose goods a verdict confirmed to be counterfeit is reviewed; only the platform knows. Verdicts that come while it
    waits are looked at in it."""

    type: ClassVar[str] = "messaging.review_opened"
    seller_id: SellerId
    grounds: tuple[ConductGround | str, ...]
    takeover_id: TakeoverId
    """Whose verdict the review rests on."""
    opened_at: Instant


class ReviewBegun(ConductInvestigationBegun, ReviewEvent):
    """Somebody of the platform looks into it, who gave none of its verdicts; again, by somebody else, after a result that fell."""

    type: ClassVar[str] = "messaging.review_begun"


class ReviewToldToSeller(ConductAccusedTold, ReviewEvent):
    """The seller was told what is alleged, and can answer; by when, a clock says."""

    type: ClassVar[str] = "messaging.review_told_to_seller"


class ReviewHeard(ConductAccusedHeard, ReviewEvent):
    """The seller answered, or the time to answer is over: something can be found from now on."""

    type: ClassVar[str] = "messaging.review_heard"


class ReviewHearingContinued(ConductHearingContinued, ReviewEvent):
    """The time to answer was not over after all: nothing can be found before it is, or the seller answers."""

    type: ClassVar[str] = "messaging.review_hearing_continued"


class ReviewDecided(ConductDecided, ReviewEvent):
    """The review came to a result. The seller can appeal what was found, and nobody what was not."""

    type: ClassVar[str] = "messaging.review_decided"


class ReviewAppealed(ConductAppealed, ReviewEvent):
    """The seller asks that somebody else look at what was found again."""

    type: ClassVar[str] = "messaging.review_appealed"


class ReviewAppealDecided(ConductAppealDecided, ReviewEvent):
    """The seller's appeal was decided by somebody who neither reviewed nor gave a verdict; by the system, where the review was
    taken back meanwhile."""

    type: ClassVar[str] = "messaging.review_appeal_decided"


class ReviewClosed(ConductComplaintClosed, ReviewEvent):
    """What the review came to is final."""

    type: ClassVar[str] = "messaging.review_closed"


class ReviewWithdrawn(ReviewEvent):
    """Every takeover was reversed on whose verdict the review rested: it counts as if it had not been, and what was found by it
    counts nowhere (S-3)."""

    type: ClassVar[str] = "messaging.review_withdrawn"
    seller_id: SellerId
    takeover_id: TakeoverId
    """The last of them."""
    withdrawn_at: Instant
