"""A case as disputes knows it, and an order line with what is left of it."""

from disputes.cases.domain.case import KnownCase, NoteCase, NoteClosing, NoteContact, NoteJudge, NoteMove, OpenedCase
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
    "NoteMove",
    "OpenedCase",
    "OrderRefund",
    "Paid",
    "RecallRefund",
]
