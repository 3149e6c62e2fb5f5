"""Routes of appeals: a side asks for another judge, and somebody who did not judge in the case decides (casework, section 6)."""

from typing import Annotated, Literal

from pydantic import Field

from chassis.appeals import AppealRequest, Codes
from chassis.auth import Action
from chassis.http import RequestModel, Who
from chassis.ids import derived_id, new_id
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, routes
from disputes.disputes.access import A_DISPUTE, DisputeInPath, Markets, ReadBy, dispute_for
from disputes.disputes.course import act, given_by, judges_of
from disputes.disputes.deciding import DecisionRequest, decision_asked
from disputes.disputes.domain import AppealDecision, DecideAppeal
from disputes.disputes.follow_ups import FollowedUp
from disputes.disputes.views import DisputeView
from ombud_words import AppealId, AppealOutcome, DecisionId, StaffId

router = routes("disputes")


class JudgementRequest(RequestModel):
    """What becomes of an appeal by which nothing is decided anew."""

    outcome: Literal["INADMISSIBLE", "UPHELD", "REVERSED"]
    reasons: Codes


class AmendmentRequest(RequestModel):
    """What is to hold instead of a decision."""

    outcome: Literal["AMENDED"]
    reasons: Codes
    decision: DecisionRequest
    """All that the buyer gets, with what was paid before."""


AppealDecisionRequest = Annotated[JudgementRequest | AmendmentRequest, Field(discriminator="outcome")]


@router.post("/disputes/{dispute_id}/appeals")
@versioned(A_DISPUTE)
async def appeal(
    dispute_id: DisputeInPath, body: AppealRequest, actor: Who, reader: ReadBy, unit: KeyedUnit
) -> DisputeView:
    """Ask, as a side, that the decision be looked at again: once, until the instant that is shown with it, by somebody who did
    not judge in the case. While the appeal waits, evidence is accepted, no time passes for the other side, and the case is not
    closed without a reason."""
    await dispute_for(unit, dispute_id, actor, Action.APPEAL_DECISION)
    command = AppealDecision(appeal_id=AppealId(new_id("apl")), by=actor.role, grounds=tuple(body.grounds), at=unit.now)
    return reader.view(await act(dispute_id, command, unit.now, unit))


@router.post("/disputes/{dispute_id}/appeals/decision")
@versioned(A_DISPUTE)
async def decide_appeal(
    dispute_id: DisputeInPath,
    body: AppealDecisionRequest,
    actor: Who,
    reader: ReadBy,
    unit: KeyedUnit,
    markets: Markets,
    follow_up: FollowedUp,
) -> DisputeView:
    """Decide the appeal that waits, as somebody who did not judge in the case before.

    What the seller was charged by a reversed decision is credited. In place of an amended one another decision holds; the
    buyer is paid what is still owed, and what was paid before stays the buyer's.
    """
    dispute = await dispute_for(unit, dispute_id, actor, Action.DECIDE_APPEAL)
    anew = None
    if isinstance(body, AmendmentRequest):
        number = DecisionId(derived_id("dec", dispute_id, f"appeal-{len(dispute.appeals)}"))
        anew = await decision_asked(dispute, number, body.decision, actor, unit, markets)
    command = DecideAppeal(
        outcome=AppealOutcome(body.outcome),
        reasons=tuple(body.reasons),
        decided_by=actor.role,
        reviewer_id=StaffId(actor.id),
        at=unit.now,
        judges=await judges_of(dispute.opened.case_id, unit),
        anew=anew,
        given_minor=await given_by(dispute, unit) if anew is not None else 0,
    )
    judged = await act(dispute_id, command, unit.now, unit)
    await follow_up(judged, unit)
    return reader.view(judged)
