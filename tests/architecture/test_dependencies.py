"""The dependency rule holds, and each of its contracts is seen to bite on a planted violation."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
SOURCES = [*(ROOT / "contracts" / "src").iterdir(), *(ROOT / "deploy" / "local" / "src").iterdir()]
SOURCES += [package for service in (ROOT / "services").iterdir() for package in (service / "src").glob("*")]


@contextmanager
def planted(path: Path, line: str) -> Iterator[None]:
    """Add a line to a module for a while."""
    before = path.read_text()
    path.write_text(f"{before}\n{line}\n")
    try:
        yield
    finally:
        path.write_text(before)


def lint(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run import-linter on the packages of a folder; return its exit code and what it said."""
    done = subprocess.run(
        [LINT, "--no-cache", "--no-logo", "--config", ROOT / ".importlinter", *arguments],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{Path(__file__).parent}", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
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
    assert "15 kept, 0 broken" in output, "a contract was added or lost: plant a violation for it below"


PLANTED = {
    "contracts-alone": ("ombud_contracts/topics.py", "import chassis.ids", "ombud_contracts.topics -> chassis.ids"),
    "words-alone": ("ombud_words/ids.py", "import ombud_contracts.topics", "ombud_words.ids -> ombud_contracts.topics"),
    "chassis-below-services": (
        "chassis/ids.py",
        "import billing.charges.store",
        "chassis.ids -> billing.charges.store",
    ),
    "services-apart": (
        "disputes/disputes/views.py",
        "import ticketing.deadlines.readers",
        "disputes.disputes.views -> ticketing.deadlines.readers",
    ),
    "local-is-not-production": (
        "billing/ledger/jobs.py",
        "import ombud_local.state",
        "billing.ledger.jobs -> ombud_local.state",
    ),
    "one-driver": ("chassis/outbox.py", "import pymongo", "chassis.outbox -> pymongo"),
    "one-broker": ("messaging/writing/posting.py", "import aiokafka", "messaging.writing.posting -> aiokafka"),
    "libraries-alone": (
        "ombud_detection/policy.py",
        "import messaging.conversations.store",
        "policy -> messaging.conversations.store",
    ),
    "rulebooks-below-services": (
        "ombud_rulebooks/store.py",
        "import sla_monitor.settings",
        "ombud_rulebooks.store -> sla_monitor.settings",
    ),
    "pure-domains": (
        "ticketing/cases/domain/case.py",
        "import chassis.ids",
        "ticketing.cases.domain.case -> chassis.ids",
    ),
    "nouns-ticketing": (
        "ticketing/cases/store.py",
        "import ticketing.takeovers.store",
        "it does not stand below it",
    ),
    "nouns-disputes": (
        "disputes/cases/store.py",
        "import disputes.disputes.store",
        "it does not stand below it",
    ),
    "nouns-messaging": (
        "messaging/conversations/store.py",
        "import messaging.sanctions.store",
        "it does not stand below it",
    ),
    "nouns-sla-monitor": (
        "sla_monitor/rules/store.py",
        "import sla_monitor.clocks.store",
        "it does not stand below it",
    ),
    "nouns-billing": ("billing/ledger/store.py", "import billing.charges.store", "it does not stand below it"),
}


AGAINST_NOUNS = {
    "a lower noun imports a higher one": (
        "rules/store.py",
        "clocks.store",
        "it does not stand below it in the service",
    ),
    "nouns of one line import each other": ("lists/store.py", "adjustments.store", "it does not stand below it in the"),
    "a lower file imports a higher one": (
        "clocks/store.py",
        "clocks.views",
        "it does not stand below it in their noun",
    ),
    "two doors of a noun import each other": ("clocks/consumers.py", "clocks.api", "it does not stand below it in the"),
    "somebody reaches past a face": ("lists/views.py", "clocks.domain.clock", "it reaches past what the noun offers"),
    "somebody enters by a door for the root": ("firing/jobs.py", "clocks.api", "the noun does not offer it to others"),
    "somebody enters by a file that is not offered": (
        "dry_runs/jobs.py",
        "adjustments.jobs",
        "the noun does not offer it to others",
    ),
    "a domain imports another noun's store": ("adjustments/domain.py", "clocks.store", "a domain imports domains"),
    "anybody imports the root": ("working_time/domain/calendar.py", "app", "it does not stand below it in the service"),
}
"""What breaks the shape of a service in nouns: where, which module of the service is imported, and what is said."""


@pytest.mark.parametrize("wrong", AGAINST_NOUNS)
def test_what_breaks_the_shape_of_nouns_is_said(copy: Path, wrong: str) -> None:
    """INVARIANT: each rule of the contract bites. Breaks when one of them looks at no import."""
    file, imported, said = AGAINST_NOUNS[wrong]
    with planted(copy / "sla_monitor" / file, f"import sla_monitor.{imported}"):
        code, output = lint(copy, "--contract", "nouns-sla-monitor")
    assert code == 1, output
    assert f"sla_monitor.{imported}: {said}" in " ".join(output.split())


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks_its_contract(copy: Path, contract: str) -> None:
    """INVARIANT: the rule is read against our own packages. Breaks when a contract looks at the wrong ones."""
    file, line, said = PLANTED[contract]
    with planted(copy / file, line):
        code, output = lint(copy, "--contract", contract)
    assert code == 1, output
    assert said in output


@pytest.mark.parametrize(
    "module",
    [
        "sla_monitor/shortcut",
        "sla_monitor/clocks/shortcut",
        "sla_monitor/working_time/store_again",
        "ticketing/shortcut",
        "ticketing/cases/shortcut",
        "disputes/shortcut",
        "disputes/remedies/shortcut",
        "billing/shortcut",
        "billing/charges/shortcut",
        "messaging/shortcut",
        "messaging/writing/shortcut",
    ],
)
def test_a_file_that_no_noun_has_fails_the_build(copy: Path, module: str) -> None:
    service = module.partition("/")[0].replace("_", "-")
    code, output = with_unlisted(copy, f"{module}.py", f"nouns-{service}")
    assert code == 1
    assert f"{module.replace('/', '.')}: " in " ".join(output.split())


def with_unlisted(copy: Path, file: str, contract: str) -> tuple[int, str]:
    """Lint with a module that nothing names."""
    unlisted = copy / file
    unlisted.write_text('"""A fifth verb without a decision record."""\n')
    try:
        return lint(copy, "--contract", contract)
    finally:
        unlisted.unlink()
