"""The fields that events share, around the words of `ombud_words`.

Enumerations published in events are *open*: a consumer must accept a value it does not know (`Open`).
"""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field

from ombud_words import ids
from ombud_words.outcomes import Audience as Audience
from ombud_words.outcomes import ChargeKind as ChargeKind
from ombud_words.outcomes import Remedy as Remedy
from ombud_words.outcomes import Trigger as Trigger
from ombud_words.reasons import Reason as Reason
from ombud_words.reasons import ReasonFamily as ReasonFamily
from ombud_words.roles import Role as Role

MAX_ATTRIBUTE_LENGTH = 1_024
"""Characters of one attribute: ids, keys and names become parts of keys in databases."""


def fits_an_attribute(text: str) -> bool:
    """Return whether every reader of events takes this text as the value of an attribute."""
    return len(text) <= MAX_ATTRIBUTE_LENGTH and text.isprintable()


def _fitting(text: str) -> str:
    if not fits_an_attribute(text):
        raise ValueError("too long, or has characters that cannot be printed")
    return text


_Fitting = AfterValidator(_fitting)
Attribute = Annotated[str, _Fitting]
"""Ids and keys: what travels as an attribute of CloudEvents, or will in an event that follows from this one."""

CaseId = Annotated[ids.CaseId, _Fitting, Field(description="The case.", examples=["cas_01JD0000000000000000000000"])]
MessageId = Annotated[
    ids.MessageId, _Fitting, Field(description="The message.", examples=["msg_01JD0000000000000000000000"])
]
ClockId = Annotated[ids.ClockId, _Fitting, Field(description="The clock.", examples=["clk_01JD0000000000000000000000"])]
TakeoverId = Annotated[
    ids.TakeoverId, _Fitting, Field(description="The takeover.", examples=["tko_01JD0000000000000000000000"])
]
DisputeId = Annotated[
    ids.DisputeId, _Fitting, Field(description="The dispute.", examples=["dsp_01JD0000000000000000000000"])
]
ReturnId = Annotated[
    ids.ReturnId, _Fitting, Field(description="The return.", examples=["ret_01JD0000000000000000000000"])
]
AppealId = Annotated[
    ids.AppealId, _Fitting, Field(description="The appeal.", examples=["apl_01JD0000000000000000000000"])
]
ComplaintId = Annotated[
    ids.ComplaintId,
    _Fitting,
    Field(description="The complaint about a seller's conduct.", examples=["cpl_01JD0000000000000000000000"]),
]
ChargeId = Annotated[
    ids.ChargeId, _Fitting, Field(description="The charge.", examples=["chg_01JD0000000000000000000000"])
]
BuyerId = Annotated[
    ids.BuyerId,
    _Fitting,
    Field(
        description="The marketplace's id of the buyer; a pseudonym, never a name.",
        examples=["buy_01JD0000000000000000000000"],
    ),
]
SellerId = Annotated[
    ids.SellerId,
    _Fitting,
    Field(description="The marketplace's id of the seller.", examples=["sel_01JD0000000000000000000000"]),
]
OrderId = Annotated[
    ids.OrderId,
    _Fitting,
    Field(description="The marketplace's id of the order.", examples=["ord_01JD0000000000000000000000"]),
]
LineId = Annotated[
    ids.LineId, _Fitting, Field(description="The line within the order.", examples=["lin_01JD0000000000000000000000"])
]

E = TypeVar("E", bound=StrEnum)
Open = Annotated[E | str, Field(union_mode="left_to_right")]
"""A published enumeration value, or one that a newer producer added."""

Instant = AwareDatetime
"""An instant with its zone; Ombud writes UTC with millisecond precision."""

MinorUnits = Annotated[int, Field(strict=True)]
"""Money in the currency's minor unit (cents), never a fraction (R: section 6)."""

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 4217 alphabetic code."""
