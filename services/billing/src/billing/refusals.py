"""What billing refuses, named for the broken rule."""


class Refusal(Exception):
    """A request against the rules of billing."""

    facts: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed


class UnknownCharge(Refusal):
    """There is no such charge."""


class UnknownDecision(Refusal):
    """There is no such decision: a charge rests on a decision or takeover."""


class DecisionTakenBack(Refusal):
    """The decision counts as if it had not been: nothing is charged by it."""


class SellerNotBound(Refusal):
    """Nobody is charged who neither agreed nor was decided against (S-1), such as by a decision that gives the platform's money."""


class ChargeNotNotified(Refusal):
    """A seller contests a charge that they were told of, once."""


class ChargeNotContested(Refusal):
    """Only a contested charge can be reviewed."""


class ChargeNotPosted(Refusal):
    """An amount that was not posted is not amended: its refund may still be refused."""


class AmendmentNotLower(Refusal):
    """An appeal of a charge never makes it dearer: a lower amount takes its place, or none."""

    def __init__(self, net_minor: int) -> None:
        super().__init__("An appeal is amended to an amount below what was charged.")
        self.facts = {"net_minor": net_minor}


class ChargeNotProposed(Refusal):
    """Only a proposed charge can be approved."""


class OwnDecision(Refusal):
    """Who decided, proposed or approved neither approves the charge nor judges its contest (S-4)."""


class AboveAuthority(Refusal):
    """The amount is above what the role may approve (casework, section 13); a higher role can."""

    def __init__(self, limit_minor: int) -> None:
        super().__init__("The amount is above what your role may approve; ask a higher role.")
        self.facts = {"limit_minor": limit_minor}


class KindNotChargeable(Refusal):
    """Late lines are of closed kinds, each with a receipt: a label, an inspection, a repair (casework, section 8)."""


class FeeAlreadyCharged(Refusal):
    """A published fee is charged once per decision and kind."""


class RefundNotRefused(Refusal):
    """Only a refund that the payment system refused is retried, paid in another way, or cancelled."""


class RefundPaidBefore(Refusal):
    """A decision's refund is paid once: what the payment system paid after all is not ordered anew."""


class ContestWindowClosed(Refusal):
    """The time to contest the charge has passed."""


class CaseClosed(Refusal):
    """Nothing more is charged for a closed case."""


class AmountAboveCap(Refusal):
    """The amount is above the order's value and the published fees."""


class CurrencyOfAnotherMarket(Refusal):
    """Amounts are in the currency of the case's market."""


class RefundAbovePaid(Refusal):
    """A refund is never above what was paid for the line."""


class OutcomeDoesNotMatch(Refusal):
    """The payment system reports another amount or currency than was ordered."""


class UnknownRefund(Refusal):
    """There is no such refund order."""
