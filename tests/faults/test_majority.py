"""MongoDB loses its primary, or its majority, on three real nodes (F8): services wait, and answer what they cannot do."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from evidence import SERVICES, Evidence
from fault_stack import Running, running
from three_nodes import ThreeNodes
from workload import work

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure
from ombud_local.kafka_native import NativeKafka

Sound = Callable[[Evidence], None]
DRAFT = {"text": "Kur ir mans telefons?", "market": "lv"}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeNodes]:
    three = ThreeNodes(tmp_path_factory.mktemp("three"))
    try:
        three.start()
        yield three
    finally:
        three.stop()


@pytest.fixture(scope="module")
def on_three(nodes: ThreeNodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infrastructure]:
    kafka = NativeKafka(tmp_path_factory.mktemp("kafka"))
    try:
        kafka.start()
        yield Infrastructure("native", kafka.address, nodes.address, {"kafka": kafka, "mongo": nodes})
    finally:
        kafka.stop()


@pytest.mark.long
async def test_a_killed_primary_loses_nothing_that_was_acknowledged(
    nodes: ThreeNodes, on_three: Infrastructure, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: F8; would break if a write were acknowledged before a majority had it."""
    async with running(on_three, tmp_path) as run:
        load = asyncio.create_task(work(run, 0, 6))
        await eventually("the work to be under way", partial(_sent, run, 8), 60, moving=run.moving)
        gone = nodes.primary()
        await asyncio.to_thread(nodes.kill_node, gone)
        await load
        await asyncio.to_thread(nodes.start_node, gone)
        await asyncio.to_thread(nodes.wait_until_whole)
        evidence = await run.at_rest()
    assert not run.restarts, "a new primary is no reason to end"
    expect_sound(evidence)


async def _sent(run: Running, wanted: int) -> bool:
    return len(run.client.intents) >= wanted


@pytest.mark.long
async def test_without_a_majority_services_refuse_and_wait_and_none_ends(
    nodes: ThreeNodes, on_three: Infrastructure, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: F8; would break if a job took the outage for a bug, or a command were acknowledged without a majority."""
    async with running(on_three, tmp_path) as run:
        await work(run, 100, 2)
        lost = nodes.others(nodes.primary())
        for node in lost:
            await asyncio.to_thread(nodes.kill_node, node)
        token = run.stack.token("buyer", "buy_x")
        async with httpx.AsyncClient(timeout=60) as http:
            for n in range(4):
                headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"lost-{n}"}
                answer = await http.post(f"{run.client.urls['messaging']}/drafts", json=DRAFT, headers=headers)
                assert answer.status_code == 503, answer.text
                assert int(answer.headers["Retry-After"]) > 0

            async def nobody_is_ready() -> bool:
                answers = [await http.get(f"{run.client.urls[s]}/readyz") for s in SERVICES]
                return {a.status_code for a in answers} == {503}

            await eventually("all to say that they are not ready", nobody_is_ready, 60)
            alive = [await http.get(f"{run.client.urls[s]}/livez") for s in SERVICES]
        assert {a.status_code for a in alive} == {200}
        assert not run.restarts, f"ended for an outage: {run.restarts}"
        for node in lost:
            await asyncio.to_thread(nodes.start_node, node)
        await asyncio.to_thread(nodes.wait_until_whole)
        await work(run, 200, 2)
        evidence = await run.at_rest()
    assert not run.restarts
    expect_sound(evidence)
