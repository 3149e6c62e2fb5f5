"""Topics and users of a cluster as Strimzi's resources, for clusters that Strimzi runs.

`python -m ombud_contracts.strimzi [--check]` writes `deploy/strimzi`; a chart may make the same objects for its own
cluster. Source: Strimzi's `kafka.strimzi.io/v1`.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from ombud_contracts.cluster import SERVICES, Cluster, Right, WantedTopic
from ombud_contracts.generate import REPOSITORY, run

Resource = dict[str, Any]
Authentication = Literal["scram-sha-512", "tls"]

_API = "kafka.strimzi.io/v1"
_KEEP = {"helm.sh/resource-policy": "keep"}
"""An uninstalled chart must not take events with it."""
_FOLDER = "deploy/strimzi"


def kafka_topics(cluster: Cluster, strimzi_cluster: str = "kafka") -> list[Resource]:
    """Return a KafkaTopic for each topic. `strimzi_cluster` is the name of the Kafka resource."""
    return [_topic(topic, strimzi_cluster) for topic in cluster.wanted()]


def kafka_users(
    cluster: Cluster, strimzi_cluster: str = "kafka", authentication: Authentication = "scram-sha-512"
) -> list[Resource]:
    """Return a KafkaUser for each service, with the least that it needs."""
    return [_user(cluster, service, strimzi_cluster, authentication) for service in SERVICES]


def _topic(topic: WantedTopic, strimzi_cluster: str) -> Resource:
    return {
        "apiVersion": _API,
        "kind": "KafkaTopic",
        "metadata": {
            "name": topic.name,
            "labels": {"strimzi.io/cluster": strimzi_cluster},
            "annotations": dict(_KEEP),
        },
        "spec": {
            "partitions": topic.partitions,
            "replicas": topic.replicas,
            "config": {name: _typed(value) for name, value in topic.settings.items()},
        },
    }


def _typed(value: str) -> int | str:
    return int(value) if value.lstrip("-").isdigit() else value


def _user(cluster: Cluster, service: str, strimzi_cluster: str, authentication: Authentication) -> Resource:
    rights = cluster.rights(service)
    return {
        "apiVersion": _API,
        "kind": "KafkaUser",
        "metadata": {"name": cluster.user(service), "labels": {"strimzi.io/cluster": strimzi_cluster}},
        "spec": {
            "authentication": {"type": authentication},
            "authorization": {
                "type": "simple",
                "acls": [_acl(*of, list(some)) for of, some in groupby(rights, lambda r: (r.resource, r.name))],
            },
        },
    }


def _acl(resource: str, name: str, rights: Sequence[Right]) -> Resource:
    return {
        "resource": {"type": resource, "name": name, "patternType": "literal"},
        "operations": [right.operation for right in rights],
        "host": "*",
    }


def as_yaml(resources: Sequence[Resource]) -> str:
    """Return resources as documents of YAML 1.2."""
    return "".join(f"---\n{''.join(_lines(resource))}" for resource in resources)


def _lines(node: Mapping[str, Any], indent: str = "") -> list[str]:
    """Mappings, lists and plain values are all that these resources have."""
    lines: list[str] = []
    for key, value in node.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{key}:\n", *_lines(value, indent + "  ")]
        elif isinstance(value, list):
            lines += [f"{indent}{key}:\n", *(line for one in value for line in _item(one, indent + "  "))]
        else:
            lines.append(f"{indent}{key}: {_plain(value)}\n")
    return lines


def _item(value: object, indent: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{indent}- {_plain(value)}\n"]
    first, *others = _lines(value, indent + "  ")
    return [f"{indent}- {first.lstrip()}", *others]


def _plain(value: object) -> str:
    return '"*"' if value == "*" else str(value)


def documents(root: Path) -> dict[Path, str]:
    """Return the files of a cluster as it is unless settings say otherwise."""
    said = "# Written by `make docs` from the contracts: topics and users of a cluster that Strimzi runs.\n"
    cluster = Cluster()
    return {
        root / _FOLDER / "topics.yaml": said + as_yaml(kafka_topics(cluster)),
        root / _FOLDER / "users.yaml": said + as_yaml(kafka_users(cluster)),
    }


def main(given: Sequence[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m ombud_contracts.strimzi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    arguments = parser.parse_args(given)
    if not (REPOSITORY / "contracts").is_dir():
        sys.exit("run this in a checkout: installed, the package has nowhere to write")
    sys.exit(run(documents(REPOSITORY), arguments.check, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
