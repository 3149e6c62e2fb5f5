"""An upgrade from the previous version to this one, and back, one service after the other while requests come (F25)."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from deployment import Deployment, deployed
from evidence import SERVICES, Evidence
from previous import previous_sources
from workload import work

from ombud_local.infrastructure import Infrastructure

CASES = 6
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where Python finds the packages of the previous version before those that are installed."""
    return os.pathsep.join(map(str, previous_sources(tmp_path_factory.mktemp("previous"))))


async def roll(deployment: Deployment, first: int, **environment: str) -> None:
    """Replace every service, one after the other, under traffic that lasts until the last one was replaced."""
    load = asyncio.create_task(work(deployment, first, CASES))
    for service in SERVICES:
        assert await deployment.replace(service, **environment) == 0, f"{service} did not end in order"
    await load


async def test_an_upgrade_and_the_way_back_under_traffic_lose_nothing_and_repeat_nothing(
    previous: str, infrastructure: Infrastructure, tmp_path: Path, expect_sound: Callable[[Evidence], None]
) -> None:
    """INVARIANT: F25 and I1 to I9; would break if a version could not read a document or event that the other wrote."""
    async with deployed(infrastructure, tmp_path, PYTHONPATH=previous) as deployment:
        await work(deployment, 0, CASES)
        await roll(deployment, 100)
        await work(deployment, 200, CASES)
        await roll(deployment, 300, PYTHONPATH=previous)
        await work(deployment, 400, CASES)
        await roll(deployment, 500)  # what this version told on topics that the previous one does not read has waited
        evidence = await deployment.at_rest()
    assert len(evidence.databases["ticketing"]["cases"]) == 6 * CASES
    expect_sound(evidence)
