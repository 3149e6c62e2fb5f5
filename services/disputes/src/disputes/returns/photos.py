"""Routes of photos: what a side shows of an item that is sent back. Checked, sealed and erased as evidence is."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from chassis.auth import Action, NotVisible
from chassis.http import RequestModel, Who
from chassis.ids import new_id
from chassis.limits import Limited
from chassis.routes import KeyedUnit, LimitsPerPerson, ReadUnit, provided, routes
from disputes.evidence.checking import (
    MEDIA_TYPES,
    Base64Content,
    EvidenceStore,
    Matter,
    Submitted,
    decoded,
    download_headers,
)
from disputes.evidence.store import find_evidence_file
from disputes.refusals import UnsupportedEvidence
from disputes.returns.access import PhotoInPath, ReturnInPath, return_for
from disputes.returns.course import act
from disputes.returns.domain import Return, SubmitPhoto
from disputes.returns.views import ReturnView, return_view
from ombud_words import Audience, EvidenceId

router = routes("disputes")
Store = Annotated[EvidenceStore, provided("evidence")]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES if kind.startswith(("image/", "video/"))}}
}


class PhotoRequest(RequestModel):
    """A picture or a video of the item."""

    content_base64: Base64Content


@dataclass(frozen=True, slots=True)
class ExaminedPhoto:
    """A photo that was examined before its command runs: opening a file may take seconds."""

    submitted: Submitted


async def examined_photo(
    return_id: ReturnInPath, body: PhotoRequest, actor: Who, unit: ReadUnit, store: Store
) -> ExaminedPhoto:
    """Examine the photo of somebody who may submit it. Raises UnsupportedEvidence, ContactDataInEvidence."""
    found = await return_for(unit, return_id, actor, Action.SUBMIT_EVIDENCE)
    submitted = await store.examined(
        "photo", decoded(body.content_base64), Audience.THREAD, actor, _matter(found), unit
    )
    if not submitted.media_type.startswith(("image/", "video/")):
        raise UnsupportedEvidence("not_a_photo")
    return ExaminedPhoto(submitted)


@router.post("/returns/{return_id}/photos", status_code=201)
async def submit_photo(
    return_id: ReturnInPath,
    given: Annotated[ExaminedPhoto, Depends(examined_photo)],
    actor: Who,
    unit: KeyedUnit,
    limits: LimitsPerPerson,
    store: Store,
) -> ReturnView:
    """Submit a picture or a video of the item; both sides see it. It is checked and sealed as evidence is."""
    await return_for(unit, return_id, actor, Action.SUBMIT_EVIDENCE)
    await limits.use(Limited.EVIDENCE, actor, unit.now, unit, return_id)
    command = SubmitPhoto(
        evidence_id=EvidenceId(new_id("evd")), sha256=given.submitted.sha256, by=actor.role, at=unit.now
    )
    state = await act(return_id, command, unit)
    row = {
        "return_id": return_id,
        "by": str(actor.role),
        "submitter_id": actor.id,
        "audience": str(Audience.THREAD),
    }
    store.keep(command.evidence_id, given.submitted, row, unit)
    return return_view(state, actor)


@router.get("/returns/{return_id}/photos/{photo_id}/content", response_class=Response, responses=_FILES)
async def get_photo(
    return_id: ReturnInPath, photo_id: PhotoInPath, actor: Who, unit: ReadUnit, store: Store
) -> Response:
    """Download a photo of a return."""
    await return_for(unit, return_id, actor, Action.READ_RETURN)
    file = await find_evidence_file(unit, photo_id)
    if file is None or file.get("return_id") != return_id:
        raise NotVisible
    return Response(await store.content(file), media_type=file["media_type"], headers=download_headers(photo_id))


def _matter(found: Return) -> Matter:
    request = found.request
    return Matter(
        id=request.return_id,
        market=request.market,
        case_id=request.case_id,
        order_id=request.order_id,
        line_id=request.line_id,
    )
