"""Lists of disputes: which of them somebody asks for, as a filter that holds only what is theirs to see."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from chassis.auth import Action, Actor, authorize_role, readable_markets
from chassis.http import Id, RequestModel
from chassis.store import Document
from disputes.disputes.domain import UNDECIDED, Stage
from disputes.disputes.store import Order
from ombud_contracts.market import Market
from ombud_words import Reason, Role


class DisputeListQuery(RequestModel):
    """Which disputes, in which order, and from where on; what is left out does not narrow the list."""

    market: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")] = None
    stage: Stage | None = None
    reason: Reason | None = None
    seller_id: Id | None = None
    breached: bool | None = None
    """A deadline has passed, and what was owed still is."""
    order: Order = Order.DUE
    """By `due` only disputes in which something is owed by an instant are listed, the earliest first."""
    cursor: Annotated[str | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


def rows_for(actor: Actor, asked: DisputeListQuery, markets: Mapping[str, Market]) -> Document:
    """Return the filter of what somebody asked for, within what they see. Raises NotVisible, Forbidden."""
    authorize_role(actor, Action.READ_DISPUTE)
    where: Document = {path: str(value) for name, path in _PATHS.items() if (value := getattr(asked, name)) is not None}
    if asked.breached is not None:
        where["breached"] = True if asked.breached else {"$ne": True}
    if asked.order == Order.DUE and asked.stage is None:
        where["stage"] = {"$in": [stage.value for stage in UNDECIDED]}
    return {"$and": [_theirs(actor, asked.market, markets), where]}


_PATHS = {
    "market": "state.opened.market",
    "stage": "stage",
    "reason": "state.opened.reason",
    "seller_id": "state.opened.seller_id",
}


def _theirs(actor: Actor, market: str | None, markets: Mapping[str, Market]) -> Document:
    match actor.role:
        case Role.BUYER:
            return {"state.opened.buyer_id": actor.id}
        case Role.SELLER:
            return {"state.opened.seller_id": actor.id}
    return {"state.opened.market": {"$in": readable_markets(actor, Action.READ_DISPUTE, market, markets)}}
