"""What screens show of complaints and of where sellers stand. What a reader is not meant to know is left out of the reader's own
screen: the seller's standing from the buyer's, the buyer's statement from the seller's."""

from collections.abc import Mapping
from datetime import datetime

from chassis.appeals import AppealView, appeal_view
from chassis.auth import Actor
from chassis.http import View
from messaging.conduct.domain import Complaint, ConfirmedVerdict, Finding, Standing
from messaging.conduct.texts import Written
from ombud_words import (
    CLAIMS_LIMITED,
    BuyerId,
    CaseId,
    ComplaintId,
    PersonId,
    Role,
    SanctionId,
    SellerId,
    TakeoverId,
)


class ConductDecisionView(View):
    """What an investigation came to."""

    result: str
    """`FOUND` or `NOT_FOUND`."""
    reasons: list[str]
    decided_at: datetime
    appeal_by: str
    """The side that can appeal; `system` for nobody: what a review did not find is final."""
    appeal_until: datetime
    reversed: bool
    """It counts as if it had not been."""


class ConfirmedVerdictView(View):
    """A takeover whose verdict confirmed that goods are counterfeit."""

    takeover_id: TakeoverId
    case_id: CaseId
    reason: str
    facts: list[str]
    """Ids of the events that the verdict rests on."""


class ComplaintView(View):
    """A complaint about a seller's conduct, or a review of the seller, as its reader may see it. Its texts are read with it, so that the kept answer of a
    command holds none (R-04)."""

    complaint_id: ComplaintId
    case_id: CaseId
    market: str
    stage: str
    """`FILED`, `INVESTIGATED`, `FOUND`, `NOT_FOUND` or `CLOSED`."""
    grounds: list[str]
    filed_at: datetime
    filed_by: str
    """`buyer`, or `system`: a review of the seller, which the buyer does not see."""
    rests_on: list[ConfirmedVerdictView]
    """Takeovers that a review rests on; none for a complaint."""
    withdrawn: bool
    """Every takeover that the review rested on was reversed: it counts as if it had not been."""
    investigator_id: PersonId | None
    """For staff alone."""
    told_at: datetime | None
    """Since when the seller knows what is alleged, in this investigation; not shown to the buyer."""
    heard_at: datetime | None
    """Since when the complaint can be found justified; not shown to the buyer."""
    answered: bool
    """The seller answered; not shown to the buyer."""
    decision: ConductDecisionView | None
    appeals: list[AppealView]
    closed_at: datetime | None


class ReadComplaintView(ComplaintView):
    """A complaint with what was written about it, each text null where it is not the reader's, or was erased."""

    statement: str | None
    """What the buyer wrote; not shown to the seller."""
    allegation: str | None
    """What the seller was told; not shown to the buyer."""
    answer: str | None
    """What the seller answered; not shown to the buyer."""


class ReadComplaintList(View):
    """Complaints that the reader may see, with their texts."""

    complaints: list[ReadComplaintView]


class ComplaintList(View):
    """Complaints that wait, without their texts."""

    complaints: list[ComplaintView]


class FindingView(View):
    """Something that was found against a seller or a buyer."""

    found_by: str
    """`complaint`, `verdict` of a takeover, or `decision` of a dispute."""
    found_in: str
    """The complaint, the takeover, or the decision."""
    case_id: CaseId
    grounds: list[str]
    found_at: datetime


class ClaimStandingView(View):
    """What knowingly unfounded claims have led to for a buyer in a market."""

    sanction_id: SanctionId
    buyer_id: BuyerId
    market: str
    step: str | None
    """`explain`, `warn` or `limit`; null when nothing is left of it."""
    next_step: str
    """What a further finding leads to."""
    steps: list[str]
    """The ladder, mildest first."""
    findings: list[FindingView]
    """Each is appealed with the decision that it is in."""
    limited: bool
    """A claim comes with its evidence, and one at a time; never one about safety."""
    steps_back_at: datetime | None
    """When a step back is due if nothing more is found."""


class ClaimStandings(View):
    """Where a buyer stands by their claims, market by market."""

    standings: list[ClaimStandingView]


class ConductStandingView(View):
    """What findings about a seller's conduct have led to in a market."""

    sanction_id: SanctionId
    seller_id: SellerId
    market: str
    step: str | None
    """`notice`, `warning`, `listing_limits` or `suspension`; null when nothing is left of it."""
    next_step: str
    """What a further finding leads to."""
    steps: list[str]
    """The ladder, mildest first."""
    findings: list[FindingView]
    steps_back_at: datetime | None
    """When a step back is due if nothing more is found."""


class ConductStandings(View):
    """Where a seller stands, market by market."""

    standings: list[ConductStandingView]


def complaint_view(complaint: Complaint, reader: Actor) -> ComplaintView:
    """Return how far a complaint has come, for a reader."""
    hearing = complaint.hearing if reader.role != Role.BUYER else None
    return ComplaintView(
        complaint_id=complaint.id,
        case_id=complaint.case_id,
        market=complaint.market,
        stage=complaint.stage,
        grounds=list(complaint.grounds),
        filed_at=complaint.filed_at,
        filed_by=complaint.filed_by,
        rests_on=[_verdict_view(verdict) for verdict in complaint.rests_on],
        withdrawn=complaint.withdrawn,
        investigator_id=complaint.investigator if reader.staff else None,
        told_at=hearing.told_at if hearing else None,
        heard_at=hearing.heard_at if hearing else None,
        answered=hearing.answered if hearing else False,
        decision=_decision_view(complaint),
        appeals=[appeal_view(appeal) for appeal in complaint.appeals],
        closed_at=complaint.closed_at,
    )


def read_complaint_view(complaint: Complaint, reader: Actor, texts: Mapping[Written, str]) -> ReadComplaintView:
    """Return the screen of a complaint for a reader, with the texts that the reader may see."""
    return ReadComplaintView(
        **complaint_view(complaint, reader).model_dump(),
        statement=texts.get(Written.STATEMENT),
        allegation=texts.get(Written.ALLEGATION),
        answer=texts.get(Written.ANSWER),
    )


def _verdict_view(verdict: ConfirmedVerdict) -> ConfirmedVerdictView:
    return ConfirmedVerdictView(
        takeover_id=verdict.takeover_id,
        case_id=verdict.case_id,
        reason=verdict.reason,
        facts=list(verdict.facts),
    )


def _decision_view(complaint: Complaint) -> ConductDecisionView | None:
    decision = complaint.decision
    if decision is None:
        return None
    return ConductDecisionView(
        result=decision.result,
        reasons=list(decision.reasons),
        decided_at=decision.at,
        appeal_by=complaint.appeal_by,
        appeal_until=decision.appeal_until,
        reversed=complaint.reversed,
    )


def claim_standing_view(state: Standing, at: datetime) -> ClaimStandingView:
    """Return the screen of a buyer's standing at an instant."""
    assert state.buyer_id is not None, "claims are a buyer's"
    step = state.step_at(at)
    return ClaimStandingView(
        sanction_id=state.id,
        buyer_id=state.buyer_id,
        market=state.market,
        step=step,
        next_step=state.ladder.next_step(state.height_at(at)),
        steps=list(state.ladder.steps),
        findings=[_finding_view(finding) for finding in state.findings],
        limited=step == CLAIMS_LIMITED,
        steps_back_at=state.steps_back_at(at),
    )


def standing_view(state: Standing, at: datetime) -> ConductStandingView:
    """Return the screen of a seller's standing at an instant."""
    assert state.seller_id is not None, "conduct is a seller's"
    return ConductStandingView(
        sanction_id=state.id,
        seller_id=state.seller_id,
        market=state.market,
        step=state.step_at(at),
        next_step=state.ladder.next_step(state.height_at(at)),
        steps=list(state.ladder.steps),
        findings=[_finding_view(finding) for finding in state.findings],
        steps_back_at=state.steps_back_at(at),
    )


def _finding_view(finding: Finding) -> FindingView:
    return FindingView(
        found_by=finding.by,
        found_in=finding.about,
        case_id=finding.case_id,
        grounds=list(finding.grounds),
        found_at=finding.at,
    )
