"""Tries candidates over stored history, in turns with everything else that the process does."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from chassis.aggregate import Unit
from chassis.leases import Leases
from chassis.mongo import Mongo
from chassis.store import Document
from ombud_contracts.market import Market
from ombud_rulebooks.jobs import DryRunning
from ombud_words import TAKES_OVER, Silence
from sla_monitor.clocks.domain import Clock
from sla_monitor.clocks.store import CLOCKS, CLOCKS_COLLECTION, NO_SELLER, clock_page
from sla_monitor.dry_runs.domain import Prices, compare
from sla_monitor.rules.domain import NOTHING, Candidate, ClockKind, DryRun, Rules, Sort, Totals, with_candidate
from sla_monitor.rules.known import KnownRules
from sla_monitor.rules.store import CHANGES, RULEBOOK
from sla_monitor.working_time.domain import SlaRefused

log = logging.getLogger(__name__)

_PAGE = 200
_AT_ONCE = 20
"""Clocks that are read together."""
_TURN_SECONDS = 0.003
"""Work between two turns of the loop: announcements wait no longer for it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a run compares."""

    run: DryRun
    before: Rules
    after: Rules
    kinds: frozenset[ClockKind]
    """Kinds of clocks that the candidate can change."""
    prices: Prices


class Comparing:
    """Compares page after page of the clocks, for the run that is tried now."""

    def __init__(self, mongo: Mongo, rules: KnownRules, markets: Mapping[str, Market], page: int) -> None:
        self._mongo = mongo
        self._page_size = page
        self._rules = rules
        self._markets = markets
        self._trial: Trial | None = None

    def revision(self, market: str) -> int | None:
        """How many versions of a market this replica knows; None when the market is gone."""
        return self._rules.revision(market) if market in self._markets else None

    async def compare(self, candidate: Candidate, unit: Unit) -> DryRun | None:
        """Return the run with the next page of clocks compared, or None when there is none."""
        run = candidate.run
        assert run is not None, "a candidate is tried by a run"
        page = await clock_page(self._mongo, run.cursor, self._page_size)
        if not page:
            return None
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
        return replace(
            run,
            cursor=page[-1]["_id"],
            clocks=run.clocks + len(wanted),
            incomplete=run.incomplete + incomplete,
            totals=run.totals + totals,
        )

    def _trial_of(self, candidate: Candidate, run: DryRun) -> Trial:
        if self._trial is None or self._trial.run.id != run.id:
            before = self._rules[candidate.market]
            after = with_candidate(candidate, before, run.window.from_at)
            kinds = _kinds_changed(candidate, after)
            self._trial = Trial(run, before, after, kinds, prices_of(self._markets[candidate.market]))
        return self._trial


def dry_running(
    mongo: Mongo, rules: KnownRules, leases: Leases, markets: Mapping[str, Market], page: int = _PAGE
) -> DryRunning[Candidate]:
    """Return the job; `page` is how many clocks are looked at in a transaction."""
    comparing = Comparing(mongo, rules, markets, page)
    return DryRunning(mongo, RULEBOOK, leases, comparing.revision, comparing.compare)


def prices_of(market: Market) -> Prices:
    """Return what silence leads to in a market: the words that are carried out as a takeover, in the market's mode and tariff."""
    rules = market.takeovers
    modes = {word.value: rules[trigger].mode for word, trigger in TAKES_OVER.items() if trigger in rules}
    if modes.get(Silence.TAKEOVER_IMPASSE) == "recommend":
        modes[Silence.TAKEOVER_IMPASSE.value] = "automatic"  # what was recommended before is taken over at an impasse
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
