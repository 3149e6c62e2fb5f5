"""What disputes' screens show."""

from datetime import datetime

from chassis.appeals import AppealView, appeal_view
from chassis.auth import Actor
from chassis.http import View
from disputes.disputes.domain import Decide, Dispute, EvidenceRequest, Found, Record, Stage
from ombud_words import (
    FOUND_AGAINST,
    MEDIATORS,
    Audience,
    CaseId,
    DecisionId,
    DisputeId,
    EvidenceId,
    EvidenceRequestId,
    LineId,
    OfferId,
    OrderId,
    ReturnId,
    Role,
    SellerId,
)

_SIDES = (Role.BUYER, Role.SELLER)


class OfferView(View):
    """An offer, with what it costs each side."""

    offer_id: OfferId
    by: str
    remedy: str
    amount_minor: int
    currency: str
    cost_to_seller_minor: int
    cost_to_buyer_minor: int
    expires_by: datetime | None
    """By when it must be answered, as its clock says; null until that is heard."""
    status: str
    accepted_by: list[str]
    """Sides that accepted a proposal of the platform, which binds when both did."""


class EvidenceView(View):
    """A piece of evidence, with the hash that was taken when it arrived."""

    evidence_id: EvidenceId
    kind: str
    sha256: str
    bytes: int
    by: str
    audience: str
    submitted_at: datetime


class EvidenceRequestView(View):
    """What a side was asked for."""

    request_id: EvidenceRequestId
    of: str
    """`buyer` or `seller`."""
    kind: str
    status: str
    """`OPEN`, `RECEIVED`, `LAPSED` (it did not come in time), `WITHDRAWN` or, when the dispute was over before, `ENDED`."""
    requested_at: datetime
    due_by: datetime | None
    """By when it must come, as the clock says; null until that is heard, and when it has ended."""


class EffectView(View):
    """What the outcome means for one party; positive is received, negative paid."""

    party: str
    amount_minor: int
    currency: str
    duties: list[str]


class FindingView(View):
    """What a decision found about a side, for that side and for staff."""

    kind: str
    """`CLAIM_KNOWINGLY_UNFOUNDED` or `DESCRIPTION_FALSE`."""
    against: str
    reason: str
    facts: list[str]


class DecisionView(View):
    """The record of an outcome."""

    decision_id: DecisionId
    remedy: str
    clause: str
    clause_version: str
    clause_text: str | None
    """In the reader's language; null where the market has another version of its clauses by now."""
    facts: list[str]
    reasons: list[str]
    effects: list[EffectView]
    refund_minor: int
    currency: str
    appeal_until: datetime | None
    """Until when the reader may appeal it, and for staff until when a side may. Null where both sides agreed or it was reversed, to
    a side that appealed it, and while an appeal waits: meanwhile no time passes."""
    finding: FindingView | None
    """What it found about a side beside what it decides; null also for the other side."""
    return_id: ReturnId | None
    """The return by which it is carried out: the buyer is paid when the item was inspected."""


class ChargedLineView(View):
    """A line of a decision for which the seller is charged."""

    line: str
    kind: str
    amount_minor: int | None
    """Null where the tariff sets it."""


class DecisionPreview(View):
    """What a decision would mean if it were made now; nothing of it is kept."""

    remedy: str
    clause: str
    clause_version: str
    clause_text: str | None
    """In the reader's language."""
    refund_minor: int
    currency: str
    effects: list[EffectView]
    lines: list[ChargedLineView]
    """For what the seller would be charged: billing shows how much."""
    paid_minor: int
    """For the order line."""
    left_before_minor: int
    """What can be given back for the line."""
    left_after_minor: int
    moves_minor: int
    """What counts towards the limit of the role."""
    decides_up_to_minor: int | None
    """What your role may move by one decision; null for any amount."""
    gives_up_to_minor: int | None
    """What your role may give of the platform's own money in a case; null for any amount."""
    appeal_until: datetime


class DisputeView(View):
    """A dispute as the reader may see it."""

    dispute_id: DisputeId
    case_id: CaseId
    order_id: OrderId
    line_id: LineId
    reason: str
    family: str
    stage: str
    claimed_remedy: str
    claimed_minor: int
    currency: str
    may_escalate: bool
    """The buyer may ask a mediator to decide."""
    refund_failed: bool
    """The payment system refused the refund of the outcome; the dispute closes when it is paid after all."""
    lapse_withdrawn: bool
    """It lapsed by a deadline that had not passed, and can be opened again at once without a new fact."""
    lapses_at: datetime | None
    """If nobody escalates by then, the dispute lapses; null while there is no window to escalate."""
    offers: list[OfferView]
    facts_shown: list[str]
    """Kinds of facts that systems showed, such as `guarantee_lapsed`: a decision may rest on them."""
    evidence: list[EvidenceView]
    evidence_requests: list[EvidenceRequestView]
    """What mediators asked for; while one is open, nothing is decided."""
    decision: DecisionView | None
    """What holds: after an amendment that, not what was decided before."""
    decision_reversed: bool
    """The decision counts as if it had not been; what the buyer was given by it stays the buyer's."""
    appeals: list[AppealView]


class DisputeList(View):
    """All disputes of a case."""

    disputes: list[DisputeView]


class ListedDispute(View):
    """A dispute in a list, with what is owed in it and by when."""

    dispute_id: DisputeId
    case_id: CaseId
    market: str
    order_id: OrderId
    line_id: LineId
    seller_id: SellerId
    reason: str
    family: str
    stage: str
    claimed_remedy: str
    claimed_minor: int
    currency: str
    opened_by: str
    opened_at: datetime
    refund_failed: bool
    owed: str | None
    """What is owed next, by the kind of its clock, such as `negotiation` or `mediation`; null when nothing is."""
    owed_by: str | None
    due_by: datetime | None
    """By when, as its clock says; in the past when it was not done in time."""
    on_silence: str | None
    """What happens when who owes it stays silent (R-34)."""
    breached: bool
    """A deadline has passed, and what was owed still is."""


class DisputePage(View):
    """Disputes in the order that was asked for."""

    disputes: list[ListedDispute]
    next_cursor: str | None


def listed_dispute(state: Dispute) -> ListedDispute:
    """Return a dispute's row in a list."""
    o, owed = state.opened, state.owed
    return ListedDispute(
        dispute_id=o.dispute_id,
        case_id=o.case_id,
        market=o.market,
        order_id=o.order_id,
        line_id=o.line_id,
        seller_id=o.seller_id,
        reason=o.reason,
        family=o.family,
        stage=state.stage,
        claimed_remedy=o.claimed_remedy,
        claimed_minor=o.claimed_minor,
        currency=o.money.currency,
        opened_by=o.opened_by,
        opened_at=o.at,
        refund_failed=state.refund_failed,
        owed=owed.kind if owed else None,
        owed_by=owed.owner if owed else None,
        due_by=owed.due_by if owed else None,
        on_silence=owed.on_silence if owed else None,
        breached=state.breached,
    )


def sees_evidence(reader: Actor, audience: str, by: str) -> bool:
    """Tell whether somebody sees evidence: what is for the mediator only, mediators and supervisors, and the side whose it is."""
    if audience == Audience.THREAD or (by == reader.role and not reader.staff):
        return True
    return reader.role in MEDIATORS if audience == Audience.MEDIATOR else reader.staff


def dispute_view(state: Dispute, reader: Actor, clause_text: str | None = None) -> DisputeView:
    """Return the screen of a dispute; evidence is shown to who may see it. The text is of the clause of its decision."""
    o = state.opened
    return DisputeView(
        dispute_id=o.dispute_id,
        case_id=o.case_id,
        order_id=o.order_id,
        line_id=o.line_id,
        reason=o.reason,
        family=o.family,
        stage=state.stage,
        claimed_remedy=o.claimed_remedy,
        claimed_minor=o.claimed_minor,
        currency=o.money.currency,
        may_escalate=state.escalation_cause is not None,
        refund_failed=state.refund_failed,
        lapse_withdrawn=state.lapse_withdrawn,
        lapses_at=state.lapses_at if state.stage == Stage.NEGOTIATION else None,
        offers=[
            OfferView(
                offer_id=f.id,
                by=f.by,
                remedy=f.remedy,
                amount_minor=f.amount_minor,
                currency=o.money.currency,
                cost_to_seller_minor=f.cost_to_seller_minor,
                cost_to_buyer_minor=f.cost_to_buyer_minor,
                expires_by=f.answer_by,
                status=f.status,
                accepted_by=list(f.accepted_by),
            )
            for f in state.offers
        ],
        facts_shown=list(state.shown),
        evidence=[
            EvidenceView(
                evidence_id=e.evidence_id,
                kind=e.kind,
                sha256=e.sha256,
                bytes=e.size_bytes,
                by=e.by,
                audience=e.audience,
                submitted_at=e.at,
            )
            for e in state.evidence
            if sees_evidence(reader, e.audience, e.by)
        ],
        evidence_requests=[_request_view(state, r) for r in state.evidence_requests],
        decision=_decision_view(state, state.record, reader, clause_text) if state.record else None,
        decision_reversed=state.was_reversed,
        appeals=[appeal_view(a) for a in state.appeals],
    )


def decision_preview(
    decided: Dispute, command: Decide, left_after_minor: int, clause_text: str | None
) -> DecisionPreview:
    """Return what a command to decide would lead to, given the dispute and what is left of its line afterwards."""
    record, money = decided.record, decided.opened.money
    assert record is not None, "what is decided has a record"
    outcome = record.outcome
    return DecisionPreview(
        remedy=outcome.remedy,
        clause=record.clause,
        clause_version=record.clause_version,
        clause_text=clause_text,
        refund_minor=outcome.refund_minor,
        currency=money.currency,
        effects=_effect_views(record),
        lines=[ChargedLineView(line=n.line, kind=n.kind, amount_minor=n.amount_minor) for n in outcome.lines],
        paid_minor=money.paid_minor,
        left_before_minor=command.left_minor,
        left_after_minor=left_after_minor,
        moves_minor=outcome.moved_minor,
        decides_up_to_minor=command.rules.decides_up_to_minor,
        gives_up_to_minor=command.rules.gives_up_to_minor,
        appeal_until=record.appeal_until,
    )


def _request_view(state: Dispute, request: EvidenceRequest) -> EvidenceRequestView:
    awaited = request == state.evidence_awaited
    ended = "ENDED" if request.status == "OPEN" and not awaited else request.status
    return EvidenceRequestView(
        request_id=request.id,
        of=request.of,
        kind=request.kind,
        status=ended,
        requested_at=request.at,
        due_by=state.evidence_due_by if awaited else None,
    )


def _decision_view(state: Dispute, record: Record, reader: Actor, clause_text: str | None) -> DecisionView:
    return DecisionView(
        decision_id=record.decision_id,
        remedy=record.outcome.remedy,
        clause=record.clause,
        clause_version=record.clause_version,
        clause_text=clause_text,
        facts=list(record.facts),
        reasons=list(record.reasons),
        effects=_effect_views(record),
        refund_minor=record.outcome.refund_minor,
        currency=state.opened.money.currency,
        appeal_until=state.appeal_until(*(side for side in _SIDES if reader.staff or reader.role == side)),
        finding=_finding_view(record.finding, reader) if record.finding else None,
        return_id=record.return_id,
    )


def _finding_view(found: Found, reader: Actor) -> FindingView | None:
    against = FOUND_AGAINST[found.kind]
    if not reader.staff and reader.role != against:
        return None
    return FindingView(kind=found.kind, against=against, reason=found.reason, facts=list(found.facts))


def _effect_views(record: Record) -> list[EffectView]:
    return [
        EffectView(party=e.party, amount_minor=e.amount_minor, currency=e.currency, duties=list(e.duties))
        for e in record.outcome.effects
    ]
