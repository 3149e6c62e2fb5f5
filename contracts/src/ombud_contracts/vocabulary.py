"""The words that events share: ids, roles, reasons, triggers, remedies.

Enumerations published in events are *open*: a consumer must accept a value it does not know (`Open`).
"""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, Field

CaseId = Annotated[str, Field(description="The case.", examples=["cas_01JD0000000000000000000000"])]
MessageId = Annotated[str, Field(description="The message.", examples=["msg_01JD0000000000000000000000"])]
ClockId = Annotated[str, Field(description="The clock.", examples=["clk_01JD0000000000000000000000"])]
TakeoverId = Annotated[str, Field(description="The takeover.", examples=["tko_01JD0000000000000000000000"])]
DisputeId = Annotated[str, Field(description="The dispute.", examples=["dsp_01JD0000000000000000000000"])]
ChargeId = Annotated[str, Field(description="The charge.", examples=["chg_01JD0000000000000000000000"])]
BuyerId = Annotated[
    str,
    Field(
        description="The marketplace's id of the buyer; a pseudonym, never a name.",
        examples=["buy_01JD0000000000000000000000"],
    ),
]
SellerId = Annotated[
    str, Field(description="The marketplace's id of the seller.", examples=["sel_01JD0000000000000000000000"])
]
OrderId = Annotated[
    str, Field(description="The marketplace's id of the order.", examples=["ord_01JD0000000000000000000000"])
]
LineId = Annotated[str, Field(description="The line within the order.", examples=["lin_01JD0000000000000000000000"])]

E = TypeVar("E", bound=StrEnum)
Open = Annotated[E | str, Field(union_mode="left_to_right")]
"""A published enumeration value, or one that a newer producer added."""

Instant = AwareDatetime
"""An instant with its zone; Ombud writes UTC with millisecond precision."""

MinorUnits = Annotated[int, Field(strict=True)]
"""Money in the currency's minor unit (cents), never a fraction (R: section 6)."""

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 4217 alphabetic code."""


class Role(StrEnum):
    """Who acts (product rules, section 8)."""

    BUYER = "buyer"
    SELLER = "seller"
    AGENT = "agent"
    MEDIATOR = "mediator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


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
    """Return the family of a reason; a reason that is no complaint belongs to INFORMATION."""
    return _FAMILY_OF.get(reason, ReasonFamily.INFORMATION)


class Trigger(StrEnum):
    """Why the platform takes a contact over (product rules, section 4)."""

    MISSED_DEADLINE = "T1"
    QUALITY_CONFORMITY = "T2"
    RIGHTS_BREACH = "T3"
    LOCKED_DEVICE = "T4"
    COUNTERFEIT = "T5"
    UNSAFE = "T6"
    OFF_PLATFORM = "T7"


class Remedy(StrEnum):
    """Coded outcomes of a dispute (product rules, section 5)."""

    FULL_REFUND = "FULL_REFUND"
    PARTIAL_REFUND = "PARTIAL_REFUND"
    SHIPPING_REFUND = "SHIPPING_REFUND"
    RETURN_AND_REFUND = "RETURN_AND_REFUND"
    RETURNLESS_REFUND = "RETURNLESS_REFUND"
    REPLACEMENT = "REPLACEMENT"
    REPAIR = "REPAIR"
    MISSING_PART = "MISSING_PART"
    REMOTE_HELP = "REMOTE_HELP"
    UNLOCK = "UNLOCK"
    PRICE_REDUCTION = "PRICE_REDUCTION"
    GOODWILL = "GOODWILL"
    LISTING_CORRECTION = "LISTING_CORRECTION"
    NONE = "NONE"


class ChargeKind(StrEnum):
    """What a seller may be charged for (product rules, section 6)."""

    REFUND = "REFUND"
    SHIPPING_REFUND = "SHIPPING_REFUND"
    RETURN_LABEL = "RETURN_LABEL"
    INSPECTION = "INSPECTION"
    REPAIR = "REPAIR"
    HANDLING_FEE = "HANDLING_FEE"
    PENALTY = "PENALTY"
    GOODWILL = "GOODWILL"


class Audience(StrEnum):
    """Who may read a message: the three parties' thread, or the platform's staff only."""

    THREAD = "thread"
    INTERNAL = "internal"
    MEDIATOR = "mediator"
