"""Policies are rows of data: each safe, none overlapping, every one with a default on silence."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import (
    ClockKind,
    ClockPolicy,
    EffectiveDatesOverlap,
    NoPolicyInForce,
    PauseWithoutCap,
    PolicyTable,
    PolicyUnreadable,
    SilenceWithoutDefault,
    SubjectChanged,
    TargetIsZero,
    UnknownSignal,
    UnknownVersion,
)
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rules import CalendarBook, PublishedCalendar
from sla_monitor.rules.domain.signal import FOR_EVERY_CLOCK, Signal
from sla_monitor.rules.domain.subject import About
from sla_monitor.working_time.domain.calendar import Calendar
from sla_monitor.working_time.domain.counted_time import UnknownMode

SINCE = "2026-01-01T00:00:00+00:00"
ROWS = default_rows("lv", "desk", SINCE)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

ROW: dict[str, object] = {
    "kind": "test",
    "version": 1,
    "effective_from": SINCE,
    "owner": "seller",
    "calendar": "lv",
    "mode": "working_days",
    "target_seconds": 3600,
    "on_silence": "alarm",
    "starts": ["buyer_message"],
    "satisfies": ["qualifying_reply"],
}


def micros_of(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["kind"])
def test_every_clock_says_what_happens_on_silence(row: dict[str, object]) -> None:
    """INVARIANT: every pending action of every actor carries a default on silence; without it a row is refused."""
    policy = read_policy(row)
    assert policy.on_silence.strip()
    assert policy.owner
    with pytest.raises(SilenceWithoutDefault):
        read_policy({key: value for key, value in row.items() if key != "on_silence"})


def test_the_clocks_of_the_product_are_all_there() -> None:
    kinds = set(PolicyTable(map(read_policy, ROWS)).kinds)
    named_in_section_3 = {
        "reply",
        "first_response_chat",
        "first_response_email",
        "first_response_social",
        "first_response_phone",
        "first_response_onsite",
        "first_resolution",
        "total_resolution",
        "platform_reply",
        "negotiation",
        "offer_answer",
        "evidence",
        "information_request",
        "return_shipment",
        "inspection",
        "refund_after_receipt",
        "unlock_attempt",
        "appeal_window",
        "promise",
        "inactivity",
    }
    assert named_in_section_3 <= kinds


def test_every_signal_means_something_to_some_clock() -> None:
    rows = [read_policy(row) for row in ROWS]
    of_rows_that_were = {Signal.ABSENCE_REQUESTED, Signal.ABSENCE_DECIDED}
    assert {signal for signal in Signal if not any(row.reacts_to(signal) for row in rows)} == of_rows_that_were


def test_rows_are_plain_data_that_survives_json() -> None:
    assert [read_policy(row) for row in json.loads(json.dumps(ROWS))] == [read_policy(row) for row in ROWS]


def test_a_row_that_names_no_warnings_warns_at_a_half_three_quarters_and_nine_tenths() -> None:
    silent = {key: value for key, value in ROWS[0].items() if key != "warnings_percent"}
    assert read_policy(silent).warnings_percent == (50, 75, 90)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"target_seconds": 0}, TargetIsZero),
        ({"target_seconds": -5}, PolicyUnreadable),
        ({"target_seconds": "24h"}, PolicyUnreadable),
        ({"target_seconds": True}, PolicyUnreadable),
        ({"pauses": ["information_requested"]}, PauseWithoutCap),
        ({"pauses": ["information_requested"], "pause_cap_seconds": 0}, PauseWithoutCap),
        ({"mode": "calendar_days"}, UnknownMode),
        ({"starts": ["full_moon"]}, UnknownSignal),
        ({"starts": []}, PolicyUnreadable),
        ({"satisfies": []}, PolicyUnreadable),
        ({"starts": "buyer_message"}, PolicyUnreadable),
        ({"warnings_percent": [90, 50]}, PolicyUnreadable),
        ({"warnings_percent": [100]}, PolicyUnreadable),
        ({"version": 0}, PolicyUnreadable),
        ({"kind": "two words"}, PolicyUnreadable),
        ({"colour": "red"}, PolicyUnreadable),
        ({"effective_from": "soon"}, PolicyUnreadable),
        ({"effective_from": None}, PolicyUnreadable),
        ({"effective_until": SINCE}, EffectiveDatesOverlap),
        ({"on_silence": " "}, SilenceWithoutDefault),
        ({"gates": [{"closed_when": ["case_closed"]}]}, PolicyUnreadable),
        ({"gates": [{"closed_by": ["sunset"]}]}, UnknownSignal),
        ({"deadline_given": True}, PolicyUnreadable),
        ({"owner": ""}, PolicyUnreadable),
        ({"about": "weather"}, PolicyUnreadable),
        ({"about": ["case"]}, PolicyUnreadable),
        ({"given_at_most": True}, PolicyUnreadable),
        ({"owner_moves": ["takeover_activated"]}, PolicyUnreadable),
        ({"owner_moves": {"full_moon": "seller"}}, UnknownSignal),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_applied_is_refused(change: dict[str, object], refusal: type[Exception]) -> None:
    assert read_policy(ROW).target_seconds == 3600
    with pytest.raises(refusal):
        read_policy(ROW | change)


@pytest.mark.rule("S-7")
def test_every_row_of_the_product_says_what_its_clock_is_about() -> None:
    assert all("about" in row for row in ROWS)
    about = {row.kind: row.about for row in map(read_policy, ROWS)}
    of_disputes = ("negotiation", "escalation_window", "mediation", "appeal_window", "evidence")
    assert {about[ClockKind(kind)] for kind in of_disputes} == {About.DISPUTE}
    named = {
        "offer_answer": "offer",
        "contest_window": "charge",
        "payout_hold": "hold",
        "moderation": "message",
        "payment_moderation": "message",
        "takeover_decision": "takeover",
        "unlock_attempt": "takeover",
    }
    assert {kind: about[ClockKind(kind)].value for kind in named} == named


@pytest.mark.rule("S-7")
@pytest.mark.parametrize(
    "kind", ["offer_answer", "contest_window", "negotiation", "inactivity", "reply", "takeover_decision", "payout_hold"]
)
def test_a_row_that_does_not_say_it_is_about_what_begins_it(kind: str) -> None:
    """Rows that are published for ever are read as what they always meant."""
    row = next(row for row in ROWS if row["kind"] == kind)
    silent = {name: value for name, value in row.items() if name != "about"}
    assert read_policy(silent) == read_policy(row)


@pytest.mark.rule("S-7")
def test_a_clock_stays_with_its_subject_in_every_version() -> None:
    second: dict[str, object] = {"version": 2, "effective_from": "2026-07-01T00:00:00Z", "about": "offer"}
    with pytest.raises(SubjectChanged):
        PolicyTable([read_policy(ROW), read_policy(ROW | second)])


@pytest.mark.rule("S-7")
def test_closing_a_case_ends_no_clock_of_a_dispute() -> None:
    """INVARIANT: S-7; would break if a live dispute lost its deadlines with the case."""
    told = PolicyTable(map(read_policy, ROWS)).kinds_told(Signal.CASE_CLOSED, NOON)
    assert not {kind for kind in told if read_policy(next(r for r in ROWS if r["kind"] == kind)).about is About.DISPUTE}


def test_a_reply_that_is_held_is_told_to_the_clock_that_it_protects() -> None:
    assert "reply" in PolicyTable(map(read_policy, ROWS)).kinds_told(Signal.REPLY_HELD, NOON)


def test_a_field_to_which_nothing_answers_is_read_over_in_rows_that_are_published() -> None:
    assert read_policy(ROW | {"warns": ["desk"]}) == read_policy(ROW)


@pytest.mark.parametrize(
    "second",
    [
        {"version": 2, "effective_from": SINCE},
        {"version": 1, "effective_from": "2026-07-01T00:00:00Z"},
        {"version": 2, "effective_from": "2025-07-01T00:00:00Z"},
    ],
)
def test_versions_that_overlap_or_run_backwards_are_refused(second: dict[str, object]) -> None:
    with pytest.raises(EffectiveDatesOverlap):
        PolicyTable([read_policy(ROW), read_policy(ROW | second)])


def test_a_version_that_ends_after_the_next_begins_is_refused() -> None:
    first = read_policy(ROW | {"effective_until": "2026-08-01T00:00:00Z"})
    with pytest.raises(EffectiveDatesOverlap):
        PolicyTable([first, read_policy(ROW | {"version": 2, "effective_from": "2026-07-01T00:00:00Z"})])


def two_versions() -> PolicyTable:
    second: dict[str, object] = {"version": 2, "effective_from": "2026-07-01T00:00:00Z", "target_seconds": 7200}
    return PolicyTable([read_policy(ROW | second), read_policy(ROW)])


def test_the_version_in_force_is_the_one_of_the_instant() -> None:
    table, kind = two_versions(), ClockKind("test")

    def version_at(at: datetime) -> ClockPolicy:
        return table.in_force(kind, micros_of(at))

    assert version_at(datetime(2026, 6, 30, 23, 59, tzinfo=UTC)).version == 1
    assert version_at(datetime(2026, 7, 1, tzinfo=UTC)).version == 2
    assert table.version(kind, 1).target_seconds == 3600
    with pytest.raises(NoPolicyInForce):
        version_at(datetime(2025, 12, 31, tzinfo=UTC))
    with pytest.raises(NoPolicyInForce):
        table.in_force(ClockKind("other"), micros_of(NOON))
    with pytest.raises(UnknownVersion):
        table.version(kind, 3)


def test_a_row_that_has_ended_is_no_longer_in_force() -> None:
    table = PolicyTable([read_policy(ROW | {"effective_until": "2026-02-01T00:00:00Z"})])
    with pytest.raises(NoPolicyInForce):
        table.in_force(ClockKind("test"), micros_of(NOON))


def test_which_clocks_of_a_case_are_told_of_a_signal() -> None:
    table = PolicyTable(map(read_policy, ROWS))
    told = table.kinds_told(Signal.BUYER_MESSAGE, NOON)
    assert {"reply", "platform_reply", "information_request"} <= set(told)
    assert "negotiation" not in told
    asked = set(table.kinds_told(Signal.CONTACT_REQUESTED, NOON, "chat"))
    assert asked == {"first_response_chat", "reply", "first_resolution", "total_resolution"}
    assert table.kinds_told(Signal.BUYER_MESSAGE, datetime(2020, 1, 1, tzinfo=UTC)) == ()
    for signal in FOR_EVERY_CLOCK:
        assert "evidence" in table.kinds_told(signal, NOON)


def test_calendar_versions_are_effective_dated(riga_versions: Callable[..., Calendar]) -> None:
    old, new = riga_versions(1), riga_versions(2, ["2026-09-16"])
    july = datetime(2026, 7, 1, tzinfo=UTC)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    book = CalendarBook([PublishedCalendar(new, july), PublishedCalendar(old, since)])
    assert book.in_force("lv", micros_of(NOON)).calendar == old
    assert book.in_force("lv", micros_of(july)).calendar == new
    assert book.version("lv", 1).calendar == old
    with pytest.raises(UnknownVersion):
        book.version("lv", 3)
    with pytest.raises(NoPolicyInForce):
        book.in_force("lt", micros_of(NOON))
    with pytest.raises(EffectiveDatesOverlap):
        CalendarBook([PublishedCalendar(old, since), PublishedCalendar(new, since)])
