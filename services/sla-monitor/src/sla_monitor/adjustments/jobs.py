"""Applies what was ordered for a whole market: tells every clock that it concerns, page by page, by one replica at a
time. Each page is one transaction with how far it came, so that a killed process goes on where it stopped."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from chassis.aggregate import Cause, Unit
from chassis.leases import Leases, work_alone
from chassis.mongo import Mongo
from chassis.store import Document
from ombud_words import ClockId
from sla_monitor.adjustments.applying import note_refused, tell
from sla_monitor.adjustments.domain import Adjustment, CountTold, FinishAdjustment, Migration
from sla_monitor.adjustments.store import ADJUSTMENTS, adjusted_totals, next_adjustment
from sla_monitor.clocks.store import CLOCKS, clock_page
from sla_monitor.rules.domain import Rules
from sla_monitor.working_time.domain import SlaRefused

log = logging.getLogger(__name__)

_PAGE = 100
"""Clocks per transaction."""
_LOOK_AGAIN_SECONDS = 1.0
_AT_ONCE = 5
"""Clocks that are read together: a few milliseconds of work, so that announcements stay punctual."""


class Adjusting:
    """The job of one replica."""

    def __init__(
        self, mongo: Mongo, rules: Mapping[str, Rules], leases: Leases, notice_seconds: float, page: int = _PAGE
    ) -> None:
        """An adjustment is applied `notice_seconds` after it was ordered: by then every replica tells it to new clocks."""
        self._mongo = mongo
        self._page_size = page
        self._rules = rules
        self._leases = leases
        self._notice = timedelta(seconds=notice_seconds)
        self._pause_seconds = min(_LOOK_AGAIN_SECONDS, notice_seconds / 4)

    async def run(self, stopping: asyncio.Event) -> None:
        """Apply until told to stop."""
        await work_alone(self._leases, self.work, stopping, self._pause_seconds)

    async def work(self) -> bool:
        """Do one page of the adjustment that was ordered first; return False when nothing waits."""
        now = await self._mongo.server_time()
        adjustment = await next_adjustment(self._mongo, now - self._notice)
        if adjustment is None:
            return False
        page = await clock_page(self._mongo, adjustment.cursor, self._page_size)
        if page:
            await self._page(adjustment, page)
        else:
            await self._finish(adjustment)
        return True

    async def _page(self, adjustment: Adjustment, page: Sequence[Document]) -> None:
        now = await self._mongo.server_time()
        session = self._leases.session(now)
        unit = session.unit(_cause(adjustment))
        concerned = [d["_id"] for d in page if _may_concern(adjustment, d)]
        for first in range(0, len(concerned), _AT_ONCE):
            some = concerned[first : first + _AT_ONCE]
            await session.preload(CLOCKS, some)
            for clock_id in some:
                await self._tell(adjustment, clock_id, unit)
                await asyncio.sleep(0)
        await unit.execute(ADJUSTMENTS, adjustment.id, CountTold(page[-1]["_id"], len(concerned), now))
        await session.commit()

    async def _tell(self, adjustment: Adjustment, clock_id: ClockId, unit: Unit) -> None:
        try:
            await tell(adjustment, clock_id, self._rules[adjustment.market], unit)
        except SlaRefused as refused:
            reason = type(refused).__name__
            log.error("a clock was not adjusted", extra={"work": adjustment.id, "reason": reason})
            note_refused(adjustment, clock_id, reason, unit)

    async def _finish(self, adjustment: Adjustment) -> None:
        now = await self._mongo.server_time()
        told, moved, sellers = await adjusted_totals(self._mongo, adjustment.id)
        session = self._leases.session(now)
        unit = session.unit(_cause(adjustment))
        await unit.execute(ADJUSTMENTS, adjustment.id, FinishAdjustment(told, moved, sellers, now))
        await session.commit()


def _cause(adjustment: Adjustment) -> Cause:
    return Cause(adjustment.id, adjustment.id, adjustment.by_kind, adjustment.by)


def _may_concern(adjustment: Adjustment, clock: Document) -> bool:
    order = adjustment.order
    fits = not isinstance(order, Migration) or clock["kind"] == order.kind
    return fits and bool(clock["market"] == adjustment.market)
