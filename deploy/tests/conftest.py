"""Charts laid out once for all tests of a run, and how they are rendered."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from cluster import Cluster, strimzi_kinds
from rendering import Charts

from ombud_local.kubernetes.control_plane import ControlPlane
from ombud_local.kubernetes.programs import definitions
from ombud_release.assembly import assemble


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    """Every chart with what it depends on."""
    folder: Path = tmp_path_factory.mktemp("charts")
    assemble(folder)
    return Charts(folder)


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A running control plane that knows the kinds of every operator that the charts speak to."""
    with ControlPlane(tmp_path_factory.mktemp("kubernetes"), progress=print) as running:
        everywhere = Cluster(running, "default")
        everywhere.kubectl("apply", "--server-side", *(f"--filename={file}" for file in definitions()))
        everywhere.apply(*strimzi_kinds())
        yield running


@pytest.fixture
def cluster(control_plane: ControlPlane) -> Iterator[Cluster]:
    """A namespace of its own, which enforces Pod Security "restricted"."""
    found = Cluster(control_plane, f"casework-{uuid4().hex[:6]}")
    found.prepare()
    yield found
    found.kubectl("delete", "namespace", found.namespace, "--wait=false")
