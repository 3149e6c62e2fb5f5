"""A charge to a seller: PROPOSED → NOTIFIED → POSTED → (CONTESTED → UPHELD → (APPEALED → UPHELD | REVERSED) | REVERSED) → SETTLED. Its id is decision and
line, so that a decision told twice charges once.

A charge that recovers a refund follows the money: it is posted when the refund is paid, and RELEASED when the payment
system refuses it, until the refund is ordered anew (casework, section 8). The seller contests it from the notice on, and what
was contested or upheld stays so when its refund is ordered anew. A proposal that nobody approves in time is WITHDRAWN, and
proposed again when that time had not passed (S-3). When its decision is taken back, a charge that was not posted is withdrawn and a posted one REVERSED, whatever a reviewer
said (S-3).

It is SETTLED when a payout run took it. It can be contested afterwards within its window; when it is reversed then, a later
run pays back what was taken.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from billing.charges.domain import appealing
from billing.charges.domain.commands import (
    AppealUpholding,
    ApproveCharge,
    Command,
    ContestCharge,
    DecideAppeal,
    EndProposal,
    LapseProposal,
    NoteAppealTime,
    NoteContestWindow,
    ProposeCharge,
    RecordRefundPaid,
    RecordRefundRefused,
    RefuseCharge,
    ReverseCharge,
    ReviveProposal,
    SettleCharge,
    TakeChargeBack,
    Terms,
    UpholdCharge,
)
from billing.charges.domain.events import (
    AppealTimeNoted,
    ChargeAppealDecided,
    ChargeAppealed,
    ChargeApproved,
    ChargeContested,
    ChargeNotified,
    ChargePosted,
    ChargeProposed,
    ChargeReleased,
    ChargeRepaid,
    ChargeReversed,
    ChargeSettled,
    ChargeUpheld,
    ChargeWithdrawn,
    ContestWindowNoted,
    Event,
    RefundArrived,
)
from billing.charges.domain.state import Charge, Status
from billing.ledger.domain import charge_entry, reversal_of, settlement_of
from billing.refusals import (
    AboveAuthority,
    ChargeNotContested,
    ChargeNotNotified,
    ChargeNotProposed,
    ContestWindowClosed,
    OwnDecision,
    UnknownCharge,
)
from ombud_words import AppealOutcome, EntryId, PersonId, RunId, StaffId, appeals

NO_REVIEWER = StaffId(PersonId("system"))
"""Who reverses a charge whose decision was taken back."""
LAPSED = "lapsed"
"""Why a proposal ended that nobody approved in time."""
_ALIVE = (Status.PROPOSED, Status.NOTIFIED, Status.CONTESTED, Status.UPHELD, Status.APPEALED)
"""Where a charge can be that was not posted, and may be."""


# Decide


def decide(command: Command, state: Charge | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, ProposeCharge):
        return _propose(command, state) if state is None or state.status == Status.RELEASED else []
    if state is None:
        raise UnknownCharge("there is no such charge")
    match command:
        case ApproveCharge():
            return _approve(state, command)
        case RefuseCharge(reason, at):
            if state.status == Status.WITHDRAWN and state.verdict == reason:
                return []
            _expect_proposed(state)
            return _undone(state, reason, at)
        case EndProposal(reason, at):
            return _undone(state, reason, at) if state.open_proposal else []
        case LapseProposal(silent_until, at):
            silent = state.open_proposal and state.proposed_at <= silent_until
            return [ChargeWithdrawn(LAPSED, at, lapsed=True)] if silent else []
        case ReviveProposal(refund, at):
            return _revive(state, refund, at) if state.lapsed else []
        case RecordRefundPaid(at):
            return _refund_paid(state, at)
        case RecordRefundRefused(at):
            return [ChargeReleased(at)] if state.awaits_refund and state.status in _ALIVE else []
        case NoteContestWindow(contest_until, at):
            told = state.contest_until is not None and state.contest_until != contest_until
            return [ContestWindowNoted(contest_until, at)] if told else []
        case NoteAppealTime(appeal_until, at):
            return [AppealTimeNoted(appeal_until, at)] if appeal_until != state.terms.appeal_until else []
        case ContestCharge(ground, at):
            return _contest(state, ground, at)
        case UpholdCharge(reason, reviewer_id, at, appeal_until):
            _expect_contested(state)
            _expect_another_person(state, reviewer_id, *state.approved_before)
            return [ChargeUpheld(reason, reviewer_id, at, appeal_until)]
        case ReverseCharge(reason, reviewer_id, at):
            _expect_contested(state)
            _expect_another_person(state, reviewer_id, *state.approved_before)
            if state.entry is None:
                return [ChargeWithdrawn(reason, at)]
            return [_reversed(state, reason, reviewer_id, at)]
        case AppealUpholding():
            return list(appealing.appeal(state, command))
        case DecideAppeal():
            return _decide_appeal(state, command)
        case TakeChargeBack(reason, at):
            return _take_back(state, reason, at)
        case SettleCharge(run_id, at):
            return _settle(state, run_id, at)
        case _:
            assert_never(command)


def _propose(c: ProposeCharge, before: Charge | None) -> list[Event]:
    proposed = ChargeProposed(c.terms, c.at, needs_approval=c.needs_approval, awaits_refund=c.awaits_refund)
    if c.needs_approval:
        return [proposed]
    if c.contest_until is None:
        return [proposed, _posted(c.terms, c.at)]
    return [proposed, *_told(c.terms, before, c.contest_until, c.awaits_refund, c.at)]


def _revive(state: Charge, refund: str | None, at: datetime) -> list[Event]:
    if refund == "refused":
        return [ChargeReleased(at)]
    return [ChargeProposed(state.terms, at, needs_approval=True, awaits_refund=refund == "ordered")]


def _approve(state: Charge, c: ApproveCharge) -> list[Event]:
    _expect_proposed(state)
    _expect_another_person(state, c.approved_by)
    if c.limit_minor is not None and c.terms.gross_minor > c.limit_minor:
        raise AboveAuthority(c.limit_minor)
    approved = ChargeApproved(c.terms, c.approved_by, c.at)
    return [approved, *_told(c.terms, state, c.contest_until, state.awaits_refund, c.at)]


def _refund_paid(state: Charge, at: datetime) -> list[Event]:
    if not state.awaits_refund or state.status not in _ALIVE:
        return []
    return [RefundArrived(at)] if state.open_proposal else [_posted(state.terms, at)]


def _told(t: Terms, before: Charge | None, contest_until: datetime, awaits_refund: bool, at: datetime) -> list[Event]:
    """The seller is told; what was spent is posted at once."""
    notified = [ChargeNotified(contest_until, at), *_contested_before(before, at)]
    return notified if awaits_refund else [*notified, _posted(t, at)]


def _contested_before(before: Charge | None, at: datetime) -> list[Event]:
    """What the seller said of it, and what was judged, before its refund was refused: nobody has to say it twice."""
    if before is None or before.ground is None:
        return []
    contested = ChargeContested(before.ground, at)
    verdict = before.upheld_because or before.verdict
    if verdict is None or before.reviewed_by is None:
        return [contested]
    until = None if before.appeals else before.appeal_until  # nobody appeals twice
    return [contested, ChargeUpheld(verdict, before.reviewed_by, at, until)]


def _posted(t: Terms, at: datetime) -> ChargePosted:
    entry = charge_entry(
        EntryId(f"ent_{t.charge_id}"),
        charge_id=t.charge_id,
        seller_id=t.seller_id,
        kind=t.kind,
        net_minor=t.net_minor,
        vat_minor=t.vat_minor,
        currency=t.currency,
        market=t.market,
        at=at,
    )
    return ChargePosted(entry, at)


def _contest(state: Charge, ground: str, at: datetime) -> list[Event]:
    if state.status == Status.CONTESTED and state.ground == ground:
        return []
    if state.status not in (Status.NOTIFIED, Status.POSTED, Status.SETTLED):
        raise ChargeNotNotified(f"the charge is {state.status.lower()}; you contest one that you were told of")
    if state.ground is not None:
        raise ChargeNotNotified("the charge was contested before, and the verdict stands")
    if state.contest_until is None or at > state.contest_until:
        raise ContestWindowClosed("the time to contest this charge has passed")
    return [ChargeContested(ground, at)]


def _reversed(state: Charge, reason: str, reviewer_id: StaffId, at: datetime) -> ChargeReversed:
    assert state.entry is not None, "what is reversed was posted"
    opposite = reversal_of(state.entry, EntryId(f"{state.entry.id}-reversed"), at)
    return ChargeReversed(entry=opposite, reason=reason, reviewer_id=reviewer_id, at=at)


def _decide_appeal(state: Charge, c: DecideAppeal) -> list[Event]:
    decided = appealing.decided(state, c)
    if c.outcome in (AppealOutcome.INADMISSIBLE, AppealOutcome.UPHELD):
        return [decided]
    return [decided, _given_back(state, c.reasons[0], c.reviewer_id, c.at)]


def _given_back(state: Charge, reason: str, reviewer_id: StaffId, at: datetime) -> Event:
    return ChargeWithdrawn(reason, at) if state.entry is None else _reversed(state, reason, reviewer_id, at)


def _undone(state: Charge, reason: str, at: datetime) -> list[Event]:
    """Return how it ends for good; an appeal that waits is granted with it."""
    undone = _given_back(state, reason, NO_REVIEWER, at)
    if appeals.waiting(state.appeals) is None:
        return [undone]
    granted = ChargeAppealDecided(outcome=AppealOutcome.REVERSED, reasons=(reason,), reviewer_id=NO_REVIEWER, at=at)
    return [granted, undone]


def _take_back(state: Charge, reason: str, at: datetime) -> list[Event]:
    return [] if state.status in (Status.REVERSED, Status.WITHDRAWN) else _undone(state, reason, at)


def _settle(state: Charge, run_id: RunId, at: datetime) -> list[Event]:
    """What is contested waits for its verdict: nobody takes what somebody may be about to give back."""
    if state.repayable_at is not None:
        assert state.settlement is not None, "what is paid back was taken"
        return [
            ChargeRepaid(reversal_of(state.settlement, EntryId(f"ent_{state.terms.charge_id}-repaid"), at), run_id, at)
        ]
    if state.entry is None or state.status not in (Status.POSTED, Status.UPHELD):
        return []
    entry_id = EntryId(f"{state.entry.id}-settled")
    return [ChargeSettled(settlement_of(state.entry, entry_id, state.terms.seller_id, at), run_id, at)]


def _expect_proposed(state: Charge) -> None:
    if not state.open_proposal:
        raise ChargeNotProposed(f"the charge is {state.status.lower()}")


def _expect_another_person(state: Charge, who: StaffId, *others: StaffId) -> None:
    """Refuse who decided, proposed or approved, and some others (S-4)."""
    if who in (state.terms.decided_by, state.terms.proposed_by, state.approved_by, *others):
        raise OwnDecision("Another person decides about what you decided, proposed or approved.")


def _expect_contested(state: Charge) -> None:
    if state.status != Status.CONTESTED:
        raise ChargeNotContested(f"the charge is {state.status.lower()}; only a contested one is reviewed")


# Evolve


def evolve(state: Charge | None, event: Event) -> Charge:
    """Return the state after a fact."""
    if isinstance(event, ChargeProposed):
        return _proposed(event, state)
    assert state is not None, "a charge is born by ChargeProposed"
    match event:
        case ChargeApproved(terms, approved_by, _):
            return replace(state, terms=terms, approved_by=approved_by)
        case RefundArrived():
            return replace(state, awaits_refund=False)
        case ChargeNotified(contest_until, _):
            return replace(state, status=Status.NOTIFIED, contest_until=contest_until)
        case ContestWindowNoted(contest_until, _):
            return replace(state, contest_until=contest_until)
        case AppealTimeNoted(appeal_until, _):
            return replace(state, terms=replace(state.terms, appeal_until=appeal_until))
        case ChargePosted(entry, at):
            judged = state.status in (Status.CONTESTED, Status.UPHELD, Status.APPEALED)
            status = state.status if judged else Status.POSTED
            return replace(state, status=status, entry=entry, posted_at=at, awaits_refund=False)
        case ChargeContested(ground, _):
            return replace(state, status=Status.CONTESTED, ground=ground)
        case ChargeUpheld():
            return _upheld(state, event)
        case ChargeAppealed(appeal):
            return replace(state, status=Status.APPEALED, appeals=(*state.appeals, appeal))
        case ChargeAppealDecided():
            after = appeals.with_outcome(state.appeals, event.outcome, event.reasons, event.at)
            status = _stands(state) if state.status == Status.APPEALED else state.status
            return replace(state, status=status, appeals=after, replaced_by=event.replaced_by)
        case ChargeReversed(entry=entry, reason=reason):
            return replace(state, status=Status.REVERSED, reversal=entry, verdict=reason)
        case ChargeWithdrawn(reason, _, lapsed):
            return replace(state, status=Status.WITHDRAWN, verdict=reason, lapsed=lapsed)
        case ChargeReleased():
            return replace(state, status=Status.RELEASED, lapsed=False)
        case ChargeSettled(entry, run_id, _):
            return replace(state, status=Status.SETTLED, settlement=entry, settled_by=run_id)
        case ChargeRepaid(entry, run_id, _):
            return replace(state, repayment=entry, repaid_by=run_id)
        case _:
            assert_never(event)


def _stands(state: Charge) -> Status:
    return Status.UPHELD if state.settlement is None else Status.SETTLED


def _upheld(state: Charge, event: ChargeUpheld) -> Charge:
    return replace(
        state,
        status=Status.APPEALED if appeals.waiting(state.appeals) is not None else _stands(state),
        verdict=event.reason,
        upheld_because=event.reason,
        reviewed_by=event.reviewer_id,
        upheld_at=state.upheld_at or event.at,
        appeal_until=event.appeal_until or state.appeal_until,
    )


def _proposed(event: ChargeProposed, before: Charge | None) -> Charge:
    charge = Charge(event.terms, Status.PROPOSED, event.at, awaits_refund=event.awaits_refund)
    if before is None:
        return charge
    approvers = () if before.approved_by is None else (before.approved_by,)
    charge = replace(charge, approved_before=(*before.approved_before, *approvers))
    if before.ground is None:
        return charge
    verdict = before.upheld_because or before.verdict
    return replace(
        charge,
        ground=before.ground,
        verdict=verdict if before.reviewed_by is not None else None,
        reviewed_by=before.reviewed_by,
        upheld_because=before.upheld_because,
        upheld_at=before.upheld_at,
        appeal_until=before.appeal_until,
        appeals=before.appeals,
    )
