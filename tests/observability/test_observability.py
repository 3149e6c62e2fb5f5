"""Alerts, dashboards, runbook and the reference of metrics speak of what the services really show."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from expressions import OBSERVABILITY, OF_THE_TARGET, alerts, expressions, grouped_by, panels, reads
from metrics_document import DOCUMENT, document, metrics

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "deploy/runbook.md").read_text()
PROMTOOL = shutil.which("promtool")
EXPRESSIONS = expressions()
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: the package prometheus has it")


def named(metric: str) -> str:
    """Return a metric without what a histogram adds to its name."""
    whole = metrics()
    parts = [metric.removesuffix(suffix) for suffix in ("_bucket", "_sum", "_count") if metric.endswith(suffix)]
    return next((part for part in parts if part in whole), metric)


def unknown(expression: str) -> set[str]:
    """Return the metrics and labels of an expression that no service shows."""
    selected = {named(metric): labels for metric, labels in reads(expression)}
    known = metrics()
    shown = {label for metric in selected if metric in known for label in known[metric]._labelnames}
    asked = grouped_by(expression) | {label for labels in selected.values() for label in labels}
    return (set(selected) - set(known) - {"up"}) | (asked - shown - OF_THE_TARGET - {"le"})


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_what_an_expression_reads_is_shown(where: str) -> None:
    """INVARIANT: would break if a metric or label were renamed, and an alert never fired again."""
    assert unknown(EXPRESSIONS[where]) == set()


def test_an_expression_over_something_else_is_seen() -> None:
    assert unknown("sum by (jib) (rate(ombud_http_request_total{routes='/'}[5m]))") == {
        "ombud_http_request_total",
        "routes",
        "jib",
    }


def test_the_reference_of_metrics_is_as_generated() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


def test_dashboards_are_as_generated() -> None:
    assert subprocess.run([sys.executable, OBSERVABILITY / "dashboards.py", "--check"]).returncode == 0


def test_every_panel_says_its_unit_and_what_its_lines_are() -> None:
    for name, panel in panels():
        assert panel["fieldConfig"]["defaults"]["unit"], name
        assert all(target["legendFormat"] and target["refId"] for target in panel["targets"]), name


def test_every_alert_has_its_page_in_the_runbook_and_no_page_is_left_over() -> None:
    pages = re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)
    assert pages == [alert["alert"] for alert in alerts()]
    for alert in alerts():
        assert alert["annotations"]["runbook_url"] == f"deploy/runbook.md#{alert['alert'].lower()}"
        page = RUNBOOK.partition(f"## {alert['alert']}\n")[2].partition("\n## ")[0]
        assert all(part in page for part in ("**Means.**", "**Look first.**", "**Mend.**"))


def test_what_the_runbook_names_exists() -> None:
    """INVARIANT: would break if a person at three in the morning were sent to a route, setting or metric that is gone."""
    routes = {
        path
        for file in (ROOT / "docs/api").glob("*.openapi.json")
        for path, methods in json.loads(file.read_text())["paths"].items()
        if "get" in methods
    }
    assert set(re.findall(r"`GET (/[^`?]*)", RUNBOOK)) <= routes
    assert {named(metric) for metric in re.findall(r"\bombud_[a-z_]+", RUNBOOK)} - {"ombud_"} <= set(metrics())
    settings = "".join(file.read_text() for file in (ROOT / "services").glob("*/src/*/*settings.py"))
    missing = [
        name
        for name in re.findall(r"\bOMBUD_([A-Z_]+)", RUNBOOK)
        if not re.search(rf"^    {name.lower()}:", settings, re.M)
    ]
    assert missing == []


def test_every_alert_is_tried_where_it_fires_and_where_it_does_not() -> None:
    tried = [test["name"] for test in yaml.safe_load((OBSERVABILITY / "alerts_test.yaml").read_text())["tests"]]
    assert tried == [f"{alert['alert']} {how}" for alert in alerts() for how in ("fires", "is silent")]


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")],
)
def test_prometheus_takes_the_alerts_and_finds_them_as_their_cases_say(arguments: tuple[str, ...]) -> None:
    assert PROMTOOL is not None
    ran = subprocess.run([PROMTOOL, *arguments], cwd=OBSERVABILITY, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
