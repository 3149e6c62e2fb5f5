"""Files: bytes too large for a document, kept under an id of their own. The port, and one that keeps them in memory.

Two stores keep its contract: `MemoryFiles` and `chassis.grid_files.GridFiles`; both pass the same suite.
"""

from collections.abc import AsyncIterator
from typing import Protocol


class NoFile(Exception):
    """There is no such file."""


class FileExists(Exception):
    """The id is taken: a file is written once, and never changes."""


class Files(Protocol):
    """Where a service keeps files. Who may read one, and when it goes, is the service's business."""

    async def put(self, id: str, parts: AsyncIterator[bytes]) -> int:
        """Keep what the parts make together, whole or not at all; return its length in bytes.

        Raises FileExists, Unavailable, and whatever the parts raise (then nothing is kept).
        """
        ...

    def parts(self, id: str) -> AsyncIterator[bytes]:
        """Yield a file piece by piece, in pieces of any length. Raises NoFile before the first one, or Unavailable."""
        ...

    async def remove(self, id: str) -> None:
        """Remove a file if there is one."""
        ...

    async def ids(self, limit: int) -> list[str]:
        """Return the ids of at most `limit` files, in order."""
        ...


class MemoryFiles:
    """Keeps files in memory, for tests."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, id: str, parts: AsyncIterator[bytes]) -> int:
        """Keep a file."""
        if id in self._kept:
            raise FileExists("the id is taken")
        content = b"".join([part async for part in parts])
        self._kept[id] = content
        return len(content)

    async def parts(self, id: str) -> AsyncIterator[bytes]:
        """Yield a file in two pieces."""
        content = self._kept.get(id)
        if content is None:
            raise NoFile("there is no such file")
        half = len(content) // 2
        for part in (content[:half], content[half:]):
            if part:
                yield part

    async def remove(self, id: str) -> None:
        """Remove a file if there is one."""
        self._kept.pop(id, None)

    async def ids(self, limit: int) -> list[str]:
        """Return the ids of at most `limit` files, in order."""
        return sorted(self._kept)[:limit]
