"""Facts in any order: late, early, duplicated, replayed. The outcome depends on event times alone."""

from collections import Counter
from typing import Any

from arrivals import AFTERWARDS, arrivals, lived_through, told
from hypothesis import given, settings

from sla_monitor.clocks.domain.announcing import trace_round
from sla_monitor.clocks.domain.clock import RecordFact, decide
from sla_monitor.clocks.domain.clock_event import (
    ClockBreached,
    ClockRef,
    ClockWarned,
    DeadlineMoved,
    FactRecorded,
)
from sla_monitor.clocks.domain.round import Verdict
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.rules import Rules


@given(arrival=arrivals())
@settings(max_examples=300, deadline=None)
def test_the_order_of_arrival_never_matters(any_order_rules: Rules, arrival: tuple[Any, ...]) -> None:
    """INVARIANT: rounds, verdicts and traces are a function of event times; a replay gives the same bytes."""
    kind, facts, arriving, _ = arrival
    ref = ClockRef("cas_1", ClockKind(kind), "", "lv")
    in_time = told(ref, sorted(facts, key=lambda fact: fact.at), any_order_rules)
    shuffled = told(ref, arriving, any_order_rules)
    assert shuffled.facts == in_time.facts
    assert shuffled.rounds == in_time.rounds
    traces = [[trace_round(ref.kind, r, any_order_rules).to_bytes() for r in c.rounds] for c in (in_time, shuffled)]
    assert traces[0] == traces[1]


@given(arrival=arrivals())
@settings(max_examples=300, deadline=None)
def test_whatever_arrives_when_everything_is_announced_once_and_in_the_end_rightly(
    any_order_rules: Rules, arrival: tuple[Any, ...]
) -> None:
    """INVARIANT: one breach and one warning of a sort per round and version, none early, and what stands announced at
    the end is what the facts say."""
    kind, facts, arriving, delays = arrival
    ref = ClockRef("cas_1", ClockKind(kind), "", "lv")
    state, log = lived_through(ref, arriving, delays, any_order_rules)
    for now, event in log:
        if isinstance(event, ClockBreached | ClockWarned):
            assert event.announced_at == now >= event.at
    breaches = Counter((e.number, e.version) for _, e in log if isinstance(e, ClockBreached))
    assert all(count == 1 for count in breaches.values())
    warned = Counter((e.number, e.version, e.percent) for _, e in log if isinstance(e, ClockWarned))
    assert all(count == 1 for count in warned.values())
    assert state.rounds == told(ref, facts, any_order_rules).rounds
    assert all(known.version >= 1 for known in state.told)
    assert len(state.told_rounds) == len(state.rounds) == len(state.told)
    for known, round_ in state.told_rounds:
        late = round_.verdict in (Verdict.MET_LATE, Verdict.BREACHED) or round_.settled_at is None
        assert known.breached is late
        assert (known.settled_at, known.due_by) == (round_.settled_at, round_.due_by)
        assert (known.start_id, known.paused_at) == (round_.start_id, None)


@given(arrival=arrivals())
@settings(max_examples=150, deadline=None)
def test_every_trace_adds_up(any_order_rules: Rules, arrival: tuple[Any, ...]) -> None:
    """INVARIANT: through pauses, waivers, credits, merges and corrections the counted seconds are the target."""
    kind, _, arriving, delays = arrival
    ref = ClockRef("cas_1", ClockKind(kind), "", "lv")
    state, log = lived_through(ref, arriving, delays, any_order_rules)
    traces = [trace_round(ref.kind, round_, any_order_rules) for round_ in state.rounds]
    for _, event in log:
        if isinstance(event, DeadlineMoved):
            traces += [event.trace_after] + ([event.trace_before] if event.trace_before else [])
    for trace in traces:
        assert sum(segment.seconds for segment in trace.segments if segment.counted) == trace.target_seconds
        assert (trace.segments[0].from_at, trace.segments[-1].to_at) == (trace.started_at, trace.due_by)


@given(arrival=arrivals())
@settings(max_examples=100, deadline=None)
def test_a_duplicate_at_any_time_is_silent(any_order_rules: Rules, arrival: tuple[Any, ...]) -> None:
    """INVARIANT: a fact takes effect once, however often it is told."""
    kind, facts, _, _ = arrival
    ref = ClockRef("cas_1", ClockKind(kind), "", "lv")
    state = told(ref, facts, any_order_rules)
    for fact in facts:
        events = decide(RecordFact(ref, fact, AFTERWARDS, any_order_rules), state)
        assert not any(isinstance(event, FactRecorded) for event in events)
        assert events == []
