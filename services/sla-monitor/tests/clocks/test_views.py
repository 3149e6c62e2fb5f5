"""What the screen of a clock says while the monitor itself has not said it yet."""

from sla_monitor.clocks.domain.clock import Clock, Fire, RecordFact, decide, evolve
from sla_monitor.clocks.domain.clock_event import ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.views import clock_view
from sla_monitor.explaining.describe import verdict_of
from sla_monitor.explaining.examples import MARKET, at_riga, example_rules
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.signal import Signal

RULES = example_rules()
ASKED, DUE_BY, LATER = at_riga("2026-10-19T10:00"), at_riga("2026-10-20T10:00"), at_riga("2026-10-20T12:00")


def told(*commands: RecordFact | Fire) -> Clock:
    clock: Clock | None = None
    for command in commands:
        for event in decide(command, clock):
            clock = evolve(clock, event)
    assert clock is not None
    return clock


def happened(signal: Signal, at: object) -> RecordFact:
    ref = ClockRef("cas_1", ClockKind("reply"), "", MARKET)
    return RecordFact(ref, Fact(f"{signal}:1", signal, at), at, RULES, "sel_1")  # type: ignore[arg-type]


def test_a_breach_is_provisional_until_it_is_announced() -> None:
    """INVARIANT: would break if a screen presented as certain what an unread answer can still undo."""
    asked = happened(Signal.BUYER_MESSAGE, ASKED)
    (overdue,) = clock_view(told(asked), RULES, LATER).rounds
    assert (overdue.due_by, overdue.verdict, overdue.provisional) == (DUE_BY, "BREACHED", True)
    assert "not announced yet" in verdict_of(overdue)
    (announced,) = clock_view(told(asked, Fire(LATER, RULES)), RULES, LATER).rounds
    assert (announced.verdict, announced.provisional) == ("BREACHED", False)


def test_what_runs_or_ended_is_not_provisional() -> None:
    asked, answered = happened(Signal.BUYER_MESSAGE, ASKED), happened(Signal.QUALIFYING_REPLY, DUE_BY)
    (running,) = clock_view(told(asked), RULES, ASKED).rounds
    (met,) = clock_view(told(asked, answered), RULES, LATER).rounds
    assert [(r.verdict, r.provisional) for r in (running, met)] == [("RUNNING", False), ("MET", False)]
