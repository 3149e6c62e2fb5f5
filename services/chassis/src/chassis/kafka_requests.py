"""Requests of Kafka's protocol that aiokafka's client for administration does not have, with their answers.

What a connection may do with a topic (Metadata, version 8), settings of topics one by one, so that the others stay
(IncrementalAlterConfigs, KIP-339), and access rules (DescribeAcls, CreateAcls). Source: Kafka's protocol guide.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import CreateAclsRequest_v1, DescribeAclsRequest_v1
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

_TEXT = String("utf-8")
_OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8}
_RESOURCES = {"topic": 2, "group": 3}
_OPERATION_OF = {number: name for name, number in _OPERATIONS.items()}
_RESOURCE_OF = {number: name for name, number in _RESOURCES.items()}
_ANY, _LITERAL, _ALLOW, _SET = 1, 3, 3, 0
_NO_AUTHORIZER = 54
NOT_ALLOWED, UNKNOWN_TOPIC = 29, 3
"""Codes of errors: the topic is not ours to see, or does not exist."""

StructT = TypeVar("StructT", bound=RequestStruct)


class _MetadataAnswerV8(Response):  # type: ignore[misc]  # aiokafka has no types
    API_KEY, API_VERSION = 3, 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
        ("cluster_operations", Int32),
    )


class _MetadataV8(RequestStruct):  # type: ignore[misc]
    API_KEY, API_VERSION, RESPONSE_TYPE = 3, 8, _MetadataAnswerV8
    SCHEMA = Schema(
        ("topics", Array(_TEXT)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_operations", Boolean),
        ("include_topic_operations", Boolean),
    )


class _AlterAnswerV0(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 44, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "resources",
            Array(("error_code", Int16), ("error_message", _TEXT), ("resource_type", Int8), ("resource_name", _TEXT)),
        ),
    )


class _AlterV0(RequestStruct):  # type: ignore[misc]
    API_KEY, API_VERSION, RESPONSE_TYPE = 44, 0, _AlterAnswerV0
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", _TEXT),
                ("configs", Array(("name", _TEXT), ("operation", Int8), ("value", _TEXT))),
            ),
        ),
        ("validate_only", Boolean),
    )


class _Made(Request[_MetadataV8]):  # type: ignore[misc]
    """A request of one version, already made."""

    API_KEY = -1

    def __init__(self, made: RequestStruct) -> None:
        self._made = made

    def build(self, request_struct_class: type[RequestStruct]) -> RequestStruct:  # noqa: ARG002 - aiokafka names it
        return self._made

    def prepare(self, versions: dict[int, tuple[int, int]]) -> RequestStruct:
        """Return it. Raises KafkaError when the broker does not know this version."""
        lowest, highest = versions.get(self._made.API_KEY, (0, -1))
        if not lowest <= self._made.API_VERSION <= highest:
            raise KafkaError(
                f"the broker does not know request {self._made.API_KEY} in version {self._made.API_VERSION}"
            )
        return self._made


@dataclass(frozen=True, slots=True)
class SeenTopic:
    """A topic as a connection sees it."""

    exists: bool
    partitions: int = 0
    replicas: int = 0
    may_read: bool = False
    may_write: bool = False
    hidden: bool = False
    """It may exist, and is not ours to see."""


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """That somebody, from anywhere, may do one thing with one topic or group, named literally."""

    principal: str
    resource: str
    name: str
    operation: str


async def seen_topics(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, SeenTopic]:
    """Return how each of these topics looks to us. Raises KafkaError or OSError."""
    made = _MetadataV8(names, False, False, True)
    answer = await admin._send_request(_Made(made))
    return {topic["topic"]: _seen(topic) for topic in answer.to_object()["topics"]}


def _seen(topic: dict[str, Any]) -> SeenTopic:
    code, allowed = topic["error_code"], topic["operations"]
    if code in (NOT_ALLOWED, UNKNOWN_TOPIC):
        return SeenTopic(exists=False, hidden=code == NOT_ALLOWED)
    parts = topic["partitions"]
    return SeenTopic(
        exists=True,
        partitions=len(parts),
        replicas=min((len(part["replicas"]) for part in parts), default=0),
        may_read=bool(allowed & 1 << _OPERATIONS["Read"]),
        may_write=bool(allowed & 1 << _OPERATIONS["Write"]),
    )


async def set_topic_settings(admin: AIOKafkaAdminClient, changed: dict[str, dict[str, str]]) -> None:
    """Set these settings of these topics, and leave all others. Raises KafkaError or OSError."""
    resources = [
        (_RESOURCES["topic"], topic, [(name, _SET, value) for name, value in settings.items()])
        for topic, settings in changed.items()
    ]
    answer = await admin._send_to_controller(_Made(_AlterV0(resources, False)))
    for resource in answer.to_object()["resources"]:
        _raise_for(resource["error_code"], f"settings of {resource['resource_name']}")


async def acls_of(admin: AIOKafkaAdminClient) -> set[Acl] | None:
    """Return what is allowed literally, to anybody, from anywhere; None when the cluster allows everybody everything.

    Raises KafkaError or OSError.
    """
    made = DescribeAclsRequest_v1(_ANY, None, _ANY, None, None, _ANY, _ANY)
    answer = await admin._send_to_controller(_Made(made))
    if answer.error_code == _NO_AUTHORIZER:
        return None
    _raise_for(answer.error_code, "access rules")
    return {
        Acl(acl["principal"], _RESOURCE_OF[resource["resource_type"]], resource["resource_name"], operation)
        for resource in answer.to_object()["resources"]
        for acl in resource["acls"]
        if resource["resource_pattern_type"] == _LITERAL and resource["resource_type"] in _RESOURCE_OF
        if acl["permission_type"] == _ALLOW and acl["host"] == "*"
        if (operation := _OPERATION_OF.get(acl["operation"])) is not None
    }


async def create_acls(admin: AIOKafkaAdminClient, wanted: list[Acl]) -> None:
    """Allow this. What is allowed already stays. Raises KafkaError or OSError."""
    rows = [
        (_RESOURCES[a.resource], a.name, _LITERAL, a.principal, "*", _OPERATIONS[a.operation], _ALLOW) for a in wanted
    ]
    answer = await admin._send_to_controller(_Made(CreateAclsRequest_v1(rows)))
    for code, _message in answer.creation_responses:
        _raise_for(code, "access rules")


def _raise_for(code: int, about: str) -> None:
    if code:
        raise for_code(code)(about)
