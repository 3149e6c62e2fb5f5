"""Renders charts with Helm, and reads what comes out."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ombud_release.kube_tools import kube_tools
from ombud_release.services import SERVICES

SERVICE_NAMES = [service.name for service in SERVICES]
KUBERNETES = ["1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"]
OPERATORS = ("keda.sh/v1alpha1", "monitoring.coreos.com/v1")
_SECONDS = 120.0

Document = dict[str, Any]

SECRETS = {name: {"existingSecret": "ombud"} for name in ("mongo", "cursorKey")}
CONFIG = {"kafka": "kafka.example:9092", "oidcIssuer": "https://issuer.example"}


def least_values(chart: str) -> Document:
    """Return the fewest values with which a chart renders."""
    if chart == "ombud":
        sealing = {"secrets": {"sealingKeys": {"existingSecret": "ombud"}}}
        return {"global": {"ombud": {"config": CONFIG, "secrets": SECRETS}}, "messaging": sealing, "disputes": sealing}
    sealing = {"sealingKeys": {"existingSecret": "ombud"}} if chart in ("messaging", "disputes") else {}
    return {"config": dict(CONFIG), "secrets": {**SECRETS, **sealing}}


def merged(values: Mapping[str, Any], more: Mapping[str, Any]) -> Document:
    """Return values with more of them laid over, member by member."""
    result = dict(values)
    for key, value in more.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, Mapping) else value
    return result


def at(path: str, value: Any) -> Document:
    """Return values with one of them set, by its path."""
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


class Refused(Exception):
    """Helm did not render; what it said."""


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts in a folder."""

    folder: Path

    def render(
        self,
        chart: str,
        more: Mapping[str, Any] | None = None,
        *,
        helm: int = 4,
        kubernetes: str = "1.34",
        operators: Sequence[str] = OPERATORS,
        release: str = "r",
    ) -> list[Document]:
        """Return the objects of a chart with the least values and more. Raises `Refused` with what Helm said."""
        apis = [option for api in operators for option in ("--api-versions", api)]
        options = ["--kube-version", f"{kubernetes}.0", *apis, "--namespace", "casework"]
        values = merged(least_values(re.sub(r"-\d.*", "", chart)), more or {})
        text = self.helm(helm, "template", release, str(self.folder / chart), *options, values=values)
        return [document for document in yaml.safe_load_all(text) if document]

    def helm(self, major: int, *arguments: str, values: Mapping[str, Any]) -> str:
        """Run Helm with values; return what it printed. Raises `Refused` with what it said."""
        ended = subprocess.run(
            [kube_tools(major).helm, *arguments, "--values", "-"],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if ended.returncode:
            raise Refused(ended.stderr + ended.stdout)
        return ended.stdout


def of_kind(documents: Sequence[Document], kind: str) -> list[Document]:
    """Return the objects of a kind."""
    return [document for document in documents if document["kind"] == kind]


def pod_specs(documents: Sequence[Document]) -> list[Document]:
    """Return the specification of every pod that would be made."""
    specs = [
        d["spec"] if d["kind"] == "Pod" else d["spec"].get("template", {}).get("spec") for d in documents if "spec" in d
    ]
    return [spec for spec in specs if spec and "containers" in spec]
