"""Tells a clock the fact of an adjustment, whoever comes first: the job that pages through clocks, or a consumer that
learns of a clock later."""

from collections.abc import Iterable
from datetime import datetime

from chassis.aggregate import Unit
from sla_monitor.adjustments.domain import Adjustment, Standing, concerns, fact_of
from sla_monitor.clocks.domain.clock import Clock, RecordFact
from sla_monitor.clocks.store import CLOCKS
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.store import ADJUSTED, NO_SELLER


async def tell(adjustment: Adjustment, clock_id: str, rules: Rules, unit: Unit) -> None:
    """Tell a clock, once, if it is concerned; and keep what became of its deadline for the report."""
    before = await unit.state(CLOCKS, clock_id)
    if before is None or not concerns(adjustment, before):
        return
    now = unit.session.now()
    command = RecordFact(before.ref, fact_of(adjustment), now, rules, before.seller_id)
    after = await unit.execute(CLOCKS, clock_id, command)
    unit.upsert(ADJUSTED, f"{adjustment.id}|{clock_id}", _row(adjustment, before, after))


def note_refused(adjustment: Adjustment, clock_id: str, reason: str, unit: Unit) -> None:
    """Keep for the report that a clock refused the fact."""
    row = {"adjustment_id": adjustment.id, "seller_id": NO_SELLER, "moved": False, "refused": reason}
    unit.upsert(ADJUSTED, f"{adjustment.id}|{clock_id}", row)


async def tell_standing(standing: Standing, clock_id: str, at: datetime, rules: Rules, unit: Unit) -> None:
    """Tell a clock that was just told a fact of `at` what was ordered before it was known."""
    if standing.until is None or at > standing.until:
        return
    for adjustment in _reaching(standing, at):
        await tell(adjustment, clock_id, rules, unit)


def _reaching(standing: Standing, at: datetime) -> Iterable[Adjustment]:
    return (adjustment for adjustment in standing.adjustments if at <= adjustment.effect[1])


def _row(adjustment: Adjustment, before: Clock, after: Clock) -> dict[str, object]:
    were, are = _deadlines(before), _deadlines(after)
    moved = any(are[start] != due for start, due in were.items() if start in are)
    return {"adjustment_id": adjustment.id, "seller_id": after.seller_id or NO_SELLER, "moved": moved}


def _deadlines(clock: Clock) -> dict[str, datetime]:
    return {round_.start_id: round_.due_by for round_ in clock.rounds}
