"""What a replica knows of a rulebook: the versions of each market, as the rules that a service reads from them.

It refuses to be asked when it has not looked for too long: a replica that may have missed a publication does not decide.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from chassis.mongo import Mongo
from chassis.store import Document, Unavailable
from chassis.waiting import set_within
from ombud_rulebooks.store import Rulebook

log = logging.getLogger(__name__)

_MOST_SECONDS = 1.0
"""How often a replica looks for new versions, at least."""
_LOOKS_WHILE_FRESH = 8
"""With a short notice it looks more often, so that some looks may fail."""

R = TypeVar("R")
ByMarket = Mapping[str, Sequence[Document]]
Look = Callable[[Mongo], Awaitable[bool]]
"""Reads what is new, and returns whether something was."""


class Known(Generic[R]):
    """The rules as one replica knows them. Others hold a reference to it and always see the newest."""

    def __init__(
        self,
        rulebook: Rulebook[Any, Any, Any],
        read: Callable[[ByMarket], Mapping[str, R]],
        fresh_seconds: float,
        elapsed: Callable[[], float] = time.monotonic,
        beside: Sequence[Look] = (),
    ) -> None:
        """`read` makes the rules of each market from all its versions, in a thread. What is looked at `beside` is as
        fresh as the rules."""
        self._rulebook = rulebook
        self._read = read
        self._fresh_seconds = fresh_seconds
        self._elapsed = elapsed
        self._beside = beside
        self._fresh_until: float | None = None
        self._count: int | None = None
        self._revisions: Mapping[str, int] = {}
        self._rules: Mapping[str, R] = {}

    def all(self) -> Mapping[str, R]:
        """Return the rules of every market that has versions. Raises Unavailable when they may be old."""
        if self._fresh_until is None or self._elapsed() > self._fresh_until:
            raise Unavailable("this replica has not seen the newest rules")
        return self._rules

    def markets(self) -> Sequence[str]:
        """Return the markets that had versions at the last look, however long ago that was."""
        return list(self._rules)

    def revision(self, market: str) -> int:
        """Return how many versions of a market it knows."""
        return self._revisions.get(market, 0)

    async def refresh(self, mongo: Mongo) -> bool:
        """Know everything that is published by now; return whether something was new."""
        asked_at = self._elapsed()
        news = await self._look(mongo)
        for look in self._beside:
            news = await look(mongo) or news
        self._fresh_until = asked_at + self._fresh_seconds
        return news

    async def keep(self, mongo: Mongo, stopping: asyncio.Event) -> None:
        """Look for new versions until told to stop."""
        pause_seconds = min(_MOST_SECONDS, self._fresh_seconds / _LOOKS_WHILE_FRESH)
        while not stopping.is_set():
            try:
                await self.refresh(mongo)
            except Unavailable as error:
                log.warning("rules not refreshed", extra={"reason": str(error)})
            await set_within(stopping, pause_seconds)

    async def _look(self, mongo: Mongo) -> bool:
        if await self._rulebook.count_versions(mongo) == self._count:
            return False
        found = await self._rulebook.all_versions(mongo)
        by_market: dict[str, list[Document]] = {}
        for document in found:
            by_market.setdefault(document["market"], []).append(document)
        new = {market: own for market, own in by_market.items() if len(own) != self.revision(market)}
        read = await asyncio.to_thread(self._read, new)
        self._rules = {**self._rules, **read}
        self._revisions = {market: len(own) for market, own in by_market.items()}
        self._count = len(found)
        return True
