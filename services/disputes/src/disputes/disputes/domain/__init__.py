"""What a dispute is, what can be asked of it, and how it answers."""

from disputes.disputes.domain.commands import (
    AcceptOffer,
    Admission,
    ChangeContactOwner,
    Command,
    Decide,
    DeclineOffer,
    Escalate,
    MakeOffer,
    NoteFact,
    OpenDispute,
    OpenEscalation,
    PassTime,
    RecordExecution,
    RecordRefundCancellation,
    RecordRefundFailure,
    RecordRefundOrder,
    RefundFact,
    Rules,
    SubmitEvidence,
    Withdraw,
)
from disputes.disputes.domain.dispute import expect_admitted, expect_claimable
from disputes.disputes.domain.events import Record
from disputes.disputes.domain.slot import Free, Occupy
from disputes.disputes.domain.state import Dispute, Stage

__all__ = [
    "AcceptOffer",
    "Admission",
    "ChangeContactOwner",
    "Command",
    "Decide",
    "DeclineOffer",
    "Dispute",
    "Escalate",
    "Free",
    "MakeOffer",
    "NoteFact",
    "Occupy",
    "OpenDispute",
    "OpenEscalation",
    "PassTime",
    "Record",
    "RecordExecution",
    "RecordRefundCancellation",
    "RecordRefundFailure",
    "RecordRefundOrder",
    "RefundFact",
    "Rules",
    "Stage",
    "SubmitEvidence",
    "Withdraw",
    "expect_admitted",
    "expect_claimable",
]
