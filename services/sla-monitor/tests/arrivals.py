"""Facts of one clock in any order of arrival, and the life of a clock that is told them. Shared by property tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from sla_monitor.clocks.domain.clock import Clock, Fire, RecordFact, decide, evolve
from sla_monitor.clocks.domain.clock_event import ClockEvent, ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.domain.signal import Signal

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
