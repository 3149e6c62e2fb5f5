"""Two cells: deployments that share a cluster of Kafka and a MongoDB, and neither a topic nor a database. See ADR 92."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from deployment import deployed
from evidence import Evidence
from workload import work

from ombud_local.infrastructure import Infrastructure

CASES = 6
pytestmark = pytest.mark.long


def markets_told(evidence: Evidence) -> set[str]:
    """The markets that the events of a cell name in their envelope."""
    return {r.headers["ce_market"] for r in evidence.records if "ce_market" in r.headers}


def cases_told(evidence: Evidence) -> set[str]:
    """The cases that any service of a cell told something about."""
    told = (json.loads(r.value) for r in evidence.records if r.value)
    return {event["case_id"] for event in told if event.get("case_id")}


async def test_cells_work_at_once_and_know_nothing_of_each_other(
    infrastructure: Infrastructure, tmp_path: Path, expect_sound: Callable[[Evidence], None]
) -> None:
    """INVARIANT: would break if a topic, a group, a lease or a database had a name that two deployments share, or if a case
    could reach what belongs to a market elsewhere."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    async with deployed(infrastructure, folders[0]) as one, deployed(infrastructure, folders[1]) as other:
        in_one, in_other = await asyncio.gather(work(one, 0, CASES, "lv"), work(other, 0, CASES, "pl"))
        evidence = await one.at_rest(), await other.at_rest()
    assert len(set(in_one)) == len(set(in_other)) == CASES
    assert [markets_told(e) for e in evidence] == [{"lv"}, {"pl"}]
    assert cases_told(evidence[0]) == set(in_one)
    assert cases_told(evidence[1]) == set(in_other)
    for each in evidence:
        expect_sound(each)
