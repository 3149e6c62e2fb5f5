"""Writes the base that overlays of Kustomize build on: the umbrella chart rendered once, with settings as generators.

Kustomize names a generated ConfigMap by its content, so that a setting that an overlay changes makes pods anew.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ombud_contracts.generate import REPOSITORY, run
from ombud_release.assembly import assemble
from ombud_release.chart_files import as_yaml
from ombud_release.kube_tools import kube_tools

BASE = Path(__file__).parents[3] / "kustomize" / "base"
SECRET = "ombud"
_VALUES = {
    "global": {
        "ombud": {
            "config": {"kafka": "set.in.the.overlay:9092", "oidcIssuer": "https://set.in.the.overlay"},
            "secrets": {name: {"existingSecret": SECRET} for name in ("mongo", "cursorKey")},
        }
    },
    **{name: {"secrets": {"sealingKeys": {"existingSecret": SECRET}}} for name in ("messaging", "disputes")},
}
_HEAD = "# Written from the charts by `make docs`; what differs from cluster to cluster belongs into an overlay.\n"
_WITHOUT = ("helm.sh/chart", "app.kubernetes.io/managed-by")
_SECONDS = 120


def written() -> Iterator[tuple[Path, str]]:
    """Yield each file of the base with its content."""
    rendered = _rendered()
    settings = [document for document in rendered if document["kind"] == "ConfigMap"]
    objects = [_without_helm(document) for document in rendered if document["kind"] != "ConfigMap"]
    objects.sort(key=lambda document: (document["kind"], document["metadata"]["name"]))
    yield BASE / "ombud.yaml", _HEAD + "---\n".join(as_yaml(document) for document in objects)
    for config in settings:
        lines = (f"{name}={value}\n" for name, value in config["data"].items())
        yield BASE / f"{config['metadata']['name']}.env", "".join(lines)
    yield BASE / "kustomization.yaml", _HEAD + as_yaml(_kustomization([c["metadata"]["name"] for c in settings]))


def _kustomization(settings: list[str]) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["ombud.yaml"],
        "configMapGenerator": [{"name": name, "envs": [f"{name}.env"]} for name in sorted(settings)],
        "labels": [{"pairs": {"app.kubernetes.io/managed-by": "kustomize"}}],
    }


def _rendered() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        umbrella = assemble(Path(folder))
        ended = subprocess.run(
            [
                kube_tools().helm,
                "template",
                "ombud",
                umbrella,
                "--no-hooks",
                "--kube-version",
                "1.34.0",
                "--values",
                "-",
            ],
            input=json.dumps(_VALUES),
            text=True,
            check=True,
            stdout=subprocess.PIPE,
            timeout=_SECONDS,
        )
    return [document for document in yaml.safe_load_all(ended.stdout) if document]


def _without_helm(node: Any) -> Any:
    """Return an object without what only Helm's releases have: its labels, and the checksum that generators replace."""
    if isinstance(node, dict):
        kept = {key: _without_helm(value) for key, value in node.items() if key not in (*_WITHOUT, "checksum/config")}
        return {key: value for key, value in kept.items() if not (key == "annotations" and not value)}
    return [_without_helm(item) for item in node] if isinstance(node, list) else node


def main() -> None:
    """Write the base."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.exit(run(dict(written()), False, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
