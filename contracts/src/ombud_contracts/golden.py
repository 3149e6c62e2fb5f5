"""Golden examples: one CloudEvent per event and version, as structured JSON, filled by field name with values that mean something.

An example is written once, when its version is new, and never again: it is what a producer of that version sent.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ombud_contracts import topics
from ombud_contracts.cloudevents import to_headers
from ombud_contracts.event import Event, Metadata
from ombud_contracts.vocabulary import Remedy, Role
from ombud_words import Promised

_ULID = "01JD0000000000000000000000"
_OPENED = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
"""A Monday, 10:00 in Riga."""
_DUE = _OPENED + timedelta(days=1)
_EVENT = _DUE + timedelta(hours=1, minutes=15)
_LATER = _DUE + timedelta(days=30)
_DAY_SECONDS = 86_400
_BACKTICKS = re.compile(r"`([^`]+)`")
_TOPICS = {topic.name: topic for topic in topics.ALL}


class NoExampleValue(Exception):
    """A field has no meaningful value: give it `Field(examples=[…])`, a `word` in its docstring, or a row here."""


_LABEL_COST = {
    "kind": "RETURN_LABEL",
    "net_minor": 690,
    "vat_minor": 145,
    "vat_basis_points": 2_100,
    "currency": "EUR",
    "tariff_version": "2026.1",
}
_WORDS: dict[str, Any] = {
    # people and roles
    "accepted_by": Role.BUYER,
    "author_role": Role.SELLER,
    "by": Role.SELLER,
    "decided_by": Role.MEDIATOR,
    "declined_by": Role.SUPERVISOR,
    "given_by": Role.AGENT,
    "giver_id": f"agt_{_ULID}",
    "opened_by": Role.BUYER,
    "owner": Role.SELLER,
    "party": Role.SELLER,
    "proposed_by": Role.AGENT,
    "recipients": (Role.BUYER, Role.SELLER),
    "ReplyWaived.by": Role.BUYER,
    "WaiverRevoked.by": Role.BUYER,
    "Effect.party": Role.BUYER,
    "ClockOwnerMoved.owner": Role.AGENT,
    "TakeoverDecision.decided_by": Role.SYSTEM,
    "TakeoverHandedBack.decided_by": Role.AGENT,
    "TakeoverReversed.decided_by": Role.SYSTEM,
    "decider_id": "system",
    "mediator_id": f"agt_{_ULID}",
    "RefundOrdered.replaces": f"rfd_{_ULID}",
    "successor_id": "rfd_01JD0000000000000000000001",
    "approved_by": f"agt_{_ULID}",
    "reviewer_id": f"agt_{_ULID}",
    # instants
    "placed_at": _OPENED - timedelta(days=8),
    "promised_by": _OPENED - timedelta(days=2),
    "opened_at": _OPENED,
    "started_at": _OPENED,
    "from_at": _OPENED,
    "submitted_at": _OPENED,
    "to_at": _DUE,
    "due_by": _DUE,
    "was_due_by": _DUE,
    "DeadlineMoved.due_by": _DUE + timedelta(days=1),
    "ClockResumed.due_by": _DUE + timedelta(hours=3),
    "OrderDelivered.delivered_at": _OPENED - timedelta(days=3),
    "changed_at": _OPENED - timedelta(days=4),
    "OrderLineCancelled.reason": "sold_out",
    "OrderLineCancelled.cancelled_at": _OPENED - timedelta(days=4),
    "reached_at": _OPENED + timedelta(hours=18),
    "grace_ends_at": _DUE + timedelta(days=1),
    "until_at_most": _DUE + timedelta(days=2),
    "StaffOrderGiven.until": _DUE + timedelta(days=1),
    "expires_by": _DUE + timedelta(days=2),
    "ConversationLocked.until": _LATER,
    "appeal_until": _LATER,
    "rights_until": _OPENED + timedelta(days=744),
    "contest_until": _DUE + timedelta(days=90),
    # amounts, counts
    "amount_minor": 24_900,
    "claimed_minor": 24_900,
    "refund_minor": 24_900,
    "price_minor": 24_900,
    "cost_to_buyer_minor": 0,
    "cost_to_seller_minor": 24_900,
    "shipping_minor": 490,
    "net_minor": 1_500,
    "vat_minor": 315,
    "vat_basis_points": 2_100,
    "gross_minor": 1_815,
    "quantity": 1,
    "return_days": 30,
    "warranty_months": 12,
    "bytes": 482_113,
    "characters": 148,
    "percent": 75,
    "priority": 2,
    "round": 1,
    "seconds": _DAY_SECONDS,
    "target_seconds": _DAY_SECONDS,
    # yes and no
    "Attachment.withheld": False,
    "automated": True,
    "capped": False,
    "awaits_verdict": True,
    "blocked": True,
    "contact_returned": True,
    "counted": True,
    "emitted_late": False,
    "first": False,
    "needs_approval": False,
    "qualifies": False,
    "requests_information": False,
    "still_owed": True,
    "wrong_language": False,
    # data protection
    "PersonErased.erasure_id": "ers_01J8ZQ4T6W0000000000000000",
    "PersonErased.person_id": "buy_01J8ZQ4T6W0000000000000000",
    "PersonErased.conversations": 3,
    "PersonErased.messages": 41,
    "OriginalRead.purpose": "dispute",
    "TranslationAdded.language": "de",
    "TranslationAdded.number": 2,
    "TranslationAdded.by": Role.AGENT,
    # sanctions
    "SanctionEvent.sanction_id": "snc_01J8ZQ4T6W0000000000000000",
    "SanctionEvent.person_id": f"sel_{_ULID}",
    "SanctionEvent.role": Role.SELLER,
    "SanctionEvent.step": "takeover",
    "SanctionEvent.breaches": 4,
    "SanctionImposed.next_step": "takeover",
    "SanctionImposed.rules": ("phone.plain",),
    "SanctionImposed.facts": (f"cnv_cas_{_ULID}:4",),
    "SanctionLifted.step": "hold_all",
    "SanctionLifted.breaches": 3,
    "SanctionLifted.was_step": "takeover",
    "SanctionLifted.cause": "reversed",
    "SanctionLifted.reasons": ("order_number_taken_for_a_phone",),
    "SanctionLifted.pardoned": (f"msg_{_ULID}",),
    "SanctionLifted.takeover_withdrawn_from": (f"cas_{_ULID}",),
    "SanctionAppealed.grounds": ("no_contact_data",),
    "SanctionUpheld.reasons": ("finding_confirmed",),
    "SanctionEvent.takeover_round": 1,
    # conduct
    "accused_knows": True,
    "ConductComplaintFiled.accused_knows": False,
    "ConductInvestigationBegun.accused_knows": False,
    "ReviewOpened.accused_knows": False,
    "ReviewBegun.accused_knows": False,
    "ReviewOpened.grounds": ("FALSE_ADVERTISING",),
    "ReviewToldToSeller.grounds": ("FALSE_ADVERTISING",),
    "ConductComplaintFiled.grounds": ("THREAT", "PRESSURE_TO_WITHDRAW"),
    "ConductAccusedTold.grounds": ("THREAT", "PRESSURE_TO_WITHDRAW"),
    "ConductSanctioned.grounds": ("THREAT", "PRESSURE_TO_WITHDRAW"),
    "investigator_id": f"med_{_ULID}",
    "ConductAccusedHeard.answered": True,
    "ConductHearingContinued.finding_withdrawn": True,
    "ConductDecided.result": "FOUND",
    "ConductDecided.reasons": ("words_on_record",),
    "ConductDecided.decider_id": f"med_{_ULID}",
    "ConductDecided.appeal_by": Role.SELLER,
    "ConductAppealDecided.outcome": "REVERSED",
    "ConductAppealDecided.reasons": ("words_misread",),
    "ConductAppealDecided.reviewer_id": f"sup_{_ULID}",
    "ConductSanctioned.step": "listing_limits",
    "ConductSanctioned.breaches": 3,
    "ConductSanctioned.next_step": "suspension",
    "ConductSanctioned.found_in": f"cpl_{_ULID}",
    "ConductSanctionLifted.step": "warning",
    "ConductSanctionLifted.breaches": 2,
    "ConductSanctionLifted.was_step": "listing_limits",
    "ConductSanctionLifted.cause": "reversed",
    "ConductSanctionLifted.reversed_in": f"cpl_{_ULID}",
    # findings of decisions
    "FindingEvent.kind": "CLAIM_KNOWINGLY_UNFOUNDED",
    "FindingEvent.against": Role.BUYER,
    "FindingMade.reason": "photo_of_another_item",
    "FindingMade.facts": (f"evd_{_ULID}", "listing_snapshot"),
    "FindingMade.found_by": Role.MEDIATOR,
    "FindingMade.finder_id": f"med_{_ULID}",
    "ClaimsSanctionEvent.person_id": f"buy_{_ULID}",
    "ClaimsSanctionEvent.role": Role.BUYER,
    "ClaimsSanctionEvent.case_id": f"cas_{_ULID}",
    "ClaimsSanctioned.step": "limit",
    "ClaimsSanctioned.breaches": 3,
    "ClaimsSanctioned.next_step": "limit",
    "ClaimsSanctioned.found_in": f"dec_{_ULID}",
    "ClaimsSanctionLifted.step": "warn",
    "ClaimsSanctionLifted.breaches": 2,
    "ClaimsSanctionLifted.was_step": "limit",
    "ClaimsSanctionLifted.cause": "reversed",
    "ClaimsSanctionLifted.reversed_in": f"dec_{_ULID}",
    "Classification.questions_asked": 0,
    "Classification.questions_addressed": 2,
    "Classification.insults": 0,
    "Classification.pure_thanks": False,
    "EnforcementPublished.number": 3,
    "EnforcementPublished.effective_from": _DUE + timedelta(days=7),
    "EnforcementPublished.content": '{"rows": [{"action": "hold", "id": "lv.phone", "kind": "phone", "role": "seller"}]}',
    # rules and adjustments
    "RulePublished.number": 2,
    "RulePublished.effective_from": _DUE + timedelta(days=7),
    "OfferMade.open_until": _DUE,
    "ClockEvent.about": "case",
    "PolicyPublished.content": '{"calendar": "lv", "kind": "reply", "mode": "working_days", "target_seconds": 43200}',
    "CalendarPublished.content": '{"id": "lv", "tz": "Europe/Riga", "weekly": {"0": [["09:00", "17:00"]]}}',
    "AdjustmentEvent.sort": "outage_credit",
    "AdjustmentOrdered.cause": "outage",
    "AdjustmentOrdered.kind": "reply",
    "AdjustmentOrdered.to_version": 2,
    "AdjustmentOrdered.until": _DUE,
    "calendar": "lv",
    "clocks_told": 1_204,
    "clocks_moved": 311,
    "sellers": 48,
    # returns
    "ReturnRequested.requested_by": Role.BUYER,
    "ReturnRequested.left_minor": 25_390,
    "ReturnRequested.label_cost": _LABEL_COST,
    "ReturnLabelIssued.by": Role.SYSTEM,
    "ReturnLabelIssued.charged": _LABEL_COST,
    "ReturnLabelIssued.carrier": "dpd",
    "ReturnLabelIssued.tracking_number": "05308955120002",
    "ReturnLabelIssued.clause": "S-6.1",
    "ReturnShipped.by": Role.BUYER,
    "ReturnShipped.tracking_number": "05308955120002",
    "ReturnReceived.by": Role.SYSTEM,
    "ReturnMarkedLost.reasons": ("carrier_says_lost",),
    "ReturnInspected.deviations": ("scratched",),
    "ReturnInspected.deduction_minor": 2_000,
    "ReturnInspected.photos": (f"evd_{_ULID}",),
    "ReturnInspected.device_matches": True,
    "DeductionDecided.deduction_minor": 1_000,
    "DeductionDecided.reasons": ("used_more_than_needed",),
    "DeductionDecided.decider_id": f"agt_{_ULID}",
    "ReturnMarkedLost.decider_id": f"agt_{_ULID}",
    "ReturnRefundOrdered.decided_by": Role.SYSTEM,
    "ReturnRefundOrdered.clause": "S-5.3",
    "ReturnEnded.refunded_minor": 24_390,
    "ReturnRefused.ground": "hygiene_seal_broken",
    "ReturnScanned.tracking_number": "05308955120002",
    # codes
    "CaseOpened.reason": "DEFECTIVE",
    "ListingCaseOpened.reason": "PRE_SALE",
    "ListingCaseOpened.family": "INFORMATION",
    "ListingCaseOpened.priority": 4,
    "ListingCaseOpened.priority_reasons": ("low_severity",),
    "ListingTakeoverActivated.reason": "PRE_SALE",
    "ListingTakeoverActivated.decision": {
        "trigger": "T1",
        "clause": "S-4.1",
        "clause_version": "2026.1",
        "facts": (f"clk_{_ULID}:5",),
        "alternatives": ("remind_again",),
        "decided_by": Role.SYSTEM,
        "decider_id": "system",
        "scope": "case",
        "appeal_until": _LATER,
    },
    "CaseMoved.reason": "wrong_door",
    "CaseMoved.to": "seller",
    "CaseMoved.seller_id": f"sel_{_ULID}",
    "PlatformCaseOpened.order_id": f"ord_{_ULID}",
    "PlatformCaseOpened.line_id": f"lin_{_ULID}",
    "CaseMoved.moved_by": Role.AGENT,
    "PlatformCaseOpened.asker_id": f"buy_{_ULID}",
    "PlatformCaseOpened.asked_by": Role.BUYER,
    "PlatformCaseOpened.reason": "SELLER_CONDUCT",
    "PlatformCaseOpened.family": "CONDUCT",
    "channel": "thread",
    "matter": "order_line",
    "origin": "site",
    "CaseOpened.desired_outcome": Remedy.REPAIR,
    "CaseLinked.kind": "follow_up",
    "CaseLinked.linked_case_id": "cas_01JD0000000000000000000001",
    "CaseLinked.linked_by": Role.SYSTEM,
    "CaseMerged.into_case_id": "cas_01JD0000000000000000000001",
    "CaseMerged.merged_by": Role.AGENT,
    "DisputeOpened.reason": "DEFECTIVE",
    "TakeoverActivated.reason": "DEFECTIVE",
    "TakeoverDeclined.reason": "seller_answered",
    "TakeoverHandedBack.reason": "seller_available_again",
    "ProductRecalled.markets": ("lv", "de"),
    "BrandNoticeReceived.markets": ("lv",),
    "SearchAdvanced.markets": ("lv", "de"),
    "SearchAdvanced.trigger": "T6",
    "SearchAdvanced.told_by": "gtin_04006381333931:1",
    "SearchAdvanced.seller_id": f"sel_{_ULID}",
    "SearchAdvanced.concerned": 20,
    "SearchAdvanced.more": True,
    "ListingStopRequested.trigger": "T6",
    "ListingStopWithdrawn.trigger": "T5",
    "ListingStopRequested.told_by": "gtin_04006381333931:1",
    "ListingSnapshot.model": "gtin_04006381333931",
    "ListingPublished.model": "gtin_04006381333931",
    "ListingCorrected.reason": "description",
    "ListingStopped.reason": "recall",
    "AnnouncedCharge.kind": "HANDLING_FEE",
    "TakeoverJudged.order_id": f"ord_{_ULID}",
    "TakeoverJudged.line_id": f"lin_{_ULID}",
    "TakeoverJudged.trigger": "T4",
    "TakeoverJudged.facts": (f"dsp_{_ULID}:5",),
    "TakeoverJudged.decider_id": f"agt_{_ULID}",
    "TakeoverFoundEligible.trigger": "T7",
    "TakeoverAppealed.by": Role.SELLER,
    "TakeoverAppealDecided.outcome": "UPHELD",
    "TakeoverAppealDecided.reasons": ("facts_hold",),
    "TakeoverAppealDecided.decided_by": Role.SUPERVISOR,
    "TakeoverAppealDecided.reviewer_id": f"sup_{_ULID}",
    "DecisionAppealed.by": Role.SELLER,
    "DecisionTakenBack.fact": "guarantee_lapsed",
    "EscalationOpened.claimant": Role.BUYER,
    "AppealDecided.outcome": "AMENDED",
    "AppealDecided.given_minor": 2_500,
    "AppealDecided.reasons": ("new_evidence",),
    "AppealDecided.decided_by": Role.SUPERVISOR,
    "AppealDecided.decision_id": "dec_01JD0000000000000000000001",
    "grounds": ("facts_wrong",),
    "TakeoverWarned.trigger": "T3",
    "UnlockEnded.by": Role.BUYER,
    "TakeoverReversed.reason": "breach_withdrawn",
    "TakeoverReversed.withdrawn_by": f"clk_{_ULID}:6",
    "ChargeReversed.reason": "label_not_used",
    "ChargeUpheld.reason": "evidence_stands",
    "ChargeAppealed.by": Role.SELLER,
    "ChargeAppealDecided.outcome": "AMENDED",
    "ChargeAppealDecided.reasons": ("new_evidence",),
    "ChargeAppealDecided.replaced_by": "chg_01JD0000000000000000000001",
    "ChargeWithdrawn.reason": "breach_withdrawn",
    "RefundFailed.reason": "card_closed",
    "PayoutRun.run_at": _DUE + timedelta(days=13),
    "PayoutAdvanced.run_at": _DUE + timedelta(days=13),
    "PayoutAdvanced.advanced_at": _DUE + timedelta(days=13, seconds=2),
    "PayoutAdvanced.taken_minor": 26_715,
    "PayoutAdvanced.repaid_minor": 1_815,
    "PayoutAdvanced.charges": 3,
    "PayoutAdvanced.more": False,
    "PayoutHoldEvent.amount_minor": 25_390,
    "PayoutHoldPlaced.placed_at": _OPENED + timedelta(seconds=1),
    "PayoutHoldAdjusted.adjusted_at": _DUE + timedelta(days=2),
    "ChargeSettled.settled_at": _DUE + timedelta(days=13, seconds=2),
    "ChargeSettled.entry_id": f"ent_chg_{_ULID}-settled",
    "ChargeRepaid.entry_id": f"ent_chg_{_ULID}-repaid",
    "ChargeRepaid.reverses_entry_id": f"ent_chg_{_ULID}-settled",
    "ChargeRepaid.repaid_at": _DUE + timedelta(days=27),
    "PayoutHoldReleased.cause": "executed",
    "BreachClosed.cause": "taken_over",
    "BreachWithdrawn.cause": "earlier_reply",
    "ClockContinued.cause": "waiver_revoked",
    "ClockPaused.cause": "information_requested",
    "StaffOrderGiven.order_id": "ord_01J8ZQ4T6W0000000000000000",
    "StaffOrderGiven.order": "paused_by_staff",
    "StaffOrderGiven.cause": "waiting_for_carrier",
    "StaffOrderGiven.extended_by_seconds": 3600,
    "ClockVoided.cause": "taken_over",
    "DeadlineMoved.cause": "calendar_corrected",
    "RoundSuperseded.cause": "earlier_reply",
    "TraceSegment.cause": "working_day",
    "ChargeContested.ground": "label_not_used",
    "EvidenceSubmitted.kind": "photo",
    "EvidenceSubmitted.by": Role.BUYER,
    "PromiseMade.what": Promised.LABEL,
    "PromiseMade.by": Role.SELLER,
    "PromiseKept.late": False,
    "EvidenceRequested.of": Role.SELLER,
    "EvidenceRequested.kind": "receipt",
    "EvidenceRequested.by": Role.MEDIATOR,
    "EvidenceRequestEnded.outcome": "RECEIVED",
    "OfferMade.remedy": Remedy.FULL_REFUND,
    "ChargeProposed.kind": "HANDLING_FEE",
    "ChargeProposed.line": "handling_fee",
    "DecisionLine.kind": "REFUND",
    "DecisionLine.line": "refund",
    "alternatives": ("extend_deadline",),
    "audience": "thread",
    "attributes": {"colour": "black", "storage": "128 GB"},
    "calendar_version": "lv:1",
    "charges_announced": ("HANDLING_FEE",),
    "clause": "S-4.1",
    "Decision.clause": "S-5.1",
    "claimed_remedy": Remedy.FULL_REFUND,
    "clause_version": "2026.1",
    "condition": "refurbished",
    "currency": "EUR",
    "facts": (f"clk_{_ULID}:5",),
    "Decision.facts": (f"dsp_{_ULID}:3",),
    "family": "CONFORMITY",
    "MessageBlocked.reasons": ("phone",),
    "imei": "490154203237518",
    "language": "lv",
    "languages": ("lv", "en"),
    "market": "lv",
    "mode": "working_days",
    "on_silence": "takeover_missed_deadline",
    "phase": "after",
    "policy_version": "1",
    "priority_reasons": ("money_at_stake",),
    "reasons": ("automated",),
    "Decision.reasons": ("defect_proved",),
    "rules": ("out-of-office",),
    "serial": "C39XK1ABCDEF",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "subject": "",
    "tariff_version": "2026.1",
    "terms_version": "2026-01",
    "SellerTerms.version": "2026-01",
    "title": "Smartphone, 128 GB, black",
    "trigger": "T1",
    "verdict": "MET",
}
_PREFIXES = {
    "about": "tko",
    "complaint_id": "cpl",
    "adjustment_id": "adj",
    "attachment_id": "att",
    "candidate_id": "cnd",
    "decision_id": "dec",
    "draft_id": "drf",
    "entry_id": "ent",
    "evidence_id": "evd",
    "listing_id": "lst",
    "message_id": "msg",
    "offer_id": "ofr",
    "refund_id": "rfd",
    "request_id": "evr",
    "promise_id": "prm",
    "search_id": "sch",
    "run_id": "run",
    "payout_id": "pay",
    "hold_id": "hld",
    "reverses_entry_id": "ent",
}
_AGGREGATES = {
    topics.ORDERS: "order_id",
    topics.SELLERS: "seller_id",
    topics.LISTINGS: "listing_id",
    topics.PAYMENTS: "refund_id",
    topics.CASES: "case_id",
    topics.TAKEOVERS: "takeover_id",
    topics.PARCELS: "tracking_number",
    topics.RECALLS: "model",
    topics.PRODUCTS: "model",
    topics.ERASURES: "erasure_id",
    topics.SANCTIONS: "sanction_id",
    topics.CONDUCT: "complaint_id",
    topics.ENFORCEMENT: "market",
    topics.CLOCKS: "clock_id",
    topics.POLICIES: "market",
    topics.ADJUSTMENTS: "adjustment_id",
    topics.DISPUTES: "dispute_id",
    topics.RETURNS: "return_id",
    topics.CHARGES: "charge_id",
    topics.REFUNDS: "refund_id",
    topics.PAYOUT_RUNS: "seller_id",
    topics.PAYOUTS: "payout_id",
    topics.HOLDS: "hold_id",
}
"""The field that names an event's aggregate; a conversation's id is derived from its case."""


def structured(event: Event, metadata: Metadata) -> dict[str, Any]:
    """Return an event as a CloudEvent in structured JSON."""
    headers = {name: value.decode() for name, value in to_headers(event, metadata)}
    attributes = {name[3:]: text for name, text in headers.items() if name.startswith("ce_")}
    return {**attributes, "datacontenttype": headers["content-type"], "data": json.loads(event.to_bytes())}


_LEFT_OUT = frozenset(
    {"Decision.return_id", "ClockWarned.days_before", "AppealDecided.appeal_by", "AppealDecided.appeal_until"}
)
"""Optional fields that would say something else than the rest of their example."""


def golden_example(event: type[Event]) -> dict[str, Any]:
    """Return the golden example of an event's current version. Raises NoExampleValue."""
    built = _model(event)
    assert isinstance(built, Event)
    return structured(built, _metadata(built))


def _metadata(event: Event) -> Metadata:
    data = event.model_dump()
    topic = _TOPICS[event.topic]
    case_id = data.get("case_id")
    named = "promise_id" if "promise_id" in data else _AGGREGATES.get(topic.name)
    subject = data[named] if named is not None else f"cnv_{case_id}"
    own = [data[n] for n in data if n.endswith("_at") and n != "grace_ends_at" and data[n] is not None]
    at = own[-1] if own else data.get("due_by", _EVENT)
    cause = f"req_{_ULID}"
    return Metadata(
        id=f"{subject}:4",
        subject=subject,
        sequence=4,
        key=data[topic.key],
        occurred_at=at,
        recorded_at=at + timedelta(milliseconds=12),
        market="lv",
        case_id=case_id,
        correlation_id=cause,
        causation_id=cause,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )


def _model(model: type[BaseModel]) -> BaseModel:
    fields = {n: info for n, info in model.model_fields.items() if f"{model.__name__}.{n}" not in _LEFT_OUT}
    return model(**{name: _field(model, name, info) for name, info in fields.items()})


def _field(model: type[BaseModel], name: str, info: FieldInfo) -> Any:
    for owner in model.__mro__:
        if (word := _WORDS.get(f"{owner.__name__}.{name}")) is not None:
            return word
    many, kind = _unwrapped(info.annotation)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return (_model(kind),) if many else _model(kind)
    value = _by_name(name, info)
    if value is None and isinstance(kind, type) and issubclass(kind, StrEnum):
        value = next(iter(kind))
    if value is None:
        raise NoExampleValue(f"{model.__name__}.{name}: {NoExampleValue.__doc__}")
    return (value,) if many and not isinstance(value, tuple) else value


def _by_name(name: str, info: FieldInfo) -> Any:
    if info.examples:
        return info.examples[0]
    if name in _PREFIXES:
        return f"{_PREFIXES[name]}_{_ULID}"
    if told := _BACKTICKS.search(info.description or ""):
        return told[1]
    if name in _WORDS:
        return _WORDS[name]
    return _EVENT if name.endswith("_at") else None


def _unwrapped(annotation: Any) -> tuple[bool, Any]:
    """Return whether a field holds many values, and the kind of one: of a union the first that is not None."""
    if get_origin(annotation) is Annotated:
        return _unwrapped(get_args(annotation)[0])
    if get_origin(annotation) is tuple:
        return True, _unwrapped(get_args(annotation)[0])[1]
    options = [a for a in get_args(annotation) if a is not NoneType and a is not Ellipsis]
    if options and get_origin(annotation) is not dict:
        return _unwrapped(options[0])
    return False, annotation
