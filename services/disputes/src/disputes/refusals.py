"""What disputes refuses, named for the broken rule."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ombud_words import DisputeId, EvidenceRequestId, ReturnId


class Refusal(Exception):
    """A request against the rules of disputes."""

    facts: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed


class UnknownDispute(Refusal):
    """There is no such dispute."""


class UnknownOffer(Refusal):
    """There is no such offer in this dispute."""


class DisputeAlreadyLive(Refusal):
    """One live dispute per order line and reason family."""

    def __init__(self, dispute_id: DisputeId) -> None:
        super().__init__("A dispute about this line and kind of problem is under way; continue there.")
        self.facts = {"dispute_id": dispute_id}


class DisputeEndedBefore(Refusal):
    """What was decided, settled or left to lapse is opened again only for a new fact (casework, section 4)."""

    def __init__(self, dispute_id: DisputeId, stage: str) -> None:
        super().__init__(
            "A dispute about this line and kind of problem has ended. The platform opens it again when there is a new "
            "fact: write to the platform in the case."
        )
        self.facts = {"dispute_id": dispute_id, "stage": stage}


class NewFactNotForParties(Refusal):
    """A member of staff who opens a dispute again says for which new fact; a party does not judge that itself."""


class NothingBought(Refusal):
    """The case is a question before buying: there is nothing to dispute, to refund or to be sorry for with money."""

    def __init__(self) -> None:
        super().__init__(
            "This contact is a question about a listing, before any purchase: there is nothing to dispute or to pay for. About "
            "something that was bought, open a case that names its order line."
        )


class NotDisputable(Refusal):
    """The reason is a question, or is answered by the platform: there is nothing to settle with the seller."""


class DisputeWindowNotOpen(Refusal):
    """The promised date of the delivery has not passed, and its carrier has not lost it."""

    def __init__(self, opens_at: datetime) -> None:
        super().__init__(
            "The delivery is not late yet. You can open a dispute when the promised date has passed, "
            "or the carrier says that a parcel is lost."
        )
        self.facts = {"opens_at": opens_at.isoformat()}


class DisputeWindowClosed(Refusal):
    """The time in which this line could be disputed for this reason has passed."""

    def __init__(self, closed_at: datetime) -> None:
        super().__init__("The time in which this order line could be disputed for this reason has passed.")
        self.facts = {"closed_at": closed_at.isoformat()}


class NotACurrentStage(Refusal):
    """The step does not belong to the stage the dispute is in."""


class SellerNoLongerOwnsContact(Refusal):
    """After a takeover the seller submits evidence; the platform negotiates no more in the seller's name."""


class AmountAbovePaid(Refusal):
    """Nobody can offer, claim or decide more than was paid for the line."""


class AmountAboveLeft(Refusal):
    """Nobody can give back more than is left of the line: paid, minus what outcomes ordered (casework, section 4)."""

    def __init__(self, left_minor: int) -> None:
        super().__init__("The amount is above what is left of what was paid for the order line.")
        self.facts = {"left_minor": left_minor}


class NothingLeft(Refusal):
    """All that was paid for the line has been ordered back."""


class AmountMissing(Refusal):
    """The remedy needs an amount above zero."""


class CurrencyOfAnotherMarket(Refusal):
    """Amounts are in the currency of the order."""


class OfferExpired(Refusal):
    """The offer was not answered in time."""


class OfferNotOpen(Refusal):
    """The offer was answered before."""


class OwnOffer(Refusal):
    """A side answers the other side's offer, never its own."""


class PartiesAnswerOffers(Refusal):
    """Buyer and seller answer offers; nobody accepts in a side's place (S-1)."""


class GoodwillIsGivenByStaff(Refusal):
    """The platform's own money is neither offered nor accepted between the parties (S-2)."""


class EarlierJudge(Refusal):
    """Who decided or proposed something in a case does not decide a dispute of it (S-4)."""


class AboveAuthority(Refusal):
    """The amount is above what the role may decide or give (casework, section 13); a higher role can."""

    def __init__(self, limit_minor: int) -> None:
        super().__init__("The amount is above what your role may move; ask a higher role.")
        self.facts = {"limit_minor": limit_minor}


class EscalationNotOpen(Refusal):
    """The buyer may escalate after a refusal or after the negotiation's deadline."""


class EvidenceTooLate(Refusal):
    """Evidence is accepted until the decision."""


class UnknownEvidenceRequest(Refusal):
    """There is no such request for evidence in this dispute."""


class EvidenceAwaited(Refusal):
    """A side was asked for evidence and has time to send it; the mediator decides, and asks for more, after that."""

    def __init__(self, request_id: EvidenceRequestId, of: str, kind: str) -> None:
        super().__init__(
            "A side was asked for evidence and may still send it. Wait until it comes or its time is over, or withdraw the "
            "request."
        )
        self.facts = {"request_id": request_id, "of": of, "kind": kind}


class UnsupportedEvidence(Refusal):
    """The content is not what is accepted as evidence; the reason is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Accepted are statements as plain text, pictures (JPEG, PNG, WebP, GIF), PDF documents and short videos "
            "(MP4, WebM)."
        )
        self.facts = {"reason": reason}


class ContactDataInEvidence(Refusal):
    """What the other side would see has contact data, or calls to leave the platform; what was found is named (R-04)."""

    def __init__(self, advice: str, findings: Sequence[Mapping[str, object]]) -> None:
        super().__init__(f"{advice} Evidence for the mediator alone is not checked for this: audience `mediator`.")
        self.facts = {"findings": list(findings)}


class UnknownClause(Refusal):
    """The clause is not in the market's legal pack."""


class EvidenceErased(Refusal):
    """Its content was erased for good, as its submitter asked; its hash and what was decided by it stay."""


class UnknownFact(Refusal):
    """A decision rests on evidence, offers or the claim of this dispute."""


class RemedyOutOfOrder(Refusal):
    """The market's law puts other remedies first, unless a stated reason allows this one."""

    def __init__(self, earlier: tuple[str, ...], allowing: tuple[str, ...]) -> None:
        super().__init__(
            f"The market's law puts {', '.join(earlier)} first. Give one of these reasons, or choose one of them: "
            f"{', '.join(allowing)}."
        )
        self.facts = {"first": list(earlier), "reasons_allowing": list(allowing)}


class GoodwillNotByAppeal(Refusal):
    """An appeal decides about what the seller owes; the platform's own money is given in the case (S-2)."""


class FindingAgainstOutcome(Refusal):
    """What a decision finds about a side must agree with what it decides."""


class FindingNotOfThisDispute(Refusal):
    """What is found about a side is what this dispute was about, and about a claim that is the buyer's own."""


class FindingWithoutProof(Refusal):
    """Nothing is found about a side by what the other side says alone."""


class EvidenceBeforeOpening(Refusal):
    """Who made knowingly unfounded claims opens a dispute with its evidence (casework, section 7)."""

    def __init__(self) -> None:
        super().__init__(
            "Send a picture, a document or a video with your claim: open the dispute together with it. Claims about safety "
            "need none, and the platform can open the dispute for you."
        )
        self.facts = {"evidence": "required"}


class OneDisputeAtATime(Refusal):
    """Who made knowingly unfounded claims has one live dispute in a market (casework, section 7)."""

    def __init__(self, dispute_id: DisputeId) -> None:
        super().__init__(
            "You can have one open dispute at a time for now. End this one first; claims about safety can always be made."
        )
        self.facts = {"dispute_id": dispute_id}


class RefundOnItsWay(Refusal):
    """What a decision gave is neither paid nor given up, so that nobody knows what is still owed."""


class UnknownReturn(Refusal):
    """There is no such return."""


class ReturnAlreadyLive(Refusal):
    """One live return per order line."""

    def __init__(self, return_id: ReturnId) -> None:
        super().__init__("A return of this line is under way; continue there.")
        self.facts = {"return_id": return_id}


class ReturnRefusedBefore(Refusal):
    """What was refused for a lawful ground is not requested again; a dispute can be opened about it."""


class ReturnWindowClosed(Refusal):
    """The time in which the buyer could withdraw from the purchase has passed."""

    def __init__(self, closed_at: datetime) -> None:
        super().__init__("The time in which this order line could be sent back without a reason has passed.")
        self.facts = {"closed_at": closed_at.isoformat()}


class ReturnNotAtThisStep(Refusal):
    """The step does not belong to where the return is."""

    def __init__(self, status: str) -> None:
        super().__init__("This step does not belong to where the return is, or it has ended.")
        self.facts = {"return_status": status}


class GroundNotLawful(Refusal):
    """A lawful withdrawal is refused only for what the law excepts from it."""

    def __init__(self, lawful: Sequence[str]) -> None:
        super().__init__(f"The law knows no such ground for refusing a return. It knows: {', '.join(lawful)}.")
        self.facts = {"lawful": list(lawful)}


class ParcelOfAnotherReturn(Refusal):
    """A tracking number belongs to one return."""


class TrackingNumberMissing(Refusal):
    """What is sent back is followed by the number of its parcel."""


class NotAnImei(Refusal):
    """The check digit of an IMEI is wrong."""


class DeductionWithoutProof(Refusal):
    """Nothing is kept of the price without a named deviation and photos of it."""


class DeductionNotOpen(Refusal):
    """There is no deduction that waits for this."""


class DeductionAboveAsked(Refusal):
    """The platform lets the seller keep no more than the seller asked for."""

    def __init__(self, asked_minor: int) -> None:
        super().__init__("The seller asked to keep less than that.")
        self.facts = {"asked_minor": asked_minor}
