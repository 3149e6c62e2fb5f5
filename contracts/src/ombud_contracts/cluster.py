"""What a Kafka cluster must have for Ombud: its topics, and what each service may do with them and no more.

Topics, groups and events say it all; everything that provisions a cluster, by whatever means, starts here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ombud_contracts import REGISTRY, groups, topics

SERVICES: tuple[str, ...] = tuple(dict.fromkeys(group.consumer for group in groups.ALL))
"""Every service reads something."""
Operation = Literal["Read", "Write", "Describe"]
_NO_NAMESPACE = "ombud"
"""What users are called by in a cluster without a namespace."""


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic of the cluster, under the name that it has there."""

    name: str
    partitions: int
    replicas: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """What a user may do with one topic or group, named literally."""

    resource: Literal["topic", "group"]
    name: str
    operation: Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """How large a cluster is, and how names are told apart in it."""

    namespace: str = ""
    """Prefix of topics and groups, so that several environments can share a cluster. Raises ValueError for a `TAKEN` one."""
    replicas: int = 3
    partitions: int = 12
    """Of each topic with a key. Chosen once: another number moves keys to other partitions."""
    retention_ms: int = topics.Topic("").retention_ms
    """Of each topic that is not kept for ever."""

    def __post_init__(self) -> None:
        """Refuse a namespace whose names are those of a cluster without one."""
        refuse_taken(self.namespace)

    def name(self, plain: str) -> str:
        """Return a topic's or group's name in this cluster."""
        return f"{self.namespace}.{plain}" if self.namespace else plain

    def user(self, service: str) -> str:
        """Return the name by which the cluster knows a service."""
        return f"{self.namespace or _NO_NAMESPACE}-{service}"

    def wanted(self) -> list[WantedTopic]:
        """Return every topic, dead letters of every group included."""
        return [self._wanted(topic) for topic in provisioned()]

    def rights(self, service: str) -> list[Right]:
        """Return the least that a service needs."""
        return sorted(
            [
                *(Right("topic", self.name(topic), o) for topic in read_by(service) for o in _READING),
                *(Right("group", self.name(group), "Read") for group in groups_of(service)),
                *(Right("topic", self.name(topic), o) for topic in written_by(service) for o in _WRITING),
            ]
        )

    def _wanted(self, topic: topics.Topic) -> WantedTopic:
        for_ever = topic.retention_ms == topics.KEPT_FOR_EVER
        settings = {
            "cleanup.policy": "delete",
            "max.message.bytes": str(topic.max_message_bytes),
            "message.timestamp.type": "LogAppendTime",  # a producer's clock that is wrong must not matter
            "min.insync.replicas": str(max(1, self.replicas - 1)),
            "retention.ms": str(topic.retention_ms if for_ever else self.retention_ms),
        }
        partitions = topic.partitions if topics.is_dead(topic.name) else self.partitions
        return WantedTopic(self.name(topic.name), partitions, self.replicas, settings)


def refuse_taken(namespace: str) -> None:
    """Raise ValueError for a namespace that would meet the names of a deployment without one."""
    if namespace in TAKEN:
        raise ValueError(
            f"taken by the deployment without a namespace, as are {', '.join(sorted(TAKEN))}; choose another"
        )


_READING: tuple[Operation, ...] = ("Describe", "Read")
_WRITING: tuple[Operation, ...] = ("Describe", "Write")


def provisioned() -> list[topics.Topic]:
    """Return every topic of the contracts, and the dead letters of every group."""
    return [
        *topics.ALL,
        *(topics.dead_letters(topic, group.consumer) for group in groups.ALL for topic in group.topics),
    ]


TAKEN: frozenset[str] = frozenset(
    {
        _NO_NAMESPACE,
        *(name.partition(".")[0] for name in [*(t.name for t in provisioned()), *(g.name for g in groups.ALL)]),
    }
)
"""No namespaces: `billing` would be a prefix of the topics that billing has in a cluster without one, and users of `ombud` are those of a
cluster without one."""


def groups_of(service: str) -> list[str]:
    """Return the groups in which a service reads."""
    return [group.name for group in groups.ALL if group.consumer == service]


def read_by(service: str) -> list[str]:
    """Return the topics that a service reads, by name."""
    return sorted({topic for group in groups.ALL if group.consumer == service for topic in group.topics})


def written_by(service: str) -> list[str]:
    """Return the topics that a service writes, by name: those of its events, and its dead letters."""
    events = {event.topic for name, event in REGISTRY.items() if name.partition(".")[0] == service}
    return sorted(events.union(_dead_letters_of(service)))


def _dead_letters_of(service: str) -> Iterable[str]:
    return (topics.dead_letters(topic, service).name for topic in read_by(service))
