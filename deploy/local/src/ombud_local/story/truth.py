"""What the story claims, and how it is checked: each claim is seen true, or the story ends and says which was not."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


class Untrue(AssertionError):
    """Something the story claims is not so."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A claim that was seen true."""

    chapter: int
    claim: str
    at: float


@dataclass(slots=True)
class Record:
    """What has been seen so far; `tell` is called for each claim."""

    tell: Callable[[Seen], None] = lambda _seen: None
    seen: list[Seen] = field(default_factory=list)

    def true(self, chapter: int, claim: str, holds: object, shown: object = None) -> None:
        """Note a claim that holds. Raises Untrue with what was seen instead."""
        if not holds:
            raise Untrue(f"chapter {chapter}: not true that {claim}; seen: {shown!r}")
        noted = Seen(chapter, claim, time.monotonic())
        self.seen.append(noted)
        self.tell(noted)


async def until(what: str, probe: Callable[[], Awaitable[T | None]], within_seconds: float = 20.0) -> T:
    """Return what the probe finds, asking ten times a second. Raises Untrue when time is up."""
    ends = time.monotonic() + within_seconds
    while True:
        found = await probe()
        if found:
            return found
        if time.monotonic() > ends:
            raise Untrue(f"waited {within_seconds:.0f} s for {what}; last seen: {found!r}")
        await asyncio.sleep(0.1)
