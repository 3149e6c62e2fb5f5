"""Tells a clock the fact of an adjustment, whoever comes first: the job that pages through clocks, or a consumer that
learns of a clock later."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chassis.aggregate import Unit
from chassis.mongo import Mongo
from ombud_words import ClockId
from sla_monitor.adjustments.domain import Adjustment, Standing, concerns, fact_of
from sla_monitor.adjustments.store import ADJUSTED, all_adjustments, count_adjustments
from sla_monitor.clocks.domain import Clock, ClockRef, RecordFact
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CLOCKS, NO_SELLER
from sla_monitor.rules.domain import Rules


async def tell(adjustment: Adjustment, clock_id: ClockId, rules: Rules, unit: Unit) -> None:
    """Tell a clock, once, if it is concerned; and keep what became of its deadline for the report."""
    before = await unit.read(CLOCKS, clock_id)
    if before is None or not concerns(adjustment, before):
        return
    now = unit.now
    command = RecordFact(before.ref, fact_of(adjustment), now, rules, before.seller_id)
    after = await unit.execute(CLOCKS, clock_id, command)
    unit.upsert(ADJUSTED, f"{adjustment.id}|{clock_id}", _row(adjustment, before, after))


def note_refused(adjustment: Adjustment, clock_id: ClockId, reason: str, unit: Unit) -> None:
    """Keep for the report that a clock refused the fact."""
    row = {"adjustment_id": adjustment.id, "seller_id": NO_SELLER, "moved": False, "refused": reason}
    unit.upsert(ADJUSTED, f"{adjustment.id}|{clock_id}", row)


class StandingAdjustments:
    """What this replica knows of adjustments: clocks that become known later are told of them too."""

    def __init__(self) -> None:
        self._count: int | None = None
        self._by_market: Mapping[str, Standing] = {}

    def of(self, market: str) -> Standing:
        """Return what clocks of the market that become known later are told."""
        return self._by_market.get(market, _NONE)

    async def refresh(self, mongo: Mongo) -> bool:
        """Know every adjustment that is ordered by now; return whether one was new."""
        if await count_adjustments(mongo) == self._count:
            return False
        found = await all_adjustments(mongo)
        by_market: dict[str, list[Adjustment]] = {}
        for one in found:
            by_market.setdefault(one.market, []).append(one)
        self._by_market = {market: Standing.of(tuple(ordered)) for market, ordered in by_market.items()}
        self._count = len(found)
        return True

    async def tell(self, ref: ClockRef, at: datetime, rules: Rules, unit: Unit) -> None:
        """Tell a clock that was just told a fact of `at` what was ordered before it was known."""
        standing = self.of(ref.market)
        if standing.until is None or at > standing.until:
            return
        for adjustment in _reaching(standing, at):
            await tell(adjustment, clock_id(ref), rules, unit)


_NONE = Standing()


def _reaching(standing: Standing, at: datetime) -> Iterable[Adjustment]:
    return (adjustment for adjustment in standing.adjustments if at <= adjustment.effect[1])


def _row(adjustment: Adjustment, before: Clock, after: Clock) -> dict[str, object]:
    were, are = _deadlines(before), _deadlines(after)
    moved = any(are[start] != due for start, due in were.items() if start in are)
    return {"adjustment_id": adjustment.id, "seller_id": after.seller_id or NO_SELLER, "moved": moved}


def _deadlines(clock: Clock) -> dict[str, datetime]:
    return {round_.start_id: round_.due_by for round_ in clock.rounds}
