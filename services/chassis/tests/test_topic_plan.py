"""What has to be done to a cluster, decided without one."""

import pytest

from chassis.kafka_requests import Acl
from chassis.topic_plan import Found, FoundTopic, Growth, Plan, plan
from ombud_contracts.cluster import WantedTopic

SETTINGS = {
    "cleanup.policy": "delete",
    "max.message.bytes": "1000",
    "message.timestamp.type": "LogAppendTime",
    "min.insync.replicas": "2",
    "retention.ms": "5000",
}
CASES = WantedTopic("cases", 12, 3, SETTINGS)
RULES = WantedTopic("rules", 12, 3, {**SETTINGS, "retention.ms": "-1"})
MAY_READ = Acl("User:billing", "topic", "cases", "Read")
OTHER = Acl("User:somebody", "topic", "cases", "Write")


def found(
    *, partitions: int = 12, replicas: int = 3, brokers: int = 3, acls: frozenset[Acl] | None = None, **changed: str
) -> Found:
    settings = {**SETTINGS, **{name.replace("_", "."): value for name, value in changed.items()}}
    return Found(brokers=brokers, topics={"cases": FoundTopic(partitions, replicas, settings)}, acls=acls)


EMPTY = Found(brokers=3, topics={}, acls=frozenset())


def test_what_is_missing_is_created_and_allowed() -> None:
    todo = plan([CASES, RULES], [MAY_READ], EMPTY)
    assert todo == Plan(create=(CASES, RULES), allow=(MAY_READ,))
    assert [line.partition(":")[0] for line in todo.lines()] == [
        "+ topic cases",
        "+ topic rules",
        "+ allow User",
    ]


def test_what_is_as_wanted_is_left_and_so_is_what_others_may() -> None:
    assert plan([CASES], [MAY_READ], found(acls=frozenset({MAY_READ, OTHER}))).changes == 0


@pytest.mark.parametrize(
    ("setting", "before"), [("retention.ms", "4999"), ("max.message.bytes", "1"), ("min.insync.replicas", "1")]
)
def test_a_setting_grows(setting: str, before: str) -> None:
    todo = plan([CASES], [], found(**{setting.replace(".", "_"): before}))
    assert todo == Plan(grow=(Growth("cases", setting, before, SETTINGS[setting]),))


@pytest.mark.parametrize(
    "larger",
    [
        {"retention_ms": "5001"},
        {"retention_ms": "-1"},
        {"max_message_bytes": "9999"},
        {"min_insync_replicas": "3"},
        {"partitions": 24},
        {"replicas": 5},
    ],
    ids=str,
)
def test_nothing_shrinks(larger: dict[str, str]) -> None:
    """INVARIANT: would break if applying twice, from an older release, took records away."""
    assert plan([CASES], [], found(**larger)) == Plan()  # type: ignore[arg-type]


def test_what_is_kept_for_ever_is_longer_than_any_time() -> None:
    seen = Found(brokers=3, topics={"rules": FoundTopic(12, 3, SETTINGS)}, acls=None)
    assert plan([RULES], [], seen) == Plan(grow=(Growth("rules", "retention.ms", "5000", "-1"),))


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (found(cleanup_policy="compact"), "cleanup.policy is compact, and must be delete"),
        (found(**{"message.timestamp.type": "CreateTime"}), "message.timestamp.type is CreateTime"),
        (found(replicas=1), "1 replicas, and 3 are wanted"),
        (found(partitions=6), "6 partitions, and 12 are wanted"),
        (Found(brokers=1, topics={}, acls=None), "3 replicas need 3 brokers, and this cluster has 1"),
    ],
    ids=("compacted", "timestamps", "replicas", "partitions", "brokers"),
)
def test_what_must_be_decided_by_somebody_is_a_fault(seen: Found, said: str) -> None:
    (fault,) = plan([CASES], [], seen).faults
    assert said in fault


def test_partitions_grow_when_that_is_asked_for() -> None:
    grown = Growth("cases", "partitions", "6", "12")
    assert plan([CASES], [], found(partitions=6), may_spread=True) == Plan(spread=(grown,))


def test_a_cluster_without_an_authorizer_gets_no_rules_and_says_so() -> None:
    todo = plan([CASES], [MAY_READ], found(acls=None))
    assert todo.changes == 0
    assert "no authorizer" in "".join(todo.lines())
