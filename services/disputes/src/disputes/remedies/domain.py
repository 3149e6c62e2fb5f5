"""What each remedy means in money and duties, and in which order the law allows it (section 5)."""

from dataclasses import dataclass

from disputes.refusals import (
    AmountAboveLeft,
    AmountAbovePaid,
    AmountMissing,
    CurrencyOfAnotherMarket,
    NothingLeft,
    RemedyOutOfOrder,
)
from ombud_words import Currency, gross

_WHOLE = frozenset({"FULL_REFUND", "RETURN_AND_REFUND", "RETURNLESS_REFUND"})
_NAMED = frozenset({"PARTIAL_REFUND", "PRICE_REDUCTION", "GOODWILL"})
_WITH_RETURN = frozenset({"RETURN_AND_REFUND", "REPLACEMENT", "REPAIR"})
_OUT_OF_ORDER_REASONS = (
    "repair_impossible",
    "repair_refused",
    "replacement_impossible",
    "second_failure",
    "not_in_reasonable_time",
    "serious_defect",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What was paid for the order line, and what the platform's fees are; minor units of one currency."""

    paid_minor: int
    shipping_minor: int
    currency: Currency
    return_label_gross_minor: int

    @classmethod
    def of(
        cls, *, paid_minor: int, shipping_minor: int, currency: Currency, label_net_minor: int, vat_basis_points: int
    ) -> "Money":
        """Return what was paid beside what a return label costs the seller: the tariff's amount with its tax."""
        return cls(
            paid_minor=paid_minor,
            shipping_minor=shipping_minor,
            currency=currency,
            return_label_gross_minor=gross(label_net_minor, vat_basis_points),
        )

    def expect_currency(self, given: str) -> None:
        """Raise CurrencyOfAnotherMarket unless an amount is in the currency of the order."""
        if given != self.currency:
            raise CurrencyOfAnotherMarket(f"Amounts of this order are in {self.currency}.")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a decision: what the seller is charged for. Without an amount the tariff sets it."""

    line: str
    kind: str
    amount_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an outcome means for one party; positive is received, negative paid."""

    party: str
    amount_minor: int
    currency: Currency
    duties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A remedy worked out."""

    remedy: str
    refund_minor: int
    lines: tuple[Line, ...]
    effects: tuple[Effect, ...]

    @property
    def from_line_minor(self) -> int:
        """What the refund takes from what is left of the line: all of it, unless it is goodwill."""
        return 0 if self.remedy == "GOODWILL" else self.refund_minor

    @property
    def moved_minor(self) -> int:
        """What the outcome moves: what the buyer gets or the seller pays, whichever is more."""
        return max(self.refund_minor, self.costs("seller"))

    def costs(self, party: str) -> int:
        """Return what the outcome costs a party; negative for one that receives."""
        return -next(e.amount_minor for e in self.effects if e.party == party)


def refund_of(remedy: str, amount_minor: int, money: Money, left_minor: int) -> int:
    """Return what the buyer gets back; a whole refund is all that is left of the line.

    Goodwill does not reduce what is left, and is not bound by it. Raises AmountMissing, AmountAbovePaid, AmountAboveLeft
    or NothingLeft.
    """
    if amount_minor > money.paid_minor:
        raise AmountAbovePaid("The amount is above what was paid for the order line.")
    if remedy in _NAMED and amount_minor <= 0:
        raise AmountMissing("Name the amount of this remedy in minor units.")
    if remedy == "GOODWILL":
        return amount_minor
    wanted = _wanted(remedy, amount_minor, money, left_minor)
    if wanted > left_minor:
        raise AmountAboveLeft(left_minor)
    return wanted


def _wanted(remedy: str, amount_minor: int, money: Money, left_minor: int) -> int:
    if remedy in _WHOLE:
        if not left_minor:
            raise NothingLeft("All that was paid for the order line has been ordered back.")
        return left_minor
    if remedy == "SHIPPING_REFUND":
        return money.shipping_minor
    return amount_minor if remedy in _NAMED else 0


def work_out(remedy: str, amount_minor: int, money: Money, left_minor: int) -> Outcome:
    """Return what a remedy means for both parties and for billing. Raises as `refund_of` does."""
    refund = refund_of(remedy, amount_minor, money, left_minor)
    labelled = remedy in _WITH_RETURN
    lines = _lines(remedy, refund, labelled)
    passed_on = 0 if remedy == "GOODWILL" else refund
    seller_pays = passed_on + (money.return_label_gross_minor if labelled else 0)
    effects = (
        Effect(
            party="buyer",
            amount_minor=refund,
            currency=money.currency,
            duties=("return_item",) if labelled else (),
        ),
        Effect(party="seller", amount_minor=-seller_pays, currency=money.currency, duties=_seller_duties(remedy)),
    )
    return Outcome(remedy=remedy, refund_minor=refund, lines=lines, effects=effects)


def waits_for_return(outcome: Outcome, given_minor: int = 0) -> bool:
    """Tell whether what is still owed is paid when the item has come back."""
    return outcome.remedy == "RETURN_AND_REFUND" and outcome.refund_minor > given_minor


def _lines(remedy: str, refund: int, labelled: bool) -> tuple[Line, ...]:
    kind = "SHIPPING_REFUND" if remedy == "SHIPPING_REFUND" else "REFUND"
    charged = (Line("refund", kind, refund),) if refund and remedy != "GOODWILL" else ()
    return (*charged, Line("return_label", "RETURN_LABEL", None)) if labelled else charged


def _seller_duties(remedy: str) -> tuple[str, ...]:
    return {
        "REPLACEMENT": ("send_replacement",),
        "REPAIR": ("repair_item",),
        "MISSING_PART": ("send_missing_part",),
        "UNLOCK": ("unlock_device",),
        "REMOTE_HELP": ("help_remotely",),
        "LISTING_CORRECTION": ("correct_listing",),
    }.get(remedy, ())


def _rank(remedy: str) -> str:
    """Return the place of a remedy in a legal order: a part of the price paid back reduces the price."""
    if remedy in _WHOLE:
        return "FULL_REFUND"
    return "PRICE_REDUCTION" if remedy == "PARTIAL_REFUND" else remedy


def check_order(remedy: str, family: str, reasons: tuple[str, ...], legal_order: tuple[str, ...]) -> None:
    """Refuse a remedy that the market's law puts later, unless a reason allows it. Raises RemedyOutOfOrder."""
    rank = _rank(remedy)
    if family != "CONFORMITY" or rank not in legal_order:
        return
    earlier = legal_order[: legal_order.index(rank)]
    skips_mending = bool({"REPAIR", "REPLACEMENT"} & set(earlier)) and rank not in ("REPAIR", "REPLACEMENT")
    if skips_mending and not set(reasons) & set(_OUT_OF_ORDER_REASONS):
        raise RemedyOutOfOrder(earlier, _OUT_OF_ORDER_REASONS)
