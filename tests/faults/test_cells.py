"""Two cells: deployments that share a cluster of Kafka and a MongoDB, and neither a topic nor a database. See ADR 92."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from deployment import Deployment, deployed
from evidence import Evidence
from workload import Client, work

from ombud_contracts import Event
from ombud_local.infrastructure import Infrastructure
from ombud_local.story.marketplace import Marketplace
from ombud_words import CaseId

CASES = 6
pytestmark = pytest.mark.long


class ToEveryCell(Marketplace):
    """A marketplace that does not know which cell has which market."""

    def __init__(self, cells: Sequence[Deployment]) -> None:
        super().__init__("", "")
        self._cells = cells

    async def tell(self, event: Event, key: str, market: str | None = None, case_id: CaseId | None = None) -> None:
        """Publish an event in each cell."""
        await asyncio.gather(*(cell.marketplace.tell(event, key, market, case_id) for cell in self._cells))


@dataclass(frozen=True)
class Worked:
    """A cell's client, and the marketplace of all cells."""

    client: Client
    marketplace: Marketplace


def cases_told(evidence: Evidence) -> set[tuple[str, str]]:
    """The markets and ids of the cases that a cell's events name in their envelopes."""
    envelopes = [r.headers for r in evidence.records if "ce_caseid" in r.headers]
    return {(envelope["ce_market"], envelope["ce_caseid"]) for envelope in envelopes}


def markets_refused(evidence: Evidence) -> list[tuple[str, str]]:
    """The markets of the orders that a cell's billing was told and did not take, and why."""
    return sorted({(order["market"], order["reason"]) for order in evidence.databases["billing"]["refused_orders"]})


async def test_cells_that_are_told_the_same_orders_work_each_on_those_of_its_market(
    infrastructure: Infrastructure, tmp_path: Path, expect_sound: Callable[[Evidence], None]
) -> None:
    """INVARIANT: would break if a topic, a group, a lease or a database had a name that two deployments share, or if a cell
    took an order of a market elsewhere."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    async with (
        deployed(infrastructure, folders[0], OMBUD_CELL_MARKETS="lv") as one,
        deployed(infrastructure, folders[1], OMBUD_CELL_MARKETS="es,pt") as other,
    ):
        everywhere = ToEveryCell((one, other))
        in_one, in_other = await asyncio.gather(
            work(Worked(one.client, everywhere), 0, CASES, "lv"), work(Worked(other.client, everywhere), 0, CASES, "es")
        )
        evidence = await one.at_rest(), await other.at_rest()
    assert len(set(in_one)) == len(set(in_other)) == CASES
    assert cases_told(evidence[0]) == {("lv", case_id) for case_id in in_one}
    assert cases_told(evidence[1]) == {("es", case_id) for case_id in in_other}
    assert [markets_refused(each) for each in evidence] == [[("es", "unknown_market")], [("lv", "unknown_market")]]
    for each in evidence:
        expect_sound(each)
