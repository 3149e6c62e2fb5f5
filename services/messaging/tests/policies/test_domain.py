"""The rule book of a market: what was tried against other rules is not published, and dates follow one another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.testing import Situations
from messaging.policies.domain.book import Book, Version
from messaging.policies.store import RULEBOOK
from ombud_rulebooks.domain import EffectiveDatesOverlap, Publish, RulebookRefused, RulesHaveChanged

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = Publish("lv", Version(1, NOON + DAY), "{}", "adm_1", NOON, 0, "cnd_1")
given = Situations(RulebookRefused).given


def test_the_book_refuses_what_was_tried_against_other_rules_and_dates_that_overlap() -> None:
    books = RULEBOOK.books
    assert given(books, FIRST).state == Book("lv", (NOON + DAY,))
    later = replace(FIRST, version=Version(2, NOON + 2 * DAY))
    given(books, FIRST).when(later).then_refused(RulesHaveChanged)
    given(books, FIRST).when(replace(FIRST, revision=1)).then_refused(EffectiveDatesOverlap)


def test_a_version_has_the_next_number_whatever_number_it_was_proposed_with() -> None:
    """Two candidates of the same number can both be published, one after the other."""
    books = RULEBOOK.books
    second = replace(FIRST, version=Version(1, NOON + 2 * DAY), revision=1)
    outcome = given(books, FIRST).when(second)
    assert [event.version.number for event in outcome.events] == [2]
