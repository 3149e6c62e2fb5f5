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


class ChargeNotPosted(Refusal):
    """Only a posted charge can be contested."""


class ChargeNotContested(Refusal):
    """Only a contested charge can be reviewed."""


class ChargeNotProposed(Refusal):
    """Only a proposed charge can be approved."""


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
