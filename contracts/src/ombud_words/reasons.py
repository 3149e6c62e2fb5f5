"""Why a buyer writes (product rules, section 2)."""

from enum import StrEnum


class Reason(StrEnum):
    """Leaf reasons of a case (product rules, section 2)."""

    NOT_RECEIVED = "NOT_RECEIVED"
    LATE = "LATE"
    DAMAGED = "DAMAGED"
    DEFECTIVE = "DEFECTIVE"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    WRONG_ITEM = "WRONG_ITEM"
    MISSING_PART = "MISSING_PART"
    LOCKED_DEVICE = "LOCKED_DEVICE"
    COUNTERFEIT = "COUNTERFEIT"
    UNSAFE = "UNSAFE"
    CHANGE_OF_MIND = "CHANGE_OF_MIND"
    WARRANTY = "WARRANTY"
    REPAIR = "REPAIR"
    EXCHANGE = "EXCHANGE"
    REFUND_STATUS = "REFUND_STATUS"
    PAYMENT = "PAYMENT"
    ORDER_STATUS = "ORDER_STATUS"
    TECHNICAL = "TECHNICAL"
    PRE_SALE = "PRE_SALE"
    GUIDANCE = "GUIDANCE"
    SELLER_SALES = "SELLER_SALES"
    SELLER_LISTING = "SELLER_LISTING"
    SELLER_LOGISTICS = "SELLER_LOGISTICS"
    SELLER_CONDUCT = "SELLER_CONDUCT"
    SUGGESTION = "SUGGESTION"
    OTHER = "OTHER"


class ReasonFamily(StrEnum):
    """Groups of reasons that describe one complaint: one live dispute per order line and family."""

    DELIVERY = "DELIVERY"
    CONFORMITY = "CONFORMITY"
    WITHDRAWAL = "WITHDRAWAL"
    PAYMENT = "PAYMENT"
    CONDUCT = "CONDUCT"
    INFORMATION = "INFORMATION"


_FAMILIES = {
    ReasonFamily.DELIVERY: (Reason.NOT_RECEIVED, Reason.LATE),
    ReasonFamily.CONFORMITY: (
        Reason.DAMAGED,
        Reason.DEFECTIVE,
        Reason.NOT_AS_DESCRIBED,
        Reason.WRONG_ITEM,
        Reason.MISSING_PART,
        Reason.LOCKED_DEVICE,
        Reason.COUNTERFEIT,
        Reason.UNSAFE,
        Reason.WARRANTY,
        Reason.REPAIR,
        Reason.EXCHANGE,
    ),
    ReasonFamily.WITHDRAWAL: (Reason.CHANGE_OF_MIND,),
    ReasonFamily.PAYMENT: (Reason.REFUND_STATUS, Reason.PAYMENT),
    ReasonFamily.CONDUCT: (Reason.SELLER_CONDUCT,),
}
_FAMILY_OF = {reason: family for family, reasons in _FAMILIES.items() for reason in reasons}


def family_of(reason: Reason) -> ReasonFamily:
    """Return the family of a reason; a reason that is not a complaint belongs to INFORMATION."""
    return _FAMILY_OF.get(reason, ReasonFamily.INFORMATION)
