"""Check-ins as contract events."""

from messaging.discussions.domain import check_in
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import messaging as contract


def publish_check_in(event: check_in.Event, _state: check_in.CheckIn) -> ContractEvent | None:
    """Return what others hear of a check-in: not each, or a topic would hold every look at a list."""
    return contract.DiscussionsChecked(seller_id=event.seller_id, checked_at=event.at) if event.told else None
