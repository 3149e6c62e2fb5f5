"""Data protection: erasing a person, and reading a sealed original for a purpose that is on record."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, authorize_in_all, authorize_role
from chassis.http import Command, Id, KeyedCommand, RequestModel, Running, View, Who
from chassis.ids import new_id
from chassis.sealing import Sealer
from messaging.conversations.access import message_for
from messaging.conversations.domain.command import (
    ReadOriginal,
)
from messaging.conversations.domain.refusals import ConversationErased, UnknownErasure
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.conversations.views import ErasureView, OriginalView
from messaging.protection.domain import Erasure, OrderErasure
from messaging.protection.store import ERASURES, find_erasure, markets_of_person
from messaging.reading.screens import text_of

ErasableRole = Literal["buyer", "seller", "agent", "mediator", "supervisor"]


class ErasureRequest(RequestModel):
    """Whom to erase."""

    person_id: Id
    role: ErasableRole


class OriginalRequest(RequestModel):
    """What the original is read for."""

    purpose: Literal["moderation", "dispute", "safety", "legal_request"]


def router_for(sealer: Sealer) -> APIRouter:
    """Return the routes of data protection."""
    router = APIRouter()

    @router.post("/erasures", status_code=201, response_model=ErasureView)
    async def order_erasure(body: ErasureRequest, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
        """Erase a person: a buyer's conversations, or what somebody else wrote. It cannot be undone.

        It reaches every market, so whoever orders it works in all in which the person is known.
        """
        known_in = await markets_of_person(runtime.mongo, body.role, body.person_id)
        authorize_in_all(actor, Action.ERASE_PERSON, known_in)
        id = new_id("ers")

        async def effect(unit: Unit) -> View:
            command = OrderErasure(id, body.person_id, body.role, runtime.now(), known_in)
            return _view(await unit.execute(ERASURES, id, command))

        return await work.once(effect, on=id, status=201)

    @router.get("/erasures/{erasure_id}")
    async def get_erasure(erasure_id: Id, actor: Who, runtime: Running) -> ErasureView:
        """Show whether an erasure is done."""
        authorize_role(actor, Action.ERASE_PERSON)
        erasure = await find_erasure(runtime.mongo, erasure_id)
        if erasure is None:
            raise UnknownErasure
        authorize_in_all(actor, Action.ERASE_PERSON, erasure.known_in)
        return _view(erasure)

    @router.post("/messages/{message_id}/original-readings", response_model=OriginalView)
    async def read_original(
        message_id: Id, body: OriginalRequest, actor: Who, work: Command, runtime: Running
    ) -> Response:
        """Read what an author really wrote. The reading, its purpose and the reader are on record before the text is shown."""
        message = await message_for(runtime, message_id, actor, Action.READ_SEALED_ORIGINAL)

        async def effect(unit: Unit) -> View:
            id = conversation_id(message["case_id"])
            conversation = await unit.execute(CONVERSATIONS, id, ReadOriginal(message_id, body.purpose, runtime.now()))
            text = await text_of(sealer, message["original"], conversation.key_id)
            if text is None:
                raise ConversationErased("the text was erased for good")
            return OriginalView(message_id=message_id, text=text, findings=message["findings"], rules=message["rules"])

        return await work.run(effect, on=message["case_id"])

    return router


def _view(erasure: Erasure) -> ErasureView:
    return ErasureView(
        erasure_id=erasure.id,
        person_id=erasure.person_id,
        role=erasure.role,
        ordered_at=erasure.ordered_at,
        erased_at=erasure.erased_at,
        conversations=erasure.conversations,
        messages=erasure.messages,
    )
