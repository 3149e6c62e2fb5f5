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
