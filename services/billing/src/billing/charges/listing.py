"""Lists of charges: which of them somebody asks for, as a filter that holds only what is theirs to see."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from billing.charges.domain import Status
from chassis.auth import Action, Actor, authorize_role, readable_markets
from chassis.http import Id, RequestModel
from chassis.store import Document
from ombud_contracts.market import Market
from ombud_words import ChargeKind, Role


class ChargeListQuery(RequestModel):
    """Which charges, and from where on; what is left out does not narrow the list."""

    market: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None
    seller_id: Id | None = None
    case_id: Id | None = None
    status: Status | None = None
    kind: ChargeKind | None = None
    needs_approval: bool | None = None
    """Somebody has to approve or refuse it."""
    contested: bool | None = None
    """The seller disagrees, and nobody has judged it."""
    appealed: bool | None = None
    """The seller appealed that it was upheld, and nobody has decided that."""
    cursor: Annotated[str | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


def rows_for(actor: Actor, asked: ChargeListQuery, markets: Mapping[str, Market]) -> Document:
    """Return the filter of what somebody asked for, within what they see. Raises NotVisible, Forbidden."""
    authorize_role(actor, Action.READ_CHARGES)
    where: list[Document] = [
        {path: str(value)} for name, path in _PATHS.items() if (value := getattr(asked, name)) is not None
    ]
    for name, status in _WAITING.items():
        wanted = getattr(asked, name)
        if wanted is not None:
            where.append({"status": status.value if wanted else {"$ne": status.value}})
    return {"$and": [_theirs(actor, asked.market, markets), *where]}


_PATHS = {
    "market": "state.terms.market",
    "seller_id": "seller_id",
    "case_id": "case_id",
    "status": "status",
    "kind": "state.terms.kind",
}
_WAITING = {"needs_approval": Status.PROPOSED, "contested": Status.CONTESTED, "appealed": Status.APPEALED}


def _theirs(actor: Actor, market: str | None, markets: Mapping[str, Market]) -> Document:
    if actor.role == Role.SELLER:
        return {"seller_id": actor.id}
    return {"state.terms.market": {"$in": readable_markets(actor, Action.READ_CHARGES, market, markets)}}
