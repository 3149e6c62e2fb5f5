"""Disputes' situations: a dispute from its claim to its end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.testing import Situations
from disputes.cases.domain import RecordRefundCancellation, RecordRefundFailure, RecordRefundOrder, RecordRefundPaid
from disputes.disputes.domain.commands import (
    AcceptOffer,
    Admission,
    AppealDecision,
    ChangeContactOwner,
    Command,
    Decide,
    DecideAppeal,
    DeclineOffer,
    Escalate,
    ExpireOffer,
    ForgetDeadline,
    ForgetFact,
    Found,
    Lapse,
    LapseEvidenceRequest,
    MakeOffer,
    NoteDeadline,
    NoteFact,
    NoteOfferDeadline,
    OpenDispute,
    OpenEscalation,
    RecordReturnEnd,
    RepeatEvidenceRequest,
    RequestEvidence,
    Rules,
    SubmitEvidence,
    Withdraw,
    WithdrawEvidenceRequest,
    WithdrawLapse,
)
from disputes.refusals import Refusal
from disputes.remedies.domain import Money
from ombud_words import AppealOutcome, AppealRefused, FindingKind, Role

SITUATIONS = Situations((Refusal, AppealRefused))
given, outcomes = SITUATIONS.given, SITUATIONS.outcomes

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
EXPIRES_BY = NOON + timedelta(days=2)
LAPSES_AT = NOON + timedelta(days=21)
TICK = timedelta(milliseconds=1)

MONEY = Money(paid_minor=12_990, shipping_minor=490, currency="EUR", return_label_gross_minor=835)
RULES = Rules(
    clauses=("S-5.1", "S-5.2"),
    clause_version="2026.1",
    legal_order=("REPAIR", "REPLACEMENT", "PRICE_REDUCTION", "FULL_REFUND"),
    appeal_until=NOON + timedelta(days=30),
)
OPEN = OpenDispute(
    dispute_id="dsp_1",
    case_id="cas_1",
    market="lv",
    order_id="ord_3",
    line_id="lin_4",
    buyer_id="buy_1",
    seller_id="sel_2",
    reason="DEFECTIVE",
    family="CONFORMITY",
    claimed_remedy="FULL_REFUND",
    claimed_minor=0,
    money=MONEY,
    fast_track=False,
    taken_over=False,
    opened_by="buyer",
    at=NOON,
)
FAST = replace(OPEN, fast_track=True, taken_over=True, fast_track_facts=("imei_check",))
COUNTERFEIT = replace(OPEN, reason="COUNTERFEIT", fast_track_facts=("expert_notice", "imei_check"))
ADMITTED = Admission(disputable=True, opens_at=None, closes_at=None)
OFFER = MakeOffer(
    offer_id="ofr_1",
    by="seller",
    remedy="PARTIAL_REFUND",
    amount_minor=3_000,
    left_minor=12_990,
    open_until=None,
    at=NOON,
)
REPAIR_OFFER = replace(OFFER, remedy="REPAIR", amount_minor=0)
PROPOSAL = replace(OFFER, by="agent")
COUNTER = replace(OFFER, offer_id="ofr_2", by="buyer", amount_minor=6_000)
ACCEPT = AcceptOffer(offer_id="ofr_1", by="buyer", decision_id="dec_1", rules=RULES, left_minor=12_990, at=LATER)
DECLINE = DeclineOffer("ofr_1", "buyer", LATER)
OFFER_DUE = NoteOfferDeadline("ofr_1", EXPIRES_BY, NOON)
OFFER_EXPIRES = ExpireOffer("ofr_1", EXPIRES_BY + TICK)
NEGOTIATION_DUE = NoteDeadline(
    kind="negotiation",
    round=1,
    owner="seller",
    verdict="RUNNING",
    due_by=EXPIRES_BY,
    on_silence="escalation_window_opens",
    at=NOON,
)
WINDOW = NoteDeadline(
    kind="escalation_window",
    round=1,
    owner="buyer",
    verdict="RUNNING",
    due_by=LAPSES_AT,
    on_silence="dispute_lapses",
    at=LATER,
)
WINDOW_NEVER_WAS = ForgetDeadline("escalation_window", 1, LATER)
LAPSE = Lapse(LAPSES_AT + TICK)
WITHDRAW_LAPSE = WithdrawLapse(LAPSES_AT + 2 * TICK)
DEADLINE = OpenEscalation(LATER)
ESCALATE = Escalate("buyer", LATER)
SELLER_ESCALATES = Escalate("seller", LATER)
TAKE_OVER = ChangeContactOwner(True, LATER)
HAND_BACK = ChangeContactOwner(False, LATER)
EVIDENCE = SubmitEvidence(
    evidence_id="evd_1", kind="photo", sha256="0" * 64, size_bytes=2_048, by="buyer", audience="thread", at=LATER
)
REQUEST_EVIDENCE = RequestEvidence(request_id="evr_1", of="buyer", kind="photo", by="mediator", at=LATER)
WITHDRAW_REQUEST = WithdrawEvidenceRequest("evr_1", LATER)
LAPSE_REQUEST = LapseEvidenceRequest(LATER + TICK, LATER + TICK)
REPEAT_REQUEST = RepeatEvidenceRequest("evr_2", LATER + 2 * TICK)
DECIDE = Decide(
    decision_id="dec_2",
    remedy="FULL_REFUND",
    amount_minor=0,
    left_minor=12_990,
    clause="S-5.1",
    facts=("claim",),
    reasons=("second_failure",),
    rules=RULES,
    decided_by="mediator",
    mediator_id="med_1",
    at=LATER,
)
GRANT = replace(DECIDE, facts=("imei_check",), decided_by="system", mediator_id="system")
"""As the system decides by a fact that nobody disputes."""
DECIDE_NOTHING = replace(DECIDE, remedy="NONE", reasons=("unfounded",))
KNOWINGLY = Found(kind=FindingKind.CLAIM_KNOWINGLY_UNFOUNDED, reason="photo_of_another_item", facts=("evd_1",))
FALSELY = Found(kind=FindingKind.DESCRIPTION_FALSE, reason="other_model", facts=("listing_snapshot", "evd_1"))
NOT_AS_DESCRIBED = replace(FAST, reason="NOT_AS_DESCRIBED")
FIND_UNFOUNDED = replace(DECIDE_NOTHING, facts=("claim", "evd_1"), finding=KNOWINGLY)
FIND_FALSE = replace(DECIDE, facts=("listing_snapshot", "evd_1"), finding=FALSELY)
NOTICE = replace(EVIDENCE, evidence_id="evd_2", kind="expert_notice", by="mediator")
NOTE_FACT = NoteFact("imei_check", LATER)
FORGET_FACT = ForgetFact("imei_check", LATER)
WITHDRAW = Withdraw(LATER)
DECIDE_RETURN = replace(DECIDE, remedy="RETURN_AND_REFUND")
RETURN_ENDS = RecordReturnEnd("dec_2", done=False, at=LATER)
EXECUTE = RecordRefundPaid("dec_2", LATER)
REFUND_FAILS = RecordRefundFailure("dec_2", LATER)
REFUND_ORDERED = RecordRefundOrder("dec_2", LATER)
REFUND_CANCELLED = RecordRefundCancellation("dec_2", LATER)
EXECUTE_SETTLEMENT = RecordRefundPaid("dec_1", LATER)
APPEAL = AppealDecision(appeal_id="apl_1", by=Role.SELLER, grounds=("facts_wrong",), at=LATER)
UPHOLD = DecideAppeal(
    outcome=AppealOutcome.UPHELD, reasons=("facts_hold",), decided_by="supervisor", reviewer_id="sup_1", at=LATER
)
AMEND = replace(
    UPHOLD,
    outcome=AppealOutcome.AMENDED,
    anew=replace(
        DECIDE, decision_id="dec_3", remedy="PRICE_REDUCTION", amount_minor=4_000, left_minor=0, mediator_id="sup_1"
    ),
    given_minor=12_990,
)

LADDER: dict[str, tuple[Command, ...]] = {
    "nothing": (),
    "negotiating": (OPEN,),
    "offered": (OPEN, OFFER, OFFER_DUE),
    "proposed": (OPEN, PROPOSAL),
    "countered": (OPEN, OFFER, COUNTER),
    "declined": (OPEN, OFFER, DECLINE),
    "expired": (OPEN, OFFER, OFFER_EXPIRES),
    "past_deadline": (OPEN, OFFER, DEADLINE),
    "escalated": (OPEN, OFFER, DEADLINE, ESCALATE),
    "taken_over": (OPEN, OFFER, TAKE_OVER),
    "fast_track": (FAST,),
    "shown": (FAST, NOTE_FACT),
    "asked": (FAST, REQUEST_EVIDENCE),
    "not_sent": (FAST, REQUEST_EVIDENCE, LAPSE_REQUEST),
    "settled": (OPEN, OFFER, ACCEPT),
    "settled_and_done": (OPEN, OFFER, ACCEPT, EXECUTE_SETTLEMENT),
    "mended": (OPEN, REPAIR_OFFER, ACCEPT),
    "decided": (FAST, DECIDE),
    "refund_failed": (FAST, DECIDE, REFUND_FAILS),
    "refund_given_up": (FAST, DECIDE, REFUND_FAILS, REFUND_CANCELLED),
    "decided_and_done": (FAST, DECIDE, EXECUTE),
    "rejected": (FAST, DECIDE_NOTHING),
    "appealed": (FAST, DECIDE, EXECUTE, APPEAL),
    "granted": (FAST, NOTE_FACT, GRANT),
    "granted_and_appealed": (FAST, NOTE_FACT, GRANT, EXECUTE, APPEAL),
    "granted_in_vain": (FAST, NOTE_FACT, GRANT, FORGET_FACT),
    "evidenced": (FAST, EVIDENCE),
    "found_and_appealed": (FAST, EVIDENCE, FIND_UNFOUNDED, replace(APPEAL, by=Role.BUYER)),
    "withdrawn": (OPEN, OFFER, WITHDRAW),
    "lapsed": (OPEN, OFFER, DEADLINE, WINDOW, LAPSE),
}
