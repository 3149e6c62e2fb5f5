"""What a dispute knows of itself, and which offer an answer belongs to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from disputes.disputes.domain.commands import OpenDispute, SubmitEvidence
from disputes.disputes.domain.events import Deadline, EvidenceRequest, Offer, Record
from disputes.refusals import UnknownOffer
from ombud_words import Appeal, AppealOutcome, DecisionId, DisputeId, OfferId, Remedy, Role, appeals


class Stage(StrEnum):
    """Where a dispute is."""

    NEGOTIATION = "NEGOTIATION"
    MEDIATION = "MEDIATION"
    SETTLED = "SETTLED"
    DECIDED = "DECIDED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


RUNNING, BREACHED = "RUNNING", "BREACHED"
"""Verdicts of rounds in which something is owed."""
UNDECIDED = (Stage.NEGOTIATION, Stage.MEDIATION)
_ALL_BACK = (Remedy.FULL_REFUND, Remedy.RETURNLESS_REFUND)
"""What a buyer asks for to whom all is to be given back."""


@dataclass(frozen=True, slots=True)
class Dispute:
    opened: OpenDispute
    stage: Stage
    taken_over: bool
    escalation_cause: str | None = None
    """What opened the buyer's window to escalate; None while it is not open."""
    escalation_opened_at: datetime | None = None
    offers: tuple[Offer, ...] = ()
    evidence: tuple[SubmitEvidence, ...] = ()
    evidence_requests: tuple[EvidenceRequest, ...] = ()
    record: Record | None = None
    decided_by: str | None = None
    refund_failed: bool = False
    """The payment system refused the refund, and has not paid it since."""
    lapses_at: datetime | None = None
    """When it lapses if nobody escalates, as the clock of the window says; None while there is no window."""
    lapse_withdrawn: bool = False
    """It lapsed by a deadline that had not passed: it ended all the same, and can be opened again without a new fact."""
    appeals: tuple[Appeal, ...] = ()
    """Of the decision, and of one that took its place."""
    deadlines: tuple[Deadline, ...] = ()
    """What clocks about it last said, a round each."""
    shown: tuple[str, ...] = ()
    """Kinds of facts that systems showed: a decision may rest on them."""
    taken_back: bool = False
    """The system decided by a fact that is none."""

    @property
    def id(self) -> DisputeId:
        return self.opened.dispute_id

    @property
    def live(self) -> bool:
        return self.stage in UNDECIDED

    @property
    def takes_evidence(self) -> bool:
        """True until it is decided, and while an appeal waits."""
        return self.live or appeals.waiting(self.appeals) is not None

    @property
    def evidence_awaited(self) -> EvidenceRequest | None:
        """What a side was asked for and may still send before a mediator decides."""
        asked = self.evidence_requests[-1] if self.evidence_requests else None
        return asked if asked is not None and asked.status == "OPEN" and self.stage == Stage.MEDIATION else None

    @property
    def evidence_due_by(self) -> datetime | None:
        """By when the evidence that is awaited must come, as its clock says; None until that is heard."""
        running = (d.due_by for d in self.deadlines if (d.kind, d.verdict) == ("evidence", RUNNING))
        return next(running, None) if self.evidence_awaited is not None else None

    @property
    def was_agreed(self) -> bool:
        """True when both sides agreed to the outcome."""
        return any(offer.status == "ACCEPTED" for offer in self.offers)

    @property
    def was_reversed(self) -> bool:
        """True when the decision counts as if it had not been (S-3)."""
        return self.taken_back or any(appeal.outcome == AppealOutcome.REVERSED for appeal in self.appeals)

    @property
    def decided_since(self) -> datetime:
        """When what holds took the place of an amended decision; before that the opening, as only one decision was made."""
        amended = (a.decided_at for a in self.appeals if a.outcome == AppealOutcome.AMENDED)
        return max((at for at in amended if at is not None), default=self.opened.at)

    def appeal_until(self, *sides: Role) -> datetime | None:
        """Until when one of these sides may appeal what was decided; None when nothing that stands was decided by the platform,
        each of them did, or an appeal waits, for which time stands still."""
        if self.record is None or self.was_agreed or self.was_reversed:
            return None
        return appeals.open_until(sides, self.appeals, since=self.decided_since, until=self.record.appeal_until)

    @property
    def undisputed(self) -> bool:
        """True while the buyer asks for all of it, and nothing was offered or shown against that."""
        answered = bool(self.offers) or any(e.by == Role.SELLER for e in self.evidence)
        return self.opened.claimed_remedy in _ALL_BACK and not answered and self.evidence_awaited is None

    @property
    def owed(self) -> Deadline | None:
        """What somebody owes in a live dispute: what runs out first, or what ran out first when nothing runs."""
        for verdict in (RUNNING, BREACHED) if self.live else ():
            dated = [
                (d.due_by, d.kind, d.round, d) for d in self.deadlines if d.verdict == verdict and d.due_by is not None
            ]
            if dated:
                return min(dated)[-1]
        return None

    @property
    def breached(self) -> bool:
        """True while a deadline of a live dispute has passed, and what was owed still is."""
        return self.live and any(d.verdict == BREACHED for d in self.deadlines)

    def deadline(self, kind: str, round: int) -> Deadline | None:
        """Return what was last said of a round of a clock."""
        return next((d for d in self.deadlines if (d.kind, d.round) == (kind, round)), None)

    @property
    def open_offers(self) -> tuple[Offer, ...]:
        """Offers that nobody has answered."""
        return tuple(offer for offer in self.offers if offer.status == "OPEN")

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
