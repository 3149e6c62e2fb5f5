"""Puts the monitor together."""

from chassis.http import Runtime
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.service import Parts, Service
from ombud_contracts.market import load_markets
from sla_monitor.api import router_for
from sla_monitor.consumers import clocks
from sla_monitor.domain.refusal import SlaRefused
from sla_monitor.firing import Firing
from sla_monitor.publishing import publish_versions
from sla_monitor.rulebook import read_rules, versions_of
from sla_monitor.settings import SlaSettings
from sla_monitor.store import INDEXES, SHARDS
from sla_monitor.watching import Watching


def compose(runtime: Runtime) -> Parts:
    """Return the parts that the process's roles need."""
    assert isinstance(runtime.settings, SlaSettings)
    roles = runtime.settings.sla_roles
    markets = load_markets(runtime.settings.markets)
    current = [version for market in markets.values() for version in versions_of(market)]
    rules = read_rules(current)

    async def publish() -> None:
        rules.update(await publish_versions(current, runtime.mongo, runtime.now))

    firing = Firing(runtime.mongo, rules, Leases(runtime.mongo, "clocks", SHARDS, new_id("fire")))
    return Parts(
        routers=[router_for(rules)] if "serve" in roles else [],
        consumers=[clocks(rules, runtime.mongo)] if "consume" in roles else [],
        jobs=[firing.run, Watching(runtime.mongo).run] if "fire" in roles else [],
        on_commit=firing.ring,
        prepare=publish,
    )


SERVICE = Service(
    name="sla-monitor",
    title="Ombud SLA monitor",
    compose=compose,
    refusals={SlaRefused: 409},
    indexes=INDEXES,
    settings=SlaSettings,
)
