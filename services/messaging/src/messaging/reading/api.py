"""Reading a conversation."""

from fastapi import APIRouter

from chassis.auth import Action
from chassis.http import (
    Id,
    Running,
    Who,
    read_cursor,
    write_cursor,
)
from chassis.sealing import Sealer
from messaging.conversations.access import Cursor, PageSize, conversation_for
from messaging.conversations.domain.refusals import UnknownMessage
from messaging.conversations.store import (
    find_visible,
    page_of_messages,
)
from messaging.conversations.views import (
    ConversationScreen,
    MessagePage,
    MessageView,
)
from messaging.reading.screens import conversation_view, message_view, names_in, questions_of
from messaging.translations.store import NOT_TRANSLATED, translations_of


def router_for(sealer: Sealer) -> APIRouter:
    """Return the routes that read."""
    router = APIRouter()

    @router.get("/conversations/{case_id}")
    async def get_conversation(case_id: Id, actor: Who, runtime: Running) -> ConversationScreen:
        """Show who may write, whether a reply is owed, and which questions of the buyer were addressed by which reply."""
        state = await conversation_for(runtime, case_id, actor, Action.READ_CASE)
        return ConversationScreen(**conversation_view(state).model_dump(), questions=questions_of(state, actor))

    @router.get("/conversations/{case_id}/messages")
    async def list_messages(
        case_id: Id, actor: Who, runtime: Running, cursor: Cursor = None, limit: PageSize = 30
    ) -> MessagePage:
        """Read a conversation as far as the reader may see it; newest first."""
        conversation = await conversation_for(runtime, case_id, actor, Action.READ_CASE)
        bound = f"messages|{case_id}|{actor.role}|{actor.id}"
        position = read_cursor(runtime, cursor, bound)
        before = int(position[0]) if position else None
        found = await page_of_messages(runtime.mongo, case_id, actor.role, actor.id, actor.staff, before, limit + 1)
        following = write_cursor(runtime, [found[limit - 1]["position"]], bound) if len(found) > limit else None
        names, other = await names_in(runtime, found[:limit]), await translations_of(runtime.mongo, found[:limit])
        shown = [
            await message_view(m, conversation, actor, sealer, names, other.get(m["_id"], NOT_TRANSLATED))
            for m in found[:limit]
        ]
        return MessagePage(messages=shown, next_cursor=following)

    @router.get("/messages/{message_id}")
    async def get_message(message_id: Id, actor: Who, runtime: Running) -> MessageView:
        """Read one message, such as one that a live update named."""
        message = await find_visible(runtime.mongo, message_id, actor.role, actor.id, actor.staff)
        if message is None:
            raise UnknownMessage
        conversation = await conversation_for(runtime, message["case_id"], actor, Action.READ_CASE)
        names, other = await names_in(runtime, [message]), await translations_of(runtime.mongo, [message])
        translated = other.get(message_id, NOT_TRANSLATED)
        return await message_view(message, conversation, actor, sealer, names, translated)

    return router
