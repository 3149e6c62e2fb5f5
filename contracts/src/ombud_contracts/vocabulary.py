"""The fields that events share, around the words of `ombud_words`.

Enumerations published in events are *open*: a consumer must accept a value it does not know (`Open`).
"""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, Field

from ombud_words import ids
from ombud_words.outcomes import Audience as Audience
from ombud_words.outcomes import ChargeKind as ChargeKind
from ombud_words.outcomes import Remedy as Remedy
from ombud_words.outcomes import Trigger as Trigger
from ombud_words.reasons import Reason as Reason
from ombud_words.reasons import ReasonFamily as ReasonFamily
from ombud_words.roles import Role as Role

CaseId = Annotated[ids.CaseId, Field(description="The case.", examples=["cas_01JD0000000000000000000000"])]
MessageId = Annotated[ids.MessageId, Field(description="The message.", examples=["msg_01JD0000000000000000000000"])]
ClockId = Annotated[ids.ClockId, Field(description="The clock.", examples=["clk_01JD0000000000000000000000"])]
TakeoverId = Annotated[ids.TakeoverId, Field(description="The takeover.", examples=["tko_01JD0000000000000000000000"])]
DisputeId = Annotated[ids.DisputeId, Field(description="The dispute.", examples=["dsp_01JD0000000000000000000000"])]
ChargeId = Annotated[ids.ChargeId, Field(description="The charge.", examples=["chg_01JD0000000000000000000000"])]
BuyerId = Annotated[
    ids.BuyerId,
    Field(
        description="The marketplace's id of the buyer; a pseudonym, never a name.",
        examples=["buy_01JD0000000000000000000000"],
    ),
]
SellerId = Annotated[
    ids.SellerId, Field(description="The marketplace's id of the seller.", examples=["sel_01JD0000000000000000000000"])
]
OrderId = Annotated[
    ids.OrderId, Field(description="The marketplace's id of the order.", examples=["ord_01JD0000000000000000000000"])
]
LineId = Annotated[
    ids.LineId, Field(description="The line within the order.", examples=["lin_01JD0000000000000000000000"])
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
