"""Runs candidates over stored history, page by page, by one replica at a time, and in turns with everything else that the
process does. Each page is one transaction with how far it came, so that a killed process goes on where it stopped."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from chassis.aggregate import Cause, Session, Unit
from chassis.leases import Leases, work_alone
from chassis.mongo import Mongo
from chassis.store import Document
from ombud_contracts.market import Market
from sla_monitor.domain.candidate import Candidate, CountPage, DryRun, FinishDryRun
from sla_monitor.domain.clock import Clock
from sla_monitor.domain.dry_run import NOTHING, Prices, Totals, compare
from sla_monitor.domain.policy import ClockKind
from sla_monitor.domain.refusal import SlaRefused
from sla_monitor.domain.rule_book import Sort
from sla_monitor.domain.rules import Rules
from sla_monitor.policy_store import CANDIDATES, CHANGES, NO_SELLER, clock_page, next_dry_run
from sla_monitor.proposals import with_candidate
from sla_monitor.rulebook import Rulebook
from sla_monitor.store import CLOCKS, CLOCKS_COLLECTION

log = logging.getLogger(__name__)

_PAGE = 200
_AT_ONCE = 20
"""Clocks that are read together."""
_TURN_SECONDS = 0.003
"""Work between two turns of the loop: announcements wait no longer for it."""
_LOOK_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """What a run compares."""

    run: DryRun
    before: Rules
    after: Rules
    kinds: frozenset[ClockKind]
    """Kinds of clocks that the candidate can change."""
    prices: Prices


class DryRunning:
    """The job of one replica."""

    def __init__(
        self, mongo: Mongo, rules: Rulebook, leases: Leases, markets: Mapping[str, Market], page: int = _PAGE
    ) -> None:
        self._mongo = mongo
        self._page_size = page
        self._rules = rules
        self._leases = leases
        self._markets = markets
        self._trial: Trial | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Compare until told to stop."""
        await work_alone(self._leases, self.work, stopping, _LOOK_AGAIN_SECONDS)

    async def work(self) -> bool:
        """Do one page of the run that was ordered first; return False when there is nothing to do now."""
        candidate = await next_dry_run(self._mongo)
        run = candidate.run if candidate else None
        if candidate is None or run is None:
            return False
        known = self._rules.revision(candidate.market)
        outdated = known > run.revision or candidate.market not in self._markets
        if known < run.revision and not outdated:
            return False  # this replica has not read the rules that the run was ordered against
        now = await self._mongo.server_time()
        session = Session(self._mongo, lambda: now)
        unit = session.unit(Cause(run.id, run.id))
        page = await clock_page(self._mongo, run.cursor, self._page_size) if not outdated else []
        if page:
            command = await self._page(candidate, run, page, unit)
            await unit.execute(CANDIDATES, candidate.id, command)
        else:
            await unit.execute(CANDIDATES, candidate.id, FinishDryRun(run.id, now, outdated))
        await session.commit()
        return True

    async def _page(self, candidate: Candidate, run: DryRun, page: Sequence[Document], unit: Unit) -> CountPage:
        trial = self._trial_of(candidate, run)
        wanted = [d["_id"] for d in page if d["market"] == candidate.market and d["kind"] in trial.kinds]
        totals, incomplete, turn_ends = NOTHING, 0, time.monotonic() + _TURN_SECONDS
        for first in range(0, len(wanted), _AT_ONCE):
            stored = await self._mongo.load(CLOCKS_COLLECTION, wanted[first : first + _AT_ONCE])
            turn_ends = time.monotonic() + _TURN_SECONDS
            for clock_id, one in stored.items():
                clock = CLOCKS.decode(one.state)
                change = _change(clock, trial)
                folded = clock.folded_before is not None and clock.folded_before > run.window.from_at
                incomplete += folded or change is None
                change = change or NOTHING
                totals += change
                if change != NOTHING:
                    unit.upsert(CHANGES, f"{run.id}|{clock_id}", _row(run, clock, change))
                if time.monotonic() > turn_ends:
                    await asyncio.sleep(0)
                    turn_ends = time.monotonic() + _TURN_SECONDS
        return CountPage(run.id, page[-1]["_id"], len(wanted), incomplete, totals, unit.session.now())

    def _trial_of(self, candidate: Candidate, run: DryRun) -> Trial:
        if self._trial is None or self._trial.run.id != run.id:
            before = self._rules[candidate.market]
            after = with_candidate(candidate, before, run.window.from_at)
            kinds = _kinds_changed(candidate, after)
            self._trial = Trial(run, before, after, kinds, prices_of(self._markets[candidate.market]))
        return self._trial


def prices_of(market: Market) -> Prices:
    """Return what silence leads to in a market: `takeover_` and the trigger's name, in the market's mode and tariff."""
    modes = {f"takeover_{trigger.name.lower()}": rule.mode for trigger, rule in market.takeovers.items()}
    return Prices(modes, market.tariff.takeover_minor)


def _kinds_changed(candidate: Candidate, after: Rules) -> frozenset[ClockKind]:
    if candidate.version.sort is Sort.POLICY:
        return frozenset({ClockKind(candidate.version.name)})
    return frozenset(row.kind for row in after.policies.rows if row.calendar == candidate.version.name)


def _change(clock: Clock, trial: Trial) -> Totals | None:
    """What a clock's rounds come to by both rules; None when they cannot be reckoned, which the sweep reports as well."""
    window, prices = trial.run.window, trial.prices
    try:
        return compare(clock.ref.kind, clock.facts, clock.gates, trial.before, trial.after, window, prices)
    except SlaRefused as refused:
        log.warning("a clock is not compared", extra={"case_id": clock.ref.case_id, "reason": type(refused).__name__})
        return None


def _row(run: DryRun, clock: Clock, change: Totals) -> Document:
    return {"run_id": run.id, "seller_id": clock.seller_id or NO_SELLER, **asdict(change)}
