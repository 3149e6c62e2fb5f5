"""The rule book of a market: a version is published once, in order, and versions stand beside each other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from riga_rules import riga_calendar, rules_of

from chassis.testing import NOON, Situations
from ombud_rulebooks.domain import Publish, RulebookRefused, RulesHaveChanged, VersionPublished
from sla_monitor.clocks.domain import clock as clocks
from sla_monitor.clocks.domain.clock import Clock, RecordFact
from sla_monitor.clocks.domain.clock_event import ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.rules.domain.book import Dated, RuleBook, Sort
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import ClockKind, EffectiveDatesOverlap, PolicyTable
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.store import RULEBOOK
from sla_monitor.working_time.domain.refusal import SlaRefused

given = Situations(SlaRefused).given
given_tried = Situations(RulebookRefused).given
DAY = timedelta(days=1)
VERSION = Dated(Sort.POLICY, "reply", 2, NOON + DAY)
BOOKS = RULEBOOK.books
AT = datetime(2026, 9, 1, tzinfo=UTC)
FIRST = Publish("lv", Dated(Sort.POLICY, "reply", 1, AT), "{}", "market-file", AT)


def a_book_with_a_version() -> RuleBook:
    book = given(BOOKS, FIRST).state
    assert book is not None
    return book


def test_replicas_that_start_together_publish_a_files_version_once() -> None:
    """INVARIANT: would break if the second of two replicas that start on an empty database refused what the first did."""
    book = a_book_with_a_version()
    assert BOOKS.decide(FIRST, book) == []
    assert book.versions == (FIRST.version,)


def test_another_version_from_the_same_day_is_refused() -> None:
    second = Publish("lv", Dated(Sort.POLICY, "reply", 2, AT), "{}", "market-file", AT)
    with pytest.raises(EffectiveDatesOverlap):
        BOOKS.decide(second, a_book_with_a_version())


def test_a_rule_book_takes_versions_in_order_and_refuses_what_was_tried_before() -> None:
    first = Dated(Sort.POLICY, "reply", 1, NOON - 30 * DAY)
    publish = Publish("lv", first, "{}", "market-file", NOON)
    second = Publish("lv", VERSION, "{}", "adm_1", NOON, revision=1, candidate_id="cnd_1")
    given(BOOKS, publish).when(second).then(
        VersionPublished(NOON, "lv", VERSION, "{}", "adm_1", "cnd_1"), versions=(first, VERSION)
    )
    given_tried(BOOKS, publish, second).when(second).then_refused(RulesHaveChanged)
    for version in (
        replace(VERSION, number=1),
        replace(VERSION, effective_from=first.effective_from),
        replace(VERSION, effective_from=first.effective_from - DAY),
    ):
        given(BOOKS, publish).when(replace(second, version=version)).then_refused(EffectiveDatesOverlap)
    ended = replace(first, effective_until=NOON + 2 * DAY)
    given(BOOKS, replace(publish, version=ended)).when(second).then_refused(EffectiveDatesOverlap)
    other = Publish("lv", Dated(Sort.CALENDAR, "reply", 1, NOON), "{}", "adm_1", NOON, revision=1)
    assert given(BOOKS, publish).when(other).refusal is None, "a calendar of that name is another thing"


def test_a_retired_kind_ends_what_runs_and_starts_nothing() -> None:
    """A round that began in time hears its answer; a question after the end opens nothing."""
    retired = datetime(2026, 9, 15, 10, tzinfo=UTC)
    rows = default_rows("lv", "desk", "2025-01-01T00:00:00+00:00")
    ends = [{**r, "effective_until": retired.isoformat()} if r["kind"] == "reply" else r for r in rows]
    rules = Rules(PolicyTable(map(read_policy, ends)), rules_of(riga_calendar()).calendars)
    hour, clock = timedelta(hours=1), None
    facts = [
        Fact("evt_1", Signal.BUYER_MESSAGE, retired - hour),
        Fact("evt_2", Signal.QUALIFYING_REPLY, retired + hour),
        Fact("evt_3", Signal.BUYER_MESSAGE, retired + 2 * hour),
    ]
    for fact in facts:
        assert "reply" in rules.policies.kinds_told(fact.signal, fact.at)
        clock = _heard(clock, fact, rules)
    assert clock is not None
    assert [(r.start_id, r.verdict) for r in clock.rounds] == [("evt_1", "MET")]


def _heard(clock: Clock | None, fact: Fact, rules: Rules) -> Clock | None:
    for event in clocks.decide(
        RecordFact(ClockRef("cas_1", ClockKind("reply"), "", "lv"), fact, fact.at, rules), clock
    ):
        clock = clocks.evolve(clock, event)
    return clock
