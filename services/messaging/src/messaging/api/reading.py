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
from messaging.api.access import Cursor, PageSize, conversation_for
from messaging.api.screens import conversation_view, message_view, names_in
from messaging.sealing import Sealer
from messaging.store import (
    page_of_messages,
)
from messaging.views import (
    ConversationView,
    MessagePage,
)


def router_for(sealer: Sealer) -> APIRouter:
    """Return the routes that read."""
    router = APIRouter()

    @router.get("/conversations/{case_id}")
    async def get_conversation(case_id: Id, actor: Who, runtime: Running) -> ConversationView:
        """Show who may write, and whether a reply is owed."""
        return conversation_view(await conversation_for(runtime, case_id, actor, Action.READ_CASE))

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
        names = await names_in(runtime, found[:limit])
        return MessagePage(
            messages=[await message_view(m, conversation, actor, sealer, names) for m in found[:limit]],
            next_cursor=following,
        )

    return router
