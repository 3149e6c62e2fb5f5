"""How tests are spread over the workers of `make test`: what shares a stack of processes stays together, the longest first."""

from collections.abc import Sequence
from pathlib import PurePath

import pytest

_FIRST = ("tests/faults", "tests/journeys", "tests/simulation", "tests/security", "deploy/local", "services/chassis")
"""Folders in the order in which they begin; the others follow. A worker that begins a long file last keeps all waiting."""
_ONE_STACK = {"tests/security": "guarded_stack"}
"""Folders whose tests share a fixture over several files."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests by the file that they stand in, or by the stack that they share, and begin with the longest."""
    items.sort(key=lambda item: _turn(item.path.relative_to(item.config.rootpath)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _turn(path: PurePath) -> int:
    inside: Sequence[int] = [turn for turn, folder in enumerate(_FIRST) if path.is_relative_to(folder)]
    return inside[0] if inside else len(_FIRST)


def _group(item: pytest.Item) -> str:
    path = item.path.relative_to(item.config.rootpath)
    for folder, fixture in _ONE_STACK.items():
        if path.is_relative_to(folder) and fixture in getattr(item, "fixturenames", ()):
            return fixture
    return path.as_posix()
