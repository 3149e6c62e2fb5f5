"""Writes the files of the charts that follow from values and services; `--check` only tells whether they are as written.

What is written by hand: the templates of `ombud-common`, and those of the umbrella. Alerts and dashboards are copied, for a chart holds its own files.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ombud_contracts.generate import REPOSITORY, run
from ombud_release.common_values import service_values
from ombud_release.config_values import REQUIRED, camel, secret_names
from ombud_release.moved import MOVED
from ombud_release.services import SERVICES, VERSION, DeployedService
from ombud_release.umbrella_values import global_values, monitoring_values, topics_values
from ombud_release.values_tree import Branch, Leaf, Tree, flat, schema_of

CHARTS = Path(__file__).parents[3] / "charts"
_OBSERVABILITY = CHARTS.parent / "observability"
_DRAFT = "http://json-schema.org/draft-07/schema#"
_KUBERNETES = ">=1.31.0-0"
_NOTES = """\
{{ .Chart.Name }} {{ .Chart.AppVersion }} is installed as release {{ .Release.Name }}.

  kubectl --namespace {{ .Release.Namespace }} rollout status deployment --selector app.kubernetes.io/instance={{ .Release.Name }}
  helm --namespace {{ .Release.Namespace }} test {{ .Release.Name }}

A pod that is not ready says what is missing: /readyz on its admin port (8081), and its log.
"""


def written() -> Iterator[tuple[Path, str]]:
    """Yield each file of the charts that is written, with its content."""
    for service in SERVICES:
        yield from _service_chart(service)
    yield from _umbrella_chart()
    yield CHARTS / "ombud-common" / "Chart.yaml", _library()


def _service_chart(service: DeployedService) -> Iterator[tuple[Path, str]]:
    folder, tree = CHARTS / service.name, service_values(service)
    common = {"name": "ombud-common", "version": VERSION, "repository": "file://../ombud-common"}
    yield folder / "Chart.yaml", _chart(service.name, service.about, [common])
    yield folder / "values.yaml", _values(tree)
    yield folder / "values.schema.json", _json(_service_schema(tree))
    yield folder / "README.md", _readme(service.name, service.about, tree)
    yield folder / "files" / "facts.yaml", as_yaml(_facts(service))
    yield folder / "files" / "moved.yaml", as_yaml(MOVED)
    yield folder / "templates" / "service.yaml", '{{ include "ombud-common.service" . }}\n'
    yield folder / "templates" / "NOTES.txt", _NOTES


def _umbrella_chart() -> Iterator[tuple[Path, str]]:
    folder, tree = CHARTS / "ombud", _umbrella_tree()
    about = "Ombud: the five services of a marketplace's casework, with what they share said once"
    services: list[dict[str, Any]] = [
        {"name": s.name, "version": VERSION, "repository": f"file://../{s.name}", "condition": f"{s.name}.enabled"}
        for s in SERVICES
    ]
    common = {"name": "ombud-common", "version": VERSION, "repository": "file://../ombud-common"}
    yield folder / "Chart.yaml", _chart("ombud", about, [common, *services])
    yield folder / "values.yaml", _values(tree)
    schema = schema_of(tree)
    schema["properties"] |= {
        s.name: {"type": "object", "description": f"Values of the chart {s.name}, which has its own schema."}
        for s in SERVICES
    }
    schema["properties"]["ombud-common"] = {"type": "object", "maxProperties": 1, "description": "Given by Helm."}
    yield folder / "values.schema.json", _json({"$schema": _DRAFT, **schema})
    yield folder / "README.md", _readme("ombud", about, tree)
    yield folder / "files" / "facts.yaml", as_yaml({"service": "topics", "secrets": _secrets_of_topics()})
    yield folder / "templates" / "NOTES.txt", _NOTES
    for path in (_OBSERVABILITY / "alerts.yaml", *sorted((_OBSERVABILITY / "dashboards").glob("*.json"))):
        yield folder / "files" / path.relative_to(_OBSERVABILITY), path.read_text()


def _umbrella_tree() -> Tree:
    ombud = Branch("Holds for every service whose own value is empty.", global_values())
    every = Branch("Values that Helm hands to every chart.", {"ombud": ombud})
    return {"global": every, "topics": Branch("A Job that creates topics.", topics_values()), **monitoring_values()}


def _service_schema(tree: Tree) -> dict[str, Any]:
    """A parent chart of others may have globals of its own; of ours, each must be known."""
    schema = schema_of(tree)
    common = schema_of(global_values())
    schema["properties"]["global"] = {"type": "object", "properties": {"ombud": common}}
    schema["properties"]["ombud-common"] = {"type": "object", "maxProperties": 1, "description": "Given by Helm."}
    for key, instead in MOVED.items():
        schema["properties"].setdefault(key, {"description": f"Not a value (any more): write {instead}."})
    return {"$schema": _DRAFT, **schema}


def _facts(service: DeployedService) -> dict[str, Any]:
    return {
        "service": service.name,
        "group": service.group.name,
        "topics": list(service.group.topics),
        "components": [{"name": c.name, "roles": list(c.roles)} for c in service.components],
        "requiredConfig": [camel(name) for name in REQUIRED],
        "secrets": [_secret(name, name in service.required_secrets) for name in secret_names(service.settings)],
    }


def _secret(name: str, required: bool) -> dict[str, Any]:
    file = name.replace("_", "-")
    return {"name": camel(name), "variable": f"OMBUD_{name.upper()}", "file": file, "required": required}


def _secrets_of_topics() -> list[dict[str, Any]]:
    return [_secret(n, False) for n in secret_names(SERVICES[0].settings) if n.startswith("kafka")]


def _chart(name: str, about: str, dependencies: list[dict[str, Any]]) -> str:
    return as_yaml(
        {
            "apiVersion": "v2",
            "name": name,
            "type": "application",
            "version": VERSION,
            "appVersion": VERSION,
            "description": about,
            "kubeVersion": _KUBERNETES,
            "dependencies": dependencies,
        }
    )


def _library() -> str:
    about = (
        "Every template of Ombud's charts, once; a chart of a service includes ombud-common.service and nothing else"
    )
    chart = {"apiVersion": "v2", "name": "ombud-common", "type": "library", "version": VERSION}
    return as_yaml({**chart, "description": about, "kubeVersion": _KUBERNETES})


def _values(tree: Tree) -> str:
    head = "# Every value with its default. What may stand where is in values.schema.json; the table is in README.md.\n"
    return head + "".join(_lines(tree, ""))


def _lines(tree: Tree, indent: str) -> Iterator[str]:
    for name, node in tree.items():
        yield f"{indent}# {node.about}\n"
        if isinstance(node, Branch):
            listed = any(leaf.listed for _, leaf in flat(node.members))
            yield f"{indent}{name}:{'' if listed else ' {}'}\n"
            yield from _lines(node.members, f"{indent}  ")
        else:
            yield from _leaf_lines(name, node, indent if node.listed else f"{indent}# ")


def _leaf_lines(name: str, leaf: Leaf, indent: str) -> Iterator[str]:
    text = yaml.safe_dump({name: leaf.default}, sort_keys=False, width=10_000, default_style=None)
    if leaf.default in ("", [], {}):
        text = f"{name}: {json.dumps(leaf.default)}\n"
    yield from (f"{indent}{line}\n" for line in _indented_lists(text).splitlines())


def _indented_lists(text: str) -> str:
    """Indent lists below their key, as Kubernetes' own documents do."""
    lines = text.splitlines()
    if len(lines) > 1 and lines[1].startswith("-"):
        lines[1:] = [f"  {line}" for line in lines[1:]]
    return "\n".join(lines)


def _readme(name: str, about: str, tree: Tree) -> str:
    rows = "".join(f"| `{path}` | `{_shown(leaf)}` | {_cell(leaf.about)} |\n" for path, leaf in flat(tree))
    shared = (
        "What all services share is said once, under `global.ombud`; a service's own value, unless it is empty or `false`, wins.\n"
        "Each service is a chart of its own below its name (`ticketing.api.replicaCount`): "
        + ", ".join(f"[{s.name}](../{s.name}/README.md)" for s in SERVICES)
        + ".\n"
        if name == "ombud"
        else "How to install it, and what it needs: [the deployment guide](../../README.md).\n"
    )
    return f"# {name}\n\n{about}.\n\n{shared}\nA key that is not in this table is refused.\n\n| value | default | |\n|---|---|---|\n{rows}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shown(leaf: Leaf) -> str:
    return json.dumps(leaf.default, ensure_ascii=False).replace("|", "\\|")


def as_yaml(content: Any) -> str:
    """Return YAML as people write it: lists below their key, keys in the order given."""

    class Indented(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            super().increase_indent(flow, False)

    return yaml.dump(content, Dumper=Indented, sort_keys=False, width=10_000, allow_unicode=True)


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the files, or with `--check` say which are not as they would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    sys.exit(run(dict(written()), parser.parse_args().check, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
