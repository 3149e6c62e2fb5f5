"""What a person does first: up, a token, a request, the metrics, the API's page, down; and nothing is left behind."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from document_claims import ROOT, RUN_HERE
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from shown_commands import OUTSIDE_MAKE, explain_of, run, without_installing

from ombud_local.children import wait_until

UP, TOKEN, DOWN = RUN_HERE
SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")
UP_SECONDS = 120
DOWN_SECONDS = 100  # longer than `down` itself waits
END_SECONDS = 10.0
OTHER_UNITS = ("_ms", "_millis", "_milliseconds", "_minutes", "_hours", "_days", "_percent", "_kb", "_mb", "_kilobytes")
AN_ID = re.compile(r"(?:^|/)(?:[a-z]{3}_\w+|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{27})(?:$|/)")
"""Ours begin with a short prefix; others are long hexadecimal numbers."""


@dataclass
class Installation:
    """A folder of its own for what the README's commands start."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"OMBUD_RUN_FOLDER": str(self.folder), "OMBUD_INFRA": "external"}

    def run(self, command: str, within_seconds: float = 30.0) -> str:
        """Return what a command of the README prints. Fails when it fails."""
        return run(without_installing(command), self.environment, within_seconds)

    def urls(self, port: str = "url") -> dict[str, str]:
        """Where the services are: their public ports, or `admin_url`."""
        state = json.loads((self.folder / "state.json").read_text())
        return {name: service[port] for name, service in state["services"].items()}

    def processes(self) -> list[int]:
        """Whatever was started for this folder still has it in its environment."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    told = (entry / "environ").read_bytes()
                except OSError:  # it ended while we looked, or is somebody else's
                    continue
                if f"OMBUD_RUN_FOLDER={self.folder}\0".encode() in told:
                    found.append(int(entry.name))
        return found


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("up"))
    try:
        assert "ticketing" in made.run(UP, within_seconds=UP_SECONDS)
        yield made
    finally:
        made.run(DOWN, within_seconds=DOWN_SECONDS)


@pytest.fixture(scope="module")
def token(installation: Installation) -> str:
    return installation.run(TOKEN).strip()


def test_a_buyer_with_a_token_sees_their_empty_list(installation: Installation, token: str) -> None:
    url = installation.urls()["ticketing"]
    answer = httpx.get(f"{url}/cases", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()) == (200, {"cases": [], "next_cursor": None})
    assert httpx.get(f"{url}/cases").status_code == 401


def test_a_clock_that_does_not_exist_is_explained_as_the_document_says(installation: Installation) -> None:
    asked = explain_of("docs/sla-monitor.md", installation.urls()["sla-monitor"])
    environment = OUTSIDE_MAKE | installation.environment
    ended = subprocess.run(["bash", "-c", asked], cwd=ROOT, env=environment, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr.count(b"no such clock")) == (3, 1), ended.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_the_api_has_a_page_and_a_document(installation: Installation, service: str) -> None:
    url = installation.urls("admin_url")[service]
    page = httpx.get(f"{url}/docs")
    assert page.status_code == 200
    assert "/openapi.json" in page.text
    assert httpx.get(f"{url}/openapi.json").json()["paths"]


@pytest.mark.parametrize("service", SERVICES)
def test_the_public_port_shows_no_metrics_and_no_description(installation: Installation, service: str) -> None:
    """INVARIANT: S16; would break if what operators read were mounted beside the routes of the API."""
    url, admin_url = installation.urls()[service], installation.urls("admin_url")[service]
    for path in ("/metrics", "/metrics/", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"):
        answer = httpx.get(f"{url}{path}")
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
    for probe in ("/livez", "/readyz"):
        assert httpx.get(f"{url}{probe}").json() == httpx.get(f"{admin_url}{probe}").json()
    assert httpx.get(f"{admin_url}/cases").status_code == 404


def test_what_is_up_says_where_it_is(installation: Installation) -> None:
    said = "".join(installation.run("make status").split())
    for service in SERVICES:
        for port in ("url", "admin_url"):
            assert installation.urls(port)[service].rpartition(":")[2] in said


def metrics(url: str) -> list[Metric]:
    answer = httpx.get(f"{url}/metrics")
    assert answer.status_code == 200
    return [m for m in text_string_to_metric_families(answer.text) if m.name.startswith("ombud_")]


def faults(metric: Metric) -> list[str]:
    """Return what is wrong with a metric: its help, its unit, its suffix, an id in a label."""
    found = [] if metric.documentation.strip() else ["no HELP"]
    if metric.name.endswith(OTHER_UNITS):
        found.append("not a base unit")
    if metric.type == "histogram" and not metric.name.endswith(("_seconds", "_bytes")):
        found.append("a histogram without a unit")
    if metric.type not in ("counter", "gauge", "histogram"):
        found.append(f"of type {metric.type}")
    values = {value for sample in metric.samples for value in sample.labels.values()}
    return found + [f"an id in a label: {value}" for value in sorted(values) if AN_ID.search(value)]


@pytest.mark.parametrize("service", SERVICES)
def test_metrics_have_help_base_units_and_no_ids(installation: Installation, token: str, service: str) -> None:
    url = installation.urls()[service]
    for path in ("/cases/cas_01M0000000/clocks", "/cases/cas_01M0000000", "/charges/chg_01M0000000", "/nowhere/cas_1"):
        httpx.get(f"{url}{path}", headers={"authorization": f"Bearer {token}"})
    found = metrics(installation.urls("admin_url")[service])
    assert {"ombud_http_requests", "ombud_http_request_seconds", "ombud_outbox_oldest_age_seconds"} <= {
        m.name for m in found
    }
    assert {m.name: faults(m) for m in found if faults(m)} == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# TYPE ombud_x gauge\nombud_x 1\n", "no HELP"),
        ("# HELP ombud_x_ms Time\n# TYPE ombud_x_ms gauge\nombud_x_ms 1\n", "not a base unit"),
        ("# HELP ombud_x Number\nombud_x 1\n", "of type unknown"),
        (
            '# HELP ombud_x Number\n# TYPE ombud_x gauge\nombud_x{route="/cases/cas_01M8"} 1\n',
            "an id in a label: /cases/cas_01M8",
        ),
    ],
)
def test_a_metric_that_is_not_right_would_be_seen(text: str, fault: str) -> None:
    (metric,) = text_string_to_metric_families(text)
    assert faults(metric) == [fault]


def test_down_leaves_no_process_and_no_folder(installation: Installation) -> None:
    """INVARIANT: what `up` starts ends with `down`; would break if a child were not tied to its supervisor."""
    assert len(installation.processes()) >= len(SERVICES) + 2, "the supervisor, the issuer and the services"
    urls = installation.urls()
    assert "Stopped." in installation.run(DOWN, within_seconds=DOWN_SECONDS)
    wait_until(lambda: not installation.processes(), END_SECONDS, "the end of every process")
    for url in urls.values():
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/livez")
    assert list(installation.folder.glob("up-*")) == []
    assert not (installation.folder / "state.json").exists()
