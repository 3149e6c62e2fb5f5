"""What a dispute knows of itself, and which offer an answer belongs to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from disputes.disputes.domain.commands import OpenDispute, SubmitEvidence
from disputes.disputes.domain.events import Offer, Record
from disputes.refusals import UnknownOffer
from ombud_words import DecisionId, DisputeId, OfferId


class Stage(StrEnum):
    """Where a dispute is."""

    NEGOTIATION = "NEGOTIATION"
    MEDIATION = "MEDIATION"
    SETTLED = "SETTLED"
    DECIDED = "DECIDED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


UNDECIDED = (Stage.NEGOTIATION, Stage.MEDIATION)


@dataclass(frozen=True, slots=True)
class Dispute:
    opened: OpenDispute
    stage: Stage
    taken_over: bool
    escalation_cause: str | None = None
    """What opened the buyer's window to escalate; None while it is not open."""
    offers: tuple[Offer, ...] = ()
    evidence: tuple[SubmitEvidence, ...] = ()
    record: Record | None = None
    decided_by: str | None = None
    refund_failed: bool = False
    """The payment system refused the refund, and has not paid it since."""

    @property
    def id(self) -> DisputeId:
        return self.opened.dispute_id

    @property
    def live(self) -> bool:
        return self.stage in UNDECIDED

    @property
    def next_at(self) -> datetime | None:
        """When time must pass here next, or None."""
        if self.stage != Stage.NEGOTIATION:
            return None
        return min([self.opened.lapses_at, *(o.expires_by for o in self.offers if o.status == "OPEN")])

    def has_answered(self, offer_id: OfferId, status: str) -> bool:
        """True when the offer was given this answer before."""
        return any(o.id == offer_id and o.status == status for o in self.offers)

    def has_accepted(self, offer_id: OfferId, by: str) -> bool:
        """True when the offer binds both sides, or this side accepted it before."""
        return any(o.id == offer_id and (o.status == "ACCEPTED" or by in o.accepted_by) for o in self.offers)

    def awaits_refund_of(self, decision_id: DecisionId) -> bool:
        """True when this outcome stands and has not been carried out."""
        return self.record is not None and self.record.decision_id == decision_id and self.stage != Stage.CLOSED

    def offer(self, offer_id: OfferId) -> Offer:
        """Return an offer. Raises UnknownOffer."""
        found = next((o for o in self.offers if o.id == offer_id), None)
        if found is None:
            raise UnknownOffer("There is no such offer.")
        return found
