"""Services whose roles are processes of their own: a case is worked through them, and what one leaves another one does."""

from collections.abc import AsyncIterator, Iterator
from importlib.resources import as_file, files
from pathlib import Path

import httpx
import pytest

from ombud_local.infrastructure import start_infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.people import Json
from ombud_local.story.truth import Record, until
from ombud_local.story.world import World
from ombud_words import BuyerId, CaseId, SellerId

pytestmark = pytest.mark.long

API, CONSUME, REST = 1, 2, 3
WITH_RELAY = {"ticketing": "relay,jobs", "messaging": "relay,jobs", "sla-monitor": "relay,fire,jobs"}
WHOLE = ("disputes", "billing")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("split")
    with (
        as_file(files("ombud_local").joinpath("markets")) as markets,
        start_infrastructure(folder, lambda _line: None) as infrastructure,
        Stack(infrastructure, folder, markets=markets) as started,
    ):
        started.prepare()
        started.start_all(WHOLE)
        for role, name in ((API, "api"), (CONSUME, "consume")):
            for process in [started.start(service, role, OMBUD_ROLES=name) for service in WITH_RELAY]:
                process.wait_ready()
        yield started


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20) as client:
        yield client


@pytest.fixture
async def world(stack: Stack, http: httpx.AsyncClient) -> AsyncIterator[World]:
    urls = {p.service: p.url for p in stack.processes if p.replica == API}
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        yield World(urls, stack.token, marketplace, Record(), http)


async def metric(http: httpx.AsyncClient, process: ServiceProcess, name: str) -> float:
    """The sum of a metric over its labels; 0 when there is none."""
    lines = (await http.get(f"{process.admin_url}/metrics")).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


async def test_a_case_is_worked_by_roles_in_processes_of_their_own(
    stack: Stack, world: World, http: httpx.AsyncClient
) -> None:
    """INVARIANT: would break if a role needed another one in its process, or if a process published without the role."""
    buyer, seller = world.person("buyer", "buy_split"), world.person("seller", "sel_split")
    bought = await world.marketplace.sell("demo-lv", BuyerId(buyer.id), SellerId(seller.id), "Lādētājs")
    case = CaseId((await world.open_case(buyer, bought, "DEFECTIVE", "Lādētājs nestrādā. Ko darīt?"))["case_id"])
    await _expect_left_to_another(stack, world, http, case)
    for process in [stack.start(service, REST, OMBUD_ROLES=roles) for service, roles in WITH_RELAY.items()]:
        process.wait_ready()
    await world.clock_with(buyer, case, "reply", ("RUNNING", "BREACHED"), 120)  # a slow start may outlast the deadline
    view = await until("the breach to become a takeover", lambda: _taken_over(world, case), 120)
    assert view["answered_by"] == "platform"
    await _expect_each_to_do_its_own(stack, http)
    assert set(stack.stop_all().values()) == {0}


async def _expect_left_to_another(stack: Stack, world: World, http: httpx.AsyncClient, case: CaseId) -> None:
    """While nobody relays, the event of the opening waits in the outbox; the process that wrote it sees its age."""

    async def waits() -> bool | None:
        api = stack.process("ticketing", API)
        return await metric(http, api, "ombud_outbox_oldest_age_seconds") > 1 or None

    await until("the event to wait", waits, 120)
    consumer = stack.process("messaging", CONSUME)
    assert await metric(http, consumer, "ombud_consumer_handled_total") == 0
    agent = world.person("agent", "agt_1")
    assert (await agent.ask("GET", "messaging", f"/conversations/{case}")).status_code == httpx.codes.NOT_FOUND


async def _taken_over(world: World, case: CaseId) -> Json | None:
    view: Json = await world.person("agent", "agt_1").get("ticketing", f"/cases/{case}")
    return view if view["takeover_id"] else None


async def _expect_each_to_do_its_own(stack: Stack, http: httpx.AsyncClient) -> None:
    published, handled = "ombud_outbox_published_total", "ombud_consumer_handled_total"
    for service in WITH_RELAY:
        api, consume, rest = (stack.process(service, role) for role in (API, CONSUME, REST))
        assert [await metric(http, process, published) > 0 for process in (api, consume, rest)] == [False, False, True]
        assert [await metric(http, process, handled) > 0 for process in (api, consume, rest)] == [False, True, False]
        for process in (consume, rest):
            with pytest.raises(httpx.ConnectError):
                await http.get(f"{process.url}/livez")
    assert await metric(http, stack.process("sla-monitor", REST), "ombud_sla_fired_total") > 0
