"""Reading a conversation."""

from chassis.auth import Action
from chassis.http import Running, Who, read_cursor, write_cursor
from chassis.preconditions import versioned
from chassis.routes import ReadUnit, routes
from messaging.conversations.access import A_CONVERSATION, A_MESSAGE, conversation_for
from messaging.conversations.domain import UnknownMessage
from messaging.conversations.parameters import CaseParam, Cursor, MessageParam, PageSize, Seals
from messaging.conversations.store import find_visible, page_of_messages
from messaging.conversations.views import ConversationScreen, screen_for
from messaging.reading.views import MessagePage, MessageView, message_view, what_stands_beside

router = routes("messaging")


@router.get("/conversations/{case_id}")
@versioned(A_CONVERSATION)
async def get_conversation(case_id: CaseParam, actor: Who, unit: ReadUnit) -> ConversationScreen:
    """Show who may write, whether a reply is owed, and which questions of the buyer were addressed by which reply."""
    state = await conversation_for(unit, case_id, actor, Action.READ_CASE)
    return screen_for(state, actor)


@router.get("/conversations/{case_id}/messages")
async def list_messages(
    case_id: CaseParam,
    actor: Who,
    unit: ReadUnit,
    runtime: Running,
    sealer: Seals,
    cursor: Cursor = None,
    limit: PageSize = 30,
) -> MessagePage:
    """Read a conversation as far as the reader may see it; newest first."""
    conversation = await conversation_for(unit, case_id, actor, Action.READ_CASE)
    bound = f"messages|{case_id}|{actor.role}|{actor.id}"
    position = read_cursor(runtime, cursor, bound)
    before = int(position[0]) if position else None
    found = await page_of_messages(unit, case_id, actor.role, actor.id, before, limit + 1)
    following = write_cursor(runtime, [found[limit - 1]["position"]], bound) if len(found) > limit else None
    beside = await what_stands_beside(unit, found[:limit])
    shown = [await message_view(m, conversation, actor, sealer, beside) for m in found[:limit]]
    return MessagePage(messages=shown, next_cursor=following)


@router.get("/messages/{message_id}")
@versioned(A_MESSAGE)
async def get_message(message_id: MessageParam, actor: Who, unit: ReadUnit, sealer: Seals) -> MessageView:
    """Read one message, such as one that a live update named."""
    message = await find_visible(unit, message_id, actor.role, actor.id)
    if message is None:
        raise UnknownMessage
    conversation = await conversation_for(unit, message["case_id"], actor, Action.READ_CASE)
    return await message_view(message, conversation, actor, sealer, await what_stands_beside(unit, [message]))
