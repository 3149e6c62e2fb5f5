"""Every expression of alerts and dashboards, evaluated by a real Prometheus that scrapes five real services at work."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from expressions import expressions, panels
from scraping import PROMETHEUS, scraped

from chassis.testing import eventually
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.people import Json
from ombud_local.story.truth import Record
from ombud_local.story.world import World

pytestmark = pytest.mark.skipif(PROMETHEUS is None, reason="Prometheus is not installed: the package prometheus has it")
NOT_YET = {
    "platform: Failures of ours (5xx), 0",
    "platform: Open streams, 0",
    "casework: Ledger imbalance, 0",
    "casework: Charged beyond what was paid, 0",
}
"""What has no value where nothing failed, nobody listens and nothing was posted."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("observed")
    with start_infrastructure(folder, lambda _line: None) as infrastructure, Stack(infrastructure, folder) as started:
        started.prepare()
        started.start_all()
        yield started


@pytest.fixture
def prometheus(stack: Stack, tmp_path: Path) -> Iterator[str]:
    with scraped(stack, tmp_path) as address:
        yield address


async def test_every_expression_is_evaluated_and_every_panel_shows_something(stack: Stack, prometheus: str) -> None:
    """INVARIANT: would break if an expression were wrong in a way that only its evaluation tells, or looked at nothing."""
    urls = {p.service: p.url for p in stack.processes}
    async with (
        httpx.AsyncClient(timeout=20) as http,
        Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
    ):
        figures = (await http.get(f"{stack.process('ticketing').admin_url}/metrics")).text
        assert 'type="ticketing.case_opened"} 0.0' in figures, "what was not shown before is no increase when it comes"
        world = World(urls, stack.token, marketplace, Record(), http)
        bought = await marketplace.sell("lv", "buy_1", "sel_1", "Telefons")
        buyer = world.person("buyer", "buy_1")
        case = await world.open_case(buyer, bought, "LATE", "Kur ir mans telefons?")
        await world.thread(buyer, case["case_id"])

        async def empty() -> list[str]:
            for process in stack.processes:  # whose every answer is a request that a panel shows
                await http.get(f"{process.url}/nowhere")
                await http.get(f"{process.admin_url}/readyz")
            return [where for where in expressions() if where in shown and not await _values(http, prometheus, where)]

        shown = {f"{name}, {n}" for name, panel in panels() for n in range(len(panel["targets"]))} - NOT_YET
        left = await empty()

        async def all_shown() -> bool | None:
            left[:] = await empty()
            return not left or None

        async def how_many() -> int:
            return len(left)

        try:
            await eventually("every panel to show something", all_shown, moving=how_many)
        except AssertionError:
            pytest.fail(f"nothing is shown by {left}")
        assert not [where for where in NOT_YET if await _values(http, prometheus, where)]
        firing = [where for where in expressions() if "," not in where and await _values(http, prometheus, where)]
    assert firing == [], "no alert's condition holds in good times"


async def _values(http: httpx.AsyncClient, prometheus: str, where: str) -> list[Json]:
    """Return what an expression has for values now. Prometheus refuses one that it cannot evaluate."""
    query = expressions()[where].replace("[5m]", "[30s]")
    try:
        answer = await http.get(f"{prometheus}/api/v1/query", params={"query": query})
    except httpx.TransportError:
        return []  # it still starts
    told = answer.json()
    assert told["status"] == "success", f"{where}: {told}"
    values: list[Json] = told["data"]["result"]
    return values
