"""A case as disputes knows it, and an order line with what is left of it."""

from disputes.cases.domain.case import (
    Enquiry,
    KnownCase,
    NoteCase,
    NoteClosing,
    NoteContact,
    NoteEnquiry,
    NoteJudge,
    NoteMove,
    OpenedCase,
)
from disputes.cases.domain.line import (
    BoughtLine,
    Device,
    GiveBack,
    NoteDelivery,
    NoteLine,
    NoteParcel,
    NotePayment,
    OrderRefund,
    Paid,
    RecallRefund,
)

__all__ = [
    "BoughtLine",
    "Device",
    "Enquiry",
    "GiveBack",
    "KnownCase",
    "NoteCase",
    "NoteClosing",
    "NoteContact",
    "NoteDelivery",
    "NoteEnquiry",
    "NoteJudge",
    "NoteLine",
    "NoteMove",
    "NoteParcel",
    "NotePayment",
    "OpenedCase",
    "OrderRefund",
    "Paid",
    "RecallRefund",
]
