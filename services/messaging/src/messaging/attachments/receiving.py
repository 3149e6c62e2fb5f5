"""Receives an upload: to a nameless file on disk as it comes, never into memory, and no further than its limit."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from chassis.problems import Problem

_OF_ONE_PERSON = 5
"""Uploads of one person at once: nobody takes all places by being slow."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it came."""

    content: BinaryIO
    sha256: str


class Receiving:
    """Receives several uploads at once, but not any number."""

    def __init__(self, longest_bytes: int, at_once: int, within_seconds: float) -> None:
        self._longest_bytes = longest_bytes
        self._within_seconds = within_seconds
        self._places = at_once
        self._taken: Counter[str] = Counter()

    @asynccontextmanager
    async def received(self, parts: AsyncIterator[bytes], uploader: str) -> AsyncIterator[Received]:
        """Give the whole upload, which is gone afterwards."""
        if self._taken.total() >= self._places or self._taken[uploader] >= _OF_ONE_PERSON:
            raise Problem(
                503,
                "uploads_busy",
                "Too many files are being uploaded. Try again in a moment.",
                headers={"Retry-After": "5"},
            )
        self._taken[uploader] += 1
        try:
            with TemporaryFile() as content:
                yield Received(content, await self._take(parts, content))
        finally:
            self._taken[uploader] -= 1
            self._taken += Counter()  # forgets who has none

    async def _take(self, parts: AsyncIterator[bytes], content: BinaryIO) -> str:
        digest, length = hashlib.sha256(), 0
        try:
            async with asyncio.timeout(self._within_seconds):
                async for part in parts:
                    length += len(part)
                    if length > self._longest_bytes:
                        raise Problem(413, "too_large", f"A file has at most {self._longest_bytes} bytes.")
                    digest.update(part)
                    content.write(part)
        except TimeoutError:
            raise Problem(408, "upload_too_slow", "The file did not arrive in time. Send it again.") from None
        content.seek(0)
        return digest.hexdigest()
