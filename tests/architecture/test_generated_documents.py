"""What is generated is as committed, and what is documented, provisioned and used are the same topics."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from http.client import responses
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from chassis.dead_letters import topics_of
from chassis.documents import SERVICES, composed, received_topics, sent_events, service_named
from chassis.kafka_access import KafkaAccess
from chassis.topics import provision
from ombud_contracts import REGISTRY, groups, topics
from ombud_contracts.cluster import SERVICES as USERS
from ombud_contracts.cluster import Cluster, provisioned
from ombud_contracts.strimzi import kafka_topics, kafka_users
from ombud_contracts.topics import dead_letters

ROOT = Path(__file__).parents[2]
NAMES = {topic.name for topic in topics.ALL}


ODD = {"OMBUD_ROLES": "fire", "OMBUD_MAX_BODY_BYTES": "2048", "PYTHONHASHSEED": "7"}


@pytest.mark.parametrize(
    "module",
    [
        "ombud_contracts.generate",
        "ombud_contracts.strimzi",
        "chassis.documents",
        "sla_monitor.explaining.documents",
    ],
)
def test_generated_files_are_as_committed_and_need_no_infrastructure_whatever_is_set(module: str) -> None:
    """Would break if a file depended on where it was written, or on what is set for that process."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("OMBUD_")}
    done = subprocess.run(
        [sys.executable, "-m", module, "--check"], env=bare | ODD, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_error_is_described_in_the_words_of_one_python(service: str) -> None:
    """Would break if a route left them to FastAPI, which takes the library's: 3.13 has others than 3.11."""
    document = json.loads((ROOT / "docs" / "api" / f"{service}.openapi.json").read_text())
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    told = {a["description"] for o in operations for status, a in o["responses"].items() if int(status) >= 400}
    assert told & set(responses.values()) == set()


# -- Topics ---------------------------------------------------------------------------------------------------------------


def test_every_topic_carries_events_and_every_event_has_a_provisioned_topic() -> None:
    assert {event.topic for event in REGISTRY.values()} == NAMES


def test_every_event_lies_on_a_topic_of_its_producer() -> None:
    assert {t for t, e in REGISTRY.items() if t.partition(".")[0] != e.topic.partition(".")[0]} == set()


def test_every_event_has_the_field_that_is_its_topics_key() -> None:
    keys = {topic.name: topic.key for topic in topics.ALL}
    assert {t for t, e in REGISTRY.items() if keys[e.topic] not in e.model_fields} == set()


def test_every_group_reads_topics_that_exist_and_no_two_share_a_name() -> None:
    assert {topic for group in groups.ALL for topic in group.topics} <= NAMES
    names = [group.name for group in groups.ALL]
    assert len(set(names)) == len(names)


def test_dead_letters_are_provisioned_for_every_group_and_topic_and_found_by_the_tool() -> None:
    dead = {dead_letters(topic, group.consumer).name for group in groups.ALL for topic in group.topics}
    assert {t.name for t in provisioned()} == NAMES | dead
    assert {name for service in SERVICES for name in topics_of(service)} == dead
    sizes = {t.name: t.max_message_bytes for t in provisioned()}
    parked = [(topic, dead_letters(topic, g.consumer).name) for g in groups.ALL for topic in g.topics]
    assert all(sizes[letter] > sizes[topic] for topic, letter in parked), "the largest record could not be parked"


async def test_the_broker_has_exactly_the_wanted_topics_after_provisioning() -> None:
    namespace = f"a{uuid.uuid4().hex[:8]}"
    await provision(KafkaAccess(os.environ["OMBUD_KAFKA"]), namespace, 1)
    admin = AIOKafkaAdminClient(bootstrap_servers=os.environ["OMBUD_KAFKA"])
    await admin.start()
    try:
        found = {t for t in await admin.list_topics() if t.startswith(f"{namespace}.")}
        assert found == {f"{namespace}.{t.name}" for t in provisioned()}
        await admin.delete_topics(list(found))
    finally:
        await admin.close()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_subscribes_to_what_its_groups_name(name: str) -> None:
    declared = {(g.name, topic) for g in groups.ALL if g.consumer == name for topic in g.topics}
    received = received_topics(composed(service_named(name)))
    assert {(group, topic) for topic, names in received.items() for group in names} == declared


# -- AsyncAPI -------------------------------------------------------------------------------------------------------------


def references(node: Any) -> Iterator[str]:
    """Yield every reference in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def target(document: Any, reference: str) -> Any:
    """Return what a reference points to. Raises KeyError."""
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document


@pytest.fixture(params=SERVICES)
def asyncapi(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """A service's name and its committed document."""
    return request.param, json.loads((ROOT / "docs" / "api" / f"{request.param}.asyncapi.json").read_text())


def test_asyncapi_documents_are_valid_and_their_references_resolve(asyncapi: tuple[str, dict[str, Any]]) -> None:
    ApplicationSchema.model_validate(asyncapi[1])
    for reference in references(asyncapi[1]):
        assert target(asyncapi[1], reference), reference


def test_asyncapi_names_every_event_that_a_service_sends_and_every_topic_that_it_reads(
    asyncapi: tuple[str, dict[str, Any]],
) -> None:
    name, document = asyncapi
    operations = document["operations"].values()
    sent = {m["$ref"].rpartition("/")[2] for o in operations if o["action"] == "send" for m in o["messages"]}
    assert sent == {event.type for event in sent_events(name)} != set()
    read = {o["channel"]["$ref"].rpartition("/")[2] for o in operations if o["action"] == "receive"}
    assert read == {topic for g in groups.ALL if g.consumer == name for topic in g.topics}
    assert set(document["channels"]) <= NAMES


@pytest.mark.parametrize("name", SERVICES)
def test_code_asyncapi_topics_and_access_rules_name_the_same(name: str) -> None:
    """INVARIANT: would break if a service could not do what it does, or could do more."""
    cluster = Cluster(namespace="staging")
    document = json.loads((ROOT / "docs" / "api" / f"{name}.asyncapi.json").read_text())
    operations = [
        (o["action"], o["channel"]["$ref"].rpartition("/")[2], o.get("bindings", {}).get("kafka", {}).get("groupId"))
        for o in document["operations"].values()
    ]
    sent = {topic for action, topic, _ in operations if action == "send"}
    received = {(topic, *group["enum"]) for action, topic, group in operations if action == "receive"}
    assert received == {(t, g) for t, names in received_topics(composed(service_named(name))).items() for g in names}
    parked = {dead_letters(topic, name).name for topic, _ in received}
    (user,) = [u for u in kafka_users(cluster) if u["metadata"]["name"] == cluster.user(name)]
    allowed = {
        (acl["resource"]["type"], acl["resource"]["name"].removeprefix("staging."), operation)
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    assert allowed == {
        *(("topic", topic, o) for topic, _ in received for o in ("Read", "Describe")),
        *(("topic", topic, o) for topic in sent | parked for o in ("Write", "Describe")),
        *(("group", group, "Read") for _, group in received),
    }
    assert sent | parked | {t for t, _ in received} <= {
        t["metadata"]["name"].removeprefix("staging.") for t in kafka_topics(cluster)
    }


def test_every_service_has_a_user_and_every_topic_one_who_uses_it() -> None:
    cluster = Cluster()
    assert set(USERS) == set(SERVICES)
    used = {right.name for service in USERS for right in cluster.rights(service) if right.resource == "topic"}
    assert used - {t.name for t in cluster.wanted()} == set()
    assert {t.name for t in cluster.wanted()} - used == set(), "a topic that no service reads or writes"


def test_events_md_names_every_topic_event_and_producer() -> None:
    text = (ROOT / "docs" / "events.md").read_text()
    assert {t for t in (*REGISTRY, *NAMES) if f"`{t}`" not in text} == set()
