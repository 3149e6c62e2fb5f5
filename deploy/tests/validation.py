"""What a cluster would refuse of rendered objects: against Kubernetes' own schemas, and those of custom resources."""

import json
from pathlib import Path

import jsonschema
import kubernetes_validate
from rendering import Document

_CUSTOM = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "crds").glob("*.json")}
"""Schemas taken from the definitions that the operators publish, without prose, and closed where those leave fields out."""


def problems(document: Document, kubernetes: str) -> list[str]:
    """Return what a cluster of this version would refuse of an object."""
    kind, name = document["kind"], document["metadata"]["name"]
    if kind in _CUSTOM:
        errors = jsonschema.Draft202012Validator(_CUSTOM[kind]).iter_errors(document)
        return [f"{kind} {name}: {'.'.join(map(str, error.path))}: {error.message[:200]}" for error in errors]
    try:
        kubernetes_validate.validate(document, kubernetes, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{kind} {name}: {'.'.join(map(str, error.path))}: {error.message[:200]}"]
    return []


def unrestricted(pod: Document) -> list[str]:
    """Return in what a pod breaks the Pod Security standard "restricted", or writes to its root file system."""
    found = [] if pod["securityContext"].get("runAsNonRoot") else ["runAsNonRoot"]
    if pod["securityContext"].get("seccompProfile", {}).get("type") != "RuntimeDefault":
        found.append("seccompProfile")
    if pod.get("automountServiceAccountToken") is not False:
        found.append("automountServiceAccountToken")
    for container in pod["containers"]:
        security = container.get("securityContext", {})
        found += [name for name in ("readOnlyRootFilesystem",) if security.get(name) is not True]
        found += [name for name in ("allowPrivilegeEscalation", "privileged") if security.get(name) is not False]
        found += [] if security.get("capabilities") == {"drop": ["ALL"]} else ["capabilities"]
    return found
