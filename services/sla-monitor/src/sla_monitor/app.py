"""Puts the monitor together."""

from datetime import timedelta

from chassis.http import Runtime
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.service import Job, Parts, Service
from ombud_contracts.market import load_markets
from ombud_rulebooks.domain.candidate import CandidateRefused
from sla_monitor.adjustments.jobs import Adjusting
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.store import INDEXES, SHARDS
from sla_monitor.dry_runs.jobs import dry_running
from sla_monitor.firing.jobs import Firing
from sla_monitor.firing.watching import Watching
from sla_monitor.rebuild.command import refuse_unfinished
from sla_monitor.routes import router_for
from sla_monitor.rules.calendar_ends import CalendarEnds
from sla_monitor.rules.known import Rulebook, read_rules, versions_of
from sla_monitor.rules.publishing import Keeping, publish_versions
from sla_monitor.rules.store import POLICY_INDEXES
from sla_monitor.settings import SlaSettings
from sla_monitor.working_time.domain.refusal import SlaRefused


def compose(runtime: Runtime) -> Parts:
    """Return the parts that the process's roles need."""
    assert isinstance(runtime.settings, SlaSettings)
    roles = runtime.settings.sla_roles
    markets = load_markets(runtime.settings.markets)
    current = [version for market in markets.values() for version in versions_of(market)]
    read_rules(current)  # what cannot be read stops the start, with every error at once
    notice_seconds = runtime.settings.policy_notice_seconds
    rules = Rulebook(fresh_seconds=notice_seconds / 2)
    keeping = Keeping(rules, runtime.mongo, notice_seconds)

    async def publish() -> None:
        await refuse_unfinished(runtime.mongo)
        await publish_versions(current, runtime.mongo, runtime.now)
        await keeping.refresh()

    firing = Firing(runtime.mongo, rules, Leases(runtime.mongo, "clocks", SHARDS, new_id("fire")))
    jobs: list[Job] = [keeping.run]
    if "fire" in roles:
        alone = Leases(runtime.mongo, "adjustments", 1, new_id("adjust"))
        jobs.append(CalendarEnds(rules, runtime.now).run)
        jobs += [firing.run, Watching(runtime.mongo).run, Adjusting(runtime.mongo, rules, alone, notice_seconds).run]
    if "dry-run" in roles:
        jobs.append(dry_running(runtime.mongo, rules, Leases(runtime.mongo, "dry-runs", 1, new_id("dry")), markets).run)
    return Parts(
        routers=[router_for(rules, markets, timedelta(seconds=notice_seconds))] if "serve" in roles else [],
        consumers=[clocks(rules, runtime.mongo, keeping)] if "consume" in roles else [],
        jobs=jobs,
        on_commit=firing.ring,
        prepare=publish,
    )


SERVICE = Service(
    name="sla-monitor",
    title="Ombud SLA monitor",
    compose=compose,
    refusals={SlaRefused: 409, CandidateRefused: 409},
    indexes={**INDEXES, **POLICY_INDEXES},
    settings=SlaSettings,
)
