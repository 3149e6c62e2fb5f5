"""Nobody loses a right by not knowing: 7 days and 1 day before a window closes its owner is reminded (R-38)."""

from datetime import datetime, timedelta

import pytest
from arrivals import AFTERWARDS, BEGIN, follow, lived_through
from riga_rules import riga_calendar, rules_of

from sla_monitor.clocks.domain.clock import Clock, Fire, RecordFact, decide
from sla_monitor.clocks.domain.clock_event import ClockEvent, ClockRef, ClockWarned
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.round import REMINDER
from sla_monitor.clocks.publish import publish
from sla_monitor.rules.domain.policy import PolicyUnreadable
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.signal import Signal

pytestmark = pytest.mark.rule("R-38")
RULES = rules_of(riga_calendar())
DAY = timedelta(days=1)
WINDOWS = {
    "claim_window": Signal.CLAIM_POSSIBLE,
    "escalation_window": Signal.ESCALATION_OPENED,
    "appeal_window": Signal.DECISION_MADE,
    "takeover_appeal_window": Signal.TAKEOVER_APPEALABLE,
    "contest_window": Signal.CHARGE_NOTIFIED,
    "conduct_appeal_window": Signal.CONDUCT_DECIDED,
}


def ref(kind: str) -> ClockRef:
    return ClockRef("cas_1", kind, "dsp_1", "lv")


def lived(kind: str, *facts: Fact) -> tuple[Clock, list[tuple[datetime, ClockEvent]]]:
    return lived_through(ref(kind), list(facts), [0] * len(facts), RULES)


def began(kind: str, lasts: timedelta | None = None) -> Fact:
    return Fact("evt_1", WINDOWS[kind], BEGIN, until=BEGIN + lasts if lasts else None)


def reminders(told: list[tuple[datetime, ClockEvent]]) -> list[tuple[datetime, int]]:
    warned = [(at, event) for at, event in told if isinstance(event, ClockWarned)]
    return [(at, event.percent - REMINDER) for at, event in warned if event.percent > REMINDER]


@pytest.mark.parametrize("kind", WINDOWS)
def test_before_each_window_closes_its_owner_is_reminded_twice(kind: str) -> None:
    """INVARIANT: would break if a reminder were a share of what is counted, which no working day is."""
    clock, told = lived(kind, began(kind))
    (due_by,) = (round_.due_by for round_ in clock.rounds)
    assert reminders(told) == [(due_by - 7 * DAY, 7), (due_by - DAY, 1)]


def test_a_short_window_has_no_reminder_before_it_began() -> None:
    _, told = lived("appeal_window", began("appeal_window", 3 * DAY))
    assert reminders(told) == [(BEGIN + 2 * DAY, 1)]


def test_who_used_the_right_is_not_reminded() -> None:
    used = Fact("evt_2", Signal.APPEAL_FILED, BEGIN + 25 * DAY)
    _, told = lived("appeal_window", began("appeal_window"), used)
    assert reminders(told) == [(BEGIN + 23 * DAY, 7)]


@pytest.mark.parametrize("used", [Signal.CLAIM_MADE, Signal.RETURN_REQUESTED])
def test_who_claimed_in_time_is_not_reminded_to(used: Signal) -> None:
    _, told = lived("claim_window", began("claim_window", 30 * DAY), Fact("evt_2", used, BEGIN + 25 * DAY))
    assert reminders(told) == [(BEGIN + 23 * DAY, 7)]


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(
    ("kind", "taken_back"),
    [("appeal_window", Signal.DECISION_TAKEN_BACK), ("takeover_appeal_window", Signal.TAKEOVER_UNDONE)],
)
def test_nobody_is_reminded_to_appeal_what_was_taken_back(kind: str, taken_back: Signal) -> None:
    """INVARIANT: would break if the window of a decision went on that counts as if it had not been."""
    clock, told = lived(kind, began(kind), Fact("evt_2", taken_back, BEGIN + 25 * DAY))
    assert [round_.verdict for round_ in clock.rounds] == ["VOID"]
    assert reminders(told) == [(BEGIN + 23 * DAY, 7)]


def test_others_hear_how_many_days_are_left_and_what_share_has_passed() -> None:
    clock, told = lived("appeal_window", began("appeal_window"))
    heard = [publish(event, clock) for _, event in told if isinstance(event, ClockWarned)]
    said = [(e.percent, e.days_before) for e in heard if e is not None and e.type == "sla-monitor.clock_warned"]
    assert said == [(76, 7), (90, None), (96, 1)]


def test_what_is_told_once_is_not_told_again() -> None:
    clock, _ = lived("appeal_window", began("appeal_window"))
    assert decide(Fire(AFTERWARDS, RULES), clock) == []


def test_after_an_outage_only_the_last_reminder_is_told_and_the_other_never() -> None:
    """INVARIANT: would break if a person were told the same thing twice at once."""
    clock = follow(decide(RecordFact(ref("appeal_window"), began("appeal_window"), BEGIN, RULES), None), None)
    due_by = clock.rounds[0].due_by
    heard: list[tuple[datetime, ClockEvent]] = []
    for hours in (12, 6):
        now = due_by - timedelta(hours=hours)
        events = decide(Fire(now, RULES), clock)
        heard += [(now, event) for event in events]
        clock = follow(events, clock)
        assert clock.next_at is not None
        assert clock.next_at > due_by
    assert reminders(heard) == [(due_by - timedelta(hours=12), 1)]


@pytest.mark.parametrize("days", [[1, 7], [7, 7], [0], ["7"], 7])
def test_reminders_that_could_not_be_told_in_order_are_refused(days: object) -> None:
    row = next(row for row in RULES.policies.rows if row.kind == "appeal_window")
    plain = {
        "kind": row.kind,
        "effective_from": row.effective_from,
        "owner": "parties",
        "calendar": "lv",
        "mode": "elapsed",
        "target_seconds": 60,
        "on_silence": row.on_silence,
        "starts": ["decision_made"],
        "satisfies": ["appeal_filed"],
    }
    assert read_policy({**plain, "reminder_days": [7, 1]}).reminder_days == (7, 1)
    with pytest.raises(PolicyUnreadable):
        read_policy({**plain, "reminder_days": days})
