"""The overlays of Kustomize build without a cluster or a network, from a base that is the chart."""

import subprocess
from pathlib import Path

import pytest
import yaml
from rendering import Document, of_kind, pod_specs
from validation import problems, unrestricted

from ombud_release.kube_tools import kube_tools
from ombud_release.kustomize_base import BASE, written

pytestmark = pytest.mark.deploy

OVERLAYS = sorted(path.name for path in (BASE.parent / "overlays").iterdir())


def built(folder: Path, helm: int = 4) -> list[Document]:
    """Build with the Kustomize of one of the two versions of kubectl."""
    command = [kube_tools(helm).kubectl, "kustomize", folder]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return list(yaml.safe_load_all(ended.stdout))


@pytest.mark.parametrize(("path", "content"), [pytest.param(p, c, id=p.name) for p, c in written()])
def test_base_is_as_it_is_written(path: Path, content: str):
    assert path.read_text() == content, "run make docs"


@pytest.mark.parametrize("helm", [3, 4])
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_cluster_takes_what_an_overlay_builds(overlay: str, helm: int):
    documents = built(BASE.parent / "overlays" / overlay, helm)
    assert [p for d in documents for p in problems(d, "1.34")] == []
    assert [p for spec in pod_specs(documents) for p in unrestricted(spec)] == []
    assert len(of_kind(documents, "Deployment")) == 11


def test_a_changed_setting_makes_pods_anew(tmp_path: Path):
    def settings_of_pods(setting: str) -> set[str]:
        (tmp_path / "kustomization.yaml").write_text(
            "resources: [base]\n"
            f"configMapGenerator: [{{name: ombud-billing, behavior: merge, literals: ['OMBUD_LOG_LEVEL={setting}']}}]\n"
        )
        specs = pod_specs(built(tmp_path))
        return {spec["containers"][0]["envFrom"][0]["configMapRef"]["name"] for spec in specs}

    (tmp_path / "base").mkdir()
    for path in BASE.iterdir():
        (tmp_path / "base" / path.name).write_text(path.read_text())
    assert len(settings_of_pods("INFO") ^ settings_of_pods("DEBUG")) == 2, "billing's alone has another name"


def test_the_small_overlay_runs_one_of_each():
    assert {d["spec"]["replicas"] for d in of_kind(built(BASE.parent / "overlays" / "small"), "Deployment")} == {1}
