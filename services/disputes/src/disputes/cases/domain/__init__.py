"""A case as disputes knows it, and an order line with what is left of it."""

from disputes.cases.domain.case import KnownCase, NoteCase, NoteClosing, NoteContact, NoteJudge, OpenedCase
from disputes.cases.domain.line import BoughtLine, GiveBack, NoteDelivery, NoteLine, OrderRefund, Paid, RecallRefund

__all__ = [
    "BoughtLine",
    "GiveBack",
    "KnownCase",
    "NoteCase",
    "NoteClosing",
    "NoteContact",
    "NoteDelivery",
    "NoteJudge",
    "NoteLine",
    "OpenedCase",
    "OrderRefund",
    "Paid",
    "RecallRefund",
]
