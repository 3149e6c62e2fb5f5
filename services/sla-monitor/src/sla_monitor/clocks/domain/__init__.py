"""A clock: its facts, its rounds, and what follows from them: pure."""

from sla_monitor.clocks.domain.announcing import differences
from sla_monitor.clocks.domain.by_staff import fact_of_order
from sla_monitor.clocks.domain.clock import Clock, ClockUnknown, Fire, RecordFact, decide, evolve, verdict_at
from sla_monitor.clocks.domain.clock_event import (
    AnnouncementsRestored,
    ClockEvent,
    ClockJoined,
    ClockRef,
    ReplyHeld,
    ReplyNotCounted,
)
from sla_monitor.clocks.domain.fact import Fact, FactId, pending_holds
from sla_monitor.clocks.domain.public_round import PublicRound
from sla_monitor.clocks.domain.reckoning import reckon
from sla_monitor.clocks.domain.round import REMINDER, Round, Run, Verdict, as_round

__all__ = [
    "REMINDER",
    "AnnouncementsRestored",
    "Clock",
    "ClockEvent",
    "ClockJoined",
    "ClockRef",
    "ClockUnknown",
    "Fact",
    "FactId",
    "Fire",
    "PublicRound",
    "RecordFact",
    "ReplyHeld",
    "ReplyNotCounted",
    "Round",
    "Run",
    "Verdict",
    "as_round",
    "decide",
    "differences",
    "evolve",
    "fact_of_order",
    "pending_holds",
    "reckon",
    "verdict_at",
]
