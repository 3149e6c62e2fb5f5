"""The rule book of a market: a version is published once."""

from datetime import UTC, datetime

import pytest

from sla_monitor.domain.policy import EffectiveDatesOverlap
from sla_monitor.domain.rule_book import Dated, Publish, RuleBook, Sort, decide, evolve

AT = datetime(2026, 9, 1, tzinfo=UTC)
FIRST = Publish("lv", Dated(Sort.POLICY, "reply", 1, AT), "{}", "market-file", AT)


def a_book_with_a_version() -> RuleBook:
    [published] = decide(FIRST, None)
    return evolve(None, published)


def test_replicas_that_start_together_publish_a_files_version_once() -> None:
    """INVARIANT: would break if the second of two replicas that start on an empty database refused what the first did."""
    book = a_book_with_a_version()
    assert decide(FIRST, book) == []
    assert book.versions == (FIRST.version,)


def test_another_version_from_the_same_day_is_refused() -> None:
    second = Publish("lv", Dated(Sort.POLICY, "reply", 2, AT), "{}", "market-file", AT)
    with pytest.raises(EffectiveDatesOverlap):
        decide(second, a_book_with_a_version())
