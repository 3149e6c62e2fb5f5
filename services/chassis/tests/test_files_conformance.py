"""Both keepers of files keep the same contract; GridFS keeps it on both drivers."""

from collections.abc import AsyncIterator

import pytest

from chassis.files import FileExists, Files, MemoryFiles, NoFile
from chassis.grid_files import GridFiles
from chassis.mongo import Mongo
from chassis.settings import Settings

PIECE = 300_000
"""More than one chunk of GridFS."""


@pytest.fixture(params=["memory", "motor", "pymongo"])
async def files(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Files]:
    if request.param == "memory":
        yield MemoryFiles()
        return
    mongo = Mongo(settings.mongo.get_secret_value(), settings.database("files"), request.param)
    yield GridFiles(mongo, "kept")
    await mongo.drop()
    await mongo.close()


async def of(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def broken_off(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    raise ConnectionResetError("the sender went away")


async def read(files: Files, id: str) -> bytes:
    return b"".join([part async for part in files.parts(id)])


@pytest.mark.parametrize("content", [(), (b"a",), (b"a" * PIECE, b"b" * PIECE, b"c")])
async def test_a_file_is_read_as_it_was_put(files: Files, content: tuple[bytes, ...]) -> None:
    assert await files.put("f1", of(*content)) == sum(map(len, content))
    assert await read(files, "f1") == b"".join(content)
    assert await files.ids(10) == ["f1"]


async def test_a_file_is_written_once_and_stays_as_it_was(files: Files) -> None:
    """INVARIANT: would break if a second writer's end removed the pieces of the first."""
    await files.put("f1", of(b"first"))
    with pytest.raises(FileExists):
        await files.put("f1", of(b"second"))
    assert await read(files, "f1") == b"first"


async def test_a_file_whose_sender_goes_away_is_not_kept(files: Files) -> None:
    """INVARIANT: whole or not at all; would break if pieces were left behind, or found by their id."""
    with pytest.raises(ConnectionResetError):
        await files.put("f1", broken_off(b"a" * PIECE, b"b" * PIECE))
    assert await files.ids(10) == []
    with pytest.raises(NoFile):
        await read(files, "f1")
    assert await files.put("f1", of(b"again")) == 5
    assert await read(files, "f1") == b"again"


async def test_a_removed_file_is_gone_and_removing_it_again_harms_nothing(files: Files) -> None:
    await files.put("f1", of(b"a" * PIECE))
    await files.put("f2", of(b"stays"))
    for _ in range(2):
        await files.remove("f1")
    with pytest.raises(NoFile):
        await read(files, "f1")
    assert await files.ids(10) == ["f2"]


async def test_what_was_never_kept_is_no_file(files: Files) -> None:
    with pytest.raises(NoFile):
        await read(files, "none")
