"""The network between services, broker and database: slow (F9), cut, half-open and broken (F10)."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from behind_proxies import Network, a_network
from evidence import SERVICES, Evidence
from fault_stack import Running, running
from proxy import Proxy
from workload import work

from chassis.testing import eventually

Sound = Callable[[Evidence], None]
DRAFT = {"text": "Kur ir mans telefons?", "market": "lv"}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with a_network(tmp_path_factory.mktemp("network")) as started:
        yield started


@pytest.fixture(scope="module")
async def run(network: Network, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One stack for all: what a fault leaves behind must not hurt the next."""
    extra = dict.fromkeys(SERVICES, network.environment())
    async with running(network.infrastructure, tmp_path_factory.mktemp("stack"), extra) as started:
        yield started


async def all_ready(run: Running, status: int = 200) -> None:
    async with httpx.AsyncClient(timeout=20) as http:

        async def answers() -> bool:
            found = [await http.get(f"{run.client.urls[s]}/readyz") for s in SERVICES]
            return {a.status_code for a in found} == {status}

        await eventually(f"all services to answer {status} on /readyz", answers, 90, moving=run.moving)


@pytest.mark.long
async def test_a_slow_network_makes_things_late_and_nothing_wrong(
    run: Running, network: Network, expect_sound: Sound
) -> None:
    """INVARIANT: F9, I5 and I12; would break if a slow answer were taken for none, or work were begun again beside itself."""
    for proxy in (network.kafka, network.mongo):
        proxy.slow(0.005, 1_000_000)
    await work(run, 0, 1)
    network.heal()
    expect_sound(await run.at_rest())
    assert not run.restarts, "a slow network ended a service"


@pytest.mark.long
async def test_broken_connections_are_made_anew(run: Running, network: Network, expect_sound: Sound) -> None:
    """INVARIANT: F10 and I9; would break if a reset connection lost what was acknowledged, or ended a service."""
    for proxy in (network.mongo, network.kafka):
        proxy.break_connections()
        await work(run, 10, 1)
    network.kafka.way = "closed"
    kept = await run.client.post("buyer", "buy_cut", "messaging", "/drafts", DRAFT)
    assert kept["draft_id"], "a command needed the broker"
    network.mongo.way = "closed"
    await all_ready(run, 503)
    network.heal()
    await all_ready(run)
    await work(run, 20, 1)
    expect_sound(await run.at_rest())
    assert not run.restarts, "a cut network ended a service"


@pytest.mark.long
@pytest.mark.parametrize("cut", ["kafka", "mongo"])
async def test_connections_that_lead_nowhere_are_found_out(
    cut: str, run: Running, network: Network, expect_sound: Sound
) -> None:
    """INVARIANT: F10; would break if a wait for an answer that never comes had no end."""
    proxy: Proxy = getattr(network, cut)
    proxy.way = "silent"
    if cut == "mongo":
        await all_ready(run, 503)
    else:
        kept = await run.client.post("buyer", "buy_silent", "messaging", "/drafts", DRAFT)
        assert kept["draft_id"]
    network.heal()
    await all_ready(run)
    await work(run, 30 if cut == "mongo" else 40, 1)
    expect_sound(await run.at_rest())
    assert not run.restarts
