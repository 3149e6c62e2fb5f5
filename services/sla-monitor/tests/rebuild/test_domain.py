"""A clock rebuilt from the topics goes on as if nothing had happened: no announcement is made twice, none is left out."""

from datetime import datetime, timedelta
from typing import Any

from arrivals import AFTERWARDS, BEGIN, arrivals, fire_until, follow, told
from hypothesis import given, settings
from hypothesis import strategies as st

from sla_monitor.clocks.domain.clock import Clock, RecordFact, decide, evolve
from sla_monitor.clocks.domain.clock_event import AnnouncementsRestored, ClockEvent, ClockRef, ReplyNotCounted
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.round import Verdict
from sla_monitor.clocks.publish import publish
from sla_monitor.rebuild.domain import Heard, RestoreAnnouncements, restore_announcements
from sla_monitor.rebuild.history import History
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.domain.signal import Signal

Log = list[tuple[datetime, ClockEvent]]


def announced(log: Log, ref: ClockRef) -> History:
    """What the topic holds of a clock: the contract events, in sequence."""
    history, state, sequence = History(), None, 0
    for _, event in log:
        state = evolve(state, event)
        contract = publish(event, state)
        if contract is not None:
            sequence += 1
            history.take(contract, sequence)  # type: ignore[arg-type]
            history.take(contract, sequence)  # type: ignore[arg-type]
    return history


def rebuilt(ref: ClockRef, facts: list[Any], history: History, now: datetime, rules: Rules) -> tuple[Clock, list[Any]]:
    state = told(ref, facts, rules)
    command = RestoreAnnouncements(history.heard, history.last_number, frozenset(history.not_counted), now, rules)
    events = restore_announcements(command, state)
    after = follow(events, state)
    assert after is not None
    return after, [event for event in events if not isinstance(event, AnnouncementsRestored)]


def said(log: Log) -> list[tuple[datetime, str, int]]:
    return [(now, type(e).__name__, getattr(e, "number", 0)) for now, e in log if not hasattr(e, "facts")]


@given(arrival=arrivals(), ends=st.integers(0, 9), later=st.integers(1, 20_000))
@settings(max_examples=300, deadline=None)
def test_a_rebuilt_clock_announces_from_then_on_what_the_first_one_would_have(
    any_order_rules: Rules, arrival: tuple[Any, ...], ends: int, later: int
) -> None:
    """INVARIANT: F23; would break if a rebuild announced again, or forgot what was still to be announced."""
    kind, _, arriving, delays = arrival
    ref = ClockRef("cas_1", ClockKind(kind), "", "lv")
    first: Log = []
    state: Clock | None = None
    now = BEGIN
    lived = arriving[: max(1, ends)]
    for fact, delay in zip(lived, delays, strict=False):
        now = max(now + timedelta(minutes=delay), fact.at)
        state = fire_until(now, state, any_order_rules, first)
        events = decide(RecordFact(ref, fact, now, any_order_rules), state)
        first += [(now, event) for event in events]
        state = follow(events, state)
    assert state is not None
    now += timedelta(minutes=later)
    state = fire_until(now, state, any_order_rules, first)
    history = announced(first, ref)
    again, missing = rebuilt(ref, lived, history, now, any_order_rules)
    unexplained = [e for e in missing if isinstance(e, ReplyNotCounted) and e.message_id not in history.not_counted]
    assert missing == unexplained, "a rebuild said something again"
    assert again.rounds == state.rounds  # type: ignore[union-attr]
    assert again.next_at == state.next_at  # type: ignore[union-attr]
    logs: list[Log] = [[], []]
    for log, clock in zip(logs, (state, again), strict=True):
        for fact in arriving[max(1, ends) :]:
            moment = max(now, fact.at)
            clock = fire_until(moment, clock, any_order_rules, log)
            events = decide(RecordFact(ref, fact, moment, any_order_rules), clock)
            log += [(moment, event) for event in events]
            clock = follow(events, clock)
        fire_until(AFTERWARDS, clock, any_order_rules, log)
    assert said(logs[0]) == said(logs[1])


@given(arrival=arrivals())
@settings(max_examples=100, deadline=None)
def test_facts_that_the_first_life_never_handled_are_announced_by_the_rebuild(
    any_order_rules: Rules, arrival: tuple[Any, ...]
) -> None:
    """INVARIANT: nothing is lost when the store is lost before the topics were read to their end."""
    kind, facts, _, _ = arrival
    ref = ClockRef("cas_1", ClockKind(kind), "", "lv")
    again, _ = rebuilt(ref, facts, History(), AFTERWARDS, any_order_rules)
    usual = told(ref, facts, any_order_rules)
    assert again.rounds == usual.rounds
    assert [(k.number, k.start_id, k.settled_at, k.due_by) for k in again.told] == [
        (n, r.start_id, r.settled_at, r.due_by) for n, r in enumerate(usual.rounds, start=1)
    ]


def test_a_pause_whose_cap_was_told_to_be_used_up_is_not_told_to_end_again(rules: Rules) -> None:
    ref = ClockRef("cas_1", ClockKind("total_resolution"), "", "lv")
    facts = [
        Fact("evt_1", Signal.CASE_OPENED, BEGIN),
        Fact("evt_2", Signal.INFORMATION_REQUESTED, BEGIN + timedelta(hours=1)),
    ]
    state, log = None, Log()
    for fact in facts:
        events = decide(RecordFact(ref, fact, fact.at, rules), state)
        log += [(fact.at, event) for event in events]
        state = follow(events, state)
    used_up = BEGIN + timedelta(days=9)
    state = fire_until(used_up, state, rules, log)
    assert state is not None
    assert [type(e).__name__ for _, e in log].count("ClockResumed") == 1
    again, missing = rebuilt(ref, facts, announced(log, ref), used_up, rules)
    assert missing == []
    assert again.next_at == state.next_at


def heard_of(started_at: datetime, number: int, pause_over: datetime | None = None) -> Heard:
    return Heard(
        number=number,
        started_at=started_at,
        owner="seller",
        version=1,
        due_by=None,
        verdict=Verdict.RUNNING,
        settled_at=None,
        paused_at=None,
        pause_over=pause_over,
        warned=(),
        breached=False,
        grace_ended=False,
    )


def test_a_round_that_nothing_known_begins_any_more_keeps_its_number(rules: Rules) -> None:
    """What the topic says and no fact explains (its message was withdrawn) is remembered, so that no number comes twice."""
    state = told(ClockRef("cas_1", ClockKind("reply"), "", "lv"), [Fact("evt_1", Signal.BUYER_MESSAGE, BEGIN)], rules)
    heard = (heard_of(BEGIN - timedelta(days=1), 1), heard_of(BEGIN, 2))
    restored, *missing = restore_announcements(
        RestoreAnnouncements(heard, 2, frozenset(), BEGIN + timedelta(hours=1), rules), state
    )
    assert isinstance(restored, AnnouncementsRestored)
    assert [(known.number, known.start_id, known.start_at) for known in restored.told] == [
        (1, "", BEGIN - timedelta(days=1)),
        (2, "evt_1", BEGIN),
    ]
    assert not [event for event in missing if type(event).__name__ == "ClockStarted"]


def test_a_pause_that_was_told_to_be_over_counts_only_for_the_pause_that_is_known(rules: Rules) -> None:
    ref = ClockRef("cas_1", ClockKind("total_resolution"), "", "lv")
    paused = BEGIN + timedelta(hours=1)
    facts = [Fact("evt_1", Signal.CASE_OPENED, BEGIN), Fact("evt_2", Signal.INFORMATION_REQUESTED, paused)]
    state = told(ref, facts, rules)
    for said_over, remembered in ((paused, paused), (paused - timedelta(minutes=5), None)):
        command = RestoreAnnouncements((heard_of(BEGIN, 1, said_over),), 1, frozenset(), paused, rules)
        restored = restore_announcements(command, state)[0]
        assert isinstance(restored, AnnouncementsRestored)
        assert restored.told[0].pause_over == remembered
