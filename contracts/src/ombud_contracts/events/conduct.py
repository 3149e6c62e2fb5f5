"""Complaints about a seller's conduct, and what findings lead to: references and codes, never what somebody wrote."""

from typing import ClassVar

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.events.messaging import SanctionEvent
from ombud_contracts.vocabulary import AppealId, BuyerId, CaseId, ComplaintId, Instant, Role, SellerId
from ombud_words import ConductGround, ConductResult, DecisionId, PersonId


class ConductEvent(Event):
    """Something happened to a complaint about a seller's conduct in a case (casework, section 7)."""

    topic: ClassVar[str] = topics.CONDUCT
    complaint_id: ComplaintId
    case_id: CaseId
    accused_knows: bool
    """The seller was told what is alleged. Before that, nothing may be shown to the seller."""


class ConductComplaintFiled(ConductEvent):
    """A buyer complains about how the seller of one of their cases behaved; only the platform and the buyer know."""

    type: ClassVar[str] = "messaging.conduct_complaint_filed"
    buyer_id: BuyerId
    seller_id: SellerId
    grounds: tuple[ConductGround | str, ...]
    filed_at: Instant


class ConductInvestigationBegun(ConductEvent):
    """Somebody of the platform investigates the complaint; again, by somebody else, after a result that fell."""

    type: ClassVar[str] = "messaging.conduct_investigation_begun"
    investigator_id: PersonId
    begun_at: Instant


class ConductAccusedTold(ConductEvent):
    """The seller was told what is alleged, and can answer; by when, a clock says."""

    type: ClassVar[str] = "messaging.conduct_accused_told"
    seller_id: SellerId
    grounds: tuple[ConductGround | str, ...]
    told_at: Instant


class ConductAccusedHeard(ConductEvent):
    """The seller answered, or the time to answer is over: the complaint can be found justified from now on."""

    type: ClassVar[str] = "messaging.conduct_accused_heard"
    answered: bool
    """False: the time passed without an answer."""
    heard_at: Instant


class ConductHearingContinued(ConductEvent):
    """The time to answer was not over after all: the complaint cannot be found justified before it is, or the seller answers."""

    type: ClassVar[str] = "messaging.conduct_hearing_continued"
    finding_withdrawn: bool
    """It had been found justified meanwhile: that counts as if it had not been, and somebody else investigates again."""
    continued_at: Instant


class ConductDecided(ConductEvent):
    """The investigation came to a result. What a finding leads to for the seller is told apart."""

    type: ClassVar[str] = "messaging.conduct_decided"
    decision_id: DecisionId
    buyer_id: BuyerId
    seller_id: SellerId
    result: ConductResult | str
    """`FOUND`: the seller did what is alleged; or `NOT_FOUND`."""
    reasons: tuple[str, ...]
    decider_id: PersonId
    appeal_by: Role | str
    """The side that can appeal: the seller what was found, the buyer what was not; `system` for nobody."""
    appeal_until: Instant
    decided_at: Instant


class ConductAppealed(ConductEvent):
    """The side against which it was decided asks that somebody else look at it again."""

    type: ClassVar[str] = "messaging.conduct_appealed"
    appeal_id: AppealId
    by: Role | str
    grounds: tuple[str, ...]
    appealed_at: Instant


class ConductAppealDecided(ConductEvent):
    """An appeal was decided by somebody who did not investigate. By `REVERSED` a finding counts nowhere any more, and a
    complaint that had been found unjustified is investigated again."""

    type: ClassVar[str] = "messaging.conduct_appeal_decided"
    appeal_id: AppealId
    by: Role | str
    """The side that had appealed."""
    outcome: str
    """`INADMISSIBLE`, `UPHELD` or `REVERSED`."""
    reasons: tuple[str, ...]
    reviewer_id: PersonId
    decided_at: Instant


class ConductComplaintClosed(ConductEvent):
    """What was decided is final: the appeal was decided, or nobody appealed in time."""

    type: ClassVar[str] = "messaging.conduct_complaint_closed"
    closed_at: Instant


class ConductSanctioned(SanctionEvent):
    """A seller's conduct was found against the rules: one step of the ladder per finding. By the step `listing_limits` or
    `suspension` the marketplace is asked to limit the seller's new listings, or to suspend the account."""

    type: ClassVar[str] = "messaging.conduct_sanctioned"
    next_step: str
    """What a further finding leads to."""
    case_id: CaseId
    """The case of the latest finding."""
    found_by: str
    """`complaint`, `verdict` of a takeover on a locked, counterfeit or unsafe article (T4 to T6), or `decision` of a dispute."""
    found_in: str
    """The id of the complaint, of the takeover, or of the decision."""
    grounds: tuple[ConductGround | str, ...]
    """Those of the complaint, the trigger of the takeover, or what the decision found."""
    steps_back_at: Instant | None = None
    """When a step back is due if nothing more is found."""
    sanctioned_at: Instant


class ConductSanctionLifted(SanctionEvent):
    """Time has passed, or a finding was reversed: what the marketplace was asked for at the step before is asked no more."""

    type: ClassVar[str] = "messaging.conduct_sanction_lifted"
    was_step: str | None = None
    """Where the seller stood before."""
    cause: str
    """`decayed` or `reversed`."""
    reversed_in: str | None = None
    """The id of the complaint, takeover or decision whose finding counts no longer; absent when time has passed."""
    lifted_at: Instant
