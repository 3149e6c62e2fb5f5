"""A dry run says exactly what the same facts come to when they happen again under the candidate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from riga_rules import HOLIDAYS, local, riga_calendar, rules_of

from ombud_rulebooks.domain import Window
from sla_monitor.clocks.domain.clock import Clock, Fire, RecordFact, decide, evolve, verdict_at
from sla_monitor.clocks.domain.clock_event import ClockBreached, ClockEvent, ClockRef, GraceEnded
from sla_monitor.clocks.domain.fact import Fact, place
from sla_monitor.clocks.domain.round import Verdict
from sla_monitor.dry_runs.domain import Prices, compare
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import ClockKind, ClockPolicy
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rules import PublishedCalendar, Rules
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.domain.trial import NOTHING, Totals, with_calendar, with_policy

REPLY = ClockKind("reply")
MISSED = "takeover_missed_deadline"
PRICES = Prices({MISSED: "automatic"}, 1815)
START, END = local("2026-09-14 08:00"), local("2026-09-28 08:00")
WINDOW = Window(START, END)
OLD = rules_of(riga_calendar())


def row(**changed: Any) -> ClockPolicy:
    base = next(r for r in default_rows("lv", "desk", "2026-01-01T00:00:00+00:00") if r["kind"] == "reply")
    return read_policy({**base, "version": 3, **changed})


def difference(facts: Sequence[Fact], after: Rules, prices: Prices = PRICES, before: Rules = OLD) -> Totals:
    return compare(REPLY, facts, None, before, after, WINDOW, prices)


# -- By example -----------------------------------------------------------------------------------------------------------


def answered_after(hours: int) -> list[Fact]:
    asked = local("2026-09-15 10:00")
    return [
        Fact("evt_1", Signal.BUYER_MESSAGE, asked),
        Fact("evt_2", Signal.QUALIFYING_REPLY, asked + timedelta(hours=hours)),
    ]


def test_a_shorter_target_gains_a_breach_a_takeover_and_its_fee() -> None:
    shorter = with_policy(OLD, row(target_seconds=6 * 3600), START)
    assert difference(answered_after(8), shorter) == Totals(1, 1, 0, 1, 0, 0, 0, 1815)


def test_a_longer_target_loses_them() -> None:
    longer = with_policy(OLD, row(target_seconds=3 * 86_400), START)
    assert difference(answered_after(30), longer) == Totals(1, 0, 1, 0, 1, 0, 0, -1815)


def test_a_trigger_that_is_only_recommended_costs_nothing() -> None:
    shorter = with_policy(OLD, row(target_seconds=6 * 3600), START)
    recommended = Prices({MISSED: "recommend"}, 1815)
    assert difference(answered_after(8), shorter, recommended) == Totals(1, 1, 0, 0, 0, 1, 0, 0)


def test_silence_that_leads_to_no_takeover_is_only_a_breach() -> None:
    shorter = with_policy(OLD, row(target_seconds=6 * 3600, on_silence="supervisor_alarm"), START)
    assert difference(answered_after(8), shorter) == Totals(1, 1, 0, 0, 0, 0, 0, 0)


def test_a_holiday_more_moves_the_deadline_and_loses_the_breach() -> None:
    longer = riga_calendar(2, [*HOLIDAYS, "2026-09-16"])
    after = with_calendar(OLD, PublishedCalendar(longer, END), START)
    assert difference(answered_after(30), after) == Totals(1, 0, 1, 0, 1, 0, 0, -1815)


def test_a_round_that_began_before_the_window_keeps_its_version() -> None:
    asked = START - timedelta(hours=2)
    facts = [Fact("evt_1", Signal.BUYER_MESSAGE, asked), Fact("evt_2", Signal.QUALIFYING_REPLY, asked + timedelta(1))]
    assert difference(facts, with_policy(OLD, row(target_seconds=60), START)) == NOTHING


def test_what_happened_after_the_window_is_not_known_in_it() -> None:
    asked = END - timedelta(hours=3)
    facts = [
        Fact("evt_1", Signal.BUYER_MESSAGE, asked),
        Fact("evt_2", Signal.QUALIFYING_REPLY, END + timedelta(hours=1)),
    ]
    two_hours = with_policy(OLD, row(target_seconds=2 * 3600), START)
    assert difference(facts, two_hours) == Totals(1, 1, 0, 1, 0, 0, 0, 1815)
    assert difference([Fact("evt_1", Signal.BUYER_MESSAGE, END)], two_hours) == NOTHING
    eight_hours = with_policy(OLD, row(target_seconds=8 * 3600), START)
    assert replace(difference(facts, eight_hours), clocks_changed=0) == NOTHING


def test_while_the_platform_owns_the_contact_nothing_is_taken_over_again() -> None:
    asked = local("2026-09-15 10:00")
    hours = [
        (0, Signal.BUYER_MESSAGE),
        (8, Signal.QUALIFYING_REPLY),
        (9, Signal.BUYER_MESSAGE),
        (20, Signal.QUALIFYING_REPLY),
    ]
    facts = [Fact(f"evt_{h}", signal, asked + timedelta(hours=h)) for h, signal in hours]
    shorter = with_policy(OLD, row(target_seconds=6 * 3600), START)
    assert difference(facts, shorter) == Totals(1, 2, 0, 1, 0, 0, 0, 1815)
    handed_back = [*facts, Fact("evt_b", Signal.TAKEOVER_CONCLUDED, asked + timedelta(hours=8, minutes=30))]
    assert difference(sorted(handed_back, key=place), shorter) == Totals(1, 2, 0, 2, 0, 0, 0, 3630)


# -- Played again ---------------------------------------------------------------------------------------------------------


@dataclass
class Played:
    """One clock that hears facts as they happen and announces on time, and what a takeover would follow from."""

    rules: Rules
    state: Clock | None = None
    takeovers: int = 0
    taken_over_at: datetime | None = None

    def play(self, facts: Iterable[Fact]) -> "Played":
        for fact in sorted(facts, key=lambda fact: (fact.at, place(fact))):
            self.fire_until(fact.at)
            self.follow(decide(RecordFact(ClockRef("cas_1", REPLY, "", "lv"), fact, fact.at, self.rules), self.state))
            if fact.signal in (Signal.HANDED_BACK, Signal.TAKEOVER_CONCLUDED):
                self.taken_over_at = None
            self.fire_until(fact.at)
        self.fire_until(END)
        return self

    def fire_until(self, at: datetime) -> None:
        while self.state is not None and self.state.next_at is not None and self.state.next_at <= at:
            events = decide(Fire(max(self.state.next_at, START - timedelta(30)), self.rules), self.state)
            assert events, "a clock that is due says something"
            self.follow(events)

    def follow(self, events: Sequence[ClockEvent]) -> None:
        for event in events:
            self.state = evolve(self.state, event)
            match event:
                case ClockBreached(still_owed=True, on_silence=word, owner="seller", grace_ends_at=None):
                    self.take_over(word, event.at)
                case GraceEnded(on_silence=word):
                    self.take_over(word, event.at)

    def take_over(self, word: str, at: datetime) -> None:
        if word in PRICES.modes and self.taken_over_at is None:
            self.takeovers += 1
            self.taken_over_at = at

    @property
    def breaches(self) -> int:
        rounds = self.state.rounds if self.state else ()
        bad = (Verdict.BREACHED, Verdict.MET_LATE)
        return sum(r.start_at >= START and verdict_at(r, END) in bad for r in rounds)


HEARD = (
    Signal.BUYER_MESSAGE,
    Signal.BUYER_MESSAGE,
    Signal.QUALIFYING_REPLY,
    Signal.OTHER_REPLY,
    Signal.NO_REPLY_NEEDED,
    Signal.REPLY_CONTESTED,
    Signal.TAKEOVER_ACTIVATED,
    Signal.HANDED_BACK,
    Signal.CASE_CLOSED,
    Signal.CASE_REOPENED,
)


@st.composite
def stories(draw: st.DrawFn) -> list[Fact]:
    minutes = draw(st.lists(st.integers(0, 14 * 24 * 60 - 1), min_size=1, max_size=12, unique=True))
    signals = draw(st.lists(st.sampled_from(HEARD), min_size=len(minutes), max_size=len(minutes)))
    return [
        Fact(f"evt_{n}", signal, START + timedelta(minutes=minute))
        for n, (minute, signal) in enumerate(zip(sorted(minutes), signals, strict=True))
    ]


@st.composite
def candidates(draw: st.DrawFn) -> Rules:
    if draw(st.booleans()):
        days = draw(st.lists(st.integers(14, 27), max_size=4, unique=True))
        calendar = riga_calendar(2, [*HOLIDAYS, *(f"2026-09-{day}" for day in days)])
        return with_calendar(OLD, PublishedCalendar(calendar, END), START)
    hours = draw(st.integers(1, 96))
    grace, floor = draw(st.integers(0, 12)), draw(st.integers(0, 8))
    mode = draw(st.sampled_from(["working_days", "business_hours", "elapsed"]))
    changed = {"target_seconds": hours * 3600, "mode": mode, "grace_seconds": grace * 3600}
    return with_policy(OLD, row(**changed, floor_seconds=floor * 3600), START)


@settings(max_examples=400, deadline=None)
@given(stories(), candidates())
@example(answered_after(8), with_policy(OLD, row(target_seconds=6 * 3600), START))
def test_the_same_facts_played_under_the_candidate_come_to_the_predicted_difference(
    facts: list[Fact], after: Rules
) -> None:
    """INVARIANT: would break if a dry run judged otherwise than the clock that hears and announces."""
    predicted = difference(facts, after)
    old, new = Played(OLD).play(facts), Played(after).play(facts)
    assert new.breaches - old.breaches == predicted.breaches_gained - predicted.breaches_lost
    assert new.takeovers - old.takeovers == predicted.takeovers_gained - predicted.takeovers_lost
    assert predicted.charged_minor == 1815 * (new.takeovers - old.takeovers)


def test_a_held_reply_puts_the_takeover_off_until_it_is_blocked() -> None:
    asked = local("2026-09-15 10:00")
    facts = [
        Fact("evt_1", Signal.BUYER_MESSAGE, asked),
        Fact("evt_2", Signal.REPLY_HELD, asked + timedelta(hours=5), ref="msg_1"),
        Fact("evt_3", Signal.QUALIFYING_REPLY, asked + timedelta(hours=7), ref="msg_2"),
        Fact("evt_4", Signal.REPLY_BLOCKED, asked + timedelta(hours=8), ref="msg_1"),
    ]
    shorter = with_policy(OLD, row(target_seconds=6 * 3600), START)
    predicted = difference(facts, shorter)
    assert predicted == Totals(1, 1, 0, 0, 0, 0, 0, 0), "it was answered, late, before the held one was blocked"
    assert Played(shorter).play(facts).takeovers == 0


@pytest.mark.parametrize("hours", [1, 23, 24, 25])
def test_a_candidate_that_says_the_same_changes_nothing(hours: int) -> None:
    assert difference(answered_after(hours), with_policy(OLD, row(), START)) == NOTHING


def test_totals_add_up() -> None:
    assert Totals(1, 2, 3, 4, 5, 6, 7, 8) + Totals(1, 1, 1, 1, 1, 1, 1, 1) == Totals(2, 3, 4, 5, 6, 7, 8, 9)
