"""F17 for every service: a replica whose clock is three weeks ahead dates nothing by it, and lets nobody's time run out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import httpx
import pytest
from monitor_stack import shifting_clock

from ombud_local.infrastructure import Infrastructure
from ombud_local.issuer import Role, mint
from ombud_local.processes import MODULES
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.people import Json, Person
from ombud_local.story.truth import Record, until
from ombud_local.story.world import World

AHEAD = timedelta(days=22)
BOUND = timedelta(minutes=5)
"""Far below the shift, and far above what a busy machine delays."""


@pytest.fixture
def stack(infrastructure: Infrastructure, tmp_path: Path) -> Iterator[Stack]:
    shift = tmp_path / "shift"
    shift.write_text(f"+{AHEAD.days}d")
    with (
        as_file(files("ombud_local").joinpath("markets")) as markets,
        Stack(infrastructure, tmp_path, markets=markets) as started,
    ):
        started.prepare()
        ahead = [started.start(service, **shifting_clock(shift)) for service in MODULES if service != "disputes"]
        second = started.start("disputes", 2, **shifting_clock(shift))
        for process in [*ahead, started.start("disputes"), second]:
            process.wait_ready()
        yield started


@pytest.mark.long
async def test_a_replica_three_weeks_ahead_dates_nothing_by_its_own_clock(stack: Stack) -> None:
    """INVARIANT: no process's own clock decides (ADR 22, ADR 33); would break if a route or a job read it."""

    def token(role: Role, subject: str) -> str:
        valid = int((2 * AHEAD).total_seconds())
        return mint(stack.key, issuer=stack.issuer_url, role=role, subject=subject, valid_seconds=valid)

    urls = {p.service: p.url for p in stack.processes}
    async with (
        httpx.AsyncClient(timeout=20) as http,
        Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
    ):
        world = World(urls, token, marketplace, Record(), http)
        buyer, seller, agent = (world.person(role, f"{role}_1") for role in ("buyer", "seller", "agent"))
        bought = await marketplace.sell("demo-de", buyer.id, seller.id, "Lampe")
        case = (await world.open_case(buyer, bought, "DEFECTIVE", "Die Lampe geht nicht an. Was nun?"))["case_id"]
        dispute = await until("the dispute to open", lambda: _opened(buyer, case), 60)
        await world.happened(agent, case, "disputes.dispute_opened", within_seconds=60)
        await world.happened(agent, case, "ticketing.takeover_proposed", within_seconds=90)
        told = await world.timeline(agent, case)
        far = {e["type"] for e in told if abs(datetime.fromisoformat(e["at"]) - datetime.now(UTC)) > BOUND}
        assert far == set(), "these were dated by the process's own clock"
        shown = await buyer.get("disputes", f"/disputes/{dispute['dispute_id']}")
        assert shown["stage"] == "NEGOTIATION", "the replica that is ahead let the dispute's time run out"


async def _opened(buyer: Person, case: str) -> Json | None:
    claim = {"reason": "DEFECTIVE", "remedy": "FULL_REFUND", "currency": "EUR"}
    answer = await buyer.ask("POST", "disputes", f"/cases/{case}/disputes", claim)
    return answer.json() if answer.status_code == httpx.codes.CREATED else None
