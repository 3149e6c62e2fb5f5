"""Billing's situations: charges, refunds and what they draw on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from billing.charges import domain as charge
from billing.lines.domain import cap
from billing.payouts.domain import hold
from billing.refunds import domain as refund
from billing.refusals import Refusal
from chassis.testing import Situations
from ombud_words import AppealOutcome, AppealRefused, Role

SITUATIONS = Situations((Refusal, AppealRefused))
given, outcomes = SITUATIONS.given, SITUATIONS.outcomes

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
CONTEST_UNTIL = NOON + timedelta(days=90)
TICK = timedelta(milliseconds=1)

TERMS = charge.Terms(
    charge_id="chg_1",
    case_id="cas_1",
    seller_id="sel_2",
    market="lv",
    order_id="ord_3",
    line_id="lin_4",
    decision_id="dec_1",
    line="handling_fee",
    kind="HANDLING_FEE",
    net_minor=1_500,
    vat_minor=315,
    vat_basis_points=2_100,
    currency="EUR",
    tariff_version="2026.1",
    capped=False,
    appeal_until=NOON + timedelta(days=30),
)
CHARGE = charge.ProposeCharge(terms=TERMS, needs_approval=False, contest_until=CONTEST_UNTIL, at=NOON)
INSTEAD = replace(CHARGE, contest_until=None)
LARGE_CHARGE = replace(CHARGE, needs_approval=True)
AWAITING_CHARGE = replace(CHARGE, awaits_refund=True)
LARGE_AWAITING = replace(LARGE_CHARGE, awaits_refund=True)
APPROVE = charge.ApproveCharge(
    terms=TERMS, approved_by="sup_1", limit_minor=None, contest_until=CONTEST_UNTIL, at=LATER
)
REFUSE = charge.RefuseCharge("not_shown", LATER)
LAPSE = charge.LapseProposal(LATER, LATER)
REVIVE = charge.ReviveProposal(None, LATER)
CASE_CLOSED = charge.EndProposal("case_closed", LATER)
REFUND_PAID = charge.RecordRefundPaid(LATER)
REFUND_REFUSED = charge.RecordRefundRefused(LATER)
CONTEST = charge.ContestCharge("not_my_fault", LATER)
APPEAL_UNTIL = NOON + timedelta(days=30)
UPHOLD = charge.UpholdCharge("evidence_stands", "agt_1", LATER, APPEAL_UNTIL)
APPEAL = charge.AppealUpholding(appeal_id="apl_1", by=Role.SELLER, grounds=("facts_wrong",), at=LATER)
IN_VAIN = charge.DecideAppeal(
    outcome=AppealOutcome.UPHELD, reasons=("facts_hold",), reviewer_id="sup_9", judges=(), at=LATER
)
GRANT = replace(IN_VAIN, outcome=AppealOutcome.REVERSED, reasons=("new_evidence",))
AMEND = replace(
    GRANT,
    outcome=AppealOutcome.AMENDED,
    anew=replace(TERMS, charge_id="chg_9", line="handling_fee|amended", net_minor=1_000, vat_minor=210),
)
REVERSE = charge.ReverseCharge("evidence_fails", "agt_1", LATER)
TAKE_BACK = charge.TakeChargeBack("breach_withdrawn", LATER)

SETTLE = charge.SettleCharge("run_1", LATER)

CHARGE_LADDER: dict[str, tuple[charge.Command, ...]] = {
    "nothing": (),
    "proposed": (LARGE_CHARGE,),
    "approved": (LARGE_CHARGE, APPROVE),
    "posted": (CHARGE,),
    "credited": (CHARGE, charge.NoteContestWindow(LATER, NOON)),
    "decision_appealed": (CHARGE, charge.NoteAppealTime(None, NOON)),
    "contested": (CHARGE, CONTEST),
    "upheld": (CHARGE, CONTEST, UPHOLD),
    "reversed": (CHARGE, CONTEST, REVERSE),
    "withdrawn": (LARGE_CHARGE, TAKE_BACK),
    "notified": (AWAITING_CHARGE,),
    "paid": (AWAITING_CHARGE, REFUND_PAID),
    "released": (AWAITING_CHARGE, REFUND_REFUSED),
    "released_contested": (AWAITING_CHARGE, CONTEST, REFUND_REFUSED),
    "released_upheld": (AWAITING_CHARGE, CONTEST, UPHOLD, REFUND_REFUSED),
    "lapsed": (LARGE_AWAITING, LAPSE),
    "large_awaiting": (LARGE_AWAITING,),
    "large_paid": (LARGE_AWAITING, REFUND_PAID),
    "appealed": (CHARGE, CONTEST, UPHOLD, APPEAL),
    "appealed_in_vain": (CHARGE, CONTEST, UPHOLD, APPEAL, IN_VAIN),
    "appeal_granted": (CHARGE, CONTEST, UPHOLD, APPEAL, GRANT),
    "appealed_unposted": (AWAITING_CHARGE, CONTEST, UPHOLD, APPEAL),
    "released_appealed": (AWAITING_CHARGE, CONTEST, UPHOLD, APPEAL, REFUND_REFUSED),
    "settled_appealed": (CHARGE, CONTEST, UPHOLD, SETTLE, APPEAL),
    "appealed_to_repay": (CHARGE, CONTEST, UPHOLD, SETTLE, APPEAL, GRANT),
    "posted_instead": (INSTEAD,),
    "settled": (CHARGE, SETTLE),
    "settled_upheld": (CHARGE, CONTEST, UPHOLD, SETTLE),
    "settled_contested": (CHARGE, SETTLE, CONTEST),
    "settled_then_upheld": (CHARGE, SETTLE, CONTEST, UPHOLD),
    "to_repay": (CHARGE, SETTLE, CONTEST, REVERSE),
    "repaid": (CHARGE, SETTLE, CONTEST, REVERSE, replace(SETTLE, run_id="run_2")),
}

ORDER = refund.OrderRefund(
    refund_id="rfd_1",
    case_id="cas_1",
    market="lv",
    decision_id="dec_1",
    order_id="ord_3",
    line_id="lin_4",
    buyer_id="buy_1",
    amount_minor=3_000,
    currency="EUR",
    goodwill=False,
    at=NOON,
)
COMPLETE = refund.CompleteRefund(3_000, "EUR", LATER)
FAIL = refund.FailRefund("card_closed", LATER)

HOLD_BACK = refund.HoldRefundBack(ORDER, "above_what_is_left")
RETRY = refund.ReplaceRefund(successor="rfd_2", method=None, reason="account_confirmed", by="agt_1", at=LATER)
REDIRECT = replace(RETRY, method="bank_transfer")
CANCEL = refund.CancelRefund(reason="decision_appealed", by="agt_1", at=LATER)

REFUND_LADDER: dict[str, tuple[refund.Command, ...]] = {
    "nothing": (),
    "ordered": (ORDER,),
    "completed": (ORDER, COMPLETE),
    "failed": (ORDER, FAIL),
    "completed_after_failing": (ORDER, FAIL, COMPLETE),
    "held_back": (HOLD_BACK,),
    "retried": (ORDER, FAIL, RETRY),
    "redirected": (ORDER, FAIL, REDIRECT),
    "cancelled": (ORDER, FAIL, CANCEL),
    "paid_after_all": (ORDER, FAIL, CANCEL, COMPLETE),
}

FEE = cap.Fee(charge_id="chg_2", decision_id="dec_1", case_id="cas_1", kind="HANDLING_FEE")
RESERVE = cap.ReserveCharge(
    charge_id="chg_1", net_minor=9_000, vat_basis_points=0, paid_minor=12_990, fee=None, at=NOON
)
RESERVE_FEE = replace(RESERVE, charge_id="chg_2", net_minor=1_500, vat_basis_points=2_100, fee=FEE)
RELEASE = cap.ReleaseCharge("chg_1", LATER)
RECORD_REFUND = cap.RecordRefund("rfd_1", 9_000, LATER)
RELEASE_REFUND = cap.ReleaseRefund("rfd_1", LATER)
RESERVE_REFUND = cap.ReserveRefund(refund_id="rfd_1", wanted_minor=9_000, paid_minor=12_990, at=NOON)
HOLD_BACK_LINE = cap.HoldBack(hold_id="hld_1", paid_minor=12_990, at=NOON)
LET_GO = cap.LetGo("hld_1", LATER)
HOLD_BACK_OTHER = replace(HOLD_BACK_LINE, hold_id="hld_2")
SHARE_HOLDS = cap.ShareHolds(12_990, LATER)

EXPOSURE_LADDER: dict[str, tuple[cap.Command, ...]] = {
    "nothing": (),
    "charged": (RESERVE,),
    "released": (RESERVE, RELEASE),
    "refunded": (RESERVE_REFUND,),
    "both": (RESERVE, RESERVE_REFUND),
    "refund_released": (RESERVE_REFUND, RELEASE_REFUND),
    "held": (HOLD_BACK_LINE,),
    "held_and_paid": (HOLD_BACK_LINE, RESERVE_REFUND, RECORD_REFUND),
    "next_of_two": (HOLD_BACK_LINE, HOLD_BACK_OTHER, LET_GO),
}

HELD = hold.Held(
    hold_id="hld_1",
    dispute_id="dsp_1",
    case_id="cas_1",
    seller_id="sel_2",
    market="lv",
    order_id="ord_3",
    line_id="lin_4",
    amount_minor=12_990,
    currency="EUR",
)
PLACE = hold.PlaceHold(HELD, NOON)
RELEASE_HOLD = hold.ReleaseHold("settled", LATER)
AWAIT_HOLD = hold.PlaceHold(replace(HELD, amount_minor=0), NOON)
RESIZE_HOLD, EMPTY_HOLD = hold.ResizeHold(3_990, LATER), hold.ResizeHold(0, LATER)
EXPIRE_HOLD, RESTORE_HOLD = hold.ExpireHold(LATER, LATER), hold.RestoreHold(LATER)

HOLD_LADDER: dict[str, tuple[hold.Command, ...]] = {
    "nothing": (),
    "placed": (PLACE,),
    "released": (PLACE, RELEASE_HOLD),
    "ended_before": (RELEASE_HOLD,),
    "waiting": (AWAIT_HOLD,),
    "lowered": (PLACE, RESIZE_HOLD),
    "emptied": (PLACE, EMPTY_HOLD),
    "expired": (PLACE, EXPIRE_HOLD),
    "expired_over": (PLACE, EXPIRE_HOLD, RELEASE_HOLD),
    "restored": (PLACE, EXPIRE_HOLD, RESTORE_HOLD),
}
