"""Which tests run, and where: `make quick` takes those of the domains alone; the workers of `make test` share the others so
that what stands on one stack of processes stays together, the longest first."""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_GENERATED = "tests/security/test_api_conformance.py"
_FIRST = (
    _GENERATED,
    "tests/faults",
    "tests/journeys",
    "tests/security",
    "deploy/local",
    "tests/simulation",
    "services/chassis",
)
"""Folders in the order in which they begin; the others follow. A worker that begins a long file last keeps all waiting."""
_PROCESSES = {
    _GENERATED: "journeys",
    "tests/faults": "faults",
    "tests/docs": "faults",
    "deploy/local": "faults",
    "tests/journeys": "journeys",
    "tests/observability": "journeys",
    "tests/security": "faults",
}
"""Where tests start services as processes, and the group that each belongs to, the first that fits; both take about as long. A
group runs one after the other, for more than two stacks at once are too many for a small machine, and deadlines of seconds
would pass before anybody reads."""


_IMPORTS = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
_SHELL = re.compile(
    r"mongo|desk|http|subprocess|asyncio|ombud_local|ombud_files|fastapi"
    r"|\b(?:os|service|store|consumers|api|jobs|app|views|publish|processes|memory)\b"
)
"""What a test of a domain does not import: a domain decides, and waits for nothing."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `make quick`."""
    parser.addoption("--domains", action="store_true", help="only tests of domains: pure, in milliseconds")
    parser.addoption("--few-examples", action="store_true", help="few examples of each property, as `--domains` tries")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is no test of a domain, before it is imported."""
    if not config.getoption("--domains"):
        return None
    files = collection_path.rglob("test_*.py") if collection_path.is_dir() else (collection_path,)
    return not any(is_of_a_domain(file.read_text()) for file in files) or None


def is_of_a_domain(test: str) -> bool:
    """Tell from the imports of a test file whether it tests a domain, and needs nothing else."""
    imports = _IMPORTS.findall(test)
    return any(".domain" in name for name in imports) and not any(_SHELL.search(name) for name in imports)


_SHARED = {"five", "guarded_stack"}
"""Fixtures that start processes for many files, and end with their folder: whoever needs processes of their own goes first, and
does not share the machine with idle ones."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take longest."""
    options = items[0].config.option if items else None
    if options and (options.domains or options.few_examples):
        for item in items:
            _hasten(item)
    items.sort(key=_turn)


_QUICK_EXAMPLES = 8
"""Of each property in `make quick`; `make test` tries as many as the property says."""


def _hasten(item: pytest.Item) -> None:
    test = getattr(getattr(item, "obj", None), "__func__", getattr(item, "obj", None))
    if given := getattr(test, "_hypothesis_internal_use_settings", None):
        few = settings(given, max_examples=min(_QUICK_EXAMPLES, given.max_examples))
        test._hypothesis_internal_use_settings = few


def pytest_sessionfinish() -> None:
    """Remove the databases that tests borrowed."""
    if lent := sys.modules.get("chassis.testing.databases"):
        asyncio.run(lent.drop_all())


def _turn(item: pytest.Item) -> tuple[int, bool]:
    path = item.path.relative_to(item.config.rootpath)
    inside: Sequence[int] = [turn for turn, folder in enumerate(_FIRST) if path.is_relative_to(folder)]
    return inside[0] if inside else len(_FIRST), not _SHARED.isdisjoint(getattr(item, "fixturenames", ()))


class ByStack(LoadScopeScheduling):
    """Gives a worker whole files, or a whole group of tests that start processes; long ones, of which two workers take their
    turns, by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePath(nodeid.partition("::")[0])
        if self.config.option.markexpr.startswith("long"):
            return file.as_posix()
        groups = (group for folder, group in _PROCESSES.items() if file.is_relative_to(folder))
        return next(groups, file.as_posix())


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByStack:
    """Return how tests are given to workers."""
    config.option.loadscopereorder = False
    return ByStack(config, log)
