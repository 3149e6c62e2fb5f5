"""Traces: one trace id from a request to the last effect it has, through outbox and Kafka.

The context that created an event travels with it (CloudEvents distributed tracing); the relay's span and those of its
consumers continue that trace. Spans are exported over OTLP (HTTP, protobuf) where OpenTelemetry's own variables name a
collector: `OTEL_EXPORTER_OTLP_ENDPOINT`, and beside it the variables of sampling, headers, certificates and timeouts.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("ombud")
_NOTHING_BEFORE = Context()
log = logging.getLogger(__name__)


_COLLECTORS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def configure(service: str) -> None:
    """Set the process's tracer up. A collector that is away costs the process nothing but the spans."""
    provider = TracerProvider(resource=Resource.create({"service.namespace": "ombud", "service.name": service}))
    if any(os.environ.get(name) for name in _COLLECTORS):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, kind: SpanKind, traceparent: str | None) -> Iterator[str]:
    """Run a block inside a span that continues `traceparent`; yield the new W3C traceparent.

    Where nothing traces, that is the context that came, or nothing when it was not one: it travels in events, and an
    event with an attribute of just any text is refused by everybody who reads it.
    """
    context = _propagator.extract({"traceparent": traceparent}) if traceparent else _NOTHING_BEFORE
    own = _tracer.start_span(name, context=context, kind=kind)
    with trace.use_span(own, end_on_exit=True):
        of = own.get_span_context()
        yield f"00-{of.trace_id:032x}-{of.span_id:016x}-{of.trace_flags:02x}" if of.is_valid else ""


def answered(method: str, route: str, status: int) -> None:
    """Name the current span, of a request, by its route and status. Neither holds anything that a person wrote."""
    current = trace.get_current_span()
    current.update_name(f"{method} {route}")
    current.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        current.set_status(StatusCode.ERROR)


def published(type: str, topic: str, traceparent: str | None, started_ns: int) -> None:
    """Note that an event which waited in the outbox is on its topic: a span of the trace that created it.

    `started_ns` is when it was handed to the broker, in nanoseconds since 1970.
    """
    context = _propagator.extract({"traceparent": traceparent}) if traceparent else _NOTHING_BEFORE
    named = {"messaging.system": "kafka", "messaging.destination.name": topic}
    kind = SpanKind.PRODUCER
    _tracer.start_span(f"publish {type}", context, kind, attributes=named, start_time=started_ns).end()


def trace_id() -> str | None:
    """Return the current trace id as 32 hexadecimal digits, or None outside a span."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
