"""One trace over HTTP, outbox, Kafka and the effect in another service, as a collector receives it over OTLP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from chassis.testing import eventually
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.truth import Record
from ombud_local.story.world import World

SAID = "Kur ir mans telefons? Es gaidu jau divas nedēļas."


@dataclass
class Collector:
    """Keeps what services export."""

    url: str
    spans: list[tuple[str, Span]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        """Keep the spans of one export, each beside the service that made it."""
        self.bodies.append(body)
        for of_process in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {a.key: a.value.string_value for a in of_process.resource.attributes}
            self.spans += [(named["service.name"], span) for scope in of_process.scope_spans for span in scope.spans]

    def trace_of(self, name: str) -> dict[str, tuple[str, Span]]:
        """Return the spans of the trace that a span belongs to, by their names."""
        trace = next((span.trace_id for _, span in self.spans if span.name == name), None)
        return {span.name: (service, span) for service, span in self.spans if span.trace_id == trace}


@contextmanager
def a_collector() -> Iterator[Collector]:
    """Listen for exports over HTTP until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("traces")
    with start_infrastructure(folder, lambda _line: None) as infrastructure, Stack(infrastructure, folder) as prepared:
        prepared.prepare()
        yield prepared


async def test_one_trace_leads_from_a_request_to_its_effect_in_another_service(stack: Stack) -> None:
    """INVARIANT: would break if the outbox, the relay or a consumer began a trace of its own, or told what people wrote."""
    with a_collector() as collector:
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        stack.start_all(["ticketing", "messaging"], **told)
        urls = {p.service: p.url for p in stack.processes}
        async with (
            httpx.AsyncClient(timeout=20) as http,
            Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
        ):
            world = World(urls, stack.token, marketplace, Record(), http)
            bought = await marketplace.sell("lv", "buy_1", "sel_1", "Telefons")
            await world.open_case(world.person("buyer", "buy_1"), bought, "LATE", SAID)

        async def whole() -> dict[str, tuple[str, Span]] | None:
            spans = collector.trace_of("publish ticketing.case_opened")
            heard = [name for name, (service, _) in spans.items() if service == "messaging"]
            return spans if heard and "POST /cases" in spans else None

        async def exported_so_far() -> int:
            return len(collector.spans)

        spans = await eventually("a trace that reaches messaging", whole, moving=exported_so_far)
        stack.stop_all()

    asked, sent = spans["POST /cases"][1], spans["publish ticketing.case_opened"][1]
    heard = next(s for n, (_, s) in spans.items() if n.endswith("ticketing.case_opened") and n != sent.name)
    assert (asked.kind, sent.kind, heard.kind) == (
        Span.SPAN_KIND_SERVER,
        Span.SPAN_KIND_PRODUCER,
        Span.SPAN_KIND_CONSUMER,
    )
    assert sent.parent_span_id == heard.parent_span_id == asked.span_id
    assert {a.key: a.value.string_value or a.value.int_value for a in asked.attributes} == {
        "http.request.method": "POST",
        "http.route": "/cases",
        "http.response.status_code": 201,
    }
    assert asked.status.code == Status.STATUS_CODE_UNSET
    assert asked.start_time_unix_nano <= sent.start_time_unix_nano <= sent.end_time_unix_nano
    exported = b"".join(collector.bodies)
    assert not [word for word in ("telefons", "buy_1", "sel_1", bought.order_id) if word.encode() in exported]
