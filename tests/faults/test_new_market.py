"""A market that is added to a deployment at work: its file for every service, one after the other, and then its first orders."""

import json
import uuid
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from deployment import Deployment, deployed
from evidence import SERVICES, Evidence
from workload import work

from ombud_local.infrastructure import Infrastructure

NEW = "lv-north"
CASES = 3
pytestmark = pytest.mark.long


def market_file(folder: Path) -> Path:
    """Write a market whose rules are those of a packaged one, and return its folder."""
    packaged = files("ombud_contracts").joinpath("markets/lv.toml").read_text()
    folder.mkdir()
    (folder / f"{NEW}.toml").write_text(packaged.replace('id = "lv"', f'id = "{NEW}"'))
    return folder


async def refused(deployment: Deployment) -> int:
    """Ask for a draft in the new market, and return the status."""
    headers = {
        "Authorization": f"Bearer {deployment.stack.token('buyer', 'buy_1')}",
        "Idempotency-Key": uuid.uuid4().hex,
    }
    asked = {"text": "Kur ir mans telefons?", "market": NEW}
    return (
        await deployment.client.http.post(f"{deployment.urls['messaging']}/drafts", json=asked, headers=headers)
    ).status_code


async def test_a_market_is_added_while_others_work(
    infrastructure: Infrastructure, tmp_path: Path, expect_sound: Callable[[Evidence], None]
) -> None:
    """INVARIANT: would break if a market needed a migration, or its clocks began by no rule since none was published."""
    markets = market_file(tmp_path / "markets")
    async with deployed(infrastructure, tmp_path) as deployment:
        before = await work(deployment, 0, CASES)
        assert await refused(deployment) in (404, 409, 422)
        for service in SERVICES:
            assert await deployment.replace(service, OMBUD_MARKETS=str(markets)) == 0
        added = await work(deployment, 100, CASES, NEW)
        after = await work(deployment, 200, CASES)
        evidence = await deployment.at_rest()
    assert len({*before, *added, *after}) == 3 * CASES
    clocks = [json.loads(r.value) for r in evidence.records if r.topic == "sla-monitor.clocks.v1" and r.key in added]
    assert clocks, "the monitor told of the new market's clocks"
    assert not any(documents["parked"] for documents in evidence.databases.values() if "parked" in documents)
    expect_sound(evidence)
