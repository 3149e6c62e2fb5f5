"""Traces: one trace id from a request to the last effect it has. Spans are exported only where a collector is configured.

The context that created an event travels with it (CloudEvents distributed tracing); a consumer continues that trace.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("ombud")
_NOTHING_BEFORE = Context()
log = logging.getLogger(__name__)


def configure(service: str) -> None:
    """Set the process's tracer up; an exporter is added by OpenTelemetry's own environment variables, if installed."""
    trace.set_tracer_provider(TracerProvider(resource=Resource.create({"service.name": service})))


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


def trace_id() -> str | None:
    """Return the current trace id as 32 hexadecimal digits, or None outside a span."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
