"""What staff may propose after a decision: lines of closed kinds, each with a receipt."""

from collections.abc import Iterable

from billing.charges.domain.state import Charge, Status
from billing.refusals import AmountAboveCap, CurrencyOfAnotherMarket, FeeAlreadyCharged, KindNotChargeable
from ombud_words import ChargeKind, Currency

LATE_KINDS = (ChargeKind.RETURN_LABEL, ChargeKind.INSPECTION, ChargeKind.REPAIR)
"""What staff can propose after a decision: what was spent since, which a receipt shows (casework, section 8)."""


def expect_chargeable(kind: str, gross_minor: int, currency: Currency, *, market_currency: Currency, most: int) -> None:
    """Refuse a proposal of another kind, in another currency, or that costs more than was paid for its line.

    Raises KindNotChargeable, CurrencyOfAnotherMarket, AmountAboveCap.
    """
    if kind not in LATE_KINDS:
        raise KindNotChargeable("A late line is a label, an inspection or a repair; a decision names everything else.")
    if currency != market_currency:
        raise CurrencyOfAnotherMarket(f"Amounts of this case are in {market_currency}.")
    if gross_minor > most:
        raise AmountAboveCap("The amount with its tax is above what was paid for the order line.")


def expect_first_of_its_kind(kind: str, known: Iterable[Charge]) -> None:
    """Refuse a second label or inspection by one decision; repairs have a receipt each. Raises FeeAlreadyCharged."""
    if kind == ChargeKind.REPAIR:
        return
    ended = (Status.WITHDRAWN, Status.REVERSED, Status.RELEASED)
    if any(c.terms.kind == kind and c.status not in ended for c in known):
        raise FeeAlreadyCharged("The decision has this fee already.")
