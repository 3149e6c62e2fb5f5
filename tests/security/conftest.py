"""One stack and one matter for all security tests."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from matter import SOON, Matter, a_matter

from chassis.limits import Limited
from ombud_local.infrastructure import Infrastructure, start_infrastructure
from ombud_local.stack import MODULES, Stack

OFTEN = {
    "OMBUD_LIMITS": json.dumps({name: [{"times": 10_000, "within_seconds": 60}] for name in Limited}),
    "OMBUD_RATE_PER_PERSON": "off",
}
"""One buyer asks for more here than any does; `test_limits` has the limits as they are."""


@pytest.fixture(scope="session")
def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infrastructure]:
    with start_infrastructure(tmp_path_factory.mktemp("security"), lambda _line: None) as started:
        yield started


def guarded(infrastructure: Infrastructure, folder: Path) -> Iterator[Stack]:
    with Stack(infrastructure, folder) as stack:
        stack.prepare()
        told = {**OFTEN, "OMBUD_LIVE_STREAM_SECONDS": "0.1"}  # who reads all, reads to the end
        stack.start_all([service for service in MODULES if service != "sla-monitor"], **told)
        stack.start("sla-monitor", **SOON, OMBUD_LIVE_STREAM_SECONDS="0.1", **OFTEN).wait_ready()
        yield stack


@pytest.fixture(scope="session")
def guarded_stack(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    yield from guarded(infrastructure, tmp_path_factory.mktemp("guarded"))


@pytest.fixture(scope="module")
def explored_stack(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Services of their own: what is generated from answers may resolve and close every case that staff is shown."""
    yield from guarded(infrastructure, tmp_path_factory.mktemp("explored"))


@pytest.fixture(scope="session")
async def matter(guarded_stack: Stack) -> AsyncIterator[Matter]:
    async with a_matter(guarded_stack) as filled:
        yield filled
