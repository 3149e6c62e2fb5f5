"""Asking a side for evidence that is missing: one request at a time, which the mediation waits for (casework, section 4)."""

from dataclasses import replace
from datetime import datetime

from disputes.disputes.domain.commands import RequestEvidence, SubmitEvidence
from disputes.disputes.domain.events import Event, EvidenceRequest, EvidenceRequested, EvidenceRequestEnded
from disputes.disputes.domain.stages import expect_stage
from disputes.disputes.domain.state import Dispute, Stage
from disputes.refusals import EvidenceAwaited, UnknownEvidenceRequest
from ombud_words import EvidenceRequestId


def request(state: Dispute, c: RequestEvidence) -> list[Event]:
    """Ask a side. Raises a Refusal outside of mediation, and while something else is awaited."""
    if any(r.id == c.request_id for r in state.evidence_requests):
        return []
    expect_stage(state, Stage.MEDIATION)
    if (asked := state.evidence_awaited) is not None:
        raise EvidenceAwaited(asked.id, asked.of, asked.kind)
    return [EvidenceRequested(EvidenceRequest(id=c.request_id, of=c.of, kind=c.kind, by=c.by, at=c.at))]


def withdraw(state: Dispute, request_id: EvidenceRequestId, at: datetime) -> list[Event]:
    """Need it no more; a request that has ended is left as it is. Raises UnknownEvidenceRequest."""
    if not any(r.id == request_id for r in state.evidence_requests):
        raise UnknownEvidenceRequest("There is no such request for evidence in this dispute.")
    asked = state.evidence_awaited
    return [EvidenceRequestEnded(asked.id, "WITHDRAWN", at)] if asked is not None and asked.id == request_id else []


def answer(state: Dispute, c: SubmitEvidence) -> list[Event]:
    """End the request that a submission answers: the side that was asked sends what it was asked for."""
    asked = state.evidence_awaited
    answers = asked is not None and (asked.of, asked.kind) == (c.by, c.kind)
    return [EvidenceRequestEnded(asked.id, "RECEIVED", c.at)] if asked is not None and answers else []


def lapse(state: Dispute, asked_by: datetime, at: datetime) -> list[Event]:
    """Wait no longer; a request that was made after the time began to run of which this tells has its own."""
    asked = state.evidence_awaited
    return [EvidenceRequestEnded(asked.id, "LAPSED", at)] if asked is not None and asked.at <= asked_by else []


def repeat(state: Dispute, request_id: EvidenceRequestId, at: datetime) -> list[Event]:
    """Ask anew for what lapsed by a deadline that had not passed, unless the mediation went on to something else."""
    lapsed = state.evidence_requests[-1] if state.evidence_requests else None
    if lapsed is None or lapsed.status != "LAPSED" or state.stage != Stage.MEDIATION:
        return []
    if any((e.by, e.kind) == (lapsed.of, lapsed.kind) and e.at >= lapsed.at for e in state.evidence):
        return []
    return [EvidenceRequested(replace(lapsed, id=request_id, at=at, status="OPEN"))]
