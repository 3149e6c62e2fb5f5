"""Deciding about cases, and nothing else: what the other nouns of ticketing may use of it."""

from ticketing.cases.domain.approach import Approach
from ticketing.cases.domain.case import (
    Case,
    HandContactBack,
    Notice,
    Status,
    TakeContactOver,
    UndoTakeover,
    refuse_closed,
    refuse_with_platform,
)
from ticketing.cases.domain.refusals import Refusal, UnknownCase, UnknownOrderLine

__all__ = [
    "Approach",
    "Case",
    "HandContactBack",
    "Notice",
    "Refusal",
    "Status",
    "TakeContactOver",
    "UndoTakeover",
    "UnknownCase",
    "UnknownOrderLine",
    "refuse_closed",
    "refuse_with_platform",
]
