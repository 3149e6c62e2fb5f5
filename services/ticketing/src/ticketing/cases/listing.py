"""Lists of cases: which of them somebody asks for, as a filter that holds only what is theirs to see."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Actor, NotVisible
from chassis.http import RequestModel
from chassis.live import Glance, glance
from chassis.store import Document
from ombud_words import CaseId, Counterpart, PersonId, Reason, Role
from ticketing.deadlines.store import deadlines_of
from ticketing.queue.store import Order, page_of_queue

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
    listing_id: _Id | None = None
    """Asked about before buying."""
    person_id: _Id | None = None
    """A buyer or a seller who is a party."""


class FirstPageQuery(CaseFilter):
    """Which cases, and in which order."""

    order: Order = Order.NEWEST
    """By `deadline` only cases with a deadline that runs are listed."""
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class CaseListQuery(FirstPageQuery):
    """Which cases, in which order, and from where on."""

    cursor: Annotated[str | None, Field(max_length=500)] = None


@dataclass(frozen=True, slots=True)
class FollowedCases:
    """Whose list of cases is followed, and which: colleagues in the same markets follow the same one."""

    actor: Actor
    asked: FirstPageQuery

    @classmethod
    def of(cls, actor: Actor, asked: FirstPageQuery) -> "FollowedCases":
        """Return what somebody follows who asks for this list. Raises NotVisible."""
        rows_for(actor, asked)
        return cls(replace(actor, id=_ANY_OF_STAFF) if actor.staff else actor, asked)


async def first_page(unit: Unit, followed: FollowedCases) -> Glance:
    """Return the first page of a list in short."""
    asked = followed.asked
    rows, _following = await page_of_queue(unit, rows_for(followed.actor, asked), asked.order, None, asked.limit)
    ids = [CaseId(row["_id"]) for row in rows]
    deadlines = await deadlines_of(unit, ids, followed.actor.role)
    told = {"cases": len(rows), "first_case_id": ids[0] if ids else None}
    return glance(((sorted(row.items()), deadlines[id]) for row, id in zip(rows, ids, strict=True)), told)


def rows_for(actor: Actor, asked: CaseFilter) -> Document:
    """Return the filter of what somebody asked for, within what they see. Raises NotVisible."""
    exact = asked.model_dump(mode="json", include=_EXACT, exclude_none=True)
    flags = {name: True if value else {"$ne": True} for name in _FLAGS if (value := getattr(asked, name)) is not None}
    number = _any_of(asked.number and asked.number.upper(), "number", "merged_numbers")
    person = _any_of(asked.person_id, "buyer_id", "seller_id")
    return {"$and": [_theirs(actor), {**exact, **flags}, number, person]}


def _any_of(value: str | None, *fields: str) -> Document:
    return {} if value is None else {"$or": [{field: value} for field in fields]}


_EXACT = {"market", "status", "counterpart", "answered_by", "reason", "priority", "order_id", "listing_id"}
_FLAGS = ("breached", "disputed")
_ANY_OF_STAFF = PersonId("")


def _theirs(actor: Actor) -> Document:
    match actor.role:
        case Role.BUYER:
            return {"buyer_id": actor.id}
        case Role.SELLER:
            return {"seller_id": actor.id}
    if not actor.staff:
        raise NotVisible
    return {} if actor.markets is None else {"market": {"$in": sorted(actor.markets)}}
