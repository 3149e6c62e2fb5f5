"""Ticketing's situations: cases and takeovers as they come about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.testing import Situations
from ombud_words import AppealOutcome, AppealRefused, ChargeKind, Counterpart, Reason, ReasonFamily, Role, Trigger
from ticketing.cases.domain import case
from ticketing.cases.domain.approach import Approach
from ticketing.cases.domain.links import LinkKind
from ticketing.cases.domain.priority import Circumstances
from ticketing.cases.domain.refusals import Refusal
from ticketing.takeovers.domain import commands as takeover
from ticketing.takeovers.domain.grounds import Cost, Fact, Grounds, Segment

SITUATIONS = Situations((Refusal, AppealRefused))
given, outcomes = SITUATIONS.given, SITUATIONS.outcomes

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
APPEAL_UNTIL = NOON + timedelta(days=30)

CIRCUMSTANCES = Circumstances(
    base_priority=2,
    value_minor=12_990,
    money_at_risk_minor=50_000,
    promised_by=NOON - timedelta(days=5),
    delivered_at=NOON - timedelta(days=6),
    earlier_contacts=0,
    at=NOON,
)
OPEN = case.OpenCase(
    case_id="cas_1",
    number="LV-26-1",
    market="lv",
    buyer_id="buy_1",
    seller_id="sel_1",
    order_id="ord_1",
    line_id="lin_1",
    reason=Reason.DEFECTIVE,
    family=ReasonFamily.CONFORMITY,
    draft_id="drf_1",
    opened_by=Role.BUYER,
    circumstances=CIRCUMSTANCES,
    rights_until=NOON + timedelta(days=700),
    at=NOON,
)
COMPLAIN = replace(
    OPEN,
    reason=Reason.SELLER_CONDUCT,
    family=ReasonFamily.CONDUCT,
    approach=Approach(counterpart=Counterpart.PLATFORM),
)
ASK_OF_PAYMENT = replace(COMPLAIN, reason=Reason.PAYMENT, family=ReasonFamily.PAYMENT)
ASK = replace(
    COMPLAIN,
    reason=Reason.SELLER_SALES,
    family=ReasonFamily.INFORMATION,
    buyer_id=None,
    approach=Approach(counterpart=Counterpart.PLATFORM, asked_by=Role.SELLER),
)
RESOLVE = case.ResolveCase("answered", LATER)
CLOSE = case.CloseCase(LATER)
REOPEN = case.ReopenCase("buyer_message", LATER)
TAKE_OVER = case.TakeContactOver("tko_1", LATER)
HAND_BACK = case.HandContactBack("tko_1", LATER)
UNDO = case.UndoTakeover("tko_1", LATER)
ANSWER = case.NoteAnswer(NOON)
TELL_SELLER = case.TellSeller("waiver_refused", LATER)
TELL_PARTIES = case.TellParties(
    about="tko_1", notice="unlock_requested", recipients=(Role.BUYER, Role.SELLER), at=LATER
)
TO_PLATFORM = case.MoveContact(to=Counterpart.PLATFORM, reason="wrong_door", by=Role.AGENT, at=LATER)
TO_SELLER = replace(TO_PLATFORM, to=Counterpart.SELLER)
LINK = case.LinkCase(other="cas_7", number="LV-26-7", kind=LinkKind.SAME_INCIDENT, by=Role.AGENT, at=LATER)
MERGE = case.MergeCase(into="cas_8", number="LV-26-8", by=Role.AGENT, at=LATER)

CASE_LADDER: dict[str, tuple[case.Command, ...]] = {
    "nothing": (),
    "open": (OPEN,),
    "taken_over": (OPEN, TAKE_OVER),
    "handed_back": (OPEN, TAKE_OVER, HAND_BACK),
    "resolved": (OPEN, RESOLVE),
    "resolved_by_platform": (OPEN, TAKE_OVER, RESOLVE),
    "closed": (OPEN, RESOLVE, CLOSE),
    "closed_by_platform": (OPEN, TAKE_OVER, RESOLVE, CLOSE),
    "reopened": (OPEN, RESOLVE, CLOSE, REOPEN),
    "undone": (OPEN, TAKE_OVER, UNDO),
    "answered": (OPEN, ANSWER),
    "asked": (ASK_OF_PAYMENT,),
    "moved": (ASK_OF_PAYMENT, TO_SELLER),
    "linked": (OPEN, LINK),
    "merged": (OPEN, MERGE),
}

TRACE = (
    Segment(
        from_at=NOON - timedelta(days=1), to_at=NOON, counted=True, seconds=86_400, cause="open", calendar_version="1"
    ),
)
FEE = Cost(
    kind=ChargeKind.HANDLING_FEE,
    net_minor=1_500,
    vat_minor=315,
    vat_basis_points=2_100,
    currency="EUR",
    tariff_version="2026.1",
)
GROUNDS = Grounds(
    trigger=Trigger.QUALITY_CONFORMITY,
    clause="S-4.2",
    clause_version="2026.1",
    scope="dispute",
    required=("claim", "evidence"),
    facts=(Fact("cas_1:3", ("claim",)), Fact("dsp_1:2", ("evidence", "photo"))),
    deadline_trace=TRACE,
)
BARE_GROUNDS = replace(GROUNDS, facts=GROUNDS.facts[:1])
AT_ONCE = replace(
    GROUNDS,
    trigger=Trigger.LOCKED_DEVICE,
    clause="S-4.4",
    scope="order",
    verdict_needs=("confirmed_video",),
    deadline_trace=(),
)
NOTE_ELIGIBLE = takeover.NoteEligibility(takeover_id="tko_1", case_id="cas_1", market="lv", grounds=GROUNDS, at=NOON)
PROPOSE = takeover.ProposeTakeover(
    takeover_id="tko_1", case_id="cas_1", market="lv", grounds=GROUNDS, proposed_by=Role.SELLER, at=NOON
)
ACTIVATE = takeover.ActivateTakeover(
    takeover_id="tko_1",
    case_id="cas_1",
    market="lv",
    seller_id="sel_1",
    buyer_id="buy_1",
    order_id="ord_1",
    line_id="lin_1",
    reason=Reason.DEFECTIVE,
    grounds=GROUNDS,
    alternatives=("remind_again",),
    decided_by=Role.AGENT,
    decider_id="agt_1",
    appeal_until=APPEAL_UNTIL,
    charges_announced=(ChargeKind.HANDLING_FEE,),
    costs=(FEE,),
    at=LATER,
)
ACTIVATE_AT_ONCE = replace(ACTIVATE, grounds=AT_ONCE, charges_announced=(), decided_by=Role.SYSTEM, decider_id="system")
WARN = takeover.WarnSeller(LATER)
LAPSE = takeover.LapseTakeover(LATER)
ASK_UNLOCK = takeover.RequestUnlock(LATER)
SAY_UNLOCKED = takeover.EndUnlock("unlocked", Role.BUYER, LATER)
SAY_LOCKED = takeover.EndUnlock("still_locked", Role.BUYER, LATER)
CONFIRM = takeover.JudgeTakeover(
    confirmed=True,
    reason="activation_lock_seen",
    facts=(Fact("dsp_1:6", ("evidence", "confirmed_video")),),
    decided_by=Role.MEDIATOR,
    decider_id="med_1",
    costs=(FEE,),
    appeal_until=APPEAL_UNTIL,
    at=LATER,
)
REFUTE = replace(CONFIRM, confirmed=False, reason="screen_lock_only", facts=(), costs=())
DECLINE = takeover.DeclineTakeover("seller_answered", Role.AGENT, LATER)
GIVE_BACK = takeover.HandBack("seller_cooperates", Role.AGENT, LATER)
CONCLUDE = takeover.ConcludeTakeover(LATER)
REVERSE = takeover.ReverseTakeover(reason="breach_withdrawn", withdrawn_by="clk_1:6", decided_by=Role.SYSTEM, at=LATER)
APPEAL = takeover.AppealTakeover(appeal_id="apl_1", by=Role.SELLER, grounds=("facts_wrong",), at=LATER)
UPHOLD = takeover.DecideAppeal(
    outcome=AppealOutcome.UPHELD,
    reasons=("facts_hold",),
    decided_by=Role.SUPERVISOR,
    reviewer_id="sup_1",
    at=LATER,
)

TAKEOVER_LADDER: dict[str, tuple[takeover.Command, ...]] = {
    "nothing": (),
    "eligible": (NOTE_ELIGIBLE,),
    "proposed": (PROPOSE,),
    "warned": (PROPOSE, WARN),
    "active": (ACTIVATE,),
    "active_after_proposal": (PROPOSE, ACTIVATE),
    "at_once": (ACTIVATE_AT_ONCE,),
    "unlocking": (ACTIVATE_AT_ONCE, ASK_UNLOCK),
    "still_locked": (ACTIVATE_AT_ONCE, ASK_UNLOCK, SAY_LOCKED),
    "confirmed": (ACTIVATE_AT_ONCE, CONFIRM),
    "declined": (PROPOSE, DECLINE),
    "lapsed": (PROPOSE, LAPSE),
    "handed_back": (ACTIVATE, GIVE_BACK),
    "concluded": (ACTIVATE, CONCLUDE),
    "reversed": (ACTIVATE, REVERSE),
    "appealed": (ACTIVATE, APPEAL),
}
