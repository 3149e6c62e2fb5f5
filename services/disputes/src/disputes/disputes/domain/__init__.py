"""What a dispute is, what can be asked of it, and how it answers."""

from disputes.disputes.domain.commands import (
    AcceptOffer,
    ChangeContactOwner,
    Command,
    Decide,
    DeclineOffer,
    Escalate,
    ExpireOffer,
    Lapse,
    MakeOffer,
    NoteLapse,
    NoteOfferDeadline,
    OpenDispute,
    OpenEscalation,
    RecordExecution,
    RecordRefundFailure,
    Rules,
    SubmitEvidence,
    Withdraw,
    skips_negotiation,
)
from disputes.disputes.domain.dispute import expect_claimable
from disputes.disputes.domain.events import Record
from disputes.disputes.domain.slot import Free, Occupy
from disputes.disputes.domain.state import Dispute, Stage

__all__ = [
    "AcceptOffer",
    "ChangeContactOwner",
    "Command",
    "Decide",
    "DeclineOffer",
    "Dispute",
    "Escalate",
    "ExpireOffer",
    "Free",
    "Lapse",
    "MakeOffer",
    "NoteLapse",
    "NoteOfferDeadline",
    "Occupy",
    "OpenDispute",
    "OpenEscalation",
    "Record",
    "RecordExecution",
    "RecordRefundFailure",
    "Rules",
    "Stage",
    "SubmitEvidence",
    "Withdraw",
    "expect_claimable",
    "skips_negotiation",
]
