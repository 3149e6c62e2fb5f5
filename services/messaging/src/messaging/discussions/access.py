"""Whose list of owed replies somebody may see."""

from chassis.auth import Action, Actor, NotVisible, authorize_role
from messaging.discussions.store import ListOf
from ombud_words import Role, SellerId


def list_for(actor: Actor, seller_id: SellerId | None) -> ListOf:
    """Return whose list an actor sees: sellers their own, staff one of their markets. Raises NotVisible, Forbidden."""
    own = SellerId(actor.id)
    if actor.role == Role.SELLER and seller_id in (None, own):
        return ListOf(own, None)
    if not actor.staff and seller_id is not None:
        raise NotVisible
    authorize_role(actor, Action.READ_DISCUSSIONS)
    markets = None if actor.markets is None else tuple(sorted(actor.markets))
    return ListOf(seller_id or own, markets)
