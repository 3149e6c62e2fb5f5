"""What decisions of disputes find about a side, and what it leads to for a buyer: references and codes, never what somebody
wrote (R-45). What a finding leads to for a seller is told by `messaging.conduct_sanctioned`."""

from typing import ClassVar

from ombud_contracts import topics
from ombud_contracts.events.disputes import DisputeEvent
from ombud_contracts.events.messaging import SanctionEvent
from ombud_contracts.vocabulary import BuyerId, CaseId, Instant, Role, SellerId
from ombud_words import DecisionId, FindingKind, StaffId


class FindingEvent(DisputeEvent):
    """A decision of a dispute finds something about one of its sides."""

    topic: ClassVar[str] = topics.DISPUTES
    decision_id: DecisionId
    kind: FindingKind | str
    """`CLAIM_KNOWINGLY_UNFOUNDED`, or `DESCRIPTION_FALSE`."""
    against: Role | str
    """The side about which it was found; the other side is not shown it."""
    buyer_id: BuyerId
    seller_id: SellerId


class FindingMade(FindingEvent):
    """A decision found that the buyer's claim was unfounded and that the buyer knew it, or that the seller described the goods
    falsely. The side can appeal it with the decision."""

    type: ClassVar[str] = "disputes.finding_made"
    reason: str
    """A code, such as `photo_of_another_item`."""
    facts: tuple[str, ...]
    """On what it rests: ids of evidence, `claim` or `listing_snapshot`."""
    found_by: Role | str
    finder_id: StaffId
    appeal_until: Instant
    found_at: Instant


class FindingWithdrawn(FindingEvent):
    """The decision fell or was amended on appeal: what it found counts nowhere any more (S-3)."""

    type: ClassVar[str] = "disputes.finding_withdrawn"
    withdrawn_at: Instant


class ClaimsSanctionEvent(SanctionEvent):
    """Where a buyer stands by knowingly unfounded claims changed: one step per finding, and a step back by time.

    On the step `limit` a claim comes with its evidence, and one at a time. It touches no claim about safety.
    """

    case_id: CaseId
    """The case of the finding; when time has passed, of the latest."""


class ClaimsSanctioned(ClaimsSanctionEvent):
    """It was found again that a claim of a buyer was unfounded and that the buyer knew it."""

    type: ClassVar[str] = "messaging.claims_sanctioned"
    next_step: str
    """What a further finding leads to."""
    found_in: DecisionId
    """The decision, which the buyer can appeal."""
    steps_back_at: Instant | None = None
    """When a step back is due if nothing more is found."""
    sanctioned_at: Instant


class ClaimsSanctionLifted(ClaimsSanctionEvent):
    """Time has passed, or the decision of a finding fell: what followed from it is undone."""

    type: ClassVar[str] = "messaging.claims_sanction_lifted"
    was_step: str | None = None
    """Where the buyer stood before."""
    cause: str
    """`decayed` or `reversed`."""
    reversed_in: DecisionId | None = None
    """The decision whose finding counts no longer; absent when time has passed."""
    lifted_at: Instant
