"""What happens elsewhere by an outcome, in the transaction in which it comes about; the composition root hands it in."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from chassis.aggregate import Unit
from chassis.routes import provided
from disputes.disputes.domain import Dispute

FollowUp = Callable[[Dispute, Unit], Awaitable[None]]
"""Does what follows from the outcome of a dispute, or from its reversal, once. Raises a Refusal."""
FollowedUp = Annotated[FollowUp, provided("follow_up")]
