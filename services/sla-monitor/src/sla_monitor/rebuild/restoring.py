"""Restores the rules and the market-wide adjustments from their topics: first step of a rebuild."""

import json

from chassis.aggregate import Cause, Session
from chassis.clock import Clock
from chassis.mongo import Mongo
from chassis.replay import Record, Records, partitions_of, replay
from ombud_contracts import Received, topics
from ombud_contracts.events import sla_monitor as contract
from ombud_rulebooks.domain import Publish
from sla_monitor.adjustments.domain import (
    AdjustmentCommand,
    Correction,
    Credit,
    FinishAdjustment,
    Migration,
    Order,
    OrderAdjustment,
)
from sla_monitor.adjustments.store import ADJUSTMENTS
from sla_monitor.rebuild.reading import received_of
from sla_monitor.rules.known import KnownRules
from sla_monitor.rules.market_files import publish_versions, versions_of
from sla_monitor.rules.store import RULEBOOK
from sla_monitor.rules.versions import PlainVersion
from sla_monitor.settings import SlaSettings
from sla_monitor.working_time.domain import CalendarId

Published = contract.PolicyPublished | contract.CalendarPublished


async def restore_rules(settings: SlaSettings, mongo: Mongo, muted: Mongo, rules: KnownRules, now: Clock) -> None:
    """Know every version that was ever published and every adjustment that was ordered; publish none of them again."""

    async def take_versions(records: Records) -> None:
        for record in records:
            await _take_version(record, muted, now)

    async def take_adjustments(records: Records) -> None:
        for record in records:
            await _take_adjustment(record, muted, rules, now)

    policies = await partitions_of(settings.kafka_access, [settings.prefixed(topics.POLICIES)])
    await replay(settings.kafka_access, policies, take_versions)
    markets = settings.known_markets()
    current = [version for market in markets.values() for version in versions_of(market)]
    await publish_versions(current, mongo, now)  # what a file has and no topic holds is new
    await rules.refresh(mongo)
    adjustments = await partitions_of(settings.kafka_access, [settings.prefixed(topics.ADJUSTMENTS)])
    await replay(settings.kafka_access, adjustments, take_adjustments)
    await rules.refresh(mongo)


async def _take_version(record: Record, muted: Mongo, now: Clock) -> None:
    received = received_of(record)
    event = received.event if received else None
    if received is None or not isinstance(event, Published):
        return
    sort, name = ("policy", event.kind) if isinstance(event, contract.PolicyPublished) else ("calendar", event.calendar)
    version = PlainVersion(event.market, sort, name, event.number, json.loads(event.content))
    by, id = received.metadata.actor_id, event.candidate_id
    command = Publish(event.market, version.dated, event.content, by, event.published_at, None, id)
    session = Session(muted, now)
    await session.unit(_cause(received)).execute(RULEBOOK.books, event.market, command)
    await session.commit()


async def _take_adjustment(record: Record, muted: Mongo, rules: KnownRules, now: Clock) -> None:
    received = received_of(record)
    command = _command(received, rules) if received else None
    if received is None or command is None:
        return
    session = Session(muted, now)
    await session.unit(_cause(received)).execute(ADJUSTMENTS, received.metadata.subject, command)
    await session.commit()


def _command(received: Received, rules: KnownRules) -> AdjustmentCommand | None:
    who = received.metadata
    match received.event:
        case contract.AdjustmentOrdered() as e:
            own = rules[e.market]
            return OrderAdjustment(
                e.adjustment_id, e.market, _order(e), e.cause, who.actor_kind, who.actor_id, e.ordered_at, own
            )
        case contract.AdjustmentApplied() as e:
            return FinishAdjustment(e.clocks_told, e.clocks_moved, e.sellers, e.applied_at)
        case _:
            return None


def _order(event: contract.AdjustmentOrdered) -> Order:
    if event.kind is not None and event.to_version is not None:
        return Migration(event.kind, event.to_version)
    if event.calendar is not None and event.to_version is not None:
        return Correction(CalendarId(event.calendar), event.to_version)
    if event.from_at is not None and event.until is not None:
        return Credit(event.from_at, event.until)
    raise ValueError("an adjustment of no known sort")


def _cause(received: Received) -> Cause:
    who = received.metadata
    return Cause(who.causation_id, who.correlation_id, who.actor_kind, who.actor_id)
