"""The envelope: binary mode out, binary and structured in, read by an independent decoder; a tolerant reader, a closed producer."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import ombud_contracts
from ombud_contracts import REGISTRY, MalformedEvent, Metadata, Received, from_record, to_headers
from ombud_contracts.event import Event
from ombud_contracts.events.disputes import DisputeDecided
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.events.ticketing import CaseClosed, CaseResolved

Headers = list[tuple[str, bytes]]
PACKAGE = Path(ombud_contracts.__file__).parent
STRUCTURED: Headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
NOON = datetime(2026, 9, 15, 12, 0, 0, 125_000, tzinfo=UTC)


def read(golden: dict[str, Any]) -> Received:
    """Read a structured CloudEvent."""
    return from_record(json.dumps(golden).encode(), STRUCTURED)


def sent(received: Received) -> tuple[bytes, Headers]:
    """Return the record that a producer makes of an event."""
    assert received.event is not None
    return received.event.to_bytes(), to_headers(received.event, received.metadata)


def test_binary_and_structured_mode_say_the_same(golden: dict[str, Any]) -> None:
    received = read(golden)
    assert isinstance(received.event, REGISTRY[golden["type"]])
    assert from_record(*sent(received)) == received


def test_an_independent_decoder_reads_what_we_send(golden: dict[str, Any]) -> None:
    value, headers = sent(read(golden))
    message = KafkaMessage(headers=dict(headers), key=golden["partitionkey"].encode(), value=value)
    decoded = from_binary(message, JSONFormat())
    assert decoded.get_data() == golden["data"]
    for name in ("id", "source", "type", "subject", "partitionkey", "sequence", "caseid", "traceparent"):
        assert decoded.get_attributes().get(name) == golden.get(name), name
    current = f"urn:ombud:schema:{golden['type']}:{REGISTRY[golden['type']].version}"
    assert decoded.get_attributes()["dataschema"] == current, "what is sent now is of the current version"
    assert decoded.get_time() == datetime.fromisoformat(golden["time"])
    assert decoded.get_datacontenttype() == "application/json"


@pytest.mark.parametrize("written", [to_binary, to_structured], ids=["binary", "structured"])
def test_we_read_what_an_independent_encoder_sends(breach: dict[str, Any], written: Any) -> None:
    attributes = {k: v for k, v in breach.items() if k != "data"} | {"time": datetime.fromisoformat(breach["time"])}
    message = written(CloudEvent(attributes=attributes, data=breach["data"]), JSONFormat())
    assert from_record(message.value, list(message.headers.items())) == read(breach)


def test_the_record_says_when_it_happened_to_the_millisecond_and_keeps_the_trace_of_its_cause() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    event = CaseClosed(case_id="cas_1", closed_at=NOON)
    metadata = Metadata(
        id="cas_1:7",
        subject="cas_1",
        sequence=7,
        key="cas_1",
        occurred_at=NOON,
        recorded_at=NOON,
        correlation_id="req_1",
        causation_id="req_1",
        traceparent=trace,
    )
    headers = dict(to_headers(event, metadata))
    assert headers["ce_time"] == b"2026-09-15T12:00:00.125+00:00"
    assert headers["ce_traceparent"] == headers["traceparent"] == trace.encode()
    assert from_record(event.to_bytes(), list(headers.items())).metadata == metadata


# -- A tolerant reader ----------------------------------------------------------------------------------------------------


def with_new_members(node: Any) -> Any:
    """Add a member that this version does not know to every object but a listing's attributes: their names are data."""
    if isinstance(node, list):
        return [with_new_members(item) for item in node]
    if isinstance(node, dict):
        inner = {k: v if k == "attributes" else with_new_members(v) for k, v in node.items()}
        return {**inner, "newer_than_you": {"a": [1]}}
    return node


def test_unknown_fields_are_ignored_at_every_depth(golden: dict[str, Any]) -> None:
    """INVARIANT: a newer producer breaks no consumer. Breaks when a nested value is read closed."""
    newer = {**golden, "data": with_new_members(golden["data"]), "newattribute": "x"}
    assert read(newer) == read(golden)


@given(st.dictionaries(st.text(min_size=1), st.none() | st.booleans() | st.integers() | st.text(), max_size=5))
def test_whatever_a_newer_version_adds_the_event_is_the_same(further: dict[str, Any]) -> None:
    known = {"case_id": "cas_1", "outcome": "refunded", "resolved_at": NOON.isoformat()}
    assert CaseResolved.read(json.dumps({**further, **known}).encode()) == CaseResolved(
        case_id="cas_1", outcome="refunded", resolved_at=NOON
    )


def test_unknown_types_are_no_error(breach: dict[str, Any]) -> None:
    received = read({**breach, "type": "sla-monitor.clock_dreamt", "data": {"anything": [1, 2]}})
    assert (received.event, received.type) == (None, "sla-monitor.clock_dreamt")
    assert received.metadata.id == breach["id"]


def with_new_values(kind: Any, value: Any) -> Any:
    """Replace every value of an enumeration, at every depth, by one that this version does not know."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {n: with_new_values(kind.model_fields[n].annotation, v) for n, v in value.items()}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "NEWER_THAN_YOU"
    options = [option for option in get_args(kind) if option is not type(None)]
    if get_origin(kind) is dict or not options:
        return value
    return (
        [with_new_values(options[0], v) for v in value]
        if isinstance(value, list)
        else with_new_values(options[0], value)
    )


def test_unknown_values_of_enumerations_are_kept_as_text(golden: dict[str, Any]) -> None:
    """INVARIANT: a value added to an enumeration reaches older consumers. Breaks when an enumeration is closed."""
    newer = with_new_values(REGISTRY[golden["type"]], golden["data"])
    event = read({**golden, "data": newer}).event
    assert event is not None
    assert json.loads(event.to_bytes()) == newer


def test_the_values_replaced_above_are_those_of_every_enumeration(breach: dict[str, Any]) -> None:
    decided = json.loads((PACKAGE / "examples" / "disputes.dispute_decided.v1.json").read_text())
    text = json.dumps(with_new_values(DisputeDecided, decided["data"]))
    assert text.count("NEWER_THAN_YOU") == 4  # who decided, the remedy, the party of an effect, the kind of a line
    assert with_new_values(ClockBreached, breach["data"])["owner"] == "NEWER_THAN_YOU"


# -- A closed producer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", REGISTRY.values(), ids=REGISTRY.keys())
def test_a_producer_cannot_send_a_field_that_the_contract_does_not_name(event: type[Event]) -> None:
    with pytest.raises(ValidationError) as refused:
        event(invented="x")
    assert ("extra_forbidden", ("invented",)) in [(e["type"], e["loc"]) for e in refused.value.errors()]


def test_an_event_cannot_be_changed_after_it_was_made() -> None:
    event = CaseClosed(case_id="cas_1", closed_at=NOON)
    with pytest.raises(ValidationError):
        event.case_id = "cas_2"  # type: ignore[misc]


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        CaseClosed(case_id="cas_1", closed_at=NOON.replace(tzinfo=None))


# -- What is no event of ours ---------------------------------------------------------------------------------------------


def without(breach: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v for k, v in breach.items() if k != name}


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time"])
def test_a_missing_attribute_is_named(breach: dict[str, Any], name: str) -> None:
    with pytest.raises(MalformedEvent, match=f"the attribute {name} is missing"):
        read(without(breach, name))


SECRET = "Anna Kalniņa, +371 2000 0000"
BROKEN: dict[str, tuple[bytes | None, Headers]] = {
    "tombstone": (None, STRUCTURED),
    "not JSON": (b"{" + SECRET.encode(), STRUCTURED),
    "not an object": (json.dumps([SECRET]).encode(), STRUCTURED),
    "not text": (b"{}", [("ce_id", b"\xff\xfe")]),
    "too large": (b" " * 1_048_577, STRUCTURED),
    "no envelope": (b"{}", []),
}


@pytest.mark.parametrize(("value", "headers"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_cloudevent_is_malformed_and_never_echoed(value: bytes | None, headers: Headers) -> None:
    with pytest.raises(MalformedEvent) as refused:
        from_record(value, headers)
    assert "Anna" not in str(refused.value)


@pytest.mark.parametrize("data", [None, [], "text", {}, {"case_id": SECRET, "due_by": SECRET}])
def test_a_value_of_the_wrong_form_names_the_fields_and_never_the_values(breach: dict[str, Any], data: Any) -> None:
    with pytest.raises(MalformedEvent, match=r"^sla-monitor\.clock_breached: not a valid value at") as refused:
        read({**breach, "data": data})
    assert "Anna" not in str(refused.value)


@pytest.mark.parametrize("attribute", [{"time": "yesterday"}, {"sequence": "many"}, {"sequence": "0"}, {"id": 7}])
def test_an_attribute_of_the_wrong_form_is_malformed(breach: dict[str, Any], attribute: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent, match="an attribute has a value of the wrong form"):
        read({**breach, **attribute})


def test_a_breach_reads_as_its_class(breach: dict[str, Any]) -> None:
    event = read(breach).event
    assert isinstance(event, ClockBreached)
    assert sum(s.seconds for s in event.trace if s.counted) == 86_400


@pytest.mark.parametrize(
    "field", ["id", "subject", "key", "actor_id", "market", "case_id", "causation_id", "policy_version"]
)
@pytest.mark.parametrize("text", ["sel_\x1f", "sel_\u2028", "s" * 1_025, "sel_\x00", "sel_\ud800"])
def test_nothing_is_sent_that_readers_refuse_as_an_attribute(field: str, text: str, breach: dict[str, Any]) -> None:
    metadata = read(breach).metadata
    with pytest.raises(ValidationError, match=field):
        Metadata(**(metadata.model_dump() | {field: text}))


@pytest.mark.parametrize("text", ["sel_\x1f", "sel_\u2028", "s" * 1_025])
def test_an_id_that_no_later_event_could_carry_is_refused_where_it_comes_in(text: str) -> None:
    value = json.dumps({"seller_id": text, "market": "lv", "languages": ["lv"], "terms_version": "1"}).encode()
    attributes = {
        "specversion": "1.0",
        "id": "evt_1",
        "type": "marketplace.seller_registered",
        "source": "/ombud/marketplace",
    }
    headers = [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
    with pytest.raises(MalformedEvent, match="not a valid value at seller_id"):
        from_record(value, [*headers, ("ce_time", b"2026-09-15T12:00:00Z")])
