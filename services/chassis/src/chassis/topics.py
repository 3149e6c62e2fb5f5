"""The topics and access rules of a cluster: looked at, planned from the contracts, and made. Never shrunk or deleted, but
for a namespace that is thrown away."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.new_partitions import NewPartitions
from aiokafka.errors import KafkaError, NoError, UnknownTopicOrPartitionError, for_code

from chassis.kafka_access import KafkaAccess
from chassis.kafka_requests import Acl, acls_of, create_acls, seen_topics, set_topic_settings
from chassis.topic_plan import Found, FoundTopic, Plan, plan
from ombud_contracts.cluster import SERVICES, Cluster, WantedTopic

_EXISTS = 36
_SHOWN_WITHIN_SECONDS = 60.0
"""The controller answers for a topic as soon as it is written down; a busy broker may show it seconds later."""


def rights_of(cluster: Cluster, principal: str) -> list[Acl]:
    """Return what every service needs. `principal` is how the cluster writes a user, such as `User:CN={user}`."""
    return [
        Acl(principal.format(user=cluster.user(service)), right.resource, right.name, right.operation)
        for service in SERVICES
        for right in cluster.rights(service)
    ]


async def planned(kafka: KafkaAccess, cluster: Cluster, rights: Sequence[Acl], *, may_spread: bool = False) -> Plan:
    """Return what has to be done to a cluster. Raises KafkaError or OSError."""
    async with administration(kafka) as admin:
        return plan(cluster.wanted(), rights, await _found(admin, cluster.wanted(), rights), may_spread=may_spread)


async def carry_out(kafka: KafkaAccess, todo: Plan) -> None:
    """Do what a plan says; a topic that was made is there for whoever asks next. What somebody did in the meantime stays.
    Raises KafkaError or OSError; with a fault, at once."""
    if todo.faults:
        raise KafkaError("; ".join(todo.faults))
    async with administration(kafka) as admin:
        await _create(admin, todo.create)
        await _shown(admin, [topic.name for topic in todo.create])
        for growth in todo.spread:
            await admin.create_partitions({growth.topic: NewPartitions(int(growth.after))})
        changed: dict[str, dict[str, str]] = {}
        for growth in todo.grow:
            changed.setdefault(growth.topic, {})[growth.setting] = growth.after
        if changed:
            await set_topic_settings(admin, changed)
        if todo.allow:
            await create_acls(admin, list(todo.allow))


async def provision(kafka: KafkaAccess, namespace: str, replicas: int) -> int:
    """Make the topics of a namespace, and no access rules; return how many were made. Raises KafkaError or OSError."""
    todo = await planned(kafka, Cluster(namespace=namespace, replicas=replicas), [])
    await carry_out(kafka, todo)
    return len(todo.create)


async def missing(kafka: KafkaAccess, names: Iterable[str]) -> list[str]:
    """Return those of these topics that do not exist, or that we may not see. Raises KafkaError or OSError."""
    async with administration(kafka) as admin:
        return sorted(set(names).difference(await admin.list_topics()))


async def remove(kafka: KafkaAccess, namespace: str) -> int:
    """Delete the topics of the contracts in a namespace, for environments that are thrown away; return how many. Nothing else goes,
    whatever its name begins with. Raises ValueError for the empty namespace and for one that is taken, and KafkaError when the broker
    refuses one."""
    if not namespace:
        raise ValueError("only a namespace can be removed, never the topics of a cluster without one")
    wanted = {topic.name for topic in Cluster(namespace=namespace).wanted()}
    async with administration(kafka) as admin:
        own = sorted(wanted.intersection(await admin.list_topics()))
        if own:
            answer = await admin.delete_topics(own)
            for name, code in answer.topic_error_codes:
                if code not in (NoError.errno, UnknownTopicOrPartitionError.errno):
                    raise for_code(code)(f"topic {name} was not deleted")
        return len(own)


@asynccontextmanager
async def administration(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give a client that asks about a cluster, and changes it. Raises KafkaError or OSError."""
    admin = AIOKafkaAdminClient(**kafka.client())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _found(admin: AIOKafkaAdminClient, wanted: Sequence[WantedTopic], rights: Sequence[Acl]) -> Found:
    names = [topic.name for topic in wanted]
    seen = {name: topic for name, topic in (await seen_topics(admin, names)).items() if topic.exists}
    settings = await topic_settings(admin, sorted(seen))
    acls = await acls_of(admin) if rights else None
    return Found(
        brokers=len((await admin.describe_cluster())["brokers"]),
        topics={name: FoundTopic(t.partitions, t.replicas, settings[name]) for name, t in seen.items()},
        acls=None if acls is None else frozenset(acls),
    )


async def topic_settings(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the settings of topics as they hold. Raises KafkaError or OSError."""
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(asked):
        for code, _message, _type, name, entries in answer.resources:
            if code:
                raise for_code(code)(f"settings of {name}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


async def _create(admin: AIOKafkaAdminClient, wanted: Sequence[WantedTopic]) -> None:
    if not wanted:
        return
    answer = await admin.create_topics(
        [NewTopic(t.name, t.partitions, t.replicas, topic_configs=dict(t.settings)) for t in wanted]
    )
    for error in answer.topic_errors:
        if error[1] not in (0, _EXISTS):
            raise for_code(error[1])(f"topic {error[0]} was not created")


async def _shown(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """Wait until the broker shows topics that were made. Raises KafkaError when it does not."""
    until = time.monotonic() + _SHOWN_WITHIN_SECONDS
    while hidden := set(names).difference(await admin.list_topics()):
        if time.monotonic() > until:
            raise KafkaError(f"topics were made, and the broker does not show them; apply again: {sorted(hidden)}")
        await asyncio.sleep(0.1)
