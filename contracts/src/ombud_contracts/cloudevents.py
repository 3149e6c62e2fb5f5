"""CloudEvents 1.0 on Kafka: binary mode out, binary and structured mode in.

Sources: the CloudEvents specification with its Kafka protocol binding and its JSON format, and product rules section 9.
It knows nothing about brokers. Reading is total: a record is an event, of an unknown type, or `MalformedEvent`.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ombud_contracts.event import REGISTRY, Event, Metadata, Received
from ombud_contracts.vocabulary import fits_an_attribute

Headers = list[tuple[str, bytes]]
RecordHeaders = Iterable[tuple[str, bytes | None]]
"""Headers as Kafka delivers them: any bytes, or none."""
SCHEMA_BASE = "urn:ombud:schema:"
STRUCTURED = "application/cloudevents+json"
MAX_VALUE_BYTES = 1_048_576
"""An event is small; a larger value is refused instead of parsed."""
MAX_HEADER_BYTES = 65_536
"""Names, values and their lengths of all headers of a record together: empty headers count, too."""
_MAX_SEQUENCE = 2**63 - 1
_OBJECT = TypeAdapter(dict[str, Any])
_BATCHED = "application/cloudevents-batch"

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
_READ = frozenset(
    ("specversion", "id", "source", "type", "subject", "time", "sequence", "partitionkey", "recordedtime")
)


_OPTIONAL = tuple((f"ce_{name}", field) for name, field in _EXTENSIONS.items())
_CONTENT_TYPE = ("content-type", b"application/json")


class MalformedEvent(Exception):
    """The record is not a CloudEvent of ours; the message names the broken attribute and never its value."""


class ForgedEvent(MalformedEvent):
    """The event comes on a topic, or from a source, that its type does not belong to."""


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
        ("ce_source", type_.source().encode()),
        ("ce_type", type_.type.encode()),
        ("ce_dataschema", f"{SCHEMA_BASE}{type_.type}:{type_.version}".encode()),
    ]


def from_record(value: bytes | None, headers: RecordHeaders, topic: str | None = None) -> Received:
    """Read a record in binary or structured mode.

    `topic` is where it stood, without a namespace; with it, a type that belongs to another topic is refused. A type is
    always refused from a source that is not its own. Raises MalformedEvent (ForgedEvent for these two) for anything that
    is not a CloudEvent with a readable value, and nothing else. An unknown type is no error: `event` is then None.
    """
    headers = tuple(headers)
    if value is None:
        raise MalformedEvent("the record has no value")
    if len(value) > MAX_VALUE_BYTES:
        raise MalformedEvent(f"the value is {len(value)} bytes long; at most {MAX_VALUE_BYTES} are read")
    if (size := header_bytes(headers)) > MAX_HEADER_BYTES:
        raise MalformedEvent(f"the headers are {size} bytes long; at most {MAX_HEADER_BYTES} are read")
    texts = _texts(headers)
    media_type = _media_type(texts.get("content-type", ""))
    if media_type == STRUCTURED:
        attributes, data = _structured(value)
    elif media_type.startswith((f"{STRUCTURED.partition('+')[0]}+", _BATCHED)):
        raise MalformedEvent("the content type names a format of CloudEvents that is not read; send JSON, one event")
    else:
        attributes, data = {name[3:]: text for name, text in texts.items() if name.startswith("ce_")}, value
        _expect_json(media_type)
    return _received(_checked(attributes), data, topic)


def header_bytes(headers: RecordHeaders) -> int:
    """Return the size of all names and values together, with the two lengths that each header has at least."""
    return sum(len(name) + len(raw or b"") + 2 for name, raw in headers)


def _texts(headers: RecordHeaders) -> dict[str, str]:
    """Return the headers that CloudEvents defines as text. All others belong to somebody else, and may be anything."""
    named = ((name.lower(), raw) for name, raw in headers)
    try:
        return {
            name: raw.decode()
            for name, raw in named
            if raw is not None and (name.startswith("ce_") or name == "content-type")
        }
    except UnicodeDecodeError:
        raise MalformedEvent("a CloudEvents header is not UTF-8 text") from None


def _media_type(text: str) -> str:
    """Return the type without parameters; its case does not matter (RFC 9110, 8.3.1)."""
    return text.partition(";")[0].strip().lower()


def _expect_json(media_type: str) -> None:
    if media_type and not re.fullmatch(r"[a-z0-9.+-]+/([a-z0-9.+-]+\+)?json", media_type):
        raise MalformedEvent("the content type of the data is not JSON")


def _structured(value: bytes) -> tuple[Mapping[str, Any], bytes]:
    """Return attributes and data of the JSON format (CloudEvents JSON format, section 3)."""
    try:
        document = _OBJECT.validate_json(value)
    except ValidationError:
        raise MalformedEvent("the structured value is not a JSON object") from None
    if document.get("data_base64") is None:
        return document, _json_bytes(document.get("data"), document.get("datacontenttype"))
    if "data" in document:
        raise MalformedEvent("the structured value has both data and data_base64")
    _expect_json(_media_type(str(document.get("datacontenttype") or "")))
    try:
        return document, base64.b64decode(document["data_base64"], validate=True)
    except (ValueError, TypeError):
        raise MalformedEvent("data_base64 is not base64") from None


def _json_bytes(data: Any, content_type: Any) -> bytes:
    _expect_json(_media_type(str(content_type or "")))
    try:
        return json.dumps(data, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise MalformedEvent("the data is not JSON") from None


def _checked(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes that are read, each of a form that can be kept."""
    known = {name: attributes[name] for name in (*_READ, *_EXTENSIONS) if attributes.get(name)}
    for name in ("specversion", "id", "type", "time"):
        if name not in known:
            raise MalformedEvent(f"the attribute {name} is missing")
    for name, text in known.items():
        if not isinstance(text, str):
            if name != "sequence":
                raise MalformedEvent("an attribute has a value of the wrong form")
        elif not fits_an_attribute(text):
            raise MalformedEvent(f"the attribute {name} is too long, or has characters that cannot be printed")
    if known["specversion"] != "1.0":
        raise MalformedEvent("the attribute specversion is not 1.0")
    return known


def _received(attributes: Mapping[str, Any], data: bytes, topic: str | None) -> Received:
    metadata = _metadata(attributes)
    type_, source = attributes["type"], attributes.get("source", "")
    known = REGISTRY.get(type_)
    if known is None:
        return Received(metadata=metadata, event=None, type=type_, source=source)
    _expect_origin(known, source, topic)
    try:
        event = known.read(data)
    except ValidationError as error:
        where = sorted({"/".join(map(str, e["loc"])) or "value" for e in error.errors(include_input=False)})
        raise MalformedEvent(f"{known.type}: not a valid value at {', '.join(where[:5])[:300]}") from None
    return Received(metadata=metadata, event=event, type=known.type, source=source)


def _expect_origin(known: type[Event], source: str, topic: str | None) -> None:
    if topic not in (None, known.topic):
        raise ForgedEvent(f"{known.type} belongs to the topic {known.topic}")
    if not source:
        raise MalformedEvent("the attribute source is missing")
    if source != known.source():
        raise ForgedEvent(f"{known.type} belongs to the source {known.source()}")


def _metadata(attributes: Mapping[str, Any]) -> Metadata:
    key = attributes.get("partitionkey") or attributes.get("subject") or attributes["id"]
    known = {field: attributes[name] for name, field in _EXTENSIONS.items() if name in attributes}
    try:
        return Metadata(
            id=attributes["id"],
            subject=attributes.get("subject") or key,
            sequence=_sequence(attributes.get("sequence")),
            key=key,
            occurred_at=_instant(attributes["time"]),
            recorded_at=_instant(attributes.get("recordedtime") or attributes["time"]),
            **{"correlation_id": attributes["id"], "causation_id": attributes["id"], **known},
        )
    except (ValidationError, ValueError, TypeError, OverflowError):
        raise MalformedEvent("an attribute has a value of the wrong form") from None


def _sequence(raw: Any) -> int:
    """Return a sequence number, which the specification's extension writes as text; 1 when there is none."""
    if raw is None:
        return 1
    if not re.fullmatch(r"[0-9]{1,19}", str(raw), re.ASCII) or int(raw) > _MAX_SEQUENCE:
        raise ValueError("not a sequence number")
    return int(raw)


_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def _instant(text: Any) -> Any:
    """Return the text of an RFC 3339 instant, which Metadata reads; a number of seconds is not one."""
    if not isinstance(text, str) or not _DATED.match(text):
        raise ValueError("not an RFC 3339 instant")
    return text
