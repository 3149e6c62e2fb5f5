"""Policy rows, calendars in force, and what is read of a proposal: pure."""

from sla_monitor.rules.domain.book import Candidate, DryRun, Sort
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import ClockKind, ClockPolicy, UnknownVersion
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.proposal import with_candidate
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.domain.signal import FOR_EVERY_CLOCK, ORDER_AT_ONE_INSTANT, UNDOES, Signal
from sla_monitor.rules.domain.subject import About
from sla_monitor.rules.domain.trial import NOTHING, Totals

__all__ = [
    "FOR_EVERY_CLOCK",
    "NOTHING",
    "ORDER_AT_ONE_INSTANT",
    "UNDOES",
    "About",
    "Candidate",
    "ClockKind",
    "ClockPolicy",
    "DryRun",
    "Rules",
    "Signal",
    "Sort",
    "Totals",
    "UnknownVersion",
    "default_rows",
    "read_policy",
    "with_candidate",
]
