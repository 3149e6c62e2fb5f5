"""Tries mutants in forks of one process: what does not change is imported once, and only tests that run a changed line run.

Nothing is written: a fork imports the changed text in place of the module's own.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import coverage
import pytest

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
WITHIN_SECONDS = 300
WITHIN_PROCESSOR_SECONDS = 60
"""A mutant that runs or computes longer goes round in circles: it is noticed."""
_PYTEST = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", "--few-examples", "-W", "ignore", "--timeout=0"]
"""Without the time-out of the test run, which would take the alarm's place."""


class NotGreen(Exception):
    """The tests fail with everything in place."""


@dataclass(frozen=True, slots=True)
class Changed(importlib.abc.MetaPathFinder):
    """Imports one module from another text."""

    path: Path
    text: str

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim the module that the path holds."""
        found = importlib.machinery.PathFinder.find_spec(fullname, path)
        if found is None or found.origin != str(self.path):
            return None
        return importlib.util.spec_from_loader(fullname, _Text(fullname, self))


class _Text(importlib.machinery.SourceFileLoader):
    """Loads a text as if it stood in the file, and neither reads nor writes compiled code."""

    def __init__(self, name: str, changed: Changed) -> None:
        super().__init__(name, str(changed.path))
        self._text = changed.text.encode()

    def path_stats(self, path: str) -> Mapping[str, object]:
        raise OSError(f"{path} is changed: nothing compiled belongs to it")

    def get_data(self, _path: str) -> bytes:
        return self._text


@dataclass
class Covered:
    """Notes which test runs which line, and what was imported."""

    measured: coverage.Coverage
    modules: list[str] = field(default_factory=list)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Count what a test runs as its own, and what the fixtures run that it is the first to ask for."""
        self.measured.switch_context(item.nodeid)
        result = yield
        self.measured.switch_context("")
        return result

    def by_line(self) -> dict[str, dict[int, list[str]]]:
        """Return the tests of each line, by file. The empty name stands for an import."""
        data = self.measured.get_data()
        return {name: data.contexts_by_lineno(name) for name in data.measured_files()}


@dataclass(frozen=True, slots=True)
class Lines:
    """Which of the tests run a line."""

    tests: Sequence[str]
    by_file: Mapping[str, Mapping[str, Sequence[str]]]

    def of(self, path: Path, first: int, last: int) -> list[str]:
        """Return the tests that run lines; all of them where a line runs when its module is imported."""
        lines = self.by_file.get(str(path), {})
        found = {name for line in range(first, last + 1) for name in lines.get(str(line), ())}
        return list(self.tests) if "" in found else sorted(found)


def learn(package: Path, tests: Sequence[str]) -> Lines:
    """Run the tests with everything in place. Import here what they import from elsewhere than their package.

    Raises NotGreen.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as kept:
        if _ended(_fork(lambda: _measure(package, tests, Path(kept.name)))) != 0:
            raise NotGreen(f"the tests of {package.name} are not green with everything in place")
        learned = json.loads(Path(kept.name).read_text())
    for name in learned["modules"]:
        importlib.import_module(name)
    return Lines(tests, learned["lines"])


def _measure(package: Path, tests: Sequence[str], kept: Path) -> int:
    measured = coverage.Coverage(data_file=None, source=[str(package)], config_file=False)
    covered = Covered(measured)
    before = set(sys.modules)
    measured.start()
    ended = pytest.main([*_PYTEST, *tests], plugins=[covered])
    measured.stop()
    elsewhere = [name for name in sys.modules if name not in before and _stays(sys.modules[name], package)]
    kept.write_text(json.dumps({"modules": elsewhere, "lines": covered.by_line()}))
    return int(ended)


def _stays(module: ModuleType, package: Path) -> bool:
    """Whether no mutant changes a module: it stands in a package of its own, and is no test."""
    file, name = getattr(module, "__file__", None), module.__name__
    if file is None or name == "__main__" or name != getattr(module.__spec__, "name", None):
        return False
    is_test = "/tests/" in file or Path(file).name == "conftest.py"
    return not is_test and not Path(file).is_relative_to(package)


def noticed(changes: Sequence[tuple[Changed, Sequence[str]]]) -> list[bool]:
    """Tell of each change whether its tests notice it, in order. Without a test that runs it, nothing does."""
    results = [False] * len(changes)
    running: dict[int, int] = {}
    for index, (changed, tests) in enumerate(changes):
        if not tests:
            continue
        if len(running) == AT_ONCE:
            _finish(running, results)
        running[_fork(lambda changed=changed, tests=tests: _try(changed, tests))] = index  # type: ignore[misc]
    while running:
        _finish(running, results)
    return results


def _finish(running: dict[int, int], results: list[bool]) -> None:
    child, status = os.wait()
    results[running.pop(child)] = os.waitstatus_to_exitcode(status) != 0


def _try(changed: Changed, tests: Sequence[str]) -> int:
    signal.alarm(WITHIN_SECONDS)
    upto = int(time.process_time()) + WITHIN_PROCESSOR_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (upto, upto))
    sys.meta_path.insert(0, changed)
    return int(pytest.main([*_PYTEST, *tests]))


def _fork(work: Callable[[], int]) -> int:
    child = os.fork()
    if child:
        return child
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    ended = 99
    try:
        ended = work()
    finally:
        os._exit(ended)


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
