"""What others hear of a charge."""

from typing import assert_never

from billing.charges import domain as charge
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import billing as contract
from ombud_words import EntryId

REFUND_REFUSED = "refund_refused"
"""Why a charge is withdrawn that recovered money which was not spent."""


def publish(event: charge.Event, state: charge.Charge) -> ContractEvent | None:
    """Return what others hear of a charge."""
    t = state.terms
    charge_id, case_id, seller_id = t.charge_id, t.case_id, t.seller_id
    match event:
        case charge.ChargeProposed():
            return contract.ChargeProposed(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                decision_id=t.decision_id,
                line=t.line,
                kind=t.kind,
                net_minor=t.net_minor,
                vat_minor=t.vat_minor,
                vat_basis_points=t.vat_basis_points,
                gross_minor=t.gross_minor,
                currency=t.currency,
                tariff_version=t.tariff_version,
                capped=t.capped,
                proposed_at=event.at,
                needs_approval=event.needs_approval,
                receipt=t.receipt,
            )
        case charge.ChargeApproved(_, approved_by, at):
            return contract.ChargeApproved(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                net_minor=t.net_minor,
                vat_minor=t.vat_minor,
                gross_minor=t.gross_minor,
                currency=t.currency,
                capped=t.capped,
                approved_by=approved_by,
                approved_at=at,
            )
        case charge.ChargeNotified(contest_until, at):
            return contract.ChargeNotified(
                charge_id=charge_id, case_id=case_id, seller_id=seller_id, contest_until=contest_until, notified_at=at
            )
        case charge.ChargePosted(entry, at):
            return contract.ChargePosted(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                entry_id=entry.id,
                gross_minor=t.gross_minor,
                currency=t.currency,
                posted_at=at,
            )
        case charge.ChargeContested(ground, at):
            return contract.ChargeContested(
                charge_id=charge_id, case_id=case_id, seller_id=seller_id, ground=ground, contested_at=at
            )
        case charge.ChargeUpheld(reason, reviewer_id, at, appeal_until):
            return contract.ChargeUpheld(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                reason=reason,
                reviewer_id=reviewer_id,
                upheld_at=at,
                appeal_until=appeal_until,
            )
        case charge.ChargeAppealed(appeal):
            return contract.ChargeAppealed(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                appeal_id=appeal.id,
                by=appeal.by,
                grounds=appeal.grounds,
                appealed_at=appeal.at,
            )
        case charge.ChargeAppealDecided():
            return contract.ChargeAppealDecided(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                appeal_id=state.appeals[-1].id,
                outcome=event.outcome,
                reasons=event.reasons,
                reviewer_id=event.reviewer_id,
                decided_at=event.at,
                replaced_by=event.replaced_by,
            )
        case charge.ChargeReversed(entry=entry, reason=reason, reviewer_id=reviewer_id, at=at):
            return contract.ChargeReversed(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                entry_id=entry.id,
                reverses_entry_id=entry.reverses or EntryId(""),
                gross_minor=t.gross_minor,
                currency=t.currency,
                reason=reason,
                reviewer_id=reviewer_id,
                reversed_at=at,
            )
        case charge.ChargeWithdrawn() | charge.ChargeReleased():
            reason = event.reason if isinstance(event, charge.ChargeWithdrawn) else REFUND_REFUSED
            return contract.ChargeWithdrawn(
                charge_id=charge_id, case_id=case_id, seller_id=seller_id, reason=reason, withdrawn_at=event.at
            )
        case charge.ChargeSettled(entry, run_id, at):
            return contract.ChargeSettled(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                entry_id=entry.id,
                run_id=run_id,
                gross_minor=t.gross_minor,
                currency=t.currency,
                settled_at=at,
            )
        case charge.ChargeRepaid(entry, run_id, at):
            return contract.ChargeRepaid(
                charge_id=charge_id,
                case_id=case_id,
                seller_id=seller_id,
                entry_id=entry.id,
                reverses_entry_id=entry.reverses or EntryId(""),
                run_id=run_id,
                gross_minor=t.gross_minor,
                currency=t.currency,
                repaid_at=at,
            )
        case charge.RefundArrived() | charge.ContestWindowNoted() | charge.AppealTimeNoted():
            return None  # the event of the refund, or of the clock, tells it
        case _:
            assert_never(event)
