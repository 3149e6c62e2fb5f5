"""What a replica knows of the enforcement policies: each market's rows in force at an instant, over the shipped ones."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.store import Document
from messaging.policies.store import RULEBOOK
from ombud_detection import PolicyRow, default_policy, rows_from
from ombud_rulebooks.domain import in_force
from ombud_rulebooks.known import ByMarket, Known


@dataclass(frozen=True, slots=True)
class RowsInVersion:
    """A market's rows, and since when they are in force."""

    number: int
    effective_from: datetime
    rows: tuple[PolicyRow, ...]


class Policies(Known[Sequence[RowsInVersion]]):
    """The policies as one replica knows them."""

    def __init__(self, fresh_seconds: float, elapsed: Callable[[], float] = time.monotonic) -> None:
        super().__init__(RULEBOOK, _read, fresh_seconds, elapsed)

    def rows(self, market: str, at: datetime) -> tuple[PolicyRow, ...]:
        """Return the rows of a market at an instant: the shipped ones, and above them its own. Raises Unavailable."""
        own = in_force(self.all().get(market, ()), at)
        return (*default_policy(), *(own.rows if own else ()))


def rows_of(market: str, content: str) -> tuple[PolicyRow, ...]:
    """Return the rows that a version's JSON text says; all of them are its market's."""
    rows = [{**row, "market": market} for row in json.loads(content)["rows"]]
    return rows_from({"row": rows})


def _read(by_market: ByMarket) -> Mapping[str, Sequence[RowsInVersion]]:
    return {market: [_version(d) for d in documents] for market, documents in by_market.items()}


def _version(document: Document) -> RowsInVersion:
    rows = rows_of(document["market"], document["content"])
    return RowsInVersion(document["number"], document["effective_from"], rows)
