"""Facts in any order: late, early, duplicated, replayed. The outcome depends on event times alone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sla_monitor.domain.announcing import trace_round
from sla_monitor.domain.clock import Clock, Fire, RecordFact, decide, evolve
from sla_monitor.domain.clock_event import (
    ClockBreached,
    ClockEvent,
    ClockRef,
    ClockWarned,
    DeadlineMoved,
    FactRecorded,
)
from sla_monitor.domain.fact import Fact
from sla_monitor.domain.policy import ClockKind
from sla_monitor.domain.round import Verdict
from sla_monitor.domain.rules import Rules
from sla_monitor.domain.signal import Signal

BEGIN = datetime(2026, 9, 14, 7, tzinfo=UTC)
AFTERWARDS = datetime(2027, 6, 1, tzinfo=UTC)
TOLD = {
    "reply": [
        Signal.BUYER_MESSAGE,
        Signal.BUYER_MESSAGE,
        Signal.QUALIFYING_REPLY,
        Signal.OTHER_REPLY,
        Signal.REPLY_HELD,
        Signal.REPLY_RELEASED,
        Signal.REPLY_BLOCKED,
        Signal.NO_REPLY_NEEDED,
        Signal.WAIVER_REVOKED,
        Signal.REPLY_CONTESTED,
        Signal.INFORMATION_REQUESTED,
        Signal.TAKEOVER_ACTIVATED,
        Signal.HANDED_BACK,
        Signal.CASE_CLOSED,
        Signal.CASE_REOPENED,
        Signal.CASES_MERGED,
        Signal.OWNER_MOVED,
        Signal.TIME_CREDITED,
        Signal.CALENDAR_CORRECTED,
    ],
    "total_resolution": [
        Signal.CASE_OPENED,
        Signal.CASE_RESOLVED,
        Signal.CASE_REOPENED,
        Signal.CASE_CLOSED,
        Signal.INFORMATION_REQUESTED,
        Signal.INFORMATION_RECEIVED,
        Signal.PAUSED_BY_STAFF,
        Signal.PAUSE_EXTENDED,
        Signal.RESUMED_BY_STAFF,
        Signal.TIME_CREDITED,
        Signal.CALENDAR_CORRECTED,
    ],
}


@st.composite
def happenings(draw: st.DrawFn, kind: str, days: int) -> list[Fact]:
    facts = []
    for number in range(draw(st.integers(1, 9))):
        at = BEGIN + timedelta(minutes=draw(st.integers(0, days * 1440)))
        signal = draw(st.sampled_from(TOLD[kind]))
        earlier = at - timedelta(minutes=draw(st.integers(1, 600)))
        facts.append(
            Fact(
                f"evt_{number}",
                signal,
                at,
                ref=f"msg_{draw(st.integers(1, 2))}" if "reply" in signal else None,
                counts_from=earlier,
                until=at if signal is Signal.TIME_CREDITED else None,
                seconds=3600,
                version=2 if signal is Signal.CALENDAR_CORRECTED else None,
                owner="substitute" if signal is Signal.OWNER_MOVED else None,
            )
        )
    return facts


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[str, list[Fact], list[Fact], list[int]]:
    """A kind, its facts as they happened, the same as they arrive (some twice), and how long each took in minutes."""
    kind = draw(st.sampled_from(sorted(TOLD)))
    facts = draw(happenings(kind, 5 if kind == "reply" else 40))
    arriving = draw(st.permutations(facts + draw(st.lists(st.sampled_from(facts), max_size=3))))
    return kind, facts, arriving, draw(st.lists(st.integers(0, 3000), min_size=12, max_size=12))


def follow(events: list[ClockEvent], state: Clock | None) -> Clock | None:
    for event in events:
        state = evolve(state, event)
    return state


def told(ref: ClockRef, facts: list[Fact], rules: Rules) -> Clock:
    state = None
    for fact in facts:
        state = follow(decide(RecordFact(ref, fact, AFTERWARDS, rules), state), state)
    assert state is not None
    return state


def lived_through(
    ref: ClockRef, arriving: list[Fact], delays: list[int], rules: Rules
) -> tuple[Clock, list[tuple[datetime, ClockEvent]]]:
    """Facts arrive in order at rising server times, and the scheduler fires whenever something is due by then."""
    state: Clock | None = None
    log: list[tuple[datetime, ClockEvent]] = []
    now = BEGIN
    for fact, delay in zip(arriving, delays, strict=False):
        now = max(now + timedelta(minutes=delay), fact.at)
        state = fire_until(now, state, rules, log)
        events = decide(RecordFact(ref, fact, now, rules), state)
        log += [(now, event) for event in events]
        state = follow(events, state)
    state = fire_until(AFTERWARDS, state, rules, log)
    assert state is not None
    return state, log


def fire_until(
    now: datetime, state: Clock | None, rules: Rules, log: list[tuple[datetime, ClockEvent]]
) -> Clock | None:
    while state is not None and state.next_at is not None and state.next_at <= now:
        look = state.next_at
        assert decide(Fire(look - timedelta(milliseconds=1), rules), state) == []
        events = decide(Fire(look, rules), state)
        assert events, "a clock that asked to be looked at has something to say"
        log += [(look, event) for event in events]
        state = follow(events, state)
    return state


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
