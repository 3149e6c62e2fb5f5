"""A dispute: NEGOTIATION → SETTLED | ESCALATED to MEDIATION → DECIDED → EXECUTED → CLOSED; exits WITHDRAWN and LAPSED."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from disputes.disputes.domain import deadlines
from disputes.disputes.domain.commands import (
    AcceptOffer,
    Admission,
    ChangeContactOwner,
    Command,
    Decide,
    DeclineOffer,
    Escalate,
    ExpireOffer,
    ForgetDeadline,
    Lapse,
    MakeOffer,
    NoteDeadline,
    NoteFact,
    NoteOfferDeadline,
    OpenDispute,
    OpenEscalation,
    RecordExecution,
    RecordRefundCancellation,
    RecordRefundFailure,
    RecordRefundOrder,
    SubmitEvidence,
    Withdraw,
    WithdrawLapse,
    settlement_clause,
)
from disputes.disputes.domain.events import (
    PARTIES,
    ContactOwnerChanged,
    DeadlineForgotten,
    DeadlineNoted,
    DisputeClosed,
    DisputeDecided,
    DisputeEscalated,
    DisputeExecuted,
    DisputeLapsed,
    DisputeOpened,
    DisputeSettled,
    DisputeWithdrawn,
    EscalationOpened,
    Event,
    EvidenceSubmitted,
    LapseWithdrawn,
    Offer,
    OfferAccepted,
    OfferDeadlineNoted,
    OfferDeclined,
    OfferEnded,
    OfferLapsed,
    OfferMade,
    Record,
    RefundFailed,
    RefundReordered,
)
from disputes.disputes.domain.state import UNDECIDED, Dispute, Stage
from disputes.refusals import (
    AboveAuthority,
    AmountAboveLeft,
    DisputeWindowClosed,
    DisputeWindowNotOpen,
    EarlierJudge,
    EscalationNotOpen,
    EvidenceTooLate,
    GoodwillIsGivenByStaff,
    NotACurrentStage,
    NotDisputable,
    OfferExpired,
    OfferNotOpen,
    OwnOffer,
    PartiesAnswerOffers,
    PlatformDecides,
    SellerNoLongerOwnsContact,
    UnknownClause,
    UnknownDispute,
    UnknownFact,
)
from disputes.remedies.domain import check_order, refund_of, work_out
from ombud_words import DecisionId, OfferId, Remedy, Role, shows

# Decide


def expect_claimable(opening: OpenDispute, left_minor: int) -> None:
    """Refuse a claim above what is left of its line. Raises as `refund_of` does."""
    refund_of(opening.claimed_remedy, opening.claimed_minor, opening.money, left_minor)


def expect_admitted(opening: OpenDispute, admission: Admission) -> None:
    """Refuse what cannot be disputed now. Raises NotDisputable, DisputeWindowNotOpen or DisputeWindowClosed.

    The window is the buyer's, whoever opens for the buyer; a seller's dispute has no window.
    """
    if not admission.disputable:
        raise NotDisputable("There is nothing to settle with the seller about this reason. The platform answers it.")
    if opening.opened_by == Role.SELLER:
        return
    if admission.opens_at is not None and opening.at < admission.opens_at:
        raise DisputeWindowNotOpen(admission.opens_at)
    if admission.closes_at is not None and opening.at > admission.closes_at:
        raise DisputeWindowClosed(admission.closes_at)


def decide(command: Command, state: Dispute | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, OpenDispute):
        expect_claimable(command, command.money.paid_minor)
        return [DisputeOpened(command)] if state is None else []
    if state is None:
        raise UnknownDispute("there is no such dispute")
    match command:
        case MakeOffer():
            return _offer(state, command)
        case AcceptOffer():
            return _accept(state, command)
        case DeclineOffer(offer_id, by, at):
            return _decline(state, offer_id, by, at)
        case NoteOfferDeadline(offer_id, due_by, at):
            noted = any(o.id == offer_id and o.expires_by != due_by for o in state.open_offers)
            return [OfferDeadlineNoted(offer_id, due_by, at)] if noted else []
        case ExpireOffer(offer_id, at):
            return [OfferLapsed(o.id, at) for o in state.open_offers if o.id == offer_id]
        case NoteFact(kind, at):
            return _skip_negotiation(state, kind, Role.SYSTEM, at)
        case OpenEscalation(at):
            waiting = state.stage == Stage.NEGOTIATION and state.escalation_cause is None
            return [EscalationOpened("deadline", at)] if waiting else []
        case NoteDeadline():
            return [*deadlines.note(state, command)]
        case ForgetDeadline():
            return [*deadlines.forget(state, command)]
        case Lapse(at):
            return [*_ended(state, at), DisputeLapsed(at)] if state.stage == Stage.NEGOTIATION else []
        case WithdrawLapse(at):
            withdrawn = state.stage == Stage.LAPSED and not state.lapse_withdrawn
            return [LapseWithdrawn(at)] if withdrawn else []
        case Escalate(by, at):
            return _escalate(state, by, at)
        case ChangeContactOwner(taken_over, at):
            return _change_owner(state, taken_over, at)
        case SubmitEvidence():
            return _submit(state, command)
        case Decide():
            return _decide(state, command)
        case Withdraw(at):
            if state.stage == Stage.WITHDRAWN:
                return []
            _expect(state, *UNDECIDED)
            return [*_ended(state, at), DisputeWithdrawn(at)]
        case RecordExecution(decision_id, at):
            return _execute(state, decision_id, at)
        case RecordRefundFailure(decision_id, at):
            awaited = state.awaits_refund_of(decision_id) and not state.refund_failed
            return [RefundFailed(at)] if awaited else []
        case RecordRefundOrder(decision_id, at):
            return [RefundReordered(at)] if state.awaits_refund_of(decision_id) and state.refund_failed else []
        case RecordRefundCancellation(decision_id, at):
            return [DisputeClosed(at)] if state.awaits_refund_of(decision_id) else []
        case _:
            assert_never(command)


def _expect(state: Dispute, *stages: Stage) -> None:
    if state.stage not in stages:
        raise NotACurrentStage(f"the dispute is in the stage {state.stage.lower()}")


def _expect_negotiation(state: Dispute, at: datetime) -> None:
    """Refuse what comes after the instant that the clock of the window showed, whether or not its end was heard of."""
    _expect(state, Stage.NEGOTIATION)
    if state.lapses_at is not None and at > state.lapses_at:
        raise NotACurrentStage("the time to agree or to escalate has passed: the dispute has lapsed")


def _expect_owner(state: Dispute, by: str) -> None:
    if by == "seller" and state.taken_over:
        raise SellerNoLongerOwnsContact("the platform took this contact over; you can submit evidence")


def _offer(state: Dispute, c: MakeOffer) -> list[Event]:
    if any(o.id == c.offer_id for o in state.offers):
        return []
    _expect_negotiation(state, c.at)
    _expect_owner(state, c.by)
    _expect_offerable(state, c)
    outcome = work_out(c.remedy, c.amount_minor, state.opened.money, c.left_minor)
    offer = Offer(
        id=c.offer_id,
        by=c.by,
        remedy=c.remedy,
        amount_minor=c.amount_minor,
        cost_to_seller_minor=outcome.costs("seller"),
        cost_to_buyer_minor=max(0, outcome.costs("buyer")),
        open_until=c.open_until,
        made_at=c.at,
    )
    return [OfferMade(offer, c.at)]


def _expect_offerable(state: Dispute, c: MakeOffer) -> None:
    """Refuse gifts of the platform's money (S-2), and what the platform may not propose by itself (S-1)."""
    _expect_no_goodwill(c.remedy)
    if c.by in PARTIES:
        return
    if state.taken_over:
        raise PlatformDecides(
            "The platform took this contact over: it decides, and does not offer in the seller's name."
        )
    check_order(c.remedy, state.opened.family, c.reasons, c.legal_order)


def _expect_no_goodwill(remedy: str) -> None:
    if remedy == Remedy.GOODWILL:
        raise GoodwillIsGivenByStaff("Goodwill is the platform's own money; its staff gives it by itself.")


def _answerable(state: Dispute, offer_id: OfferId, by: str, at: datetime) -> Offer:
    if by not in PARTIES:
        raise PartiesAnswerOffers("buyer and seller answer offers; the platform can make one")
    _expect_negotiation(state, at)
    _expect_owner(state, by)
    offer = state.offer(offer_id)
    if offer.by == by:
        raise OwnOffer("the other side answers your offer")
    late = offer.status == "OPEN" and offer.answer_by is not None and at > offer.answer_by
    if offer.status == "EXPIRED" or late:
        raise OfferExpired("the offer was not answered in time; make a new one")
    if offer.status != "OPEN":
        raise OfferNotOpen(f"the offer is {offer.status.lower()}")
    return offer


def _accept(state: Dispute, c: AcceptOffer) -> list[Event]:
    if state.has_accepted(c.offer_id, c.by):
        return []
    offer = _answerable(state, c.offer_id, c.by, c.at)
    _expect_no_goodwill(offer.remedy)
    if offer.of_platform and not offer.accepted_by:
        return [OfferAccepted(offer.id, c.by, c.at)]
    outcome = work_out(offer.remedy, offer.amount_minor, state.opened.money, c.left_minor)
    if outcome.costs("seller") != offer.cost_to_seller_minor:
        raise AmountAboveLeft(c.left_minor)  # the offer was made when more was left: nobody gets less than was offered
    record = Record(
        decision_id=c.decision_id,
        outcome=outcome,
        clause=settlement_clause(state.opened.family),
        clause_version=c.rules.clause_version,
        facts=(f"offer:{offer.id}",),
        reasons=("agreed",),
        appeal_until=c.rules.appeal_until,
    )
    settled = DisputeSettled(offer_id=offer.id, accepted_by=c.by, record=record, at=c.at)
    return _with_execution([*_ended(state, c.at, but=offer.id), settled], record, c.at)


def _ended(state: Dispute, at: datetime, but: OfferId | None = None) -> list[Event]:
    """Offers end with the negotiation (casework, section 4); by an end that is heard late none ends before it was made."""
    ending = [offer for offer in state.open_offers if offer.id != but]
    return [OfferEnded(offer.id, max(at, offer.made_at or at)) for offer in ending]


def _with_execution(events: list[Event], record: Record, at: datetime) -> list[Event]:
    """An outcome without money is done by itself; one with money when billing says that the refund was paid."""
    if record.outcome.refund_minor:
        return events
    return [*events, DisputeExecuted(at), DisputeClosed(at)]


def _decline(state: Dispute, offer_id: OfferId, by: str, at: datetime) -> list[Event]:
    if state.has_answered(offer_id, "DECLINED"):
        return []
    offer = _answerable(state, offer_id, by, at)
    opened: list[Event] = [] if state.escalation_cause else [EscalationOpened("refused", at)]
    return [OfferDeclined(offer.id, by, at), *opened]


def _escalate(state: Dispute, by: str, at: datetime) -> list[Event]:
    if state.stage == Stage.MEDIATION:
        return []
    _expect_negotiation(state, at)
    if by != "buyer":
        return [*_ended(state, at), DisputeEscalated(by, by, at)]
    if state.escalation_cause is None:
        raise EscalationNotOpen("you can escalate when the seller refuses, or when the negotiation's deadline passes")
    return [*_ended(state, at), DisputeEscalated(by, state.escalation_cause, at)]


def _change_owner(state: Dispute, taken_over: bool, at: datetime) -> list[Event]:
    if state.taken_over == taken_over or not state.live:
        return []
    changed = ContactOwnerChanged(taken_over, at)
    if taken_over and state.stage == Stage.NEGOTIATION:
        since = _no_earlier(state, at)  # a takeover that is heard late had the contact before there was a dispute
        return [changed, *_ended(state, since), DisputeEscalated("system", "taken_over", since)]
    return [changed]


def _submit(state: Dispute, c: SubmitEvidence) -> list[Event]:
    if any(e.evidence_id == c.evidence_id for e in state.evidence):
        return []
    if not state.live:
        raise EvidenceTooLate(f"the dispute is {state.stage.lower()}; evidence is accepted until the decision")
    return [EvidenceSubmitted(c), *_skip_negotiation(state, c.kind, c.by, c.at)]


def _skip_negotiation(state: Dispute, kind: str, by: str, at: datetime) -> list[Event]:
    """A fact of the fast track ends the negotiation when somebody shows it who can (casework, section 4)."""
    if state.stage != Stage.NEGOTIATION or kind not in state.opened.fast_track_facts or not shows(kind, by):
        return []
    since = _no_earlier(state, at)
    return [*_ended(state, since), DisputeEscalated(by, "fast_track", since)]


def _no_earlier(state: Dispute, at: datetime) -> datetime:
    """Return when the negotiation ends by what happened then: not before its window to escalate began, whose clock it ends."""
    return max(at, state.opened.at, state.escalation_opened_at or at)


def _decide(state: Dispute, c: Decide) -> list[Event]:
    _expect(state, Stage.MEDIATION)
    if c.mediator_id in c.judges:
        raise EarlierJudge("You decided or proposed something in this case before; somebody else decides this dispute.")
    if c.clause not in c.rules.clauses:
        raise UnknownClause("the clause is not in the market's legal pack")
    known = {"claim", "listing_snapshot", *(e.evidence_id for e in state.evidence), *(o.id for o in state.offers)}
    if not c.facts or not set(c.facts) <= known:
        raise UnknownFact("name evidence, offers, `claim` or `listing_snapshot` of this dispute as facts, at least one")
    check_order(c.remedy, state.opened.family, c.reasons, c.rules.legal_order)
    outcome = work_out(c.remedy, c.amount_minor, state.opened.money, c.left_minor)
    if c.rules.decides_up_to_minor is not None and outcome.moved_minor > c.rules.decides_up_to_minor:
        raise AboveAuthority(c.rules.decides_up_to_minor)
    record = Record(
        decision_id=c.decision_id,
        outcome=outcome,
        clause=c.clause,
        clause_version=c.rules.clause_version,
        facts=c.facts,
        reasons=c.reasons,
        appeal_until=c.rules.appeal_until,
    )
    decided = DisputeDecided(record=record, decided_by=c.decided_by, mediator_id=c.mediator_id, at=c.at)
    return _with_execution([decided], record, c.at)


def _execute(state: Dispute, decision_id: DecisionId, at: datetime) -> list[Event]:
    if not state.awaits_refund_of(decision_id):
        return []
    return [DisputeExecuted(at), DisputeClosed(at)]


# Evolve


def evolve(state: Dispute | None, event: Event) -> Dispute:
    """Return the state after a fact."""
    if isinstance(event, DisputeOpened):
        stage = Stage.MEDIATION if event.opened.fast_track else Stage.NEGOTIATION
        return Dispute(event.opened, stage, event.opened.taken_over)
    assert state is not None, "a dispute is born by DisputeOpened"
    match event:
        case OfferMade(offer, _):
            return replace(state, offers=(*state.offers, offer))
        case OfferDeclined(offer_id, _, _):
            return replace(state, offers=_answered(state, offer_id, "DECLINED"))
        case OfferAccepted(offer_id, by, _):
            return replace(state, offers=_accepted(state, offer_id, by))
        case OfferLapsed(offer_id, _):
            return replace(state, offers=_answered(state, offer_id, "EXPIRED"))
        case OfferEnded(offer_id, _):
            return replace(state, offers=_answered(state, offer_id, "ENDED"))
        case OfferDeadlineNoted(offer_id, due_by, _):
            noted = (replace(o, expires_by=due_by) if o.id == offer_id else o for o in state.offers)
            return replace(state, offers=tuple(noted))
        case DeadlineNoted(deadline, _):
            return deadlines.noted(state, deadline)
        case DeadlineForgotten(kind, number, _):
            return deadlines.forgotten(state, kind, number)
        case DisputeSettled(offer_id=offer_id, accepted_by=accepted_by, record=record):
            settled = replace(state, offers=_answered(state, offer_id, "ACCEPTED"), stage=Stage.SETTLED)
            return replace(settled, record=record, decided_by=accepted_by)
        case EscalationOpened(cause, at):
            return replace(state, escalation_cause=cause, escalation_opened_at=at)
        case DisputeEscalated():
            return replace(state, stage=Stage.MEDIATION)
        case ContactOwnerChanged(taken_over, _):
            return replace(state, taken_over=taken_over)
        case EvidenceSubmitted(evidence):
            return replace(state, evidence=(*state.evidence, evidence))
        case DisputeDecided(record=record, decided_by=decided_by):
            return replace(state, stage=Stage.DECIDED, record=record, decided_by=decided_by)
        case DisputeExecuted() | RefundReordered():
            return replace(state, refund_failed=False)
        case RefundFailed():
            return replace(state, refund_failed=True)
        case DisputeClosed():
            return replace(state, stage=Stage.CLOSED)
        case DisputeWithdrawn():
            return replace(state, stage=Stage.WITHDRAWN)
        case DisputeLapsed():
            return replace(state, stage=Stage.LAPSED)
        case LapseWithdrawn():
            return replace(state, lapse_withdrawn=True)
        case _:
            assert_never(event)


def _answered(state: Dispute, offer_id: OfferId, status: str) -> tuple[Offer, ...]:
    return tuple(replace(o, status=status) if o.id == offer_id else o for o in state.offers)


def _accepted(state: Dispute, offer_id: OfferId, by: str) -> tuple[Offer, ...]:
    return tuple(replace(o, accepted_by=(*o.accepted_by, by)) if o.id == offer_id else o for o in state.offers)
