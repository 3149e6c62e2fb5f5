"""The rule book of a market: what was tried against other rules is not published, and dates follow one another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from messaging.domain import policy_book
from messaging.domain.policy_book import Book, Publish
from messaging.domain.refusals import EffectiveDatesOverlap, RulesHaveChanged

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_book_refuses_what_was_tried_against_other_rules_and_dates_that_overlap() -> None:
    first = Publish("lv", 1, NOON + DAY, "{}", "adm_1", "cnd_1", 0, NOON)
    (event,) = policy_book.decide(first, None)
    book = policy_book.evolve(None, event)
    assert book == Book("lv", (NOON + DAY,))
    with pytest.raises(RulesHaveChanged):
        policy_book.decide(replace(first, effective_from=NOON + 2 * DAY), book)
    with pytest.raises(EffectiveDatesOverlap):
        policy_book.decide(replace(first, revision=1), book)
