"""What each remedy means in money and duties, and in which order the law allows it (section 5)."""

from dataclasses import dataclass

from disputes.domain.refusals import AmountAbovePaid, AmountMissing, RemedyOutOfOrder

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


@dataclass(frozen=True, slots=True)
class Money:
    """What was paid for the order line, and what the platform's fees are; minor units of one currency."""

    paid_minor: int
    shipping_minor: int
    currency: str
    return_label_gross_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a decision: what the seller is charged for. Without an amount the tariff sets it."""

    line: str
    kind: str
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an outcome means for one party; positive is received, negative paid."""

    party: str
    amount_minor: int
    currency: str
    duties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A remedy worked out."""

    remedy: str
    refund_minor: int
    lines: tuple[Line, ...]
    effects: tuple[Effect, ...]


def refund_of(remedy: str, amount_minor: int, money: Money) -> int:
    """Return what the buyer gets back. Raises AmountMissing or AmountAbovePaid."""
    if amount_minor > money.paid_minor:
        raise AmountAbovePaid("the amount is above what was paid for the order line")
    if remedy in _WHOLE:
        return money.paid_minor
    if remedy == "SHIPPING_REFUND":
        return money.shipping_minor
    if remedy in _NAMED:
        if amount_minor <= 0:
            raise AmountMissing("name the amount of this remedy in minor units")
        return amount_minor
    return 0


def work_out(remedy: str, amount_minor: int, money: Money) -> Outcome:
    """Return what a remedy means for both parties and for billing. Raises AmountMissing or AmountAbovePaid."""
    refund = refund_of(remedy, amount_minor, money)
    labelled = remedy in _WITH_RETURN
    lines = _lines(remedy, refund, labelled)
    passed_on = 0 if remedy == "GOODWILL" else refund
    seller_pays = passed_on + (money.return_label_gross_minor if labelled else 0)
    effects = (
        Effect("buyer", refund, money.currency, ("return_item",) if labelled else ()),
        Effect("seller", -seller_pays, money.currency, _seller_duties(remedy)),
    )
    return Outcome(remedy, refund, lines, effects)


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
