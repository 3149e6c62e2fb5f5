"""Discussions: the replies that a seller owes (R-06)."""

from fastapi import APIRouter

from chassis.aggregate import Unit
from chassis.auth import Action, authorize_role
from chassis.http import (
    Command,
    Running,
    View,
    Who,
)
from chassis.store import Document
from messaging.store import (
    CHECK_INS,
    list_owed,
)
from messaging.views import (
    DiscussionsView,
    OwedReplyView,
)


def router_for() -> APIRouter:
    """Return the routes of the list of owed replies."""
    router = APIRouter()

    @router.get("/discussions")
    async def get_discussions(actor: Who, work: Command, runtime: Running) -> DiscussionsView:
        """Show the replies that a seller owes; opening the list is the check-in (R-06)."""
        authorize_role(actor, Action.READ_DISCUSSIONS)
        now = runtime.now()
        before = await runtime.mongo.find_one(CHECK_INS, {"_id": actor.id})
        view = DiscussionsView(
            owed=[
                _owed_view(o, int((o["due_by"] - now).total_seconds()))
                for o in await list_owed(runtime.mongo, actor.id, limit=200)
            ],
            last_checked_at=before["at"] if before else None,
        )

        async def check_in(unit: Unit) -> View:
            unit.upsert(CHECK_INS, actor.id, {"at": now})
            return view

        await work.run(check_in, on=actor.id)
        return view

    return router


def _owed_view(owed: Document, seconds_left: int) -> OwedReplyView:
    return OwedReplyView(
        case_id=owed["case_id"],
        since=owed["since"],
        due_by=owed["due_by"],
        seconds_left=seconds_left,
        breached=owed["breached"],
    )
