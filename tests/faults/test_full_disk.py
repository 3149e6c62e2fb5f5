"""A database whose disk is full (F20). It needs a small disk of its own, which only root may make."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pymongo import MongoClient

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure
from ombud_local.mongo_native import NativeMongo
from ombud_local.stack import Stack

DISK = "size=400m"
DRAFT = {"text": "Kur ir mans telefons?", "market": "lv"}
pytestmark = pytest.mark.long


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(folder)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("only root may make a small disk: the full disk was not tried")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on a disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1_048_576))
        except OSError:
            return ballast


async def test_a_full_disk_refuses_and_corrupts_nothing(
    infrastructure: Infrastructure, small_disk: Path, tmp_path: Path
) -> None:
    """INVARIANT: F20, I1 and I2; would break if a command were acknowledged that the database did not keep."""
    mongo = NativeMongo(small_disk)
    await asyncio.to_thread(mongo.start)
    own = Infrastructure("native", infrastructure.kafka, mongo.address, {})
    kept: list[str] = []
    try:
        with Stack(own, tmp_path) as stack:
            stack.prepare()
            messaging = stack.start("messaging")
            await asyncio.to_thread(messaging.wait_ready)
            async with httpx.AsyncClient(timeout=60) as http:

                async def draft(n: int) -> int:
                    token = stack.token("buyer", f"buy_{n}")
                    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"full-{n}"}
                    answer = await http.post(f"{messaging.url}/drafts", json=DRAFT, headers=headers)
                    if answer.status_code == 201:
                        kept.append(answer.json()["draft_id"])
                    return answer.status_code

                assert [await draft(n) for n in range(5)] == [201] * 5
                ballast = await asyncio.to_thread(fill, small_disk)
                numbers = iter(range(10, 20_000))

                async def full() -> bool:
                    return set(await asyncio.gather(*(draft(next(numbers)) for _ in range(20)))) == {503}

                await eventually("commands to be refused", full, 120)
                assert messaging.exit_code is None, "a full disk of the database ended the service"
                ballast.unlink()
                if mongo.child.exit_code is not None:
                    await asyncio.to_thread(mongo.start)

                async def works() -> bool:
                    return await draft(next(numbers)) == 201

                await eventually("commands to be taken again", works, 90)
                for draft_id in kept:
                    assert await known(mongo, stack, draft_id), f"{draft_id} was acknowledged and is gone"
            assert await asyncio.to_thread(messaging.terminate) == 0
    finally:
        mongo.stop()


async def known(mongo: NativeMongo, stack: Stack, draft_id: str) -> bool:
    with MongoClient[dict[str, object]](mongo.address) as client:
        return client[f"{stack.namespace}-messaging"]["drafts"].find_one({"_id": draft_id}) is not None
