"""A candidate from its proposal to its publication, and the rule book that takes it in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from riga_rules import riga_calendar, rules_of

from chassis.aggregate import Kind, Origin
from chassis.testing import NOON, Situations
from sla_monitor.domain import candidate, rule_book
from sla_monitor.domain.candidate import (
    AlreadyPublished,
    Candidate,
    CandidateProposed,
    CandidatePublished,
    CandidateUnknown,
    CountPage,
    DryRun,
    DryRunFinished,
    DryRunMissing,
    DryRunOrdered,
    EffectiveTooSoon,
    FinishDryRun,
    OrderDryRun,
    PageCounted,
    ProposeCandidate,
    PublishCandidate,
    WindowRefused,
)
from sla_monitor.domain.clock import Clock, RecordFact, decide, evolve
from sla_monitor.domain.clock_event import ClockRef
from sla_monitor.domain.default_policies import default_rows
from sla_monitor.domain.dry_run import Totals, Window
from sla_monitor.domain.fact import Fact
from sla_monitor.domain.policy import ClockKind, EffectiveDatesOverlap, PolicyTable
from sla_monitor.domain.policy_reading import read_policy
from sla_monitor.domain.refusal import SlaRefused
from sla_monitor.domain.rule_book import Dated, Publish, RuleBook, RulesHaveChanged, Sort, VersionPublished
from sla_monitor.domain.rules import Rules
from sla_monitor.domain.signal import Signal

given = Situations(SlaRefused).given
NOTICE = timedelta(seconds=60)
DAY = timedelta(days=1)
VERSION = Dated(Sort.POLICY, "reply", 2, NOON + DAY)
WINDOW = Window(NOON - 7 * DAY, NOON)
CANDIDATES: Kind[Any, Any, Candidate] = Kind(
    "candidates", Candidate, candidate.decide, candidate.evolve, lambda _e, _s: None, lambda s: Origin(s.market)
)
BOOKS: Kind[Any, Any, RuleBook] = Kind(
    "books", RuleBook, rule_book.decide, rule_book.evolve, lambda _e, _s: None, lambda s: Origin(s.market)
)
PROPOSE = ProposeCandidate("cnd_1", "lv", VERSION, "{}", "sup_1", NOON)
ORDER = OrderDryRun("dry_1", WINDOW, 3, NOON - 30 * DAY, NOON)
PAGE = CountPage("dry_1", "clk_9", 5, 1, Totals(1, 1, 0, 1, 0, 0, 0, 1815), NOON)
FINISH = FinishDryRun("dry_1", NOON)
PUBLISH = PublishCandidate("adm_1", NOON, NOTICE)


def test_a_candidate_is_proposed_tried_and_published() -> None:
    given(CANDIDATES).when(PROPOSE).then(
        CandidateProposed(NOON, "cnd_1", "lv", VERSION, "{}", "sup_1"), run=None, published_at=None
    )
    run = DryRun("dry_1", WINDOW, 3, NOON)
    given(CANDIDATES, PROPOSE).when(ORDER).then(DryRunOrdered(NOON, "dry_1", WINDOW, 3), run=run)
    counted = replace(run, cursor="clk_9", clocks=5, incomplete=1, totals=PAGE.totals)
    given(CANDIDATES, PROPOSE, ORDER).when(PAGE).then(PageCounted(NOON, "clk_9", 5, 1, PAGE.totals), run=counted)
    finished = replace(counted, finished_at=NOON)
    given(CANDIDATES, PROPOSE, ORDER, PAGE).when(FINISH).then(DryRunFinished(NOON, False), run=finished)
    tried = given(CANDIDATES, PROPOSE, ORDER, PAGE, FINISH)
    tried.when(PUBLISH).then(CandidatePublished(NOON, "adm_1"), published_by="adm_1", published_at=NOON)


def test_pages_add_up_and_a_repeat_changes_nothing() -> None:
    state = given(CANDIDATES, PROPOSE, ORDER, PAGE, PAGE).state
    assert state is not None
    assert state.run is not None
    assert (state.run.clocks, state.run.totals.charged_minor) == (10, 3630)
    given(CANDIDATES, PROPOSE).when(PROPOSE).then_nothing()
    given(CANDIDATES, PROPOSE, ORDER, FINISH).when(PAGE).then_nothing()
    given(CANDIDATES, PROPOSE, ORDER, FINISH).when(FINISH).then_nothing()


def test_a_run_that_was_ordered_later_replaces_the_earlier_one() -> None:
    again = given(CANDIDATES, PROPOSE, ORDER, PAGE, FINISH, replace(ORDER, run_id="dry_2"))
    again.when(FINISH).then_nothing()
    again.when(PAGE).then_nothing()
    again.when(PUBLISH).then_refused(DryRunMissing)


@pytest.mark.parametrize(
    "window",
    [
        Window(NOON, NOON),
        Window(NOON - DAY, NOON + DAY),
        Window(NOON - 401 * DAY, NOON),
        Window(NOON - 30 * DAY, NOON),
    ],
)
def test_a_window_is_past_bounded_and_under_one_version(window: Window) -> None:
    given(CANDIDATES, PROPOSE).when(replace(ORDER, window=window)).then_refused(WindowRefused)


def test_nothing_is_published_without_a_finished_run_nor_too_soon() -> None:
    given(CANDIDATES).when(PUBLISH).then_refused(CandidateUnknown)
    given(CANDIDATES, PROPOSE).when(PUBLISH).then_refused(DryRunMissing)
    given(CANDIDATES, PROPOSE, ORDER).when(PUBLISH).then_refused(DryRunMissing)
    outdated = replace(FINISH, outdated=True)
    given(CANDIDATES, PROPOSE, ORDER, outdated).when(PUBLISH).then_refused(DryRunMissing)
    tried = given(CANDIDATES, PROPOSE, ORDER, FINISH)
    late = replace(PUBLISH, at=NOON + DAY - NOTICE)
    assert tried.when(late).refusal is None
    tried.when(replace(late, at=late.at + timedelta(milliseconds=1))).then_refused(EffectiveTooSoon)
    published = given(CANDIDATES, PROPOSE, ORDER, FINISH, PUBLISH)
    published.when(PUBLISH).then_refused(AlreadyPublished)
    published.when(ORDER).then_refused(AlreadyPublished)


def test_a_rule_book_takes_versions_in_order_and_refuses_what_was_tried_before() -> None:
    first = Dated(Sort.POLICY, "reply", 1, NOON - 30 * DAY)
    publish = Publish("lv", first, "{}", "market-file", NOON)
    second = Publish("lv", VERSION, "{}", "adm_1", NOON, revision=1, candidate_id="cnd_1")
    given(BOOKS, publish).when(second).then(
        VersionPublished(NOON, "lv", VERSION, "{}", "adm_1", "cnd_1"), versions=(first, VERSION)
    )
    given(BOOKS, publish, second).when(second).then_refused(RulesHaveChanged)
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


# -- Versions beside each other -------------------------------------------------------------------------------------------


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
    for event in decide(RecordFact(ClockRef("cas_1", ClockKind("reply"), "", "lv"), fact, fact.at, rules), clock):
        clock = evolve(clock, event)
    return clock
