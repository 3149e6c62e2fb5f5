"""Stories over a dispute and its slot: opening occupies it, an end frees it."""

from datetime import datetime

from chassis.aggregate import Unit
from disputes.domain.dispute import Dispute, Stage
from disputes.domain.dispute_command import Command, OpenDispute
from disputes.domain.slot import Free, Occupy
from disputes.store import DISPUTES, SLOTS, slot_id

_ENDED = (Stage.CLOSED, Stage.WITHDRAWN, Stage.LAPSED)


async def open_dispute(command: OpenDispute, unit: Unit) -> Dispute:
    """Open a dispute in its free slot. Raises DisputeAlreadyLive."""
    slot = slot_id(command.order_id, command.line_id, command.family)
    await unit.execute(SLOTS, slot, Occupy(command.dispute_id, command.at))
    return await unit.execute(DISPUTES, command.dispute_id, command)


async def act(dispute_id: str, command: Command, at: datetime, unit: Unit) -> Dispute:
    """Execute a command on a dispute; one that ends it frees its slot."""
    state = await unit.execute(DISPUTES, dispute_id, command)
    if state.stage in _ENDED:
        o = state.opened
        await unit.execute(SLOTS, slot_id(o.order_id, o.line_id, o.family), Free(dispute_id, at))
    return state
