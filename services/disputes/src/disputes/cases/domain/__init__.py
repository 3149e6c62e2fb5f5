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
    NoteDelivery,
    NoteGuarantee,
    NoteLine,
    NoteParcel,
    OrderRefund,
    Paid,
    RecallRefund,
)
from disputes.cases.domain.refund_facts import (
    RecordRefundCancellation,
    RecordRefundFailure,
    RecordRefundOrder,
    RecordRefundPaid,
    RefundFact,
    taken_from_line,
)

__all__ = [
    "BoughtLine",
    "Device",
    "Enquiry",
    "KnownCase",
    "NoteCase",
    "NoteClosing",
    "NoteContact",
    "NoteDelivery",
    "NoteEnquiry",
    "NoteGuarantee",
    "NoteJudge",
    "NoteLine",
    "NoteMove",
    "NoteParcel",
    "OpenedCase",
    "OrderRefund",
    "Paid",
    "RecallRefund",
    "RecordRefundCancellation",
    "RecordRefundFailure",
    "RecordRefundOrder",
    "RecordRefundPaid",
    "RefundFact",
    "taken_from_line",
]
