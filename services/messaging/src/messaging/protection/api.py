"""Data protection: erasing a person, and reading a sealed original for a purpose that is on record."""

from typing import Literal

from chassis.auth import Action, authorize_in_all, authorize_role
from chassis.http import RequestModel, Who
from chassis.ids import new_id
from chassis.routes import KeyedUnit, ReadUnit, WriteUnit, routes
from messaging.conversations.access import message_for
from messaging.conversations.domain import ConversationErased, ReadOriginal
from messaging.conversations.parameters import ErasureParam, MessageParam, PersonParam, Seals
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.conversations.texts import text_of
from messaging.protection.domain import OrderErasure, UnknownErasure
from messaging.protection.store import ERASURES, markets_of_person
from messaging.protection.views import ErasureView, OriginalView, erasure_view
from ombud_words import ErasureId

router = routes("messaging")
ErasableRole = Literal["buyer", "seller", "agent", "mediator", "supervisor"]


class ErasureRequest(RequestModel):
    """Whom to erase."""

    person_id: PersonParam
    role: ErasableRole


class OriginalRequest(RequestModel):
    """What the original is read for."""

    purpose: Literal["moderation", "dispute", "safety", "legal_request"]


@router.post("/erasures", status_code=201)
async def order_erasure(body: ErasureRequest, actor: Who, unit: KeyedUnit) -> ErasureView:
    """Erase a person: a buyer's conversations, or what somebody else wrote. It cannot be undone.

    It reaches every market, so whoever orders it works in all in which the person is known.
    """
    known_in = await markets_of_person(unit, body.role, body.person_id)
    authorize_in_all(actor, Action.ERASE_PERSON, known_in)
    id = ErasureId(new_id("ers"))
    command = OrderErasure(id=id, person_id=body.person_id, role=body.role, at=unit.now, known_in=known_in)
    return erasure_view(await unit.execute(ERASURES, id, command))


@router.get("/erasures/{erasure_id}")
async def get_erasure(erasure_id: ErasureParam, actor: Who, unit: ReadUnit) -> ErasureView:
    """Show whether an erasure is done."""
    authorize_role(actor, Action.ERASE_PERSON)
    erasure = await unit.read(ERASURES, erasure_id)
    if erasure is None:
        raise UnknownErasure
    authorize_in_all(actor, Action.ERASE_PERSON, erasure.known_in)
    return erasure_view(erasure)


@router.post("/messages/{message_id}/original-readings")
async def read_original(
    message_id: MessageParam,
    body: OriginalRequest,
    actor: Who,
    unit: WriteUnit,
    sealer: Seals,
) -> OriginalView:
    """Read what an author really wrote. The reading, its purpose and the reader are on record before the text is shown."""
    message = await message_for(unit, message_id, actor, Action.READ_SEALED_ORIGINAL)
    command = ReadOriginal(message_id, body.purpose, unit.now)
    conversation = await unit.execute(CONVERSATIONS, conversation_id(message["case_id"]), command)
    text = await text_of(sealer, message["original"], conversation.key_id)
    if text is None:
        raise ConversationErased("the text was erased for good")
    return OriginalView(message_id=message_id, text=text, findings=message["findings"], rules=message["rules"])
