"""The book of a market: a version is published once, against the rules it was tried against, and is in force from its date."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from chassis.testing import NOON
from ombud_rulebooks.domain import (
    EffectiveDatesOverlap,
    Publish,
    RulesHaveChanged,
    VersionPublished,
    in_force,
    revision_of,
)
from ombud_rulebooks.domain.book import decide, evolve

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


EMPTY = Tariffs("lv")
FIRST, SECOND = Tariff(1, NOON), Tariff(2, NOON + DAY)
OF_A_FILE = Publish("lv", FIRST, "{}", "market-file", NOON)
TRIED = Publish("lv", SECOND, "{}", "adm_1", NOON, 1, "cnd_1")


def a_book_with_a_version() -> Tariffs:
    (event,) = decide(OF_A_FILE, EMPTY)
    return evolve(EMPTY, event)


def test_a_version_is_published_with_who_did_it_and_grows_the_revision() -> None:
    book = a_book_with_a_version()
    (event,) = decide(TRIED, book)
    assert event == VersionPublished(NOON, "lv", SECOND, "{}", "adm_1", "cnd_1")
    assert [revision_of(b) for b in (None, EMPTY, book, evolve(book, event))] == [0, 0, 1, 2]


def test_what_was_not_proposed_is_published_once_however_often_it_is_read() -> None:
    """INVARIANT: replicas that start together publish a file once; would break if the second refused or repeated it."""
    assert decide(OF_A_FILE, a_book_with_a_version()) == []


def test_a_candidate_that_equals_a_published_version_is_refused_and_not_lost() -> None:
    """INVARIANT: whoever publishes a candidate learns whether it is in force; would break if a repeat passed in silence."""
    same = replace(TRIED, version=FIRST)
    with pytest.raises(EffectiveDatesOverlap):
        decide(same, a_book_with_a_version())


@pytest.mark.parametrize("revision", [0, 2])
def test_what_was_tried_against_other_rules_is_not_published(revision: int) -> None:
    with pytest.raises(RulesHaveChanged):
        decide(replace(TRIED, revision=revision), a_book_with_a_version())


def test_a_version_is_in_force_from_its_very_instant_until_the_next_one() -> None:
    moment = timedelta(milliseconds=1)
    asked = [NOON - moment, NOON, NOON + DAY - moment, NOON + DAY, NOON + 9 * DAY]
    assert [in_force((FIRST, SECOND), at) for at in asked] == [None, FIRST, FIRST, SECOND, SECOND]
    assert in_force((), NOON) is None
