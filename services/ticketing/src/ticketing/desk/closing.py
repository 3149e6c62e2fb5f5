"""Closing a case: it ends with the takeover under which it was handled, and with those that were only proposed."""

from datetime import datetime

from chassis.aggregate import Unit
from ombud_words import CaseId, Role, TakeoverId
from ticketing.cases.domain import Case, Status, StillUnfinished, UnknownCase
from ticketing.cases.living import close_and_free, expect_finished, merge
from ticketing.cases.store import CASES
from ticketing.promises.promising import end_with_case
from ticketing.takeovers.domain import ConcludeTakeover, DeclineTakeover
from ticketing.takeovers.store import TAKEOVERS, open_proposals

CASE_CLOSED = "case_closed"
"""Why a proposal is declined that nobody had decided when its case was closed."""


async def close(case_id: CaseId, at: datetime, unit: Unit, despite: str | None = None) -> Case:
    """Close a case, conclude the takeover under which it was handled, and decline those that are proposed. Raises a Refusal."""
    before = await unit.read(CASES, case_id)
    if before is None:
        raise UnknownCase("there is no such case")
    if before.takeover_id is not None and despite is None:
        await _expect_verdict(before.takeover_id, unit)
    await expect_finished(case_id, despite, unit)
    await end_with_case(case_id, CASE_CLOSED, unit)  # before its end, after which nobody hears of its clocks
    closed = await close_and_free(case_id, at, despite, unit)
    if before.takeover_id is not None and closed.status == Status.CLOSED:
        await unit.execute(TAKEOVERS, before.takeover_id, ConcludeTakeover(at))
    await _decline_proposals(case_id, at, unit)
    return closed


async def merge_and_decline(ends: Case, goes_on: Case, by: Role, unit: Unit) -> Case:
    """End a case in whose place another goes on, and decline the takeovers that are proposed of it. Raises a Refusal."""
    merged = await merge(ends, goes_on, by, unit)
    await _decline_proposals(ends.id, unit.now, unit)
    return merged


async def _expect_verdict(takeover_id: TakeoverId, unit: Unit) -> None:
    """Refuse to conclude what a person has still to judge: nobody would say any more whether it was for a reason (S-9)."""
    takeover = await unit.read(TAKEOVERS, takeover_id)
    if takeover is not None and takeover.awaits_verdict:
        raise StillUnfinished((takeover_id,))


async def _decline_proposals(case_id: CaseId, at: datetime, unit: Unit) -> None:
    """Decline every proposal that is open; who proposes one meanwhile does so of a case that this transaction writes."""
    while proposals := await open_proposals(unit, case_id):
        for proposed in proposals:
            await unit.execute(TAKEOVERS, proposed, DeclineTakeover(CASE_CLOSED, Role.SYSTEM, at))
