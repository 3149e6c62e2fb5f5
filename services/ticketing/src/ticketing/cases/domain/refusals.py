"""What cases refuse, named for the broken rule, and the class of every refusal of ticketing."""

from collections.abc import Sequence

from ombud_words import CaseId, Remedy


class Refusal(Exception):
    """A request against the rules of ticketing."""

    facts: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed


class UnknownCase(Refusal):
    """There is no such case."""


class UnknownOrderLine(Refusal):
    """There is no such order line for this person."""


class UnknownListing(Refusal):
    """No seller offers such a listing in any market."""


class OrderRefused(Refusal):
    """The order was refused when it was told, such as one whose currency is not its market's (casework, section 8)."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "This order cannot be handled as a case, because no money can be moved for it. Write to the platform without "
            "naming the order."
        )
        self.facts = {"reason": reason}


class CaseAlreadyLive(Refusal):
    """One live case per order line and reason family, or per buyer, listing and reason: a second contact joins it."""

    def __init__(self, case_id: CaseId, number: str) -> None:
        super().__init__(
            f"Case {number} about this matter and kind of problem is open. "
            "Write in its conversation; that reaches the same people, and reopens it if it is resolved."
        )
        self.facts = {"case_id": case_id, "number": number}


class CaseWindowClosed(Refusal):
    """The buyer's rights for this reason have lapsed (section 5: the most favourable window counts)."""


class OutcomeNotOffered(Refusal):
    """Nobody can be asked for this outcome with this reason."""

    def __init__(self, remedies: Sequence[Remedy]) -> None:
        super().__init__("This outcome does not exist for this reason. Choose one of `remedies`, or name none.")
        self.facts = {"remedies": list(remedies)}


class MatterMissing(Refusal):
    """A contact that a seller answers, or that staff opens for somebody, is about an order line, or where its reason says so
    about a listing."""


class MarketMissing(Refusal):
    """A contact that is not about an order names a market, whose desk answers."""


class ReasonNotAskable(Refusal):
    """The reason is for the other side of a purchase."""


class ContactWithPlatform(Refusal):
    """The platform owes the answer: there is nothing to take over from a seller."""


class NoSellerToMoveTo(Refusal):
    """Only a buyer's contact about an order line or a listing can be moved to its seller."""


class MoveToTheAccused(Refusal):
    """A complaint about how a seller behaved is never shown to that seller as it was written (casework, section 7)."""


class SellerInDispute(Refusal):
    """A dispute or a return with the seller is live: while it is, the seller stays a party."""

    def __init__(self, matters: Sequence[str]) -> None:
        super().__init__(
            "A dispute or a return of this case is live, and its seller is a party of it. Let it end first."
        )
        self.facts = {"unfinished": list(matters)}


class LinkedToItself(Refusal):
    """A case is linked to another one, or merged into another one."""


class TooManyLinks(Refusal):
    """As many cases are linked to this one as the rules allow."""


class OfAnotherOrder(Refusal):
    """Cases that are linked because of their order are about the same one."""


class NotDuplicates(Refusal):
    """A case is merged into one of the same people about the same order line, and nobody else learns of it."""


class MergeIntoEarlier(Refusal):
    """The earlier of two cases goes on, because its deadlines began first."""


class CaseNotOpen(Refusal):
    """The case is resolved or closed."""


class StillUnfinished(Refusal):
    """A dispute, return, refund or promise of the case is live, or, when it is closed, a verdict awaited: whoever ends the case
    over it says why (casework, section 2)."""

    def __init__(self, matters: Sequence[str]) -> None:
        super().__init__(
            "A dispute, a return, a refund, a promise or a verdict of this case is not finished. Wait for it, or say why with "
            "`despite`."
        )
        self.facts = {"unfinished": list(matters)}


class CaseNotResolved(Refusal):
    """Only a resolved case can be closed."""


class ContactAlreadyTakenOver(Refusal):
    """The platform owns the contact."""


class ContactNotTakenOver(Refusal):
    """The seller owns the contact: there is nothing to hand back."""
