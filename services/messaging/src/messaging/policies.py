"""What a replica knows of the enforcement policies: each market's rows in force at an instant, over the shipped ones.

It refuses to be asked when it has not looked for too long: a replica that may have missed a publication does not decide.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.mongo import Mongo
from chassis.store import Document, Unavailable
from chassis.waiting import set_within
from messaging.policy_store import all_versions, count_versions
from ombud_detection import PolicyRow, default_policy, rows_from

log = logging.getLogger(__name__)

_MOST_SECONDS = 1.0
"""How often a replica looks for new versions, at least."""
_LOOKS_WHILE_FRESH = 8
"""With a short notice it looks more often, so that some looks may fail."""


@dataclass(frozen=True, slots=True)
class Version:
    """A market's rows, and since when they are in force."""

    number: int
    effective_from: datetime
    rows: tuple[PolicyRow, ...]


class Policies:
    """The policies as one replica knows them."""

    def __init__(self, fresh_seconds: float, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._fresh_seconds = fresh_seconds
        self._elapsed = elapsed
        self._fresh_until: float | None = None
        self._known: int | None = None
        self._versions: Mapping[str, Sequence[Version]] = {}

    def rows(self, market: str, at: datetime) -> tuple[PolicyRow, ...]:
        """Return the rows of a market at an instant: the shipped ones, and above them its own. Raises Unavailable."""
        if self._fresh_until is None or self._elapsed() > self._fresh_until:
            raise Unavailable("this replica has not seen the newest policies")
        own = [v for v in self._versions.get(market, ()) if v.effective_from <= at]
        return (*default_policy(), *(own[-1].rows if own else ()))

    def revision(self, market: str) -> int:
        """How many versions of a market it knows."""
        return len(self._versions.get(market, ()))

    async def refresh(self, mongo: Mongo) -> None:
        """Know everything that is published by now."""
        asked_at, count = self._elapsed(), await count_versions(mongo)
        if count != self._known:
            found = await all_versions(mongo)
            by_market: dict[str, list[Version]] = {}
            for document in found:
                by_market.setdefault(document["market"], []).append(_version(document))
            self._versions, self._known = by_market, len(found)
        self._fresh_until = asked_at + self._fresh_seconds

    async def keep(self, mongo: Mongo, stopping: asyncio.Event) -> None:
        """Look for new versions until told to stop."""
        pause_seconds = min(_MOST_SECONDS, self._fresh_seconds / _LOOKS_WHILE_FRESH)
        while not stopping.is_set():
            try:
                await self.refresh(mongo)
            except Unavailable as error:
                log.warning("policies not refreshed", extra={"reason": str(error)})
            await set_within(stopping, pause_seconds)


def _version(document: Document) -> Version:
    rows = rows_of(document["market"], document["content"])
    return Version(document["number"], document["effective_from"], rows)


def rows_of(market: str, content: str) -> tuple[PolicyRow, ...]:
    """Return the rows that a version's JSON text says; all of them are its market's."""
    rows = [{**row, "market": market} for row in json.loads(content)["rows"]]
    return rows_from({"row": rows})
