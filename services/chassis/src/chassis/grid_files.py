"""Files in MongoDB's GridFS, on either driver: `chassis.files.Files` kept with the durability of `chassis.mongo`."""

from collections.abc import AsyncIterator
from functools import cached_property
from typing import Any

from gridfs import AsyncGridFSBucket
from gridfs.errors import FileExists as GridFileExists
from gridfs.errors import NoFile as NoGridFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket

from chassis.files import FileExists, NoFile
from chassis.mongo import Mongo
from chassis.transaction import translated

_PIECE_BYTES = 261_120
"""GridFS's default chunk: a document of it fits the allocator's 256 KiB."""


class GridFiles:
    """Keeps files beside a service's collections, in `<name>.files` and `<name>.chunks`."""

    def __init__(self, mongo: Mongo, name: str) -> None:
        self._mongo = mongo
        self._name = name
        self._listed = f"{name}.files"

    @cached_property
    def _bucket(self) -> Any:
        """Made at its first use: Motor's binds the client to the event loop that there is, or to one that never runs."""
        bucket = AsyncIOMotorGridFSBucket if self._mongo.driver == "motor" else AsyncGridFSBucket
        return bucket(self._mongo.database, bucket_name=self._name, chunk_size_bytes=_PIECE_BYTES)

    async def put(self, id: str, parts: AsyncIterator[bytes]) -> int:
        """Keep what the parts make together, whole or not at all; return its length in bytes."""
        if await self._mongo.find_one(self._listed, {"_id": id}):
            raise FileExists("the id is taken")
        kept = self._bucket.open_upload_stream_with_id(id, "")
        length = 0
        try:
            async for part in parts:
                with translated():
                    await kept.write(part)
                length += len(part)
            with translated():
                await kept.close()  # writes the entry by which the file is found, last
        except GridFileExists:
            raise FileExists("the id is taken") from None  # by another writer: its pieces are not ours to remove
        except BaseException:
            await kept.abort()
            raise
        return length

    async def parts(self, id: str) -> AsyncIterator[bytes]:
        """Yield a file piece by piece. Raises NoFile before the first one, or Unavailable."""
        try:
            with translated():
                stream = await self._bucket.open_download_stream(id)
        except NoGridFile:
            raise NoFile("there is no such file") from None
        while True:
            try:
                with translated():
                    part: bytes = await stream.read(_PIECE_BYTES)
            except NoGridFile:
                raise NoFile("the file was removed while it was read") from None
            if not part:
                return
            yield part

    async def remove(self, id: str) -> None:
        """Remove a file if there is one, and what an interrupted writer left of it."""
        try:
            with translated():
                await self._bucket.delete(id)
        except NoGridFile:
            await self._mongo.remove(f"{self._name}.chunks", {"files_id": id})

    async def ids(self, limit: int) -> list[str]:
        """Return the ids of at most `limit` files, in order."""
        found = await self._mongo.find(self._listed, {}, sort=[("_id", 1)], limit=limit, only=["_id"])
        return [document["_id"] for document in found]
