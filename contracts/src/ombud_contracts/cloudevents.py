"""CloudEvents 1.0 on Kafka: binary mode out, binary and structured mode in.

Source: CloudEvents specification, Kafka protocol binding, and product rules section 9. It knows nothing about brokers.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import ValidationError

from ombud_contracts.event import REGISTRY, Event, Metadata, Received

Headers = list[tuple[str, bytes]]
SCHEMA_BASE = "urn:ombud:schema:"
STRUCTURED = "application/cloudevents+json"
MAX_VALUE_BYTES = 1_048_576
"""An event is small; a larger value is refused instead of parsed."""

_EXTENSIONS = {
    "actorkind": "actor_kind",
    "actorid": "actor_id",
    "market": "market",
    "caseid": "case_id",
    "correlationid": "correlation_id",
    "causationid": "causation_id",
    "policyversion": "policy_version",
    "traceparent": "traceparent",
}


_OPTIONAL = tuple((f"ce_{name}", field) for name, field in _EXTENSIONS.items())
_CONTENT_TYPE = ("content-type", b"application/json")


class MalformedEvent(Exception):
    """The record is no CloudEvent of ours; the message names the broken attribute and never its value."""


def instant_text(at: datetime) -> str:
    """Return RFC 3339 with milliseconds and a zone."""
    return at.isoformat(timespec="milliseconds")


def to_headers(event: Event, metadata: Metadata) -> Headers:
    """Return the record headers of an event in binary mode (UTF-8 text)."""
    specversion, source, type_, dataschema = _headers_of_type(type(event))
    headers: Headers = [
        specversion,
        ("ce_id", metadata.id.encode()),
        source,
        type_,
        ("ce_subject", metadata.subject.encode()),
        ("ce_time", instant_text(metadata.occurred_at).encode()),
        dataschema,
        ("ce_sequence", b"%d" % metadata.sequence),
        ("ce_partitionkey", metadata.key.encode()),
        ("ce_recordedtime", instant_text(metadata.recorded_at).encode()),
    ]
    for name, field in _OPTIONAL:
        value = getattr(metadata, field)
        if value is not None:
            headers.append((name, value.encode()))
    headers.append(_CONTENT_TYPE)
    if metadata.traceparent:
        headers.append(("traceparent", metadata.traceparent.encode()))
    return headers


@cache
def _headers_of_type(type_: type[Event]) -> Headers:
    """What is the same for every event of a type."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_source", f"/ombud/{type_.type.partition('.')[0]}".encode()),
        ("ce_type", type_.type.encode()),
        ("ce_dataschema", f"{SCHEMA_BASE}{type_.type}:{type_.version}".encode()),
    ]


def from_record(value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Received:
    """Read a record in binary or structured mode.

    Raises MalformedEvent for anything that is not a CloudEvent with a readable value. An unknown type is no error:
    `event` is then None.
    """
    if value is None:
        raise MalformedEvent("the record has no value")
    if len(value) > MAX_VALUE_BYTES:
        raise MalformedEvent(f"the value is {len(value)} bytes long; at most {MAX_VALUE_BYTES} are read")
    texts = _texts(headers)
    if texts.get("content-type", "").startswith(STRUCTURED):
        attributes, data = _structured(value)
    else:
        attributes = {name[3:]: text for name, text in texts.items() if name.startswith("ce_")}
        data = value
    return _received(attributes, data)


def _texts(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    try:
        return {name.lower(): raw.decode() for name, raw in headers}
    except UnicodeDecodeError:
        raise MalformedEvent("a header is not UTF-8 text") from None


def _structured(value: bytes) -> tuple[Mapping[str, Any], bytes]:
    try:
        document = json.loads(value)
    except ValueError:
        raise MalformedEvent("the structured value is not JSON") from None
    if not isinstance(document, dict):
        raise MalformedEvent("the structured value is not a JSON object")
    return document, json.dumps(document.get("data")).encode()


def _received(attributes: Mapping[str, Any], data: bytes) -> Received:
    for name in ("specversion", "id", "type", "time"):
        if not attributes.get(name):
            raise MalformedEvent(f"the attribute {name} is missing")
    metadata = _metadata(attributes)
    known = REGISTRY.get(str(attributes["type"]))
    if known is None:
        return Received(metadata=metadata, event=None, type=str(attributes["type"]))
    try:
        event = known.read(data)
    except ValidationError as error:
        where = sorted({"/".join(map(str, e["loc"])) or "value" for e in error.errors(include_input=False)})
        raise MalformedEvent(f"{known.type}: not a valid value at {', '.join(where[:5])}") from None
    return Received(metadata=metadata, event=event, type=known.type)


def _metadata(attributes: Mapping[str, Any]) -> Metadata:
    key = attributes.get("partitionkey") or attributes.get("subject") or attributes["id"]
    known = {field: attributes[name] for name, field in _EXTENSIONS.items() if attributes.get(name)}
    try:
        return Metadata(
            id=attributes["id"],
            subject=attributes.get("subject") or key,
            sequence=int(attributes.get("sequence") or 1),
            key=key,
            occurred_at=attributes["time"],
            recorded_at=attributes.get("recordedtime") or attributes["time"],
            **{"correlation_id": attributes["id"], "causation_id": attributes["id"], **known},
        )
    except (ValidationError, ValueError, TypeError):
        raise MalformedEvent("an attribute has a value of the wrong form") from None
