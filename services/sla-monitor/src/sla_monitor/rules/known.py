"""The rules each market's clocks run by, as one replica knows them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated

from chassis.routes import provided
from ombud_contracts.market import Market
from ombud_rulebooks.known import ByMarket, Known, Look
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.store import RULEBOOK
from sla_monitor.rules.versions import read_rules, version_of
from sla_monitor.working_time.domain import SlaRefused


class UnknownMarket(SlaRefused):
    """The market has no rules here."""


class KnownRules(Known[Rules], Mapping[str, Rules]):
    """What this replica knows of the rules of each market. Raises Unavailable for every look while they may be old."""

    def __init__(
        self,
        fresh_seconds: float,
        elapsed: Callable[[], float] = time.monotonic,
        beside: Sequence[Look] = (),
    ) -> None:
        super().__init__(RULEBOOK, _read, fresh_seconds, elapsed, beside)

    def __getitem__(self, market: str) -> Rules:
        try:
            return self.all()[market]
        except KeyError:
            raise UnknownMarket("the market has no rules here; add its market file") from None

    def __contains__(self, market: object) -> bool:
        return market in self.all()

    def __iter__(self) -> Iterator[str]:
        return iter(self.markets())

    def __len__(self) -> int:
        return len(self.markets())


RulesInForce = Annotated[Mapping[str, Rules], provided("rules")]
"""The rules of each market, as a route asks for them."""
Markets = Annotated[Mapping[str, Market], provided("markets")]
"""The markets of this replica's files, as a route asks for them."""


def _read(by_market: ByMarket) -> Mapping[str, Rules]:
    return read_rules(version_of(d) for documents in by_market.values() for d in documents)
