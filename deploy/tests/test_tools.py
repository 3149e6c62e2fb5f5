"""What independent tools say about what is rendered and written, and that each of them would notice a fault."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rendering import Charts, Document, merged, of_kind
from test_rendering import EVERYTHING, FIRING
from validation import problems, unrestricted

from ombud_release.tool_environment import tool

pytestmark = pytest.mark.deploy

BIN = Path(sys.executable).parent
DEPLOY = Path(__file__).parents[1]
SKIPPED = {
    "CKV_K8S_11": "a limit of CPU slows a pod while its node is idle; requests are set",
    "CKV_K8S_15": "images are named by digest or by a tag that never moves, so a node's copy is the right one",
    "CKV_K8S_21": "a chart never says the namespace: whoever installs it does",
}


def ran(*command: str | Path) -> tuple[int, str]:
    """Run a tool; return its exit code and what it said."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def checkov(documents: list[Document], folder: Path) -> tuple[int, str]:
    """Ask checkov about objects."""
    file = folder / "rendered.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    options = [
        "--framework",
        "kubernetes",
        "--quiet",
        "--compact",
        "--skip-download",
        "--skip-check",
        ",".join(SKIPPED),
    ]
    return ran(tool("checkov"), "-f", file, *options)


def hardened(charts: Charts) -> list[Document]:
    """The objects of all services, locked down as the guide says, less the pods that run during `helm test` alone."""
    locked = {key: value for key, value in EVERYTHING.items() if key in ("networkPolicy", "image", "podMonitor")}
    services = [charts.render("sla-monitor", merged(locked, FIRING)), charts.render("messaging", locked)]
    return [document for rendered in services for document in rendered if document["kind"] != "Pod"]


def test_checkov(charts: Charts, tmp_path: Path):
    code, said = checkov(hardened(charts), tmp_path)
    assert code == 0, said


def test_checkov_would_notice(charts: Charts, tmp_path: Path):
    documents = hardened(charts)
    deployment = of_kind(documents, "Deployment")[0]
    deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] = False
    code, said = checkov(documents, tmp_path)
    assert code == 1
    assert "CKV_K8S_22" in said


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Deployment", ("spec", "template", "spec", "terminationGraceSeconds"), 45),
        ("Deployment", ("spec", "replicas"), "2"),
        ("NetworkPolicy", ("spec", "ingres"), []),
        ("ScaledObject", ("spec", "minReplicas"), 2),
        ("ScaledObject", ("spec", "fallback", "replicas"), "4"),
        ("ScaledObject", ("spec", "triggers", 0, "metadata", "lagThreshold"), 100),
        ("TriggerAuthentication", ("spec", "secretTargetRef", 0, "secret"), "x"),
        ("PodMonitor", ("spec", "podMetricsEndpoints", 0, "paths"), "/metrics"),
        ("HTTPRoute", ("spec", "rules", 0, "backendRefs", 0, "ports"), 80),
    ],
)
def test_a_fault_in_an_object_would_be_noticed(charts: Charts, kind: str, path: tuple[str | int, ...], value: object):
    everything = merged(EVERYTHING, {"consume": {"keda": {"enabled": True}}})
    document = of_kind(charts.render("ticketing", everything | {"api": {}}), kind)[0]
    assert problems(document, "1.34") == []
    *parents, last = path
    node = document
    for key in parents:
        node = node[key]
    node[last] = value
    assert problems(document, "1.34")


@pytest.mark.parametrize(
    ("name", "value"), [("readOnlyRootFilesystem", False), ("capabilities", {"drop": []}), ("privileged", True)]
)
def test_a_pod_that_is_not_restricted_would_be_noticed(charts: Charts, name: str, value: object):
    spec = of_kind(charts.render("ticketing"), "Deployment")[0]["spec"]["template"]["spec"]
    assert unrestricted(spec) == []
    spec["containers"][0]["securityContext"][name] = value
    assert unrestricted(spec) == [name]


def yaml_files() -> list[Path]:
    """Every YAML file of deploy/ that is no template."""
    found = [p for pattern in ("*.yaml", "*.yml") for p in DEPLOY.rglob(pattern)]
    return [p for p in found if "templates" not in p.parts]


def test_yamllint():
    code, said = ran(BIN / "yamllint", "--strict", "-c", DEPLOY / "yamllint.yaml", *yaml_files())
    assert code == 0, said


def test_yamllint_would_notice(tmp_path: Path):
    (tmp_path / "x.yaml").write_text("a: 1\na: 2\n")
    assert ran(BIN / "yamllint", "--strict", "-c", DEPLOY / "yamllint.yaml", tmp_path / "x.yaml")[0] == 1
