"""Five services as processes, that journeys share when none needs them otherwise: each brings people of its own."""

from collections.abc import AsyncIterator, Iterator
from importlib.resources import as_file, files
from pathlib import Path

import httpx
import pytest

from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.truth import Record
from ombud_local.story.world import World


@pytest.fixture(scope="package")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One replica of each service; in the markets of the demo a deadline is a matter of seconds, and so is an adjustment."""
    folder: Path = tmp_path_factory.mktemp("journeys")
    with (
        as_file(files("ombud_local").joinpath("markets")) as markets,
        start_infrastructure(folder, lambda _line: None) as infrastructure,
        Stack(infrastructure, folder, markets=markets) as started,
    ):
        started.prepare()
        started.start_all(OMBUD_POLICY_NOTICE_SECONDS="2")
        yield started


@pytest.fixture
async def world(five: Stack) -> AsyncIterator[World]:
    """What people may do in the shared services, and a marketplace that plays its part."""
    urls = {process.service: process.url for process in five.processes}
    async with (
        httpx.AsyncClient(timeout=20) as http,
        Marketplace(five.infrastructure.kafka, five.namespace) as marketplace,
    ):
        yield World(urls, five.token, marketplace, Record(), http)
