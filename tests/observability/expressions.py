"""The expressions of alerts and dashboards, and what each of them reads."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

OBSERVABILITY = Path(__file__).parents[2] / "deploy/observability"
OF_THE_TARGET = {"namespace", "job", "instance"}
"""Labels that Prometheus gives to what it scrapes."""
RANGE = "5m"
"""What a dashboard's `$__rate_interval` stands for here."""


def alerts() -> list[dict[str, Any]]:
    """Return the alerts, in order."""
    groups = yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each panel with its name: dashboard and title."""
    for file in sorted((OBSERVABILITY / "dashboards").glob("*.json")):
        dashboard = json.loads(file.read_text())
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield f"{file.stem}: {panel['title']}", panel


def expressions() -> dict[str, str]:
    """Return every expression by where it stands, with the variables of dashboards replaced."""
    found = {alert["alert"]: alert["expr"] for alert in alerts()}
    for name, panel in panels():
        for number, target in enumerate(panel["targets"]):
            found[f"{name}, {number}"] = target["expr"].replace("$__rate_interval", RANGE).replace("$job", ".+")
    return found


def reads(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the metrics that an expression reads, each with the labels that it selects by. Raises ValueError."""
    for part in _parts(promql_parser.parse(expression)):
        if isinstance(part, promql_parser.VectorSelector):
            yield str(part.name), {matcher.name for matcher in part.matchers.matchers}


def grouped_by(expression: str) -> set[str]:
    """Return the labels that an expression keeps by name."""
    found: set[str] = set()
    for part in _parts(promql_parser.parse(expression)):
        if isinstance(part, promql_parser.AggregateExpr) and part.modifier is not None:
            found |= set(part.modifier.labels)
    return found


def _parts(expression: Any) -> Iterator[Any]:
    yield expression
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        inner = getattr(expression, name, None)
        if isinstance(inner, promql_parser.Expr) or type(inner).__module__ == "promql_parser":
            yield from _parts(inner)
    for inner in getattr(expression, "args", None) or ():
        yield from _parts(inner)
