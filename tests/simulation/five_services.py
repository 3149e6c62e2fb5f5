"""All five services in a simulated world, and the sweep that announces what is due in it."""

from world import World

from billing.processes.consumers import charges
from billing.refusals import Refusal as BillingRefusal
from chassis.aggregate import Unit
from chassis.sealing import Sealer
from disputes.processes.consumers import mediation
from disputes.refusals import Refusal as DisputeRefusal
from messaging.conversations.domain.refusals import Refusal as MessagingRefusal
from messaging.moderation.silence import on_clock_of_message
from messaging.policies.known import Policies
from messaging.writing.consumers import conversations
from messaging.writing.drafts import Drafts
from ombud_contracts.market import load_markets
from ombud_words import AppealRefused
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain.clock import Fire
from sla_monitor.clocks.store import CLOCKS, CLOCKS_COLLECTION
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules
from sla_monitor.working_time.domain.refusal import SlaRefused
from ticketing.cases.domain import Refusal as TicketingRefusal
from ticketing.consumers import casework

MARKETS = load_markets()
RULES_OF_CLOCKS = read_rules([version for market in MARKETS.values() for version in versions_of(market)])


def marketplace_of(seed: int, kind: type[World] = World) -> World:
    """Return a world with all five services in it."""
    world = kind(seed)
    world.add("ticketing", lambda _store: casework(MARKETS), [TicketingRefusal, AppealRefused])
    world.add(
        "messaging", lambda store: conversations(MARKETS, _drafts(store), on_clock_of_message), [MessagingRefusal]
    )
    world.add("disputes", lambda _store: mediation(MARKETS), [DisputeRefusal, AppealRefused])
    world.add("sla-monitor", lambda _store: clocks(RULES_OF_CLOCKS), [SlaRefused])
    world.add("billing", lambda _store: charges(MARKETS), [BillingRefusal, AppealRefused])
    return world


def _drafts(store: object) -> Drafts:
    return Drafts(Sealer(store, ""), Policies(fresh_seconds=1e9))


async def fire(world: World) -> None:
    """Announce what is due, as the monitor's sweep does; all else ends by what the clocks tell."""
    node, now = world.nodes["sla-monitor"], world.clock()
    due = {"next_at": {"$lte": now}}
    found = await node.store.find(CLOCKS_COLLECTION, due, sort=[("next_at", 1)], limit=20, only=["_id"])
    for document in found:
        await world.command(node.name, lambda unit, id=document["_id"]: _fired(world, unit, id))


async def _fired(world: World, unit: Unit, clock_id: str) -> object:
    clock = await unit.read(CLOCKS, clock_id)
    assert clock is not None
    return await unit.execute(CLOCKS, clock_id, Fire(world.clock(), RULES_OF_CLOCKS[clock.ref.market]))
