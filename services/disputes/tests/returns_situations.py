"""Returns' situations: a return from its request to its end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.testing import Situations
from disputes.cases.domain import (
    Device,
    RecordRefundCancellation,
    RecordRefundFailure,
    RecordRefundOrder,
    RecordRefundPaid,
)
from disputes.refusals import Refusal
from disputes.returns.domain import (
    AcceptDeduction,
    AcceptReturn,
    CancelReturn,
    Command,
    ConfirmReceipt,
    CountAsCompliant,
    DecideDeduction,
    DisputeDeduction,
    GiveAnswerBack,
    Inspect,
    IssueLabel,
    Judge,
    LapseReturn,
    LetDeductionStand,
    MarkLost,
    NoteScan,
    RefuseReturn,
    ReopenDeduction,
    ReportShipped,
    RequestReturn,
    ReturnTerms,
    SendLabelInSellersPlace,
    SubmitPhoto,
    TakeDecisionBack,
    TakeInSellersPlace,
    WithdrawLabelCharge,
    WithdrawLapse,
)

SITUATIONS = Situations(Refusal)
given, outcomes = SITUATIONS.given, SITUATIONS.outcomes

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
LEFT = 12_990
IMEI, OTHER_IMEI, NO_IMEI = "490154203237518", "356938035643809", "490154203237519"
TERMS = ReturnTerms(
    clause="S-5.3",
    label_clause="S-6.1",
    clause_version="2026.1",
    appeal_days=30,
    label_net_minor=690,
    vat_basis_points=2_100,
    tariff_version="2026.1",
)
REQUEST = RequestReturn(
    return_id="ret_1",
    decision_id="dec_1",
    case_id="cas_1",
    market="lv",
    order_id="ord_3",
    line_id="lin_4",
    buyer_id="buy_1",
    seller_id="sel_2",
    currency="EUR",
    left_minor=LEFT,
    terms=TERMS,
    taken_over=False,
    requested_by="buyer",
    at=NOON,
)
ACCEPT = AcceptReturn("seller", LATER)
REFUSE = RefuseReturn("hygiene_seal_broken", "seller", LATER)
TAKE = TakeInSellersPlace(LATER)
GIVE_BACK = GiveAnswerBack(LATER)
LABEL = IssueLabel(by="seller", carrier="dpd", tracking_number="05308955120002", at=LATER)
SEND_LABEL = SendLabelInSellersPlace(LATER)
LABEL_IN_TIME = WithdrawLabelCharge(LATER)
SHIP = ReportShipped("buyer", "05308955120009", LATER)
SCAN_SHIPPED = NoteScan("shipped", LATER)
SCAN_RECEIVED = NoteScan("received", LATER)
SCAN_LOST = NoteScan("lost", LATER)
MUCH_LATER = LATER + timedelta(days=1)
CORRECT = ReportShipped("buyer", "05308955120010", MUCH_LATER)
RECEIPT = ConfirmReceipt("seller", LATER)
PHOTO = SubmitPhoto(evidence_id="evd_1", sha256="0" * 64, by="seller", at=LATER)
COMPLIANT = Inspect(
    by="seller",
    deviations=(),
    deduction_minor=0,
    photos=(),
    sold=Device(IMEI),
    returned=Device(IMEI),
    left_minor=LEFT,
    at=LATER,
)
DEDUCT = replace(COMPLIANT, deviations=("scratched",), deduction_minor=2_000, photos=("evd_1",))
KEEP_ALL = replace(DEDUCT, deduction_minor=LEFT)
COUNTS = CountAsCompliant(LEFT, LATER)
ACCEPT_DEDUCTION = AcceptDeduction(LEFT, LATER)
STANDS = LetDeductionStand(LEFT, LATER)
DISPUTE = DisputeDeduction(LATER)
REOPEN = ReopenDeduction(LATER)
JUDGE = Judge(role="mediator", id="med_1", limit_minor=50_000, judges=())
DECIDE = DecideDeduction(
    deduction_minor=500, reasons=("used_more_than_needed",), judge=JUDGE, left_minor=LEFT, at=LATER
)
MARK_LOST = MarkLost(reasons=("carrier_says_lost",), judge=JUDGE, left_minor=LEFT, at=LATER)
CANCEL = CancelReturn(LATER)
LAPSE = LapseReturn(LATER)
LAPSE_IN_TIME = WithdrawLapse(LATER)
DECIDED = replace(REQUEST, dispute_id="dsp_1")
TAKE_BACK = TakeDecisionBack(LATER)
PAID = RecordRefundPaid("dec_1", LATER)
FAILS = RecordRefundFailure("dec_1", LATER)
ORDERED = RecordRefundOrder("dec_1", LATER)
GIVEN_UP = RecordRefundCancellation("dec_1", LATER)

_ACCEPTED = (REQUEST, ACCEPT)
_SHIPPED = (*_ACCEPTED, LABEL, SHIP)
_RECEIVED = (*_SHIPPED, SCAN_RECEIVED, PHOTO)
LADDER: dict[str, tuple[Command, ...]] = {
    "nothing": (),
    "requested": (REQUEST,),
    "accepted": _ACCEPTED,
    "accepted_by_platform": (REQUEST, TAKE),
    "refused": (REQUEST, REFUSE),
    "labelled": (*_ACCEPTED, LABEL),
    "labelled_by_platform": (*_ACCEPTED, SEND_LABEL),
    "labelled_in_sellers_place": (REQUEST, TAKE, SEND_LABEL),
    "shipped": _SHIPPED,
    "missed": (*_SHIPPED, SCAN_LOST),
    "received": _RECEIVED,
    "inspected": (*_RECEIVED, COMPLIANT),
    "deducted": (*_RECEIVED, DEDUCT),
    "disputed": (*_RECEIVED, DEDUCT, DISPUTE),
    "stood": (*_RECEIVED, DEDUCT, STANDS),
    "stood_and_paid": (*_RECEIVED, DEDUCT, STANDS, PAID),
    "reopened": (*_RECEIVED, DEDUCT, STANDS, PAID, REOPEN),
    "disputed_after_all": (*_RECEIVED, DEDUCT, STANDS, PAID, REOPEN, DISPUTE),
    "agreed": (*_RECEIVED, DEDUCT, ACCEPT_DEDUCTION),
    "failed": (*_RECEIVED, COMPLIANT, FAILS),
    "lost": (*_SHIPPED, MARK_LOST),
    "lost_and_paid": (*_SHIPPED, MARK_LOST, PAID),
    "refunded": (*_RECEIVED, COMPLIANT, PAID),
    "partly_refunded": (*_RECEIVED, DEDUCT, ACCEPT_DEDUCTION, PAID),
    "sent_back": (*_RECEIVED, KEEP_ALL, ACCEPT_DEDUCTION),
    "given_up": (*_RECEIVED, COMPLIANT, FAILS, GIVEN_UP),
    "cancelled": (REQUEST, CANCEL),
    "lapsed": (*_ACCEPTED, LABEL, LAPSE),
}
COMMANDS: dict[str, Command] = {
    "request": REQUEST,
    "accept": ACCEPT,
    "refuse": REFUSE,
    "take in the seller's place": TAKE,
    "give the answer back": GIVE_BACK,
    "issue label": LABEL,
    "send label in the seller's place": SEND_LABEL,
    "label was in time": LABEL_IN_TIME,
    "ship": SHIP,
    "scan shipped": SCAN_SHIPPED,
    "scan received": SCAN_RECEIVED,
    "scan lost": SCAN_LOST,
    "confirm receipt": RECEIPT,
    "submit photo": replace(PHOTO, evidence_id="evd_2"),
    "inspect": COMPLIANT,
    "count as compliant": COUNTS,
    "accept deduction": ACCEPT_DEDUCTION,
    "let deduction stand": STANDS,
    "reopen deduction": REOPEN,
    "dispute deduction": DISPUTE,
    "decide deduction": DECIDE,
    "mark lost": MARK_LOST,
    "cancel": CANCEL,
    "lapse": LAPSE,
    "shipment was in time": LAPSE_IN_TIME,
    "take the decision back": TAKE_BACK,
    "refund paid": PAID,
    "refund fails": FAILS,
    "refund ordered": ORDERED,
    "refund given up": GIVEN_UP,
}
VARIANTS: dict[str, Command] = {
    "correct the number": CORRECT,
    "correct the number of a scanned parcel": replace(CORRECT, scanned=True),
    "scan after the lapse": NoteScan("received", MUCH_LATER),
}
"""Commands whose answer depends on more than where the return is."""
