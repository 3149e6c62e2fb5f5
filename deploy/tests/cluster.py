"""One cluster as an operator has it: a real control plane, and Helm and kubectl that talk to it."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rendering import Document

from chassis.testing import eventually
from ombud_local.kubernetes.control_plane import ControlPlane
from ombud_release.kube_tools import kube_tools

_SECONDS = 300.0
RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")} | {
    "pod-security.kubernetes.io/enforce-version": "latest"
}
"""What makes a namespace refuse pods that are not restricted."""


class Refused(Exception):
    """The cluster or the tool refused; what was said."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Commands against one cluster, all of them in one namespace."""

    control_plane: ControlPlane
    namespace: str
    helm_major: int = 4

    def kubectl(self, *arguments: str, given: object = None) -> str:
        """Run kubectl with an object or text on its input; return what it printed. Raises `Refused`."""
        text = given if isinstance(given, str) else json.dumps(given)
        return self._run([kube_tools().kubectl, "--namespace", self.namespace, *arguments], text).stdout

    def helm(self, *arguments: str, values: Mapping[str, Any] | None = None) -> str:
        """Run Helm, with values if there are any; return what it printed, warnings included. Raises `Refused`."""
        told = [] if values is None else ["--values", "-"]
        helm = kube_tools(self.helm_major).helm
        ended = self._run([helm, "--namespace", self.namespace, *arguments, *told], json.dumps(values))
        return ended.stdout + ended.stderr

    def apply(self, *objects: Document) -> str:
        """Apply objects as their one owner."""
        everything = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        return self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=everything)

    def items(self, kind: str) -> list[Document]:
        """Return the objects of a kind in the namespace."""
        found: list[Document] = self._read(kind)["items"]
        return found

    def names(self, kind: str) -> set[str]:
        """Return the names of the objects of a kind."""
        return {item["metadata"]["name"] for item in self.items(kind)}

    def one(self, kind: str, name: str) -> Document:
        """Return an object. Raises `Refused` when there is none."""
        found: Document = self._read(kind, name)
        return found

    def prepare(self) -> None:
        """Make the namespace, which enforces Pod Security, and the Secret that the services read."""
        labels = {"labels": RESTRICTED, "name": self.namespace}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": labels})
        secret = dict.fromkeys(("mongo", "cursor-key", "sealing-keys"), "0" * 43 + "=")
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "ombud"}, "stringData": secret})

    def _read(self, *what: str) -> Document:
        read: Document = json.loads(self.kubectl("get", *what, "--output", "json"))
        return read

    def _run(self, command: Sequence[str | Path], given: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "KUBECONFIG": str(self.control_plane.kubeconfig)}
        ended = subprocess.run(
            command, input=given, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if ended.returncode:
            raise Refused(f"{Path(command[0]).name} {' '.join(map(str, command[3:]))}:\n{ended.stderr}{ended.stdout}")
        return ended


def strimzi_kinds() -> list[Document]:
    """Return definitions of Strimzi's two kinds: enough to keep such objects, with nobody who acts on them."""
    return [_open_kind("KafkaTopic"), _open_kind("KafkaUser")]


def _open_kind(kind: str) -> Document:
    plural, group = f"{kind.lower()}s", "kafka.strimzi.io"
    spec = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def rolled_out(deployment: Document) -> bool:
    """Tell whether every pod of a Deployment is of its present template and available."""
    wanted, status = deployment["spec"]["replicas"], deployment.get("status", {})
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")]
    return status.get("observedGeneration") == deployment["metadata"]["generation"] and counts == [wanted] * 4


async def all_rolled_out(cluster: Cluster) -> list[Document]:
    """Wait until every Deployment of the namespace is complete, and return them."""

    async def complete() -> list[Document] | None:
        found = cluster.items("deployments")
        return found if found and all(map(rolled_out, found)) else None

    async def moving() -> list[object]:
        return [item.get("status") for item in cluster.items("deployments")]

    return await eventually("every Deployment to be complete", complete, moving=moving)
