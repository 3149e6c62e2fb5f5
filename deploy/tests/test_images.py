"""The images as a cluster runs them: who they run as, what is not in them, and that they work and end in order.

`make images` builds them before; `make test-images` does both.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import httpx
import pytest
from checker import violations
from containers import Containers, configured, run_python
from fault_stack import Running
from movement import movement_in
from workload import Client, work

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure, start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.play import play
from ombud_local.story.truth import Record
from ombud_release.engine import Engine, engine
from ombud_release.images import PYTHON, image_name, python_of
from ombud_release.services import SERVICES as DEPLOYED

pytestmark = pytest.mark.images

GRACE_SECONDS = 45.0
"""As long as charts let a pod take to end."""
CASES = 12
SERVICES = tuple(service.name for service in DEPLOYED)

LOOK_FOR_TOOLS = """
import importlib.util, json, os, shutil
programs = ("pip", "pip3", "gcc", "cc", "g++", "make", "ld", "git", "curl", "wget")
modules = ("pip", "ensurepip", "setuptools", "pytest", "ombud_local")
found = [p for p in programs if shutil.which(p)] + [m for m in modules if importlib.util.find_spec(m)]
wheels = [f for _, _, names in os.walk("/") for f in names if f.endswith(".whl")]
print(json.dumps(found + wheels))
"""
LOOK_FOR_SECRETS = """
import os
for folder, _, names in os.walk("/opt/ombud"):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            if b"PRIVATE KEY-----\\nMII" in file.read():
                print(os.path.join(folder, name))
"""
TRY_TO_WRITE = """
import os
for folder in ("/", "/opt/ombud", "/etc", "/var/lib", "/tmp"):
    try:
        open(os.path.join(folder, "x"), "w").close()
        print(folder)
    except OSError:
        pass
"""


@pytest.fixture(scope="session")
def using() -> Engine:
    """What runs containers here."""
    return engine()


@pytest.fixture(scope="module")
def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infrastructure]:
    """Kafka and MongoDB as processes of this machine, which containers reach over its network."""
    with start_infrastructure(tmp_path_factory.mktemp("infrastructure"), provider="native") as started:
        yield started


@pytest.fixture
def containers(using: Engine, tmp_path: Path) -> Iterator[Containers]:
    """Containers of which none is left at the end."""
    made = Containers(using, tmp_path / "secrets")
    yield made
    made.remove_all()


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_says_who_runs_and_what_and_nothing_secret(using: Engine, service: str) -> None:
    config = configured(using, service)
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["/opt/ombud/bin/serve"], "a shell would keep SIGTERM from the service"
    assert not config.get("Cmd")
    assert config["StopSignal"] == "SIGTERM"
    assert {entry.partition("=")[0] for entry in config["Env"]} == {
        "PATH",
        "HOME",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
        "OMBUD_HTTP_HOST",
        "OMBUD_ADMIN_HOST",
    }
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert labels["title"] == f"ombud-{service}"
    assert labels["licenses"] == "Apache-2.0"
    assert len(labels["revision"]) == 40


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_has_neither_installers_nor_compilers_nor_keys(using: Engine, service: str) -> None:
    assert json.loads(run_python(using, service, LOOK_FOR_TOOLS)) == []
    assert run_python(using, service, LOOK_FOR_SECRETS) == ""


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_lists_its_parts(using: Engine, service: str) -> None:
    listed = json.loads(run_python(using, service, 'print(open("/opt/ombud/sbom.cdx.json").read())'))
    assert listed["bomFormat"] == "CycloneDX"
    parts = {part["name"]: part for part in listed["components"]}
    assert {f"ombud-{service}", "ombud-contracts", "aiokafka", "pymongo"} <= parts.keys()
    assert not {"pip", "pytest", "cyclonedx-bom"} & parts.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_runs_the_python_of_its_base(using: Engine, service: str) -> None:
    named, wanted = os.environ.get("OMBUD_BASE_IMAGE"), os.environ.get("OMBUD_IMAGE_PYTHON", PYTHON)
    assert python_of(using, image_name(service, "dev")) == (python_of(using, named) if named else wanted)


def test_only_the_temporary_folder_can_be_written(using: Engine) -> None:
    assert run_python(using, "billing", TRY_TO_WRITE).split() == ["/tmp"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_without_settings_says_all_that_it_needs_and_ends(using: Engine, service: str) -> None:
    ran = asyncio.run(_ends(using.command("run", "--rm", f"--name=bare-{service}", f"localhost/ombud/{service}:dev")))
    code, said = ran
    assert code == 2
    assert all(name in said for name in ("OMBUD_KAFKA", "OMBUD_MONGO", "OMBUD_OIDC_ISSUER"))


async def _ends(command: list[str]) -> tuple[int | None, str]:
    started = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await started.communicate()
    return started.returncode, said.decode()


async def test_the_whole_story_is_played_through_containers(
    infrastructure: Infrastructure, containers: Containers, tmp_path: Path
) -> None:
    """A case from its first message to a posted charge and a statement: every claim of the demo is seen true."""
    with (
        as_file(files("ombud_local").joinpath("markets")) as markets,
        Stack(infrastructure, tmp_path / "stack", markets=markets, program=containers.program) as stack,
    ):
        stack.prepare()
        stack.start_all()
        urls = {process.service: process.url for process in stack.processes}
        async with Marketplace(infrastructure.kafka, stack.namespace) as marketplace:
            await play(urls, stack.token, marketplace, Record())
        codes = stack.stop_all()
    assert set(codes.values()) == {0}


async def test_containers_that_are_told_to_end_under_load_end_with_0_and_lose_nothing(
    infrastructure: Infrastructure, containers: Containers, tmp_path: Path
) -> None:
    """INVARIANT: I1 to I9 hold over a rolling restart; would break if a container died of SIGTERM, or never heard of it."""
    codes: dict[str, int] = {}
    with Stack(infrastructure, tmp_path / "stack", program=containers.program) as stack:
        stack.prepare()
        stack.start_all()
        moving = movement_in(infrastructure, stack.namespace)
        urls = {process.service: process.url for process in stack.processes}
        async with (
            httpx.AsyncClient(timeout=20) as http,
            Marketplace(infrastructure.kafka, stack.namespace) as marketplace,
        ):
            run = Running(stack, Client(stack, urls, http, moving), marketplace, [], {})
            working = asyncio.create_task(work(run, 0, CASES))

            async def half_of_it() -> bool:
                return len(run.client.opened) >= CASES // 2

            await eventually("half of the cases to be opened", half_of_it, moving=moving)
            for service in SERVICES:
                codes[service] = await asyncio.to_thread(stack.process(service).terminate, GRACE_SECONDS)
                assert not working.done() or service != SERVICES[0], "the work was done before anything was stopped"
                stack.start(service)
            cases = await working
            evidence = await run.at_rest()
    assert codes == dict.fromkeys(SERVICES, 0)
    assert len(set(cases)) == CASES
    assert violations(evidence) == []
