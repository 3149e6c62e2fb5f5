"""Parameters that routes share: ids with their form, how lists are narrowed and paged, and what every route may ask for."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

from chassis.routes import provided
from chassis.sealing import Sealer
from ombud_contracts.market import Market
from ombud_words import AttachmentId, BuyerId, CaseId, ErasureId, MessageId, PersonId, SanctionId, SellerId

_FORM = StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")
CaseParam = Annotated[CaseId, _FORM]
MessageParam = Annotated[MessageId, _FORM]
AttachmentParam = Annotated[AttachmentId, _FORM]
SanctionParam = Annotated[SanctionId, _FORM]
ErasureParam = Annotated[ErasureId, _FORM]
PersonParam = Annotated[PersonId, _FORM]
BuyerParam = Annotated[BuyerId, _FORM]
SellerParam = Annotated[SellerId, _FORM]

PageSize = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500)]

MarketId = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{1,15}$")]
"""Left out: every market in which the reader works."""

Markets = Annotated[Mapping[str, Market], provided("markets")]
Seals = Annotated[Sealer, provided("sealer")]
