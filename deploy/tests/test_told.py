"""What charts tell a service is what that service takes: each is asked with the variables and files of its rendered pods."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rendering import Charts, Document, of_kind
from test_rendering import TOGGLES

from chassis.documents import service_named
from ombud_release.services import SERVICES, DeployedService

pytestmark = pytest.mark.deploy

_MOUNTED = "/etc/ombud/secrets"
_SECONDS = 120.0
_SECRETS = {
    "mongo": "mongodb://mongo.example/?replicaSet=rs0",
    "cursor-key": "a key of tests that is long enough to sign",
    "sealing-keys": base64.urlsafe_b64encode(b"32 bytes of a key that tests use").decode(),
    "kafka-password": "a password of tests",
}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder as a cluster mounts it."""
    for name, content in _SECRETS.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def told(documents: list[Document], component: str, secrets: Path) -> dict[str, str]:
    """Return the variables of a pod, with its secrets where this machine has them."""
    [config] = of_kind(documents, "ConfigMap")
    [deployment] = [d for d in of_kind(documents, "Deployment") if d["metadata"]["name"].endswith(f"-{component}")]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    variables = {**config["data"], **{entry["name"]: entry["value"] for entry in container["env"]}}
    return {name: value.replace(_MOUNTED, str(secrets)) for name, value in variables.items()}


def ran(command: list[str], variables: dict[str, str]) -> tuple[int, str]:
    """Run a program with these variables, and none of ours besides."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("OMBUD_")}
    ended = subprocess.run(
        command, env={**bare, **variables}, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_a_service_takes_what_its_chart_tells_it(charts: Charts, secrets: Path, service: DeployedService) -> None:
    reads = f"from {service.settings.__module__} import {service.settings.__name__} as S\n"
    program = f"{reads}from chassis.kafka_settings import settings_of\nprint(settings_of('{service.name}', S).kafka)"
    documents = charts.render(service.name)
    for component in service.components:
        code, said = ran([sys.executable, "-c", program], told(documents, component.name, secrets))
        assert (code, said) == (0, "kafka.example:9092\n")


def test_numbers_lists_and_passwords_arrive(charts: Charts, secrets: Path) -> None:
    more = {**TOGGLES["settings"], "config": {**TOGGLES["settings"]["config"], "kafkaProtocol": "SASL_PLAINTEXT"}}
    more["config"]["kafkaUsername"] = "ticketing"
    more["secrets"] = {"kafkaPassword": {"existingSecret": "user"}}
    command = [sys.executable, "-m", "ticketing", "--print-config"]
    code, said = ran(command, told(charts.render("ticketing", more), "api", secrets))
    assert code == 0, said
    lines = {line.split()[0]: line for line in said.splitlines() if line.startswith("OMBUD_")}
    assert "1500000" in lines["OMBUD_MAX_BODY_BYTES"]
    assert "False" in lines["OMBUD_DOCS"]
    assert "drafts" in lines["OMBUD_LIMITS"]
    assert "(set, not shown)" in lines["OMBUD_KAFKA_PASSWORD"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_a_chart_knows_the_settings_that_its_service_reads(service: DeployedService) -> None:
    assert service.settings is service_named(service.name).settings
