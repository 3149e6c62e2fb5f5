"""Whatever a record holds, reading it gives an event, an unknown type, or `MalformedEvent`: anything else would stop a consumer."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ombud_contracts
from ombud_contracts import REGISTRY, ForgedEvent, MalformedEvent, from_record, to_headers
from ombud_contracts.topics import ALL

Headers = list[tuple[str, bytes | None]]
EXAMPLES = Path(ombud_contracts.__file__).parent / "examples"
PLACED: dict[str, Any] = json.loads((EXAMPLES / "marketplace.order_placed.v1.json").read_text())
STRUCTURED: Headers = [("content-type", b"application/cloudevents+json")]


def structured(**changed: Any) -> bytes:
    return json.dumps({**PLACED, **changed}).encode()


def written(member: str) -> bytes:
    """Write a member as it stands, which Python would not write."""
    return structured()[:-1] + f", {member}}}".encode()


def binary(**changed: bytes | None) -> tuple[bytes, Headers]:
    received = from_record(structured(), STRUCTURED)
    assert received.event is not None
    headers = dict(to_headers(received.event, received.metadata))
    return received.event.to_bytes(), list({**headers, **changed}.items())


MALFORMED: dict[str, tuple[bytes | None, Headers]] = {
    "an id without a value": binary(ce_id=None),
    "an id that is not text": binary(ce_id=b"\xff"),
    "an id with a zero": binary(ce_id=b"a\0b"),
    "an id of a megabyte": binary(ce_id=b"x" * 1_000_000),
    "headers of a megabyte": binary(further=b"x" * 1_000_000),
    "40,000 empty headers": (binary()[0], [*binary()[1], *[("", b"")] * 40_000]),
    "a key of a megabyte": binary(ce_partitionkey=b"x" * 1_025),
    "a sequence of 5,000 digits": binary(ce_sequence=b"9" * 5000),
    "a sequence beyond 64 bits": binary(ce_sequence=b"9223372036854775808"),
    "a sequence of other digits": binary(ce_sequence="٣".encode()),
    "a time without a date": binary(ce_time=b"9" * 40),
    "a time in seconds": binary(ce_time=b"1700000000"),
    "a time without a zone": binary(ce_time=b"2026-01-01T00:00:00"),
    "another version": binary(ce_specversion=b"0.3"),
    "data that are not JSON by their type": binary(**{"content-type": b"text/plain"}),
    "a batch": (b"[]", [("content-type", b"application/cloudevents-batch+json")]),
    "another format": (b"{}", [("content-type", b"application/cloudevents+avro")]),
    "2,000 brackets": (b"[" * 2_000 + b"]" * 2_000, STRUCTURED),
    "100,000 brackets": (b"[" * 100_000, STRUCTURED),
    "objects in objects": (b'{"a":' * 100_000, STRUCTURED),
    "data nested 990 deep": (written('"data": ' + "[" * 990 + "]" * 990), STRUCTURED),
    "a sequence of Infinity": (written('"sequence": Infinity'), STRUCTURED),
    "a sequence of 1e400": (written('"sequence": 1e400'), STRUCTURED),
    "a sequence of NaN": (written('"sequence": NaN'), STRUCTURED),
    "a fraction of a sequence": (structured(sequence=1.5), STRUCTURED),
    "a sequence of true": (structured(sequence=True), STRUCTURED),
    "a negative sequence": (structured(sequence=-1), STRUCTURED),
    "data of 1e400": (written('"data": {"a": 1e400}'), STRUCTURED),
    "half a surrogate pair as id": (written('"id": "\\ud800"'), STRUCTURED),
    "half a surrogate pair as data": (written('"data": {"order_id": "\\ud800"}'), STRUCTURED),
    "a list as type": (structured(type=["a"]), STRUCTURED),
    "an object as source": (structured(source={"$ne": 1}), STRUCTURED),
    "a number as id": (structured(id=5), STRUCTURED),
    "a number as market": (structured(market=5), STRUCTURED),
    "not UTF-8": (b"\xff\xfe{", STRUCTURED),
    "data in both forms": (structured(data_base64="e30="), STRUCTURED),
    "data_base64 that is not base64": (structured(data=None, data_base64="%%%"), STRUCTURED),
    "a number as data_base64": (structured(data=None, data_base64=7), STRUCTURED),
    "no value": (None, STRUCTURED),
}


@pytest.mark.parametrize(("value", "headers"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_broken_record_is_malformed_and_nothing_else(value: bytes | None, headers: Headers) -> None:
    """INVARIANT: a record that makes the reader raise anything else is read again for ever, and its partition stands."""
    with pytest.raises(MalformedEvent) as refused:
        from_record(value, headers)
    assert len(str(refused.value)) < 400


FOREIGN: dict[str, tuple[bytes, Headers]] = {
    "a foreign header without a value": binary(**{"x-b3-traceid": None}),
    "a foreign header of bytes": binary(
        __value_schema_id=b"\x01\xc8\xc9", spring_json_header_types=b"\xac\xed\x00\x05"
    ),
    "an optional attribute without a value": binary(ce_traceparent=None),
    "no content type": binary(**{"content-type": None}),
    "a content type in capitals": binary(**{"content-type": b"Application/JSON; charset=UTF-8"}),
    "a content type with a suffix": binary(**{"content-type": b"application/vnd.shop+json"}),
    "structured mode in capitals": (structured(), [("Content-Type", b"Application/CloudEvents+JSON; charset=utf-8")]),
    "data_base64": (
        json.dumps(
            {
                **{k: v for k, v in PLACED.items() if k != "data"},
                "data_base64": base64.b64encode(json.dumps(PLACED["data"]).encode()).decode(),
            }
        ).encode(),
        STRUCTURED,
    ),
    "a sequence as a number": (structured(sequence=int(PLACED["sequence"])), STRUCTURED),
}


@pytest.mark.parametrize(("value", "headers"), FOREIGN.values(), ids=FOREIGN.keys())
def test_what_the_specification_allows_is_read(value: bytes, headers: Headers) -> None:
    assert from_record(value, headers).event == from_record(structured(), STRUCTURED).event


def expect_read_or_malformed(value: bytes | None, headers: Headers) -> None:
    """Read: an event has what an inbox and a lane of keys need. Anything but `MalformedEvent` that is raised fails."""
    try:
        received = from_record(value, headers)
    except MalformedEvent as refused:
        said = str(refused)
    else:
        said = f"{received.metadata.id}{received.metadata.key}"
        assert received.metadata.sequence >= 1
        assert received.source or received.event is None
    assert said.encode()


names = st.sampled_from([*dict(binary()[1]), "ce_data", "traceparent", "x-b3-traceid", "CE_ID"]) | st.text(max_size=12)
raw = st.none() | st.binary(max_size=60) | st.text(max_size=60).map(lambda t: t.encode("utf-8", "surrogatepass"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
members = st.dictionaries(
    st.sampled_from([*PLACED, "data_base64", "datacontenttype", "caseid"]), json_values, max_size=6
)


TRIES = pytest.mark.parametrize("tries", [200, pytest.param(1_500, marks=pytest.mark.long)])
"""Of each sort; `make fuzz` bends as many records as it is told."""


@TRIES
def test_no_headers_and_no_value_escape_the_reader(tries: int) -> None:
    @settings(max_examples=tries, deadline=None)
    @given(st.lists(st.tuples(names, raw), max_size=8), st.none() | st.binary(max_size=200) | st.just(binary()[0]))
    def read(headers: Headers, value: bytes | None) -> None:
        expect_read_or_malformed(value, headers)
        expect_read_or_malformed(value, [*binary()[1], *headers])

    read()


@TRIES
def test_no_structured_value_escapes_the_reader(tries: int) -> None:
    @settings(max_examples=tries, deadline=None)
    @given(members, st.binary(max_size=200))
    def read(changed: dict[str, Any], noise: bytes) -> None:
        expect_read_or_malformed(json.dumps({**PLACED, **changed}).encode(), STRUCTURED)
        expect_read_or_malformed(noise, STRUCTURED)
        expect_read_or_malformed(structured()[: len(noise) * 7] + noise + structured()[len(noise) * 7 :], STRUCTURED)

    read()


# -- Who may say what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", REGISTRY)
def test_an_event_on_a_topic_or_from_a_source_that_is_not_its_own_is_forged(type_: str) -> None:
    """INVARIANT: who may write to one topic cannot say what belongs to another: a decision on the topic of orders moves money."""
    known = REGISTRY[type_]
    example = json.loads((EXAMPLES / f"{type_}.v{known.version}.json").read_text())
    assert from_record(json.dumps(example).encode(), STRUCTURED, known.topic).event is not None
    for topic in (t.name for t in ALL if t.name != known.topic):
        with pytest.raises(ForgedEvent, match="belongs to the topic"):
            from_record(json.dumps(example).encode(), STRUCTURED, topic)
    sources = {k.source() for k in REGISTRY.values()} - {known.source()}
    for source in (*sources, "/marketplace/orders", f"{known.source()}/", known.source().upper()):
        with pytest.raises(ForgedEvent, match="belongs to the source"):
            from_record(json.dumps({**example, "source": source}).encode(), STRUCTURED, known.topic)
