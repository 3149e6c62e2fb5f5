"""Rebuilds the monitor's database from the topics when it was lost: the same traces and verdicts, and no announcement
made twice. It runs alone, while no replica of the monitor does.

It begins by looking whether the topics still hold what running clocks follow from, and refuses when retention took some of
it. First all facts are taken in without publishing. Then what the clocks announced in their first life is read from their
own topic and taken as told, and what was still to be told goes out.
"""

import argparse
import asyncio
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, cast

from rich.console import Console

from chassis.aggregate import Cause, Kind, Session
from chassis.consuming import BatchHandler, Consumer
from chassis.early_records import WAITING
from chassis.mongo import Mongo
from chassis.parking import PARKED
from chassis.progress import somebody_consumes
from chassis.replay import Record, Records, ReplayFailed, partitions_of, replay
from chassis.server_time import ServerTime, kept_time
from chassis.store import Unavailable, Writes
from ombud_contracts import groups, topics
from ombud_contracts.events import sla_monitor as contract
from ombud_words import ClockId
from sla_monitor.adjustments.applying import StandingAdjustments
from sla_monitor.adjustments.store import ADJUSTMENT_INDEXES
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain import Clock, ClockEvent, RecordFact
from sla_monitor.clocks.obligations import OBLIGATIONS
from sla_monitor.clocks.store import ACCOUNTS_COLLECTION, CASES_COLLECTION, CLOCKS, CLOCKS_COLLECTION, INDEXES
from sla_monitor.rebuild.completeness import every_rule, gaps_in_facts, longest_clock, missing
from sla_monitor.rebuild.domain import RestoreAnnouncements, restore_announcements
from sla_monitor.rebuild.history import History
from sla_monitor.rebuild.reading import received_of
from sla_monitor.rebuild.restoring import restore_rules
from sla_monitor.rebuild.store import is_unfinished, note_begun, note_finished
from sla_monitor.rules.domain import Rules
from sla_monitor.rules.known import KnownRules
from sla_monitor.rules.store import RULE_INDEXES
from sla_monitor.settings import SlaSettings
from sla_monitor.working_time.domain import SlaRefused

_REBUILT = (CLOCKS_COLLECTION, CASES_COLLECTION, ACCOUNTS_COLLECTION, OBLIGATIONS, "inbox", "outbox", WAITING, PARKED)
_GROUP = 200
"""Clocks per transaction."""
_MOST_CLOCKS = 100_000_000
Tell = Callable[[str], None]

RESTORING: Kind[RestoreAnnouncements, ClockEvent, Clock] = replace(cast(Any, CLOCKS), decide=restore_announcements)


class RebuildRefused(SlaRefused):
    """It is not safe to rebuild now; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    records: int
    clocks: int
    announced: int
    """Announcements that the first life had not come to make."""


class _Muted(Mongo):
    """What is taken in again was published in the first life, dead letters included."""

    async def commit(self, writes: Writes) -> None:
        writes.outbox.clear()
        await super().commit(writes)


async def rebuild(settings: SlaSettings, tell: Tell, *, incomplete: bool = False) -> Rebuilt:
    """Rebuild everything, or with `incomplete` what can be. Raises RebuildRefused, ReplayFailed, Unavailable,
    InvalidMarkets."""
    uri, database = settings.mongo.get_secret_value(), settings.database("sla-monitor")
    mongo, muted = Mongo(uri, database, settings.mongo_driver), _Muted(uri, database, settings.mongo_driver)
    try:
        await _expect_all_facts(settings, await mongo.server_time(), tell, incomplete)
        await _begin(mongo)
        standing = StandingAdjustments()
        rules = KnownRules(fresh_seconds=math.inf, beside=[standing.refresh])  # nobody publishes meanwhile
        async with kept_time(mongo) as now:
            await restore_rules(settings, mongo, muted, rules, now)
            records = await _take_in_facts(
                settings, muted, clocks(rules, partial(rules.refresh, mongo), standing.tell), now, tell
            )
        rebuilt = await _take_in_announcements(settings, mongo, muted, rules, tell)
        await note_finished(mongo)
        return replace(rebuilt, records=records)
    finally:
        await mongo.close()
        await muted.close()


async def _expect_all_facts(settings: SlaSettings, now: datetime, tell: Tell, incomplete: bool) -> None:
    """Say what cannot be restored. Raises RebuildRefused when clocks may run that follow from it."""
    longest = longest_clock((await every_rule(settings)).values(), now)
    gone = missing(await gaps_in_facts(settings), longest, now)
    for gap in gone:
        since = "nothing is left of some partitions" if gap.kept_since is None else f"kept since {gap.kept_since}"
        tell(f"{gap.topic}: older records are gone, {since}")
    if gone and not incomplete:
        raise RebuildRefused(
            f"a clock can run for up to {longest.days} days, and facts of that time are gone: clocks that began before "
            "cannot be rebuilt. Restore a backup, or run again with --incomplete to rebuild what is left"
        )


async def _begin(mongo: Mongo) -> None:
    if await somebody_consumes(mongo):
        raise RebuildRefused("replicas of the monitor are running; scale them to zero first")
    if not await is_unfinished(mongo) and await mongo.count(CLOCKS_COLLECTION, {}, limit=1):
        raise RebuildRefused(f"the database {mongo.name} has clocks; a rebuild starts from an empty one")
    await mongo.ensure({**INDEXES, **RULE_INDEXES, **ADJUSTMENT_INDEXES})
    await note_begun(mongo)
    for collection in _REBUILT:
        await mongo.remove(collection, {})


async def _take_in_facts(settings: SlaSettings, muted: Mongo, consumer: Consumer, now: ServerTime, tell: Tell) -> int:
    handler = BatchHandler(consumer, muted, settings, now, (SlaRefused,))
    taken = 0

    async def take(records: Records) -> None:
        nonlocal taken
        await handler.handle(records)
        taken += len(records)
        tell(f"{taken} facts taken in")

    names = [settings.prefixed(topic) for topic in groups.SLA_CLOCKS.topics]
    await replay(settings.kafka_access, await partitions_of(settings.kafka_access, names), take)
    while await handler.retry_waiting(settings.waiting_patience_seconds, all_of_them=True):
        tell("records that came early are tried again")
    await muted.remove(OBLIGATIONS, {})
    return taken


async def _take_in_announcements(
    settings: SlaSettings, mongo: Mongo, muted: Mongo, rules: Mapping[str, Rules], tell: Tell
) -> Rebuilt:
    known: set[str] = set()
    announced = 0
    for part in await partitions_of(settings.kafka_access, [settings.prefixed(topics.CLOCKS)]):
        histories: dict[str, History] = {}

        async def take(records: Records, into: dict[str, History] = histories) -> None:
            for record in records:
                _take(record, into)

        await replay(settings.kafka_access, [part], take)
        await _tell_orders(muted, rules, histories)
        announced += await _restore(mongo, rules, histories)
        known |= histories.keys()
        tell(f"{len(known)} clocks know what they had announced")
    every = [d["_id"] for d in await mongo.find(CLOCKS_COLLECTION, {}, limit=_MOST_CLOCKS, only=["_id"])]
    announced += await _restore(mongo, rules, {id: History() for id in every if id not in known})
    return Rebuilt(0, len(every), announced)


async def _tell_orders(muted: Mongo, rules: Mapping[str, Rules], histories: Mapping[str, History]) -> None:
    """Tell clocks what staff had ordered: no other topic holds it."""
    now = await muted.server_time()
    for id, history in histories.items():
        session = Session(muted, lambda: now)
        clock: Clock | None = (await session.loaded(CLOCKS, id)).state if history.orders else None
        if clock is None:
            continue
        for order in history.orders:
            command = RecordFact(clock.ref, order, now, rules[clock.ref.market], clock.seller_id)
            await session.unit(_cause(clock, ClockId(id))).execute(CLOCKS, id, command)
        await session.commit()


def _take(record: Record, histories: dict[str, History]) -> None:
    received = received_of(record)
    if received and isinstance(received.event, contract.ClockEvent):
        history = histories.setdefault(received.event.clock_id, History())
        history.take(received.event, received.metadata.sequence)


async def _restore(mongo: Mongo, rules: Mapping[str, Rules], histories: Mapping[str, History]) -> int:
    now = await mongo.server_time()
    ids = list(histories)
    announced = 0
    for group in (ids[n : n + _GROUP] for n in range(0, len(ids), _GROUP)):
        announced += await _restore_group(mongo, rules, {id: histories[id] for id in group}, now)
    return announced


async def _restore_group(
    mongo: Mongo, rules: Mapping[str, Rules], histories: Mapping[str, History], now: datetime
) -> int:
    session = Session(mongo, lambda: now)
    await session.preload(RESTORING, histories)
    for id, history in histories.items():
        loaded = await session.loaded(RESTORING, id)
        if loaded.state is None:
            continue  # its facts are no longer on the topics: retention took them, and it was settled long before
        loaded.sequence = history.sequence
        command = _command(loaded.state, history, now, rules)
        await session.unit(_cause(loaded.state, ClockId(id))).execute(RESTORING, id, command)
    announced = len(session.writes.outbox)
    await session.commit()
    return announced


def _command(clock: Clock, history: History, now: datetime, rules: Mapping[str, Rules]) -> RestoreAnnouncements:
    not_counted: Iterable[str] = history.not_counted
    return RestoreAnnouncements(
        history.heard, history.last_number, frozenset(not_counted), now, rules[clock.ref.market]
    )


def _cause(clock: Clock, id: ClockId) -> Cause:
    return Cause(id=f"rebuild:{id}", correlation_id=clock.ref.case_id)


def main() -> None:
    """`ombud-sla-rebuild`: rebuild what the environment (`OMBUD_…`) names. Exits with 1 and a sentence when it cannot."""
    parser = argparse.ArgumentParser(prog="ombud-sla-rebuild", description=__doc__)
    parser.add_argument(
        "--incomplete", action="store_true", help="rebuild what is left although retention took facts of running clocks"
    )
    incomplete: bool = parser.parse_args().incomplete
    tell = Console(highlight=False, soft_wrap=True).print
    try:
        done = asyncio.run(rebuild(SlaSettings(), tell, incomplete=incomplete))
    except RebuildRefused as refused:
        sys.exit(str(refused))
    except (ReplayFailed, Unavailable) as error:
        sys.exit(f"{error}; run it again")
    said = f"{done.announced} announcements were left to make" if done.announced else "nothing was announced again"
    tell(f"{done.clocks} clocks rebuilt from {done.records} facts; {said}")


if __name__ == "__main__":
    main()
