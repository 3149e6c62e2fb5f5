"""A cluster of three brokers, whose topics need two: it loses one, and work goes on; it loses two, and events wait."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from evidence import Evidence
from fault_stack import Running, running
from pymongo import MongoClient
from three_brokers import OnThree, ThreeBrokers
from workload import open_and_answer, work

from chassis.testing import eventually
from ombud_local.mongo_native import NativeMongo

Sound = Callable[[Evidence], None]
REPLY = {"text": "Piegāde būs rīt pirms pusdienām, paldies par pacietību."}
REPLIES = 4
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def on_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnThree]:
    brokers = ThreeBrokers(tmp_path_factory.mktemp("brokers"))
    mongo = NativeMongo(tmp_path_factory.mktemp("mongo"))
    try:
        brokers.start()
        mongo.start()
        yield OnThree(brokers, mongo)
    finally:
        brokers.stop()
        mongo.stop()


async def _sent(run: Running, wanted: int) -> bool:
    return len(run.client.intents) >= wanted


@pytest.mark.on_demand
async def test_each_of_three_brokers_is_lost_and_work_goes_on(
    on_three: OnThree, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: would break if an event were taken for told that one broker alone has, or if a client kept to one that is gone."""
    async with running(on_three, tmp_path) as run:
        assert await on_three.brokers.in_sync() == {3}
        for node in on_three.brokers.nodes:
            sent = len(run.client.intents)
            load = asyncio.create_task(work(run, node * 100, 3))
            await eventually("the work to be under way", partial(_sent, run, sent + 4), 60, moving=run.moving)
            await on_three.lose([node])
            await load
            await work(run, node * 100 + 50, 2)
            assert 3 not in await on_three.brokers.in_sync(), "work was done with two brokers"
            await on_three.bring_back([node])
        evidence = await run.at_rest()
    assert not run.restarts, f"ended although two brokers were there: {run.restarts}"
    expect_sound(evidence)


def _untold(run: Running, service: str) -> int:
    with MongoClient[dict[str, object]](run.stack.infrastructure.mongo) as client:
        return client[f"{run.stack.namespace}-{service}"]["outbox"].count_documents({})


async def test_with_one_of_three_brokers_commands_are_taken_and_events_wait(
    on_three: OnThree, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: would break if one broker's word were enough, or if a command waited for Kafka."""
    async with running(on_three, tmp_path) as run:
        case_id = await open_and_answer(run.client, run.marketplace, 1)
        await run.at_rest()
        lost = on_three.brokers.nodes[:2]
        await on_three.lose(lost)
        for _ in range(REPLIES):
            await run.client.post("seller", "sel_1", "messaging", f"/conversations/{case_id}/messages", REPLY)
        assert _untold(run, "messaging") >= REPLIES, "two brokers must have an event before it counts as told"
        await on_three.bring_back(lost)
        await work(run, 50, 2)
        evidence = await run.at_rest()
    assert not run.restarts, f"ended for an outage: {run.restarts}"
    expect_sound(evidence)
