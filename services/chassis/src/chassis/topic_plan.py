"""What has to be done to a cluster so that it has what the contracts want: created, grown and allowed; never shrunk or
deleted. Pure: what was found and what is wanted go in, a plan comes out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.kafka_requests import Acl
from ombud_contracts.cluster import WantedTopic

_FOR_EVER = -1
_GROWING = ("max.message.bytes", "min.insync.replicas", "retention.ms")
_FIXED = ("cleanup.policy", "message.timestamp.type")
"""Another value says that a topic was made for something else; what it holds decides what to do."""


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as it is."""

    partitions: int
    replicas: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A cluster as it is."""

    brokers: int
    topics: Mapping[str, FoundTopic]
    acls: frozenset[Acl] | None
    """None when the cluster has no authorizer: everybody may do everything."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A setting, or the number of partitions, that becomes larger."""

    topic: str
    setting: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be done. With a fault nothing is."""

    create: tuple[WantedTopic, ...] = ()
    grow: tuple[Growth, ...] = ()
    spread: tuple[Growth, ...] = ()
    """Topics that get more partitions."""
    allow: tuple[Acl, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def changes(self) -> int:
        """How many changes it makes."""
        return len(self.create) + len(self.grow) + len(self.spread) + len(self.allow)

    def lines(self) -> Iterator[str]:
        """Yield a line for each change, fault and note, for the person who decides."""
        for topic in self.create:
            settings = ", ".join(f"{name}={value}" for name, value in topic.settings.items())
            yield f"+ topic {topic.name}: {topic.partitions} partitions, {topic.replicas} replicas, {settings}"
        for growth in (*self.grow, *self.spread):
            yield f"~ topic {growth.topic}: {growth.setting} {growth.before} -> {growth.after}"
        for acl in self.allow:
            yield f"+ allow {acl.principal}: {acl.operation} {acl.resource} {acl.name}"
        yield from (f"! {fault}" for fault in self.faults)
        yield from (f"  {note}" for note in self.notes)


def plan(wanted: Sequence[WantedTopic], rights: Sequence[Acl], found: Found, *, may_spread: bool = False) -> Plan:
    """Return what has to be done. `may_spread` lets a topic get more partitions, which moves keys to others."""
    create = tuple(topic for topic in wanted if topic.name not in found.topics)
    there = [(topic, found.topics[topic.name]) for topic in wanted if topic.name in found.topics]
    spread = tuple(_partitions(topic, seen) for topic, seen in there if seen.partitions < topic.partitions)
    no_authorizer = ("this cluster has no authorizer: everybody may do everything",)
    return Plan(
        create=create,
        grow=tuple(growth for topic, seen in there for growth in _growing(topic, seen)),
        spread=spread if may_spread else (),
        allow=() if found.acls is None else tuple(acl for acl in sorted(rights) if acl not in found.acls),
        faults=(
            *_too_few_brokers(create, found.brokers),
            *(fault for topic, seen in there for fault in _wrong(topic, seen)),
            *(_too_few_partitions(growth) for growth in spread if not may_spread),
        ),
        notes=no_authorizer if found.acls is None and rights else (),
    )


def _partitions(topic: WantedTopic, seen: FoundTopic) -> Growth:
    return Growth(topic.name, "partitions", str(seen.partitions), str(topic.partitions))


def _growing(topic: WantedTopic, seen: FoundTopic) -> Iterator[Growth]:
    for name in _GROWING:
        before, after = seen.settings.get(name, "0"), topic.settings[name]
        if _size(before) < _size(after):
            yield Growth(topic.name, name, before, after)


def _size(value: str) -> float:
    return float("inf") if int(value) == _FOR_EVER else int(value)


def _too_few_brokers(create: Sequence[WantedTopic], brokers: int) -> Iterator[str]:
    needed = max((topic.replicas for topic in create), default=0)
    if needed > brokers:
        yield f"{needed} replicas need {needed} brokers, and this cluster has {brokers}: set OMBUD_TOPIC_REPLICAS"


def _wrong(topic: WantedTopic, seen: FoundTopic) -> Iterator[str]:
    for name in _FIXED:
        if (value := seen.settings.get(name)) != topic.settings[name]:
            yield f"topic {topic.name}: {name} is {value}, and must be {topic.settings[name]}: look who made it so"
    if seen.replicas < topic.replicas:
        yield f"topic {topic.name}: {seen.replicas} replicas, and {topic.replicas} are wanted: reassign its partitions"


def _too_few_partitions(growth: Growth) -> str:
    return (
        f"topic {growth.topic}: {growth.before} partitions, and {growth.after} are wanted. More of them move keys to other "
        "partitions: stop who writes, let everything be read, then apply with --grow-partitions"
    )
