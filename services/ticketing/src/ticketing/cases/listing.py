"""Lists of cases: which of them somebody asks for, as a filter that holds only what is theirs to see."""

from typing import Annotated, Literal

from pydantic import Field

from chassis.auth import Actor, NotVisible
from chassis.http import RequestModel
from chassis.store import Document
from ombud_words import Counterpart, Reason, Role
from ticketing.queue.store import Order

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]


class CaseFilter(RequestModel):
    """Which cases; what is left out does not narrow the list."""

    market: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None
    status: Literal["OPEN", "RESOLVED", "CLOSED"] | None = None
    counterpart: Counterpart | None = None
    answered_by: Literal["seller", "platform"] | None = None
    """Who answers at present, takeovers included."""
    reason: Reason | None = None
    priority: Annotated[int | None, Field(ge=1, le=4)] = None
    breached: bool | None = None
    """A deadline has passed, and what was owed still is."""
    disputed: bool | None = None
    """A dispute is live."""
    number: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9-]{1,32}$")] = None
    """What people quote; upper and lower case are the same. A merged case is found, and the one that goes on for it."""
    order_id: _Id | None = None
    person_id: _Id | None = None
    """A buyer or a seller who is a party."""


class CaseListQuery(CaseFilter):
    """Which cases, in which order, and from where on."""

    order: Order = Order.NEWEST
    """By `deadline` only cases with a deadline that runs are listed."""
    cursor: Annotated[str | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


def rows_for(actor: Actor, asked: CaseFilter) -> Document:
    """Return the filter of what somebody asked for, within what they see. Raises NotVisible."""
    exact = asked.model_dump(mode="json", include=_EXACT, exclude_none=True)
    flags = {name: True if value else {"$ne": True} for name in _FLAGS if (value := getattr(asked, name)) is not None}
    number = _any_of(asked.number and asked.number.upper(), "number", "merged_numbers")
    person = _any_of(asked.person_id, "buyer_id", "seller_id")
    return {"$and": [_theirs(actor), {**exact, **flags}, number, person]}


def _any_of(value: str | None, *fields: str) -> Document:
    return {} if value is None else {"$or": [{field: value} for field in fields]}


_EXACT = {"market", "status", "counterpart", "answered_by", "reason", "priority", "order_id"}
_FLAGS = ("breached", "disputed")


def _theirs(actor: Actor) -> Document:
    match actor.role:
        case Role.BUYER:
            return {"buyer_id": actor.id}
        case Role.SELLER:
            return {"seller_id": actor.id}
    if not actor.staff:
        raise NotVisible
    return {} if actor.markets is None else {"market": {"$in": sorted(actor.markets)}}
