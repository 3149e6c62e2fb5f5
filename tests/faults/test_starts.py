"""Starts that cannot succeed (F27): a clear error, not ready, and no loop that is faster than its back-off."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from pymongo import MongoClient

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack

PAUSE = timedelta(seconds=0.5)


def instant(line: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(line["ts"]))


def said(process: ServiceProcess) -> list[dict[str, object]]:
    """The whole lines of a process's log."""
    whole = process.log.read_text().rpartition("\n")[0].splitlines()
    return [json.loads(line) for line in whole if line.startswith("{")]


async def until_said(process: ServiceProcess, words: str, times: int = 1) -> None:
    async def found() -> bool:
        return sum(words in str(line) for line in said(process)) >= times

    await eventually(f"{process.service} to say {words!r}", found, 60)


async def probes(process: ServiceProcess) -> dict[str, int]:
    async with httpx.AsyncClient(timeout=20) as http:
        return {path: (await http.get(f"{process.url}{path}")).status_code for path in ("/livez", "/readyz")}


@pytest.mark.long
async def test_without_a_broker_a_service_waits_and_says_so(infrastructure: Infrastructure, tmp_path: Path) -> None:
    """INVARIANT: F27; would break if a process ended, or span, for a broker that is not there."""
    with Stack(infrastructure, tmp_path) as stack:
        stack.prepare()
        process = stack.start("billing", OMBUD_KAFKA="127.0.0.1:1")
        await until_said(process, "a job waits for an outage to end", 3)
        assert process.exit_code is None
        assert await probes(process) == {"/livez": 200, "/readyz": 503}
        attempts = [instant(line) for line in said(process) if line["msg"] == "a job waits for an outage to end"]
        assert min(later - earlier for earlier, later in pairwise(attempts)) > PAUSE, "it tries without pausing"


@pytest.mark.long
async def test_topics_that_are_missing_make_a_service_not_ready_until_they_are_there(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F27; would break if a service seemed ready that reads nothing, or had to be started again."""
    with Stack(infrastructure, tmp_path) as stack:
        stack.start_issuer()
        process = stack.start("billing")
        await until_said(process, "topics are missing")
        assert process.exit_code is None
        assert await probes(process) == {"/livez": 200, "/readyz": 503}
        looks = [instant(line) for line in said(process)]
        assert len(looks) < 60 + 5 * (looks[-1] - looks[0]).total_seconds(), "the log grows without end"
        await asyncio.to_thread(stack.provision_topics)
        await asyncio.to_thread(process.wait_ready)


WRONG: dict[str, Callable[[str], str]] = {
    "credentials": lambda mongo: mongo.replace("mongodb://", "mongodb://nobody:wrong@"),
    "the name of the replica set": lambda mongo: mongo.replace("replicaSet=rs0", "replicaSet=other"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_a_database_that_does_not_let_us_in_ends_the_start_with_its_reason(
    wrong: Callable[[str], str], infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F27; would break if the process went on without its database, ended as if all were well, or told secrets."""
    with Stack(infrastructure, tmp_path) as stack:
        process = stack.start("billing", OMBUD_MONGO=wrong(infrastructure.mongo))
        code = await asyncio.to_thread(process.wait_exit, 120)
        told = process.log.read_text()
    assert code > 0, "an orchestrator must see that it did not start, and waits longer each time"
    assert "not started" in told
    assert "nobody:" not in told, "the log must not show the password"


def test_a_version_that_cannot_read_what_a_later_one_wrote_does_not_start(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: would break if a downgrade read documents that it misunderstands, or changed anything there."""
    with Stack(infrastructure, tmp_path) as stack, MongoClient(infrastructure.mongo) as client:
        database = client[f"{stack.namespace}-billing"]
        later = {"_id": "documents", "form": 99}
        database["deployment"].insert_one(later)
        process = stack.start("billing")
        assert process.wait_exit(120) > 0
        assert "form 99, which a later version wrote" in process.log.read_text()
        assert database.list_collection_names() == ["deployment"]
        assert list(database["deployment"].find()) == [later]
