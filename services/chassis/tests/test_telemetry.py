"""The trace context of a request: it goes on in events, and what is not one does not. Needs nothing."""

import os
import subprocess
import sys

import pytest

CONTEXT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PROGRAM = """
import sys
from opentelemetry.trace import SpanKind
from chassis.telemetry import configure, span
configure("things")
with span("GET", SpanKind.SERVER, sys.argv[1]) as own:
    print(ascii(own))
"""


def continued(traceparent: str, **environment: str) -> str:
    """Return what a process of this environment, which is set once and for all, makes of a request's context."""
    command = [sys.executable, "-c", PROGRAM, traceparent]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("hostile", ["x" * 2_000, "a\x85b", "a\xa0b", f"00-{'0' * 32}-{'0' * 16}-01"])
def test_what_is_not_a_trace_context_reaches_no_event_where_nothing_traces(hostile: str) -> None:
    """INVARIANT: would break if a client's header made an event that every consumer parks."""
    assert continued(hostile, OTEL_SDK_DISABLED="true").strip() == "''"


def test_a_trace_goes_on_whether_this_process_traces_or_not() -> None:
    trace = CONTEXT.split("-")[1]
    assert trace in continued(CONTEXT)
    assert trace in continued(CONTEXT, OTEL_SDK_DISABLED="true")


def test_a_collector_that_is_away_stops_no_process() -> None:
    assert CONTEXT.split("-")[1] in continued(CONTEXT, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
