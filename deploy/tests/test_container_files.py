"""The Dockerfile and the compose file, as the tools for them judge; and that these would notice a fault."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ombud_release.images import PYTHON
from ombud_release.services import SERVICES

pytestmark = pytest.mark.deploy

BIN = Path(sys.executable).parent
DEPLOY = Path(__file__).parents[1]


def ran(*command: str | Path) -> tuple[int, str]:
    """Run a tool; return its exit code and what it said."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def compose_problems(file: Path) -> tuple[int, str]:
    """Judge a compose file by the schema of the compose specification."""
    return ran(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def test_hadolint() -> None:
    code, said = ran(BIN / "hadolint", DEPLOY / "Dockerfile")
    assert code == 0, said


def test_hadolint_would_notice(tmp_path: Path) -> None:
    faulty = (DEPLOY / "Dockerfile").read_text().replace('ENTRYPOINT ["/opt/ombud/bin/serve"]', "ENTRYPOINT serve")
    (tmp_path / "Dockerfile").write_text(faulty)
    code, said = ran(BIN / "hadolint", tmp_path / "Dockerfile")
    assert code == 1
    assert "DL3025" in said


def test_the_base_that_nobody_names_has_the_python_that_licences_are_listed_for() -> None:
    assert f"\nARG BASE=python:{PYTHON}-slim-" in (DEPLOY / "Dockerfile").read_text()


def test_compose_file_keeps_to_its_schema() -> None:
    code, said = compose_problems(DEPLOY / "compose.yaml")
    assert code == 0, said


def test_a_misspelt_key_of_the_compose_file_would_be_noticed(tmp_path: Path) -> None:
    faulty = (DEPLOY / "compose.yaml").read_text().replace("stop_grace_period", "stop_grace_perod")
    (tmp_path / "compose.yaml").write_text(faulty)
    code, said = compose_problems(tmp_path / "compose.yaml")
    assert code == 1
    assert "stop_grace_perod" in said


def test_compose_runs_every_service_as_hardened_as_a_cluster_does() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for service in SERVICES:
        told = services[service.name]
        assert told["image"] == f"localhost/ombud/{service.name}:dev"
        assert (told["read_only"], told["cap_drop"], told["tmpfs"]) == (True, ["ALL"], ["/tmp"])
        assert {need["condition"] for need in told["depends_on"].values()} == {"service_completed_successfully"}
