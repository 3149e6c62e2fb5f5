"""Puts the monitor together."""

from datetime import timedelta
from functools import partial

from chassis.http import Runtime
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.live import Followed, Lists
from chassis.parts import Parts, Service
from chassis.roles import Role
from chassis.store import Writes
from ombud_rulebooks.domain import RulebookRefused
from sla_monitor.adjustments import api as adjustments
from sla_monitor.adjustments.applying import StandingAdjustments
from sla_monitor.adjustments.jobs import Adjusting
from sla_monitor.adjustments.store import ADJUSTMENT_INDEXES
from sla_monitor.clocks import api as clocks
from sla_monitor.clocks.consumers import clocks as clocks_consumer
from sla_monitor.clocks.store import CASES_COLLECTION, CLOCKS_COLLECTION, INDEXES, SHARDS
from sla_monitor.dry_runs.jobs import dry_running
from sla_monitor.explaining import api as explaining
from sla_monitor.firing.jobs import Firing, Watching
from sla_monitor.lists import api as lists
from sla_monitor.lists.jobs import Owing
from sla_monitor.rebuild.store import refuse_unfinished
from sla_monitor.rules import api as rules_api
from sla_monitor.rules.jobs import CalendarEnds
from sla_monitor.rules.known import KnownRules
from sla_monitor.rules.market_files import publish_versions, versions_of
from sla_monitor.rules.store import RULE_INDEXES
from sla_monitor.rules.versions import read_rules
from sla_monitor.settings import SlaSettings
from sla_monitor.working_time.domain import SlaRefused

ROUTERS = [module.router for module in (clocks, explaining, lists, rules_api, adjustments)]


def compose(runtime: Runtime) -> Parts:
    """Return the monitor's routes, consumer and jobs."""
    assert isinstance(runtime.settings, SlaSettings)
    markets = runtime.settings.known_markets()
    current = [version for market in markets.values() for version in versions_of(market)]
    read_rules(current)  # what cannot be read stops the start, with every error at once
    notice_seconds = runtime.settings.policy_notice_seconds
    standing = StandingAdjustments()
    rules = KnownRules(fresh_seconds=notice_seconds / 2, beside=[standing.refresh])
    know = partial(rules.refresh, runtime.mongo)

    async def publish() -> None:
        await refuse_unfinished(runtime.mongo)
        await publish_versions(current, runtime.mongo, runtime.now)
        await know()

    firing = Firing(runtime.mongo, rules, Leases(runtime.mongo, "clocks", SHARDS, new_id("fire")))
    followed = {"clocks": Followed(clocks.clocks_in_short, [CLOCKS_COLLECTION, CASES_COLLECTION])}
    live = Lists(runtime.mongo, runtime.now, runtime.settings, followed)

    def ring(writes: Writes) -> None:
        firing.ring(writes)
        live.ring(writes)

    return Parts(
        routers=ROUTERS,
        consumers=[clocks_consumer(rules, know, standing.tell)],
        jobs={
            Role.API: [live.run],
            Role.FIRE: [firing.run, Watching(runtime.mongo).run],
            Role.JOBS: [
                CalendarEnds(rules, runtime.now).run,
                Owing(runtime.mongo, sorted(markets)).run,
                Adjusting(runtime.mongo, rules, _alone(runtime, "adjustments"), notice_seconds).run,
                dry_running(runtime.mongo, rules, _alone(runtime, "dry-runs"), markets).run,
            ],
        },
        keeps_knowing=[partial(rules.keep, runtime.mongo)],
        on_commit=ring,
        provides={
            "lists": live,
            "rules": rules,
            "markets": markets,
            "rule_desk": rules_api.desk_of(markets, timedelta(seconds=notice_seconds)),
        },
        prepare=publish,
    )


def _alone(runtime: Runtime, work: str) -> Leases:
    """The lease of work that one replica does at a time."""
    return Leases(runtime.mongo, work, 1, new_id(work))


SERVICE = Service(
    name="sla-monitor",
    title="Ombud SLA monitor",
    compose=compose,
    refusals={SlaRefused: 409, RulebookRefused: 409},
    indexes={**INDEXES, **RULE_INDEXES, **ADJUSTMENT_INDEXES},
    settings=SlaSettings,
)
