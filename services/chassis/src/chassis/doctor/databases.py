"""Looks at MongoDB, and at what each service keeps there: events that wait, dead letters, indexes."""

from datetime import datetime, timedelta

from chassis.doctor.findings import Finding, fault, fine, warning
from chassis.mongo import Index, Mongo
from chassis.parking import PARKED
from chassis.parts import Service, indexes_of
from chassis.store import OUTBOX_SHARDS
from chassis.transaction import OUTBOX

SKEW_SECONDS = 5.0
_OLD_EVENT_SECONDS = 60.0
_MOST = 10_000
_LATELY = timedelta(days=7)
_MONEY = "billing"


async def of_server(mongo: Mongo, now: datetime) -> list[Finding]:
    """Judge the replica set, and this machine's clock beside its. Raises Unavailable."""
    members = await mongo.members()
    if not members:
        return [fault("database", "this MongoDB is no replica set, and has no transactions", "start it with --replSet")]
    up = sum(members.values())
    said = f"{up} of {len(members)} members are up"
    found = [
        fine("database", said)
        if up == len(members)
        else warning(
            "database", f"{said}; writes need {len(members) // 2 + 1}", "bring the others back before one more is lost"
        )
    ]
    apart = abs((await mongo.server_time() - now).total_seconds())
    if apart > SKEW_SECONDS:
        found.append(
            warning("clocks", f"this machine and MongoDB are {apart:.0f} s apart", "let NTP mend the wrong one")
        )
    return found


async def of_service(mongo: Mongo, service: str) -> list[Finding]:
    """Judge what a service keeps. Raises Unavailable."""
    return [*await _waiting_events(mongo, service), *await _dead_letters(mongo, service)]


async def _waiting_events(mongo: Mongo, service: str) -> list[Finding]:
    refused = await mongo.keys_set_aside(range(OUTBOX_SHARDS), _MOST)
    found = []
    if refused:
        said = f"the broker refuses an event: {len(refused)} keys wait behind theirs"
        found.append(fault(service, said, "see OmbudEventRefused in the runbook"))
    oldest = await mongo.find_one(OUTBOX, {"key": {"$nin": refused}}, sort=[("ts", 1)])
    if oldest is None:
        return [*found, fine(service, "no event waits for Kafka")]
    age = (await mongo.server_time()).timestamp() - float(oldest["ts"].time)
    said = f"events wait for Kafka, the oldest for {max(0.0, age):.0f} s"
    if age <= _OLD_EVENT_SECONDS:
        return [*found, fine(service, said)]
    return [*found, fault(service, said, "see OmbudOutboxStuck in the runbook")]


async def _dead_letters(mongo: Mongo, service: str) -> list[Finding]:
    since = await mongo.server_time() - _LATELY
    parked = await mongo.count(PARKED, {"parked_at": {"$gte": since}}, limit=_MOST)
    if not parked:
        return [fine(service, f"no dead letters in {_LATELY.days} days")]
    said = f"{parked} dead letters in {_LATELY.days} days"
    todo = f"`ombud-dead-letters list {service}`; a replay takes effect once"
    if service == _MONEY:
        return [fault(service, f"{said}: somebody may not be charged, or not be paid", todo)]
    return [warning(service, said, todo)]


async def of_indexes(mongo: Mongo, service: Service) -> list[Finding]:
    """Judge whether a service's indexes are there. Raises Unavailable."""
    missing = []
    for collection, wanted in indexes_of(service).items():
        there = await mongo.database[collection].index_information()
        keys = [list(map(tuple, index["key"])) for index in there.values()]
        missing += [f"{collection} {_named(index)}" for index in wanted if index.keys not in keys]
    if missing:
        return [fault(service.name, f"indexes are missing: {', '.join(missing)}", "start the service: it makes them")]
    return [fine(service.name, "all indexes are there")]


def _named(index: Index) -> str:
    return "(" + ", ".join(name for name, _ in index.keys) + ")"
