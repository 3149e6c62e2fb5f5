"""Complaints and what findings lead to, as contract events."""

from collections.abc import Mapping
from typing import Any, assert_never

from messaging.conduct.domain import events as said
from messaging.conduct.domain import standing as stood
from messaging.conduct.domain.standing import Standing
from messaging.conduct.domain.state import Complaint, Decision
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import conduct as contract
from ombud_contracts.events import findings, reviews
from ombud_words import DecisionId, Role

_OF_REVIEWS: Mapping[type[contract.ConductEvent], type[reviews.ReviewEvent]] = {
    contract.ConductInvestigationBegun: reviews.ReviewBegun,
    contract.ConductAccusedTold: reviews.ReviewToldToSeller,
    contract.ConductAccusedHeard: reviews.ReviewHeard,
    contract.ConductHearingContinued: reviews.ReviewHearingContinued,
    contract.ConductDecided: reviews.ReviewDecided,
    contract.ConductAppealed: reviews.ReviewAppealed,
    contract.ConductAppealDecided: reviews.ReviewAppealDecided,
    contract.ConductComplaintClosed: reviews.ReviewClosed,
}
"""As what each event of a complaint is told of a review, which a reader of complaints alone does not know."""


def publish_complaint(event: said.Event, state: Complaint) -> ContractEvent | None:
    """Return what others hear of a complaint, or of a review: references and codes."""
    told = _told(event, state)
    of_review = _OF_REVIEWS.get(type(told)) if state.is_review and told is not None else None
    return of_review(**told.model_dump()) if of_review is not None and told is not None else told


def _told(event: said.Event, state: Complaint) -> contract.ConductEvent | None:
    head: dict[str, Any] = {
        "complaint_id": state.id,
        "case_id": state.case_id,
        "accused_knows": state.accused_knows,
    }
    match event:
        case said.ComplaintFiled(filed) if filed.rests_on:
            return reviews.ReviewOpened(
                **head,
                seller_id=state.seller_id,
                grounds=state.grounds,
                takeover_id=filed.rests_on[0].takeover_id,
                opened_at=event.at,
            )
        case said.ComplaintFiled():
            return contract.ConductComplaintFiled(
                **head,
                buyer_id=state.buyer_id,
                seller_id=state.seller_id,
                grounds=state.grounds,
                filed_at=event.at,
            )
        case said.ReviewExtended() | said.VerdictTakenBack() | said.ReviewerNoted():
            return None  # the takeover's own event tells it
        case said.ReviewWithdrawn(takeover_id, at):
            return reviews.ReviewWithdrawn(**head, seller_id=state.seller_id, takeover_id=takeover_id, withdrawn_at=at)
        case said.InvestigationBegun(by, at):
            return contract.ConductInvestigationBegun(**head, investigator_id=by, begun_at=at)
        case said.AccusedTold(at):
            return contract.ConductAccusedTold(**head, seller_id=state.seller_id, grounds=state.grounds, told_at=at)
        case said.AccusedHeard(answered=answered, at=at):
            return contract.ConductAccusedHeard(**head, answered=answered, heard_at=at)
        case said.HearingContinued(finding_fell, at):
            return contract.ConductHearingContinued(**head, finding_withdrawn=finding_fell, continued_at=at)
        case said.ComplaintDecided(decision):
            return _decided(decision, head, state)
        case said.ConductAppealed(appeal):
            return contract.ConductAppealed(
                **head, appeal_id=appeal.id, by=appeal.by, grounds=appeal.grounds, appealed_at=appeal.at
            )
        case said.ConductAppealDecided():
            return _appeal_decided(event, head, state)
        case said.ComplaintClosed(at):
            return contract.ConductComplaintClosed(**head, closed_at=at)
        case _:
            assert_never(event)


def _decided(decision: Decision, head: dict[str, Any], state: Complaint) -> contract.ConductDecided:
    return contract.ConductDecided(
        **head,
        decision_id=decision.id,
        buyer_id=state.buyer_id,
        seller_id=state.seller_id,
        result=decision.result,
        reasons=decision.reasons,
        decider_id=decision.by,
        appeal_by=state.appeal_by,
        appeal_until=decision.appeal_until,
        decided_at=decision.at,
    )


def _appeal_decided(
    event: said.ConductAppealDecided, head: dict[str, Any], state: Complaint
) -> contract.ConductAppealDecided:
    decided = state.appeals[-1]
    return contract.ConductAppealDecided(
        **head,
        appeal_id=decided.id,
        by=decided.by,
        outcome=event.outcome,
        reasons=event.reasons,
        reviewer_id=event.reviewer_id,
        decided_at=event.at,
    )


def publish_standing(event: stood.Event, state: Standing) -> ContractEvent | None:
    """Return what others hear of where a seller stands; a finding that is taken back without moving a step is told, too."""
    if state.role == Role.BUYER:
        return _of_claims(event, state)
    match event:
        case stood.FindingRecorded(recorded=recorded, height=height, at=at):
            finding = recorded.finding
            return contract.ConductSanctioned(
                **_head(state, height),
                next_step=state.ladder.next_step(height),
                case_id=finding.case_id,
                found_by=finding.by,
                found_in=finding.about,
                grounds=finding.grounds,
                steps_back_at=state.steps_back_at(at),
                sanctioned_at=at,
            )
        case stood.StandingLifted(cause=cause, height=height, was_height=was, at=at):
            return contract.ConductSanctionLifted(
                **_head(state, height),
                was_step=state.ladder.step(was),
                cause=cause,
                reversed_in=event.reversed.about if event.reversed is not None else None,
                lifted_at=at,
            )
        case _:
            assert_never(event)


def _of_claims(event: stood.Event, state: Standing) -> findings.ClaimsSanctionEvent:
    match event:
        case stood.FindingRecorded(recorded=recorded, height=height, at=at):
            return findings.ClaimsSanctioned(
                **_head(state, height),
                next_step=state.ladder.next_step(height),
                case_id=recorded.finding.case_id,
                found_in=DecisionId(recorded.finding.about),
                steps_back_at=state.steps_back_at(at),
                sanctioned_at=at,
            )
        case stood.StandingLifted(cause=cause, reversed=finding, height=height, was_height=was, at=at):
            return findings.ClaimsSanctionLifted(
                **_head(state, height),
                was_step=state.ladder.step(was),
                cause=cause,
                case_id=(finding or state.findings[-1]).case_id,
                reversed_in=DecisionId(finding.about) if finding is not None else None,
                lifted_at=at,
            )
        case _:
            assert_never(event)


def _head(state: Standing, height: int) -> dict[str, Any]:
    return {
        "sanction_id": state.id,
        "person_id": state.person_id,
        "role": state.role,
        "step": state.ladder.step(height),
        "breaches": len(state.findings),
    }
