"""Provisions the topics of a cluster (`python -m chassis.topics`): idempotent, and clear about what it could not do."""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from chassis.kafka_access import KafkaAccess
from chassis.kafka_settings import KafkaSettings, settings_of
from ombud_contracts import groups, topics

_EXISTS = 36


def wanted() -> list[topics.Topic]:
    """Return every topic of the contracts, dead letters of every group included."""
    dead = [topics.dead_letters(topic, group.consumer) for group in groups.ALL for topic in group.topics]
    return [*topics.ALL, *dead]


async def provision(kafka: KafkaAccess, namespace: str, replication: int) -> int:
    """Create what is missing; return how many topics were created. Raises KafkaError or OSError."""
    prefix = f"{namespace}." if namespace else ""
    admin = AIOKafkaAdminClient(**kafka.client())
    await admin.start()
    try:
        missing = {f"{prefix}{t.name}": t for t in wanted()}
        for name in await admin.list_topics():
            missing.pop(name, None)
        response = await admin.create_topics([_new(name, t, replication) for name, t in missing.items()])
        failed = [(e[0], e[1]) for e in response.topic_errors if e[1] not in (0, _EXISTS)]
        if failed:
            raise KafkaError(f"not created: {failed}")
        return len(missing)
    finally:
        await admin.close()


async def missing(kafka: KafkaAccess, names: Iterable[str]) -> list[str]:
    """Return those of these topics that do not exist, or that we may not see. Raises KafkaError or OSError."""
    admin = AIOKafkaAdminClient(**kafka.client())
    try:
        await admin.start()
        return sorted(set(names).difference(await admin.list_topics()))
    finally:
        await admin.close()


async def remove(kafka: KafkaAccess, namespace: str) -> int:
    """Delete a namespace's topics, for environments that are thrown away; return how many. The empty one is refused."""
    if not namespace:
        raise ValueError("only a namespace can be removed, never the topics of a cluster without one")
    admin = AIOKafkaAdminClient(**kafka.client())
    await admin.start()
    try:
        own = [name for name in await admin.list_topics() if name.startswith(f"{namespace}.")]
        if own:
            await admin.delete_topics(own)
        return len(own)
    finally:
        await admin.close()


def _new(name: str, topic: topics.Topic, replication: int) -> NewTopic:
    configs = {
        "cleanup.policy": "delete",
        "message.timestamp.type": "LogAppendTime",  # a producer's clock that is wrong must not matter
        "retention.ms": str(topic.retention_ms),
        "max.message.bytes": str(topic.max_message_bytes),
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    return NewTopic(name, topic.partitions, replication, topic_configs=configs)


def main() -> None:
    """Provision the cluster that `OMBUD_KAFKA` names (`OMBUD_REPLICATION` is 1 unless set), or `--remove` a namespace."""
    parser = argparse.ArgumentParser(prog="python -m chassis.topics", description=__doc__)
    parser.add_argument("--remove", action="store_true", help="delete the topics of OMBUD_NAMESPACE")
    removing = parser.parse_args().remove
    settings = settings_of("topics", KafkaSettings)
    access, namespace = settings.kafka_access, settings.namespace
    try:
        if removing:
            print(f"{asyncio.run(remove(access, namespace))} topics removed")
        else:
            created = asyncio.run(provision(access, namespace, int(os.environ.get("OMBUD_REPLICATION", "1"))))
            print(f"{created} topics created")
    except (KafkaError, OSError, ValueError) as error:
        sys.exit(f"topics not {'removed' if removing else 'provisioned'}: {error}")


if __name__ == "__main__":
    main()
