"""Identities: each kind of id is a type of its own, so that a buyer cannot stand where a seller belongs (S-8)."""

import re
from typing import NewType

CaseId = NewType("CaseId", str)
MessageId = NewType("MessageId", str)
ConversationId = NewType("ConversationId", str)
DraftId = NewType("DraftId", str)
AttachmentId = NewType("AttachmentId", str)
SanctionId = NewType("SanctionId", str)
ClockId = NewType("ClockId", str)
AppealId = NewType("AppealId", str)
ComplaintId = NewType("ComplaintId", str)
"""Of a complaint about a seller's conduct."""
AdjustmentId = NewType("AdjustmentId", str)
TakeoverId = NewType("TakeoverId", str)
SearchId = NewType("SearchId", str)
DisputeId = NewType("DisputeId", str)
ReturnId = NewType("ReturnId", str)
OfferId = NewType("OfferId", str)
EvidenceId = NewType("EvidenceId", str)
PromiseId = NewType("PromiseId", str)
EvidenceRequestId = NewType("EvidenceRequestId", str)
DecisionId = NewType("DecisionId", str)
"""Of whatever was decided and may be charged by: a dispute's decision, a takeover, or a return."""
ChargeId = NewType("ChargeId", str)
EntryId = NewType("EntryId", str)
RefundId = NewType("RefundId", str)
RunId = NewType("RunId", str)
"""The marketplace's, of a run of its payouts; one run pays many sellers."""
PayoutId = NewType("PayoutId", str)
"""Of what one run pays to one seller in a market and currency."""
HoldId = NewType("HoldId", str)
CandidateId = NewType("CandidateId", str)
ErasureId = NewType("ErasureId", str)
OrderId = NewType("OrderId", str)
LineId = NewType("LineId", str)
"""Of a line within its order; `line_key` names it among all orders."""
LineKey = NewType("LineKey", str)
ListingId = NewType("ListingId", str)
EventId = NewType("EventId", str)
Market = NewType("Market", str)
"""A country of sale, such as `lv`."""

PersonId = NewType("PersonId", str)
"""Whoever acts; the marketplace's id, which is a pseudonym."""
BuyerId = NewType("BuyerId", PersonId)
SellerId = NewType("SellerId", PersonId)
StaffId = NewType("StaffId", PersonId)


def line_key(order_id: OrderId, line_id: LineId) -> LineKey:
    """Return what an order line is known by among all orders."""
    return LineKey(f"{order_id}|{line_id}")


def of_line_key(key: str) -> tuple[OrderId, LineId]:
    """Return the order and the line that a key names."""
    order_id, _, line_id = key.rpartition("|")
    return OrderId(order_id), LineId(line_id)


_FURTHER = re.compile(r"(.+_.+)_[23]")


def further_decision(decision_id: DecisionId, number: int) -> DecisionId:
    """Return the id by which the second or third payment of one decision is ordered, as of a return whose deduction fell."""
    return DecisionId(f"{decision_id}_{number}")


def first_decision(decision_id: DecisionId) -> DecisionId:
    """Return the decision to which a payment belongs, be it the first or a further one."""
    further = _FURTHER.fullmatch(decision_id)
    return DecisionId(further[1]) if further is not None else decision_id
