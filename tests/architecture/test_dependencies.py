"""The dependency rule holds, and each of its contracts is seen to bite on a planted violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
SOURCES = [*(ROOT / "contracts" / "src").iterdir(), *(ROOT / "deploy" / "local" / "src").iterdir()]
SOURCES += [package for service in (ROOT / "services").iterdir() for package in (service / "src").glob("*")]


def lint(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run import-linter on the packages of a folder; return its exit code and what it said."""
    done = subprocess.run(
        [LINT, "--no-cache", "--no-logo", "--config", ROOT / ".importlinter", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of every package, to plant violations in."""
    folder = tmp_path_factory.mktemp("sources")
    for package in SOURCES:
        if (package / "__init__.py").exists():
            shutil.copytree(
                package, folder / package.name, ignore=shutil.ignore_patterns("*.json", "__pycache__", ".*")
            )
    return folder


def test_the_dependency_rule_holds(copy: Path) -> None:
    code, output = lint(copy)
    assert code == 0, output
    assert "14 kept, 0 broken" in output, "a contract was added or lost: plant a violation for it below"


PLANTED = {
    "contracts-alone": ("ombud_contracts/topics.py", "import chassis.ids", "ombud_contracts.topics -> chassis.ids"),
    "chassis-below-services": ("chassis/ids.py", "import billing.store", "chassis.ids -> billing.store"),
    "services-apart": ("disputes/views.py", "import ticketing.views", "disputes.views -> ticketing.views"),
    "local-is-not-production": ("billing/jobs.py", "import ombud_local.state", "billing.jobs -> ombud_local.state"),
    "one-driver": ("chassis/outbox.py", "import pymongo", "chassis.outbox -> pymongo"),
    "one-broker": ("messaging/posting.py", "import aiokafka", "messaging.posting -> aiokafka"),
    "libraries-alone": ("ombud_detection/policy.py", "import messaging.store", "policy -> messaging.store"),
    "rulebooks-below-services": (
        "ombud_rulebooks/store.py",
        "import sla_monitor.settings",
        "ombud_rulebooks.store -> sla_monitor.settings",
    ),
    "pure-domains": ("ticketing/domain/case.py", "import chassis.ids", "ticketing.domain.case -> chassis.ids"),
    "layers-ticketing": ("ticketing/store.py", "import ticketing.api", "ticketing.store -> ticketing.api"),
    "layers-messaging": ("messaging/domain/refusals.py", "import messaging.store", "refusals -> messaging.store"),
    "layers-disputes": ("disputes/consumers.py", "import disputes.api", "disputes.consumers -> disputes.api"),
    "layers-sla-monitor": ("sla_monitor/lists/views.py", "import sla_monitor.app", "views -> sla_monitor.app"),
    "layers-billing": ("billing/publish.py", "import billing.store", "billing.publish -> billing.store"),
}


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks_its_contract(copy: Path, contract: str) -> None:
    """INVARIANT: the rule is read against our own packages. Breaks when a contract looks at the wrong ones."""
    file, line, said = PLANTED[contract]
    path = copy / file
    before = path.read_text()
    path.write_text(f"{before}\n{line}\n")
    try:
        code, output = lint(copy, "--contract", contract)
    finally:
        path.write_text(before)
    assert code == 1, output
    assert said in output


@pytest.mark.parametrize("service", ["ticketing", "messaging", "disputes", "sla_monitor", "billing"])
def test_a_module_that_no_layer_names_fails_the_build(copy: Path, service: str) -> None:
    unlisted = copy / service / "shortcut.py"
    unlisted.write_text('"""A fifth verb without a decision record."""\n')
    try:
        code, output = lint(copy, "--contract", f"layers-{service.replace('_', '-')}")
    finally:
        unlisted.unlink()
    assert code == 1
    assert f"{service}.shortcut" in output
