"""What a release consists of can be installed from its archives alone."""

import hashlib
import tarfile
from pathlib import Path

import pytest
from rendering import SERVICE_NAMES, Charts, least_values, of_kind

from ombud_release.package import make
from ombud_release.services import VERSION

pytestmark = pytest.mark.deploy


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in a folder."""
    folder = tmp_path_factory.mktemp("release")
    make(folder)
    return folder


def test_archives_of_all_charts_render(release: Path):
    for chart in ("ombud", *SERVICE_NAMES):
        assert of_kind(Charts(release).render(f"{chart}-{VERSION}.tgz", least_values(chart)), "Deployment")


def test_images_are_those_that_the_charts_run(release: Path):
    documents = Charts(release).render(f"ombud-{VERSION}.tgz", least_values("ombud"))
    pods = [d["spec"]["template"]["spec"] for d in of_kind(documents, "Deployment")]
    run = {container["image"] for pod in pods for container in pod["containers"]}
    assert run == set((release / "images.txt").read_text().split())


def test_checksums_are_right_and_complete(release: Path):
    sums = dict(reversed(line.split()) for line in (release / "SHA256SUMS").read_text().splitlines())
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in release.iterdir() if p.name != "SHA256SUMS"}
    assert sums == files
    assert {"LICENSE", "NOTICE", "CHANGELOG.md"} <= files.keys()


def test_kustomize_archive_is_whole(release: Path):
    with tarfile.open(release / f"ombud-kustomize-{VERSION}.tgz") as archive:
        assert "kustomize/base/kustomization.yaml" in archive.getnames()
