"""What the screens show of returns."""

from collections.abc import Sequence
from datetime import datetime

from chassis.auth import ALLOWED, Action, Actor
from chassis.http import View
from chassis.store import Document
from disputes.returns.domain import SENDABLE, UNSENT, Return, Status
from ombud_words import CaseId, EvidenceId, LineId, OrderId, ReturnId, Role, gross


class PhotoView(View):
    """A picture or a video of the item, with the hash that was taken when it arrived."""

    evidence_id: EvidenceId
    by: str
    sha256: str
    submitted_at: datetime


class InspectionView(View):
    """What the item was found to be."""

    by: str
    """The system, where nobody inspected it in time."""
    deviations: list[str]
    deduction_minor: int
    """What the seller asked to keep."""
    photos: list[EvidenceId]
    device_matches: bool | None
    """Whether it is the device that was sold; null where that cannot be said."""


class ReturnView(View):
    """A return, with what its reader may do next. By when each step is due, the clocks of the case say."""

    return_id: ReturnId
    case_id: CaseId
    order_id: OrderId
    line_id: LineId
    status: str
    requested_at: datetime
    requested_by: str
    currency: str
    label_cost_minor: int | None
    """What the seller pays, VAT included, if the platform has to send the label; null for the buyer, who pays none of it."""
    label_by: str | None
    label_charged: bool
    tracking_number: str | None
    lost_reported: bool
    """The carrier says that the parcel is lost; staff decides what follows."""
    refused_for: str | None
    """The lawful ground."""
    photos: list[PhotoView]
    inspection: InspectionView | None
    deduction_minor: int
    """What the seller keeps, as it stands."""
    deduction_disputed: bool
    refund_minor: int | None
    """What was last ordered for the buyer; null while nothing was."""
    refund_by_platform: bool
    """It is the platform's money: the seller is not charged for it."""
    refund_failed: bool
    refunded_minor: int
    ended_at: datetime | None
    may: list[str]
    """What you can do next, by the last part of the route: `acceptance`, `label`, `inspection` …"""


class ReturnList(View):
    """The returns of a case, oldest first."""

    returns: list[ReturnView]


class RefusedParcelView(View):
    """A parcel whose last scan led to nothing."""

    tracking_number: str
    carrier: str
    state: str
    reason: str
    """`unknown_parcel`: no return names it; `return_ended`: its return takes nothing any more."""
    scanned_at: datetime


class RefusedParcelList(View):
    """Parcels whose last scan led to nothing, newest first."""

    parcels: list[RefusedParcelView]


def return_view(state: Return, reader: Actor) -> ReturnView:
    """Return the screen of a return for its reader."""
    request = state.request
    return ReturnView(
        return_id=request.return_id,
        case_id=request.case_id,
        order_id=request.order_id,
        line_id=request.line_id,
        status=state.status,
        requested_at=request.at,
        requested_by=request.requested_by,
        currency=request.currency,
        label_cost_minor=None if reader.role == Role.BUYER else _label_cost(state),
        label_by=state.label_by,
        label_charged=state.label_charged,
        tracking_number=state.tracking_number,
        lost_reported=state.lost_reported,
        refused_for=state.ground,
        photos=[
            PhotoView(evidence_id=p.evidence_id, by=p.by, sha256=p.sha256, submitted_at=p.at) for p in state.photos
        ],
        inspection=_inspection_view(state),
        deduction_minor=state.deduction_minor,
        deduction_disputed=state.deduction_disputed,
        refund_minor=state.refund_minor,
        refund_by_platform=state.refund_by_platform,
        refund_failed=state.refund_failed,
        refunded_minor=state.refunded_minor,
        ended_at=state.ended_at,
        may=[step for step, action in _steps(state) if reader.role in ALLOWED[action]],
    )


def _label_cost(state: Return) -> int:
    terms = state.request.terms
    return gross(terms.label_net_minor, terms.vat_basis_points)


def _inspection_view(state: Return) -> InspectionView | None:
    found = state.inspection
    if found is None:
        return None
    return InspectionView(
        by=found.by,
        deviations=list(found.deviations),
        deduction_minor=found.deduction_minor,
        photos=list(found.photos),
        device_matches=found.device_matches,
    )


_STEPS: Sequence[tuple[str, Action, tuple[Status, ...]]] = (
    ("acceptance", Action.ANSWER_RETURN, (Status.REQUESTED,)),
    ("refusal", Action.ANSWER_RETURN, (Status.REQUESTED,)),
    ("label", Action.ANSWER_RETURN, (Status.ACCEPTED,)),
    ("shipment", Action.REQUEST_RETURN, SENDABLE),
    ("cancellation", Action.CANCEL_RETURN, UNSENT),
    ("receipt", Action.INSPECT_RETURN, (*SENDABLE, Status.SHIPPED)),
    ("loss", Action.JUDGE_RETURN, (Status.SHIPPED,)),
    ("inspection", Action.INSPECT_RETURN, (Status.RECEIVED,)),
)


def _steps(state: Return) -> list[tuple[str, Action]]:
    """Return what somebody can do next, and what one must be allowed for it."""
    if state.deduction_disputable and not state.live:
        return [("deduction/dispute", Action.ANSWER_DEDUCTION)]
    if not state.live or state.refund_minor is not None:
        return []
    steps = [(step, action) for step, action, statuses in _STEPS if state.status in statuses]
    steps.append(("photos", Action.SUBMIT_EVIDENCE))
    if state.deduction_open:
        steps.append(("deduction/acceptance", Action.ANSWER_DEDUCTION))
        disputed = ("deduction/decision", Action.JUDGE_RETURN)
        steps.append(disputed if state.deduction_disputed else ("deduction/dispute", Action.ANSWER_DEDUCTION))
    return steps


def refused_parcels_view(rows: list[Document]) -> RefusedParcelList:
    """Return the screen of parcels that nobody could place."""
    return RefusedParcelList(parcels=[_refused_parcel(row) for row in rows])


def _refused_parcel(row: Document) -> RefusedParcelView:
    scan = row["state"]["scans"][-1]
    return RefusedParcelView(
        tracking_number=row["_id"].removeprefix("pcl_"),
        carrier=scan["carrier"],
        state=scan["state"],
        reason=row["refused"],
        scanned_at=scan["scanned_at"],
    )
