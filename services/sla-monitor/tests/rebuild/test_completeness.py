"""What a rebuild must find on the topics: everything that a clock may follow from that still runs."""

from datetime import UTC, datetime, timedelta

from chassis.replay import Gap
from ombud_contracts.market import load_markets
from sla_monitor.rebuild.completeness import longest_clock, missing
from sla_monitor.rules.domain.policy import PolicyTable
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
LV = read_rules(versions_of(load_markets()["lv"]))["lv"]


def only(kind: str) -> Rules:
    return Rules(PolicyTable([row for row in LV.policies.rows if row.kind == kind]), LV.calendars)


def test_the_longest_clock_of_the_default_rows_is_the_time_to_appeal_a_finding_about_conduct() -> None:
    assert longest_clock([only("reply"), LV], NOW) == timedelta(days=183)
    assert longest_clock([], NOW) == timedelta(0)


def test_how_long_a_clock_runs_is_counted_on_its_calendar_with_its_pauses() -> None:
    """15 working days and five of pauses from a Tuesday are four weeks, and a week for holidays."""
    assert longest_clock([only("total_resolution")], NOW) == timedelta(days=28 + 7)


def test_a_gap_matters_when_a_clock_that_began_before_it_may_still_run() -> None:
    longest = timedelta(days=90)
    young, old = Gap("messages", NOW - timedelta(days=30)), Gap("charges", NOW - timedelta(days=91))
    empty = Gap("takeovers", None)
    assert missing([young, old, empty], longest, NOW) == [young, empty]
