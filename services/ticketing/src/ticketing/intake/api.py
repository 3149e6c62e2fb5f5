"""The route that guides a person from a first idea to a contact that can be opened."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.http import IdForm, RequestModel, Who
from chassis.routes import ReadUnit, routes
from ombud_contracts.market import Market
from ombud_words import DraftId, LineId, ListingId, OrderId, Reason, Remedy
from ticketing.cases.access import Markets
from ticketing.cases.opening import About
from ticketing.intake.domain import Question, Said, questions
from ticketing.intake.guiding import (
    Matter,
    about_of,
    leaves_of,
    matter_of,
    refusal_of,
    refusal_of_order,
    rights_of,
)
from ticketing.intake.views import IntakeView, ObstacleView, question_view

router = routes("ticketing")
_TRACKED = "shipping"
"""The branch of the tree whose reasons are about a delivery."""
_Step = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,31}$")]


class IntakeRequest(RequestModel):
    """What somebody knows so far; everything may be left out."""

    order_id: Annotated[OrderId, IdForm] | None = None
    line_id: Annotated[LineId, IdForm] | None = None
    """Of the order; without an order it says nothing."""
    listing_id: Annotated[ListingId, IdForm] | None = None
    """What is asked about before buying; beside an order it says nothing."""
    market: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,15}$")] | None = None
    """Where neither an order nor a listing is named."""
    path: Annotated[list[_Step], Field(max_length=5)] = Field(default_factory=list)
    """The steps in the tree of reasons that were chosen, from its root."""
    reason: Reason | None = None
    desired_outcome: Remedy | None = None
    draft_id: Annotated[DraftId, IdForm] | None = None
    """The first message, which was given to messaging as a draft before."""
    evidence: Annotated[list[_Step], Field(max_length=20)] = Field(default_factory=list)
    """Kinds of facts that the person can show, such as `photo`."""


@router.post("/intakes")
async def guide_intake(body: IntakeRequest, actor: Who, unit: ReadUnit, markets: Markets) -> IntakeView:
    """Say what is known of a contact that somebody wants to begin, and what is still to be asked. Nothing is kept of it."""
    matter = await matter_of(body.order_id, body.line_id, body.listing_id, actor, unit)
    if refused := refusal_of_order(matter, actor):
        return _view(matter, _said(body, matter, None, (), actor), None, [refused])
    market = markets.get(matter.market or body.market or "")
    said = _said(body, matter, market, markets, actor)
    about = about_of(said.leaf.reason, matter, market) if market and said.leaf else None
    return _view(matter, said, about, await _obstacles(said, about, actor, unit), questions(said))


def _said(body: IntakeRequest, matter: Matter, market: Market | None, markets: Iterable[str], actor: Actor) -> Said:
    return Said(
        leaves=leaves_of(market, matter, actor) if market else (),
        markets=() if market else sorted(markets),
        order_named=body.order_id is not None,
        listing_named=matter.listing is not None,
        lines=matter.choices,
        path=tuple(body.path),
        reason=body.reason,
        desired_outcome=body.desired_outcome,
        draft_named=body.draft_id is not None,
        evidence=frozenset(body.evidence),
    )


async def _obstacles(said: Said, about: About | None, actor: Actor, unit: Unit) -> list[ObstacleView]:
    if about is None or said.leaf is None:
        return []
    refused = await refusal_of(said.leaf.reason, about, actor, unit)
    return [refused] if refused else []


def _view(
    matter: Matter,
    said: Said,
    about: About | None,
    obstacles: list[ObstacleView],
    asked: Sequence[Question] = (),
) -> IntakeView:
    leaf = said.leaf
    return IntakeView(
        tracking=matter.tracking if _TRACKED in (leaf.tree if leaf else said.path) else None,
        order=matter.order,
        listing=matter.offered,
        market=matter.market or (about.market.id if about else None),
        reason=leaf.reason if leaf else None,
        family=about.row.family if about else None,
        counterpart=leaf.counterpart if leaf else None,
        phase=about.phase if about else None,
        desired_outcome=said.confirmed_outcome,
        rights=rights_of(about) if about else None,
        questions=[question_view(q) for q in asked],
        obstacles=obstacles,
        ready=about is not None and not obstacles and not any(q.required for q in asked),
    )
