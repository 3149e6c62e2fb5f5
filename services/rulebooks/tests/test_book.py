"""The book of a market: a version is published once, against the rules it was tried against, and is in force from its date."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tariffs import DAY, FIRST, OF_A_FILE, SECOND, TRIED, Tariffs

from chassis.testing import NOON
from ombud_rulebooks.domain import (
    EffectiveDatesOverlap,
    RulesHaveChanged,
    VersionPublished,
    in_force,
    revision_of,
)
from ombud_rulebooks.domain.book import decide, evolve

EMPTY = Tariffs("lv")


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
