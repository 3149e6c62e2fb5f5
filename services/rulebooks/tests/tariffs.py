"""A rulebook of tariffs, which are no more than their dates: what tests of the library share."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chassis.mongo import Index
from chassis.testing import NOON
from ombud_contracts.events.messaging import EnforcementPublished
from ombud_rulebooks.domain import Candidate, DryRun, EffectiveDatesOverlap, Publish, VersionPublished
from ombud_rulebooks.store import Rulebook

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A version that is no more than its date."""

    number: int
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class Tariffs:
    """A book whose versions follow one another."""

    market: str
    versions: tuple[Tariff, ...] = ()

    def placed(self, version: Tariff) -> Tariff:
        if self.versions and version.effective_from <= self.versions[-1].effective_from:
            raise EffectiveDatesOverlap
        return version

    def joined_by(self, version: Tariff) -> "Tariffs":
        return replace(self, versions=(*self.versions, version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(DryRun):
    """A run that counts what happened in a window."""

    from_at: datetime
    to_at: datetime
    counted: int = 0

    @property
    def judged_span(self) -> tuple[datetime, datetime]:
        return self.from_at, self.to_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedTariff(Candidate):
    """A candidate that is no more than its date."""

    effective_from: datetime
    run: Count | None = None

    def as_version(self) -> Tariff:
        return Tariff(1, self.effective_from)


def told(event: VersionPublished[Tariff], _book: Tariffs) -> EnforcementPublished:
    return EnforcementPublished(
        market=event.market,
        number=event.version.number,
        effective_from=event.version.effective_from,
        content=event.content,
        candidate_id=event.candidate_id or "none",
        published_at=event.at,
    )


TARIFFS: Rulebook[Tariff, Tariffs, ProposedTariff] = Rulebook(
    candidate=ProposedTariff,
    book=Tariffs,
    books="tariff_books",
    versions="tariffs",
    order=Index(("market", 1), ("number", 1)),
    publish=told,
)
FIRST, SECOND = Tariff(1, NOON), Tariff(2, NOON + DAY)
OF_A_FILE = Publish("lv", FIRST, "{}", "market-file", NOON)
TRIED = Publish("lv", SECOND, "{}", "adm_1", NOON, 1, "cnd_1")
