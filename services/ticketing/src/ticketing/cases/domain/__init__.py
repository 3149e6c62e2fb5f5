"""Deciding about cases, and nothing else: what the other nouns of ticketing may use of it."""

from ticketing.cases.domain.case import (
    Case,
    HandContactBack,
    Notice,
    Status,
    TakeContactOver,
    UndoTakeover,
    refuse_closed,
)
from ticketing.cases.domain.refusals import Refusal, UnknownCase, UnknownOrderLine

__all__ = [
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
]
