"""Each fact of a clock's event stands in the contract's field of its name: values that differ, written by hand."""

from dataclasses import replace
from typing import Any

import pytest
from riga_rules import local

from ombud_contracts.events import sla_monitor as contract
from sla_monitor.clocks.domain.clock_event import ClockContinued, ClockStarted
from sla_monitor.clocks.publish import publish
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.working_time.domain import Mode

AT, DUE = local("2026-09-14 10:00"), local("2026-09-17 12:00")


@pytest.fixture
def owed(story: Any) -> Any:
    return story.tell(Signal.BUYER_MESSAGE, "2026-09-14 10:00")


def test_a_start_names_the_versions_and_the_default_each_in_its_place(owed: Any) -> None:
    (started,) = (event for event in owed.said if isinstance(event, ClockStarted))
    differing = replace(
        started,
        at=AT,
        due_by=DUE,
        mode=Mode.ELAPSED,
        target_seconds=77,
        policy_version=5,
        calendar_version=9,
        on_silence="takeover_missed_deadline",
    )
    told = publish(differing, owed.clock)
    assert isinstance(told, contract.ClockStarted)
    assert (told.started_at, told.due_by) == (AT, DUE)
    assert (told.mode, told.target_seconds, told.on_silence) == ("elapsed", 77, "takeover_missed_deadline")
    assert (told.policy_version, told.calendar_version) == ("5", "9")


def test_what_goes_on_says_since_when_and_until_when(owed: Any) -> None:
    continued = ClockContinued(at=AT, number=1, cause="reply_contested", version=2, due_by=DUE)
    told = publish(continued, owed.clock)
    assert isinstance(told, contract.ClockContinued)
    assert (told.continued_at, told.due_by, told.cause) == (AT, DUE, "reply_contested")
