"""Two cells: deployments that share a cluster of Kafka and a MongoDB, and neither a topic nor a database. See ADR 92."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from deployment import deployed
from evidence import Evidence
from workload import work

from ombud_local.infrastructure import Infrastructure

CASES = 6
pytestmark = pytest.mark.long


def cases_told(evidence: Evidence) -> set[tuple[str, str]]:
    """The markets and ids of the cases that a cell's events name in their envelopes."""
    envelopes = [r.headers for r in evidence.records if "ce_caseid" in r.headers]
    return {(envelope["ce_market"], envelope["ce_caseid"]) for envelope in envelopes}


async def test_cells_work_at_once_and_know_nothing_of_each_other(
    infrastructure: Infrastructure, tmp_path: Path, expect_sound: Callable[[Evidence], None]
) -> None:
    """INVARIANT: would break if a topic, a group, a lease or a database had a name that two deployments share, or if a case
    could reach what belongs to a market elsewhere."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    async with deployed(infrastructure, folders[0]) as one, deployed(infrastructure, folders[1]) as other:
        in_one, in_other = await asyncio.gather(work(one, 0, CASES, "lv"), work(other, 0, CASES, "es"))
        evidence = await one.at_rest(), await other.at_rest()
    assert len(set(in_one)) == len(set(in_other)) == CASES
    assert cases_told(evidence[0]) == {("lv", case_id) for case_id in in_one}
    assert cases_told(evidence[1]) == {("es", case_id) for case_id in in_other}
    for each in evidence:
        expect_sound(each)
