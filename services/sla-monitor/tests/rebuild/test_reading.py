"""What a rebuild reads of the monitor's own topics: events, and nothing that stops it."""

import json
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

import ombud_contracts
from chassis.parking import StandIn
from sla_monitor.rebuild.reading import received_of

EXAMPLE = Path(ombud_contracts.__file__).parent / "examples" / "sla-monitor.policy_published.v1.json"
PUBLISHED = json.loads(EXAMPLE.read_text())
PLACE = ("sla-monitor.policies.v1", 0, 7, 0, 0, b"lv")
HEADERS = (("content-type", b"application/cloudevents+json"),)


def holding(value: bytes | None) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord(*PLACE, value, None, 0, 0, HEADERS)


@pytest.mark.parametrize(
    "record",
    [
        holding(None),
        holding(b"[" * 5_000),
        holding(json.dumps({**PUBLISHED, "data": {}}).encode()),
        holding(json.dumps({**PUBLISHED, "source": "/somebody"}).encode()),
        StandIn(*PLACE, None, None, -1, -1, (), "UnicodeDecodeError"),
    ],
    ids=["a tombstone", "brackets", "no data", "of another source", "not unpacked"],
)
def test_what_is_not_an_event_is_left_out_with_a_line_in_the_log(
    record: ConsumerRecord[bytes, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: would break if one hostile record on the topic of rules made a rebuild impossible."""
    assert received_of(record) is None
    assert "left out" in caplog.text


def test_an_event_is_read() -> None:
    received = received_of(holding(json.dumps(PUBLISHED).encode()))
    assert received is not None
    assert received.event is not None
