"""`ombud-topics plan|apply|remove`: makes the topics and access rules of a cluster from the contracts, and shows first what
it would do. It creates and grows; it never shrinks, and deletes nothing but a namespace that is thrown away.

Exit codes: 0 nothing to do, or all of it was done; 2 a plan with changes; 1 a fault, which was said.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Literal

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from pydantic import Field

from chassis.kafka_reach import unreachable
from chassis.kafka_settings import KafkaSettings, settings_of
from chassis.topics import carry_out, planned, remove, rights_of
from ombud_contracts.cluster import Cluster

_FAULT, _CHANGES = 1, 2
_DAY_MS = 86_400_000
_NOT_ALLOWED = (ClusterAuthorizationFailedError, TopicAuthorizationFailedError, GroupAuthorizationFailedError)


class TopicSettings(KafkaSettings):
    """How topics are made, beside where Kafka is."""

    topic_replicas: int = Field(default=3, ge=1, le=9)
    """Of each partition; one less must be in sync."""
    topic_partitions: Literal[12, 24] = 12
    """Of each topic with a key; chosen once."""
    topic_retention_days: int = Field(default=30, ge=1, le=3650)
    """Of each topic that is not kept for ever."""
    kafka_principal: str = Field(default="User:{user}", pattern=r"^[^{}]*\{user\}[^{}]*$")
    """How the cluster writes a user, where `{user}` is the service's: `User:CN={user}` for certificates."""

    @property
    def cluster(self) -> Cluster:
        """The cluster that is wanted."""
        return Cluster(
            namespace=self.namespace,
            replicas=self.topic_replicas,
            partitions=self.topic_partitions,
            retention_ms=self.topic_retention_days * _DAY_MS,
        )


async def _run(arguments: argparse.Namespace, settings: TopicSettings) -> int:
    kafka, cluster = settings.kafka_access, settings.cluster
    if reason := await unreachable(kafka):
        return _fault(reason.said)
    if arguments.command == "remove":
        print(f"{await remove(kafka, settings.namespace)} topics removed")
        return 0
    rights = [] if arguments.no_acls else rights_of(cluster, settings.kafka_principal)
    todo = await planned(kafka, cluster, rights, may_spread=arguments.grow_partitions)
    for line in todo.lines():
        print(line, file=sys.stderr if line.startswith("!") else sys.stdout)
    if todo.faults:
        return _fault("nothing was done: mend what is marked with ! first")
    if arguments.command == "plan":
        print(f"{todo.changes} changes; `apply` makes them" if todo.changes else "nothing to do")
        return _CHANGES if todo.changes else 0
    await carry_out(kafka, todo)
    print(f"{todo.changes} changes made" if todo.changes else "nothing to do")
    return 0


def _fault(said: str) -> int:
    print(f"ombud-topics: {said}", file=sys.stderr)
    return _FAULT


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> "None":  # type: ignore[override]
        """Exit with 1: 2 says that there are changes."""
        self.exit(_FAULT, f"{self.format_usage()}{self.prog}: {message}\n")


def main(given: Sequence[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = _Parser(prog="ombud-topics", description=__doc__)
    parser.add_argument("command", choices=("plan", "apply", "remove"))
    parser.add_argument("--no-acls", action="store_true", help="leave access rules alone")
    parser.add_argument(
        "--grow-partitions", action="store_true", help="give topics more partitions, which moves keys to others"
    )
    arguments = parser.parse_args(given)
    settings = settings_of("ombud-topics", TopicSettings, refused=_FAULT)
    try:
        code = asyncio.run(_run(arguments, settings))
    except _NOT_ALLOWED as error:
        code = _fault(f"not authorised: this user may not administer the cluster ({type(error).__name__}: {error})")
    except (KafkaError, OSError, ValueError) as error:
        code = _fault(f"{type(error).__name__}: {error}")
    sys.exit(code)


if __name__ == "__main__":
    main()
