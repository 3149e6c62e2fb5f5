"""Routes of evidence: submitted, and downloaded by who may see it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible
from chassis.http import Code, RequestModel, Who
from chassis.http import Id as IdText
from chassis.ids import new_id
from chassis.limits import Limited
from chassis.preconditions import versioned
from chassis.routes import KeyedUnit, LimitsPerPerson, ReadUnit, provided, routes
from disputes.disputes.access import A_DISPUTE, CaseInPath, DisputeInPath, Markets, ReadBy, case_for, dispute_for
from disputes.disputes.course import act
from disputes.disputes.domain import Dispute, RequestEvidence, SubmitEvidence, WithdrawEvidenceRequest
from disputes.disputes.opening import Asking, OpenRequest, open_as_asked
from disputes.disputes.views import DisputeView, sees_evidence
from disputes.evidence.checking import (
    MEDIA_TYPES,
    STATEMENT,
    Base64Content,
    EvidenceStore,
    Matter,
    Submitted,
    decoded,
    download_headers,
)
from disputes.evidence.store import find_evidence_file
from ombud_words import Audience, DisputeId, EvidenceId, EvidenceRequestId

router = routes("disputes")
Store = Annotated[EvidenceStore, provided("evidence")]
EvidenceInPath = Annotated[EvidenceId, *IdText.__metadata__]
RequestInPath = Annotated[EvidenceRequestId, *IdText.__metadata__]
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {} for kind in MEDIA_TYPES}}}


class EvidenceRequest(RequestModel):
    """A file or statement in support of a side."""

    kind: Code
    """Such as `photo`, `imei_check`, `expert_notice`, `safety_report` or `statement`."""
    content_base64: Base64Content
    audience: Audience = Audience.THREAD


@dataclass(frozen=True, slots=True)
class Examined:
    """A submission that was examined before its command runs: opening a file may take seconds."""

    body: EvidenceRequest
    submitted: Submitted


async def examined(
    dispute_id: DisputeInPath, body: EvidenceRequest, actor: Who, unit: ReadUnit, store: Store
) -> Examined:
    """Examine what somebody submits who may do so. Raises UnsupportedEvidence, ContactDataInEvidence."""
    dispute = await dispute_for(unit, dispute_id, actor, Action.SUBMIT_EVIDENCE)
    content = decoded(body.content_base64)
    return Examined(body, await store.examined(body.kind, content, body.audience, actor, _matter(dispute), unit))


@router.post("/disputes/{dispute_id}/evidence", status_code=201)
async def submit_evidence(
    dispute_id: DisputeInPath,
    given: Annotated[Examined, Depends(examined)],
    actor: Who,
    reader: ReadBy,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    store: Store,
) -> DisputeView:
    """Submit evidence. What it is, its content says; it is checked like a message and its files, and sealed."""
    await dispute_for(unit, dispute_id, actor, Action.SUBMIT_EVIDENCE)
    await limits.use(Limited.EVIDENCE, actor, unit.now, unit, dispute_id)
    return reader.view(await _submit(dispute_id, given, actor, unit, store))


async def _submit(dispute_id: DisputeId, given: Examined, actor: Actor, unit: Unit, store: EvidenceStore) -> Dispute:
    command = SubmitEvidence(
        evidence_id=EvidenceId(new_id("evd")),
        kind=given.body.kind,
        sha256=given.submitted.sha256,
        size_bytes=len(given.submitted.content),
        by=actor.role,
        audience=given.body.audience,
        at=unit.now,
        stated=given.submitted.media_type == STATEMENT,
    )
    state = await act(dispute_id, command, unit.now, unit)
    row = {
        "dispute_id": dispute_id,
        "by": str(actor.role),
        "submitter_id": actor.id,
        "audience": str(given.body.audience),
    }
    store.keep(command.evidence_id, given.submitted, row, unit)
    return state


class EvidencedOpening(RequestModel):
    """A claim, and what supports it."""

    claim: OpenRequest
    evidence: EvidenceRequest


@dataclass(frozen=True, slots=True)
class ExaminedOpening:
    """A claim whose evidence was examined before it is opened."""

    claim: OpenRequest
    evidence: Examined


async def examined_opening(
    case_id: CaseInPath, body: EvidencedOpening, actor: Who, unit: ReadUnit, store: Store
) -> ExaminedOpening:
    """Examine what somebody sends with a claim. Raises UnsupportedEvidence, ContactDataInEvidence, NothingBought."""
    case = await case_for(unit, case_id, actor, Action.OPEN_DISPUTE)
    opened, given = case.expect_bought(), body.evidence
    matter = Matter(
        id=DisputeId(new_id("dsp")),  # nothing was submitted to it before
        market=opened.market,
        case_id=opened.case_id,
        order_id=opened.order_id,
        line_id=opened.line_id,
    )
    content = decoded(given.content_base64)
    submitted = await store.examined(given.kind, content, given.audience, actor, matter, unit)
    return ExaminedOpening(body.claim, Examined(given, submitted))


@router.post("/cases/{case_id}/disputes-with-evidence", status_code=201)
async def open_with_evidence(
    case_id: CaseInPath,
    asked: Annotated[ExaminedOpening, Depends(examined_opening)],
    actor: Who,
    reader: ReadBy,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    store: Store,
    markets: Markets,
) -> DisputeView:
    """Complain about the order line of a case, together with evidence. Whoever is limited after knowingly unfounded claims opens
    a dispute so, with a picture, a document or a video; a statement alone repeats the claim."""
    asking = Asking(actor, limits, markets)
    evidenced = asked.evidence.submitted.media_type != STATEMENT
    dispute = await open_as_asked(case_id, asked.claim, asking, unit, evidenced=evidenced)
    await limits.use(Limited.EVIDENCE, actor, unit.now, unit, dispute.id)
    return reader.view(await _submit(dispute.id, asked.evidence, actor, unit, store))


class RequestedEvidence(RequestModel):
    """What a side is asked for."""

    of: Literal["buyer", "seller"]
    kind: Code
    """What the evidence must be, such as `photo`, `receipt` or `imei_check`."""


@router.post("/disputes/{dispute_id}/evidence-requests", status_code=201)
@versioned(A_DISPUTE)
async def request_evidence(
    dispute_id: DisputeInPath, body: RequestedEvidence, actor: Who, reader: ReadBy, unit: KeyedUnit
) -> DisputeView:
    """Ask a side, as a mediator, for evidence that is missing: one thing at a time. The time to decide stands still until it
    comes, or its own time is over; then it is decided on what is there."""
    await dispute_for(unit, dispute_id, actor, Action.REQUEST_EVIDENCE)
    request_id = EvidenceRequestId(new_id("evr"))
    command = RequestEvidence(request_id=request_id, of=body.of, kind=body.kind, by=actor.role, at=unit.now)
    return reader.view(await act(dispute_id, command, unit.now, unit))


@router.post("/disputes/{dispute_id}/evidence-requests/{request_id}/withdrawal")
@versioned(A_DISPUTE)
async def withdraw_evidence_request(
    dispute_id: DisputeInPath, request_id: RequestInPath, actor: Who, reader: ReadBy, unit: KeyedUnit
) -> DisputeView:
    """Say that what was asked for is not needed any more: the mediation goes on."""
    await dispute_for(unit, dispute_id, actor, Action.REQUEST_EVIDENCE)
    return reader.view(await act(dispute_id, WithdrawEvidenceRequest(request_id, unit.now), unit.now, unit))


@router.get("/evidence/{evidence_id}/content", response_class=Response, responses=_FILES)
async def get_evidence(evidence_id: EvidenceInPath, actor: Who, unit: ReadUnit, store: Store) -> Response:
    """Download a piece of evidence."""
    file = await find_evidence_file(unit, evidence_id)
    if file is None or "dispute_id" not in file:  # what was submitted to a return is read there
        raise NotVisible
    await dispute_for(unit, file["dispute_id"], actor, Action.READ_DISPUTE)
    if not sees_evidence(actor, file["audience"], file["by"]):
        raise NotVisible
    return Response(await store.content(file), media_type=file["media_type"], headers=download_headers(evidence_id))


def _matter(dispute: Dispute) -> Matter:
    opened = dispute.opened
    return Matter(
        id=opened.dispute_id,
        market=opened.market,
        case_id=opened.case_id,
        order_id=opened.order_id,
        line_id=opened.line_id,
    )
